"""Lines of a thread as a terminal shows them."""

from __future__ import annotations

import re
import zlib
from datetime import datetime

from rich.console import Console, Group, RenderableType
from rich.markdown import Markdown
from rich.padding import Padding
from rich.panel import Panel
from rich.text import Text

from bot.adapters.common.excerpts import shortened_lines
from bot.adapters.common.figures import size, summary_facts
from bot.domain.events import CostAsked, Decision, InboxEvent, Message, Mute, Stop
from bot.domain.posts import (
    AgentPost,
    ApprovalPost,
    BudgetPost,
    CheckPost,
    CodePost,
    CostPost,
    FilesPost,
    OutputPost,
    Post,
    QuestionPost,
    RequestCard,
    StatusPost,
    SummaryPost,
)
from bot.domain.turn_results import RunResult
from bot.domain.workspace_files import Artifact
from bot.text.plain_posts import deadline, earlier_code, plain, visible

_COLOURS = ("cyan", "magenta", "green", "yellow", "blue", "bright_red", "bright_cyan", "bright_magenta")
_OUTCOME = {
    **dict.fromkeys(("finished", "answered"), "green"),
    **dict.fromkeys(("unfinished", "stopped", "limit"), "yellow"),
    "failed": "red",
}
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_OUTPUT_LINES = (40, 10)
"""The first and the last lines that are shown of long output."""


def show(console: Console, item: InboxEvent | Post) -> None:
    """Print one line of the thread."""
    console.print(_render(item), highlight=False)


def _render(item: InboxEvent | Post) -> RenderableType:
    match item:
        case Message() | Stop() | Mute() | Decision() | CostAsked():
            return _heard(item)
        case _:
            return _posted(item)


def _heard(item: InboxEvent) -> RenderableType:
    match item:
        case Message(who=who, text=text, files=files):
            attached = [Text(f"attached {clean(file.name)} ({size(file.size)})", "dim") for file in files]
            return _said(who.name, "bold", Text(clean(text)), *attached)
        case Stop(who=who):
            return Text(f"{clean(who.name)}: stop", "bold yellow")
        case Mute(who=who, muted=muted):
            return Text(f"{clean(who.name)}: {'mute' if muted else 'unmute'}", "bold yellow")
        case Decision(who=who, verdict=verdict):
            return Text(f"{clean(who.name)}: {verdict.replace('_', ' ')}", "bold yellow")
        case CostAsked(who=who):
            return Text(f"{clean(who.name)}: cost", "bold yellow")


def _posted(post: Post) -> RenderableType:
    match post:
        case AgentPost(agent, text) | CodePost(agent, text):
            return _said(agent, _colour(agent), _markdown(text))
        case OutputPost(agent, results):
            return _said(agent, _colour(agent), *(_result(result) for result in results))
        case FilesPost(agent, files):
            return _said(agent, _colour(agent), *(_file(file) for file in files))
        case StatusPost(text):
            return Text(clean(text), "italic yellow")
        case SummaryPost():
            return _summary(post)
        case CostPost():
            return Text(clean(plain(post)), "dim")
        case card:
            return _card(card)


def _card(card: RequestCard) -> RenderableType:
    """What waits for a person, with all of the code it is about."""
    ending = _ending(card)
    match card:
        case QuestionPost(agent, text, question):
            ask = Panel(Group(Text(clean(question)), *ending), title="question", border_style="yellow")
            return _said(agent, _colour(agent), *([_markdown(text)] if text else []), ask)
        case ApprovalPost(agent, blocks, digest):
            code = [Text(f"{block.language}\n{visible(block.code).rstrip()}") for block in blocks]
            earlier = [Text(clean(line), "dim") for line in earlier_code(card)]
            asked = Group(*code, *earlier, Text(f"SHA-256 {digest}", "dim"), *ending)
            title = "code" if card.decided else "may this run?"
            return _said(agent, _colour(agent), Panel(asked, title=title, border_style="yellow"))
        case BudgetPost(text) | CheckPost(text):
            title = "decided" if card.decided else "waits for you"
            return Panel(Group(Text(clean(text)), *ending), title=title, border_style="yellow")


def _ending(card: RequestCard) -> list[Text]:
    """How a card ended and when, or until when it can be decided."""
    if card.decided is not None:
        return [Text(f"{clean(card.decided.text)} ({_moment(card.decided.at)})", "bold")]
    until = deadline(card, _moment)
    return [Text(until, "dim")] if until else []


def _moment(at: float) -> str:
    return f"{datetime.fromtimestamp(at).astimezone():%Y-%m-%d %H:%M}"


def clean(text: str) -> str:
    """Text that cannot move the cursor, change colours or hide what it says."""
    return _CONTROL.sub("", text.replace("\r\n", "\n"))


def _said(name: str, style: str, *body: RenderableType) -> RenderableType:
    return Group(Text(clean(name), f"bold {style}"), *(Padding(part, (0, 0, 0, 2)) for part in body), Text(""))


def _markdown(text: str) -> Markdown:
    return Markdown(clean(text), code_theme="ansi_dark", hyperlinks=False)


def _result(result: RunResult) -> RenderableType:
    ending = f"killed: {result.killed}" if result.killed else f"exit code {result.exit_code}"
    took = "" if result.is_unseen else f", {result.seconds:.1f} s"
    head = Text(f"{ending}{took}", "green" if result.ok else "red")
    note = [Text(clean(result.note), "yellow")] if result.note else []
    return Group(head, *note, Text(shortened_lines(clean(result.output.rstrip()), *_OUTPUT_LINES), "dim"))


def _file(file: Artifact) -> Text:
    return Text(f"made {clean(file.path)} ({size(file.size)})", "bold")


def _summary(post: SummaryPost) -> RenderableType:
    facts = ", ".join(summary_facts(post))
    return Panel(Text(f"{clean(post.text)}\n{facts}"), border_style=_OUTCOME[post.outcome])


def _colour(name: str) -> str:
    return _COLOURS[zlib.crc32(name.encode()) % len(_COLOURS)]
