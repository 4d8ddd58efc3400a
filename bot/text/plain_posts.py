"""Posts in plain words, for a platform that refused a formatted one, and words that all platforms share."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

from bot.domain.posts import (
    AgentPost,
    ApprovalPost,
    BudgetPost,
    CheckPost,
    CodePost,
    CostLine,
    CostPost,
    Decided,
    FilesPost,
    OutputPost,
    Post,
    QuestionPost,
    RequestCard,
    StatusPost,
    SummaryPost,
)
from bot.domain.turn_results import EarlierBlock

_LINE = 100


def plain(post: Post) -> str:
    """The words of a post, without formatting that a platform could refuse."""
    match post:
        case AgentPost(agent, text) | CodePost(agent, text):
            return f"{agent}: {text}"
        case OutputPost(agent, results):
            return f"{agent}: " + "\n".join(result.output or f"exit code {result.exit_code}" for result in results)
        case FilesPost(agent, files):
            return f"{agent} made these files: " + ", ".join(file.path for file in files)
        case QuestionPost(agent, text, question):
            return _card(f"{agent}: " + "\n".join(filter(None, [text, question])), post.decided)
        case StatusPost(text):
            return text
        case SummaryPost():
            return post.text
        case ApprovalPost(agent, blocks, digest, request):
            code = "\n\n".join(visible(block.code).rstrip() for block in blocks)
            asks = f"{agent} wants to run this code (SHA-256 {digest}, request {request}):\n{code}"
            return _card("\n".join([asks, *earlier_code(post)]), post.decided)
        case BudgetPost(text) | CheckPost(text):
            return _card(f"{text} (request {post.request})", post.decided)
        case CostPost(total, agents, turns):
            return "\n".join(map(_cost, [total, *agents, *turns]))


def deadline(card: RequestCard, moment: Callable[[float], str]) -> str:
    """Until when a card can be decided, and what comes then; "" for one that is decided or waits without end.

    `moment` writes a time (epoch seconds) as the platform has it.
    """
    if card.decided is not None or not card.expires_at:
        return ""
    until = moment(card.expires_at)
    match card:
        case ApprovalPost():
            return f"Without a decision until {until} it is not run."
        case CheckPost(finishing=True):
            return f"Without an answer until {until} the team has finished."
        case BudgetPost():
            return f"Without a decision until {until} the session ends."
        case QuestionPost() | CheckPost():
            return f"Without an answer until {until} the session ends."


def earlier_code(card: ApprovalPost) -> list[str]:
    """Lines that say which earlier blocks the code builds on: their turns and first lines, none without any."""
    basis = card.builds_on
    if not basis.blocks:
        return []
    more = basis.count - len(basis.blocks)
    head = "It uses the variables of earlier code:"
    return [head, *map(_earlier, basis.blocks), *([f"and {more:,} more before"] if more else [])]


def _earlier(block: EarlierBlock) -> str:
    place = f"turn {block.turn}" + (f", block {block.block}" if block.block > 1 else "")
    line = visible(block.line)
    shown = line if len(line) <= _LINE else f"{line[: _LINE - 1]}…"
    return f"{place}{' (undone)' if block.undone else ''}: {shown}"


def visible(code: str) -> str:
    """Code in which no character hides or reorders others, for a person to judge."""
    return "".join(f"⟨U+{ord(each):04X}⟩" if _hides(each) else each for each in code)


def _hides(character: str) -> bool:
    return character not in "\n\t" and unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp")


def _card(text: str, decided: Decided | None) -> str:
    return f"{text}\n{decided.text}" if decided else text


def _cost(line: CostLine) -> str:
    cost = "price unknown" if line.cost is None else f"${line.cost:.4f}"
    return f"{line.name}: {line.calls:,} calls, {line.tokens:,} tokens, {cost}"
