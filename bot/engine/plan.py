"""What a session does next, and what a turn means for it: pure decisions over rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from bot.engine.advice import error_signature
from bot.events import Asks, Code, Finished, Message, Ran, Said, Stop, TurnResult
from bot.ports import TeamLimits
from bot.posts import AgentPost, CodePost, FilesPost, OutputPost, Post, QuestionPost
from bot.store.inbox import Pending
from bot.store.sessions import Session
from bot.views import Status

SAME_ERROR = 3

Outcome: TypeAlias = Literal["finished", "stopped", "limit", "failed"]


@dataclass(frozen=True, slots=True)
class TakeTurn:
    """One turn, in which the team hears these messages."""

    heard: tuple[tuple[int, Message], ...]


@dataclass(frozen=True, slots=True)
class End:
    """The session ends with a sentence."""

    outcome: Outcome
    text: str


@dataclass(frozen=True, slots=True)
class Rest:
    """Nothing to do until somebody says something, or the time comes."""


Step: TypeAlias = TakeTurn | End | Rest


def plan(session: Session, pending: Sequence[Pending], limits: TeamLimits | None, now: float) -> Step:
    """The next step of a session; without `limits`, as of a team that is gone, the turn will say what is wrong."""
    stop = next((item.event for item in pending if isinstance(item.event, Stop)), None)
    if stop is not None:
        return End("stopped", f"Stopped by {stop.who.name}.")
    if session.status in ("ended", "waiting"):
        return Rest()
    if session.status == "paused" and (session.wake_at is None or session.wake_at > now):
        return Rest()
    heard = tuple((item.seq, item.event) for item in pending if isinstance(item.event, Message))
    return (_limit(session, limits) if limits else None) or TakeTurn(heard)


def _limit(session: Session, limits: TeamLimits) -> End | None:
    if session.turns - session.opened_turns >= limits.max_turns:
        return End("limit", f"The team has used its {limits.max_turns} turns. Reply to let it go on.")
    if session.tokens - session.opened_tokens >= limits.token_cap:
        return End("limit", f"The team has used its {limits.token_cap:,} tokens. Reply to let it go on.")
    if session.errors_in_row >= SAME_ERROR:
        error = session.last_error
        return End("failed", f"The same error came {SAME_ERROR} times: {error}. Reply with a hint to go on.")
    return None


@dataclass(frozen=True, slots=True)
class After:
    """What a turn means: the session's new status, what to post, and how often the same error has come."""

    status: Status
    outcome: Outcome | None
    posts: tuple[Post, ...]
    last_error: str
    errors_in_row: int


def after(session: Session, result: TurnResult) -> After:
    """What follows from a turn that went well."""
    who = result.who
    same = After("running", None, (), session.last_error, session.errors_in_row)
    match result.what:
        case Said(text):
            return replace(same, posts=(AgentPost(who, text),))
        case Code(text, blocks):
            return replace(same, posts=(CodePost(who, text, blocks),))
        case Ran():
            return _after_run(session, who, result.what)
        case Asks(text, question):
            return replace(same, status="waiting", posts=(QuestionPost(who, text, question),))
        case Finished(text):
            return replace(
                same, status="ended", outcome="finished", posts=(AgentPost(who, text, final=True),) if text else ()
            )


def _after_run(session: Session, who: str, ran: Ran) -> After:
    error = next((error_signature(result) for result in ran.results if not result.ok), "")
    again = bool(error) and error == session.last_error
    files = {file.path: file for result in ran.results for file in result.files if file.path != result.full_output}
    shown: tuple[Post, ...] = (OutputPost(who, ran.results),)
    if files:
        shown += (FilesPost(who, tuple(files.values())),)
    return After("running", None, shown, error, session.errors_in_row + 1 if again else int(bool(error)))
