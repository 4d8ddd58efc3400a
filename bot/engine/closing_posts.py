"""The closing line of a session, and what a team leaves that did not get to sum up itself: pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import takewhile

from bot.domain.posts import (
    HOST,
    AgentPost,
    CodePost,
    Ending,
    FilesPost,
    OutputPost,
    Post,
    QuestionPost,
    StatusPost,
    SummaryPost,
)
from bot.domain.turn_results import TookOver, Usage
from bot.store.sessions import Session

CLOSING: Mapping[Ending, str] = {
    "finished": "The team has finished.",
    "answered": "The team has answered. Reply to go on.",
    "unfinished": "The team waits for you: say what it should do.",
}
"""The closing line of a session that a turn ends."""

_Work = AgentPost | CodePost | OutputPost | FilesPost | QuestionPost
_FILES, _NAME, _QUOTE = 5, 60, 300


def closing_post(
    session: Session, outcome: Ending, text: str, *, now: float, turns: int, tokens: int, cost: float | None
) -> SummaryPost:
    """How a session ended; `turns` and `tokens` are its totals, `cost` is already since it was last opened."""
    return SummaryPost(
        outcome=outcome,
        text=text,
        seconds=max(0.0, now - session.opened_at),
        turns=turns - session.opened_turns,
        tokens=tokens - session.opened_tokens,
        cost=cost,
    )


def fallback_posts(fallbacks: Sequence[TookOver]) -> list[Post]:
    """What the thread is told of models that were replaced in a turn."""
    return [
        StatusPost(f"{each.model} does not answer; {each.fallback} has taken over for this session.")
        for each in fallbacks
    ]


def summary_of_work(thread: Sequence[Post]) -> str:
    """The files that a team has made, newest first, and the last thing an agent said beside code; "" for neither.

    `thread`: all posts, oldest first. What came before the last closing line does not count, and what is directly
    above is not said again; a team that has given its result has said everything.
    """
    newest_first = takewhile(lambda post: not isinstance(post, SummaryPost), reversed(thread))
    work = [post for post in newest_first if isinstance(post, _Work) and post.agent != HOST]
    above = work[0] if work else None
    if isinstance(above, AgentPost) and above.final:
        return ""
    made = dict.fromkeys(
        file.path for post in work if isinstance(post, FilesPost) for file in reversed(post.files)
    )
    if isinstance(above, FilesPost):
        made = {path: None for path in made if path not in {file.path for file in above.files}}
    word = next((post for post in work if isinstance(post, AgentPost | QuestionPost)), None)
    said = _quoted(word) if word and word is not above else ""
    return " ".join(filter(None, [_named(list(made)), said]))


def _named(paths: Sequence[str]) -> str:
    if not paths:
        return ""
    more = f" and {len(paths) - _FILES} more" if len(paths) > _FILES else ""
    return f"There are files: {', '.join(_shortened(path, _NAME) for path in paths[:_FILES])}{more}."


def _quoted(word: AgentPost | QuestionPost) -> str:
    text = word.question if isinstance(word, QuestionPost) else word.text
    return f"{word.agent} said last: “{_shortened(text, _QUOTE)}”"


def _shortened(text: str, limit: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[: limit - 1].rstrip()}…"


def add_costs(before: float | None, costs: Sequence[tuple[Usage, float | None]]) -> float | None:
    """Dollars with a turn's own on top; None as soon as one price is unknown."""
    total = before
    for _, cost in costs:
        if total is None or cost is None:
            return None
        total += cost
    return total
