"""Session rows: finding, opening, ending and pausing them."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, Row, and_, exists, func, insert, select, true, update

from bot.domain.events import Message
from bot.domain.participants import Person, ThreadRef
from bot.domain.views import Status
from bot.store.schema import inbox, requests, sessions


@dataclass(frozen=True, slots=True)
class Session:
    """One session's row as the engine decides on it; `turns` and `tokens` are totals."""

    id: str
    thread: ThreadRef
    team: str
    starter: Person
    status: Status
    outcome: str | None
    why_paused: str
    wake_at: float | None
    turns: int
    tokens: int
    opened_at: float
    opened_turns: int
    opened_tokens: int
    last_error: str
    errors_in_row: int
    trusted_until: float = 0.0
    worked: float = 0.0
    muted: bool = False


def get(connection: Connection, session_id: str) -> Session | None:
    """The session of that id."""
    row = connection.execute(select(sessions).where(sessions.c.id == session_id, is_there())).first()
    return of(row) if row else None


def lock_thread(connection: Connection, thread: ThreadRef) -> Session | None:
    """The session of a thread, if there is one; holds its row until the transaction ends."""
    row = connection.execute(select(sessions).where(is_thread(thread)).with_for_update()).first()
    return of(row) if row else None


def create(connection: Connection, task: Message, team: str, title: str, now: float) -> str:
    """A new session for the message that opens it; returns its id."""
    session_id = f"s{secrets.token_hex(5)}"
    connection.execute(
        insert(sessions).values(
            id=session_id,
            **asdict(task.thread),
            team=team,
            title=title,
            starter_id=task.who.id,
            starter_name=task.who.name,
            status="running",
            opened_at=now,
            created=now,
            updated=now,
        )
    )
    return session_id


def is_there() -> ColumnElement[bool]:
    """Whether a session is more than what its deletion has left."""
    return sessions.c.status != "deleted"


def is_thread(thread: ThreadRef) -> ColumnElement[bool]:
    """Whether a session is that of a thread."""
    return and_(
        sessions.c.platform == thread.platform,
        sessions.c.workspace == thread.workspace,
        sessions.c.channel == thread.channel,
        sessions.c.thread == thread.thread,
    )


def unfinished(connection: Connection) -> list[str]:
    """The sessions to resume after a start: those that run, and those with a decision or a stop to act on.

    Those at a budget as well: it may have been raised for another.
    """
    waiting = (inbox.c.session == sessions.c.id) & inbox.c.turn.is_(None)
    decided = exists().where(waiting, inbox.c.kind.in_(["stop", "decision"]))
    open_here = (requests.c.session == sessions.c.id) & (requests.c.state == "open")
    at_a_budget = exists().where(open_here, requests.c.kind == "budget")
    goes_on = (sessions.c.status == "running") | decided | at_a_budget
    return list(connection.scalars(select(sessions.c.id).where(goes_on)))


def lock_session(connection: Connection, session_id: str) -> None:
    """Keep everyone else from changing the session until the transaction ends."""
    connection.execute(select(sessions.c.id).where(sessions.c.id == session_id).with_for_update())


def due(
    connection: Connection, now: float, platforms: Collection[str], among: Collection[str] | None = None
) -> tuple[list[str], float | None]:
    """The sessions at rest whose time has come, of all or of some, and when the next is due, in epoch seconds.

    Those of other platforms are left alone: they could neither run nor post.
    """
    mine = sessions.c.id.in_(list(among)) if among is not None else true()
    here = sessions.c.platform.in_(list(platforms))
    paused = and_(sessions.c.status.in_(["paused", "waiting"]), here, mine)
    ripe = select(sessions.c.id).where(paused, sessions.c.wake_at <= now)
    following = select(func.min(sessions.c.wake_at)).where(paused, sessions.c.wake_at > now)
    return list(connection.scalars(ripe)), cast(float | None, connection.scalar(following))


def pause(
    connection: Connection, session_id: str, why: str, wake_at: float | None, *, now: float, after_seq: int
) -> None:
    """The session waits for the sandbox or the model; without `wake_at` only a person's message wakes it.

    It does not wait when a message has come after `after_seq`.
    """
    goes_on = has_message_after(connection, session_id, after_seq)
    change: dict[str, Any] = {"status": "running" if goes_on else "paused", "why_paused": why, "updated": now}
    change["wake_at"] = None if goes_on else wake_at
    connection.execute(update(sessions).where(sessions.c.id == session_id).values(**change))


