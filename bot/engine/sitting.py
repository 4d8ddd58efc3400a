"""One session while it is at work in this process: its team and its sandbox, opened when first needed."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import PurePosixPath
from types import TracebackType
from typing import Self

from bot.events import Artifact
from bot.ports import Sandbox, Sandboxes, Team, Teams
from bot.store import turns
from bot.store.database import Database


class Sitting:
    """Holds what is costly to build between the turns of a session, and nothing once the session rests."""

    def __init__(self, session_id: str, database: Database, teams: Teams, sandboxes: Sandboxes) -> None:
        self._session_id = session_id
        self._database = database
        self._teams = teams
        self._sandboxes = sandboxes
        self._stack = AsyncExitStack()
        self._team: Team | None = None
        self.sandbox: Sandbox | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.__aexit__(kind, error, trace)

    async def team(self, name: str) -> Team:
        """The team as of the last committed turn; the one of the turn before, when that went well."""
        if self._team is None:
            state = await self._database.read(turns.state, self._session_id)
            self._team = await self._teams.open(name, state)
        return self._team

    def forget_team(self) -> None:
        """After a turn that failed, the object is of no use."""
        self._team = None

    async def open_sandbox(self, attached: list[tuple[Artifact, bytes]]) -> Sandbox:
        """The session's sandbox; files just attached are put in, which no turn has committed yet."""
        if self.sandbox is None:
            files = await self._database.read(turns.workspace, self._session_id)
            self.sandbox = await self._stack.enter_async_context(self._sandboxes.open(self._session_id, files))
        while attached:
            artifact, data = attached[-1]
            await self.sandbox.put(PurePosixPath(artifact.path), data)
            attached.pop()
        return self.sandbox

    async def drop_sandbox(self) -> None:
        """Close the container, so that the next run gets a clean one."""
        self.sandbox = None
        await self._stack.aclose()
