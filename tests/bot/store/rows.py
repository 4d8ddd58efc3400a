"""Rows to start from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from sqlalchemy import Connection, func, select

from bot.domain.events import (
    Artifact,
    Event,
    Message,
    Person,
    Said,
    StateDelta,
    Stop,
    ThreadRef,
    TurnResult,
    Usage,
    What,
)
from bot.domain.posts import Post
from bot.domain.state_deltas import diff
from bot.domain.views import Status
from bot.engine.questions import meets
from bot.store import inbox, turns
from bot.store.database import Database
from bot.store.requests import RequestDraft
from bot.store.schema import metadata

ANN, BEN = Person("1", "Ann"), Person("2", "Ben")
THREAD = ThreadRef("chat", "team", "general", "1")
_keys = count()


def message(text: str = "Go", thread: ThreadRef = THREAD, key: str | None = None) -> Message:
    return Message(key or f"m{next(_keys)}", thread, ANN, text)


def stop(thread: ThreadRef = THREAD) -> Stop:
    return Stop(f"s{next(_keys)}", thread, BEN)


def to(team: str) -> inbox.Rules:
    """Opens every session with the same team, and lets everybody do everything."""
    return inbox.Rules(lambda message: (message.team or team, message))


async def take(database: Database, event: Event, now: float = 1.0) -> inbox.Stored:
    """Take an event in."""
    return await database.write(inbox.take_in, event, to("pair"), now)


@dataclass(slots=True)
class Turns:
    """Commits the turns of one session, one after the other."""

    database: Database
    session: str
    number: int = 0
    state: dict[str, Any] = field(default_factory=dict)

    async def commit(
        self,
        what: What | None = None,
        *,
        state: dict[str, Any] | None = None,
        heard: Sequence[int] = (),
        attached: Sequence[Artifact] = (),
        costs: Sequence[tuple[Usage, float | None]] = (),
        reserved: Sequence[int] = (),
        posts: Sequence[Post] = (),
        status: Status = "running",
        outcome: str | None = None,
        asks: RequestDraft | None = None,
        now: float = 2.0,
    ) -> bool:
        """Commit the next turn; whether it was."""
        delta = diff(self.state or None, state) if state is not None else StateDelta("{}", {})
        turn = turns.TurnCommit(
            session=self.session,
            number=self.number + 1,
            result=TurnResult("coder", what or Said("hi"), delta, tuple(usage for usage, _ in costs)),
            heard=heard,
            attached=attached,
            added=(),
            costs=costs,
            reserved=reserved,
            posts=posts,
            status=status,
            outcome=outcome,
            last_error="",
            errors_in_row=0,
            asks=asks,
            meeting=meets,
        )
        done = await self.database.write(turns.commit, turn, now)
        if done:
            self.number += 1
            self.state = state if state is not None else self.state
        return done


def counts(connection: Connection) -> dict[str, int]:
    """How many rows every table has."""
    return {
        name: connection.scalar(select(func.count()).select_from(table)) or 0
        for name, table in metadata.tables.items()
    }
