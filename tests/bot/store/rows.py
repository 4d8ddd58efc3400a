"""Rows to start from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from sqlalchemy import Connection, func, select

from bot.domain.events import Event, Message, Stop
from bot.domain.participants import Person, ThreadRef
from bot.domain.policy import EVERYONE, Allow, Policy
from bot.domain.posts import Post
from bot.domain.state_deltas import diff
from bot.domain.turn_results import Said, StateDelta, TurnResult, Usage, What
from bot.domain.views import Status
from bot.domain.workspace_files import Artifact
from bot.engine.admission import Admission
from bot.engine.intake_transaction import Stored, apply_event
from bot.engine.turn_commit import TurnCommit, commit
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


def admission(team: str = "pair") -> Admission:
    """Everyone may do everything, and every session opens with the same team."""
    return Admission(Policy(allow=Allow(delete=(EVERYONE,))), {team}, team)


async def take(database: Database, event: Event, now: float = 1.0) -> Stored:
    """Take an event in."""
    return await database.write(apply_event, event, admission(), now)


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
        consumed: Sequence[int] = (),
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
        turn = TurnCommit(
            session=self.session,
            number=self.number + 1,
            result=TurnResult("coder", what or Said("hi"), delta, tuple(usage for usage, _ in costs)),
            consumed=consumed,
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
        )
        done = await self.database.write(commit, turn, now)
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