def set_status(
    connection: Connection,
    session_id: str,
    status: Status,
    outcome: str | None,
    *,
    now: float,
    after_seq: int = 0,
) -> bool:
    """Set the status after a step; a session that was to end runs again when a message has come in the mean time.

    Only messages after `after_seq` count: what was said before a stop does not start the session again. Returns
    whether it was to end and runs again.
    """
    goes_on = status == "ended" and has_message_after(connection, session_id, after_seq)
    change: dict[str, Any] = {"status": "running" if goes_on else status, "outcome": outcome, "updated": now}
    change |= {"why_paused": "", "wake_at": None}
    if goes_on:
        change |= _new_allowance(now)
    connection.execute(update(sessions).where(sessions.c.id == session_id).values(**change))
    return goes_on


def set_waiting(connection: Connection, session_id: str, wake_at: float, now: float) -> None:
    """The session waits for a person, and is looked at again at `wake_at`."""
    change = {"status": "waiting", "why_paused": "", "wake_at": wake_at, "updated": now}
    connection.execute(update(sessions).where(sessions.c.id == session_id).values(**change))


def resume(connection: Connection, session_id: str, now: float) -> None:
    """The session runs again; whatever it waited for, it waits no longer."""
    change = {"status": "running", "why_paused": "", "wake_at": None, "updated": now}
    connection.execute(update(sessions).where(sessions.c.id == session_id).values(**change))


def reopen(connection: Connection, session_id: str, now: float) -> None:
    """A session that has ended runs again, with a new allowance of turns and tokens."""
    resume(connection, session_id, now)
    connection.execute(update(sessions).where(sessions.c.id == session_id).values(**_new_allowance(now)))


def mute(connection: Connection, session_id: str, muted: bool) -> None:
    """From now on messages that do not address us are not taken in, or are again."""
    connection.execute(update(sessions).where(sessions.c.id == session_id).values(muted=muted))


def approve_all_until(connection: Connection, session_id: str, until: float) -> None:
    """All code of the session is approved until then; 0 takes that back."""
    connection.execute(update(sessions).where(sessions.c.id == session_id).values(trusted_until=until))


def count_turn(connection: Connection, session_id: str, number: int, last_error: str, errors_in_row: int) -> None:
    """So many turns are committed; the last of them ended with this error, or "", so many times in a row."""
    counted = {"turns": number, "last_error": last_error, "errors_in_row": errors_in_row}
    connection.execute(update(sessions).where(sessions.c.id == session_id).values(**counted))


def add_work(connection: Connection, session_id: str, seconds: float) -> None:
    """The team worked for so many seconds."""
    worked = update(sessions).where(sessions.c.id == session_id)
    connection.execute(worked.values(worked=sessions.c.worked + seconds))


def has_message_after(connection: Connection, session_id: str, seq: int) -> bool:
    """Whether a message waits that has come after that number; holds the session's row."""
    lock_session(connection, session_id)
    waiting = exists().where(
        inbox.c.session == session_id,
        inbox.c.turn.is_(None),
        inbox.c.kind == "message",
        inbox.c.seq > seq,
    )
    return bool(connection.scalar(select(waiting)))


def _new_allowance(now: float) -> dict[str, Any]:
    """Column values that begin a new allowance of turns and tokens."""
    return {
        "outcome": None,
        "opened_at": now,
        "opened_turns": sessions.c.turns,
        "opened_tokens": sessions.c.tokens,
        "last_error": "",
        "errors_in_row": 0,
    }


def next_seqs(connection: Connection, session_id: str, count: int) -> range:
    """The next numbers of a session's timeline; holds the session's row until the transaction ends."""
    bump = update(sessions).where(sessions.c.id == session_id).values(seq=sessions.c.seq + count)
    last = connection.execute(bump.returning(sessions.c.seq)).scalar_one()
    return range(last - count + 1, last + 1)


def of(row: Row[Any]) -> Session:
    """A row of sessions as the engine decides on it."""
    return Session(
        id=row.id,
        thread=thread_of(row),
        team=row.team,
        starter=Person(row.starter_id, row.starter_name),
        status=cast(Status, row.status),
        outcome=row.outcome,
        why_paused=row.why_paused,
        wake_at=row.wake_at,
        turns=row.turns,
        tokens=row.tokens,
        opened_at=row.opened_at,
        opened_turns=row.opened_turns,
        opened_tokens=row.opened_tokens,
        last_error=row.last_error,
        errors_in_row=row.errors_in_row,
        trusted_until=row.trusted_until,
        worked=row.worked,
        muted=row.muted,
    )


def thread_of(row: Row[Any]) -> ThreadRef:
    """The thread in a row of sessions."""
    return ThreadRef(row.platform, row.workspace, row.channel, row.thread)
