"""One session while it runs in this process: its slot, its team and its sandbox."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import PurePosixPath
from types import TracebackType
from typing import Self

from bot.aio.cancellation import heeding
from bot.aio.race import first_set
from bot.aio.wait_queue import Ahead
from bot.domain.workspace_files import Artifact
from bot.engine.concurrency_slots import ConcurrencySlots, Slot
from bot.ports import Sandbox, Sandboxes, Team, Teams
from bot.store import turns
from bot.store.database import Database


class SessionResources:
    """Holds what is costly to have between the turns of a session, and nothing once the session rests."""

    def __init__(
        self, session_id: str, database: Database, teams: Teams, sandboxes: Sandboxes, slots: ConcurrencySlots
    ) -> None:
        self._session_id = session_id
        self._database = database
        self._teams = teams
        self._sandboxes = sandboxes
        self._slots = slots
        self._slot: Slot | None = None
        self._container = AsyncExitStack()
        self._attached: list[tuple[Artifact, bytes]] = []
        self._arrived: dict[str, Artifact] = {}
        self._team: Team | None = None
        self._is_invalid = False
        self.sandbox: Sandbox | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self._container.__aexit__(kind, error, trace)
        finally:
            self._release()

    @property
    def has_slot(self) -> bool:
        """Whether the session has its slot."""
        return self._slot is not None and self._slot.granted.is_set()

    @property
    def interpreter(self) -> str:
        """The name of the interpreter that the session's next Python block finds; empty when it is a clean one."""
        if self._is_invalid:
            return ""
        return self.sandbox.interpreter if self.sandbox else self._sandboxes.interpreter(self._session_id)

    async def wait_for_slot(self, who: str, woken: asyncio.Event, ahead: Ahead = lambda _: None) -> bool:
        """Whether the session may run; False, its place in the queue kept, when something happened first.

        `who` has started it.
        """
        if self._slot is None:
            self._slot = self._slots.ask(who, ahead)
        await first_set(self._slot.granted, woken)
        return self.has_slot

    async def team(self, name: str) -> Team:
        """The team as of the last committed turn; the one of the turn before, when that went well."""
        if self._team is None:
            state = await self._database.read(turns.state, self._session_id)
            self._team = await heeding(self._teams.open(name, state))
        return self._team

    async def attach(self, attached: Sequence[tuple[Artifact, bytes]]) -> None:
        """Files that came with this turn, which the tables do not have yet; they get into the workspace."""
        self._attached = list(attached)
        self._arrived = {artifact.path: artifact for artifact, _ in attached}
        if self.sandbox is not None and not self._is_invalid:
            await self._put(self.sandbox)

    async def open_sandbox(self, ahead: Ahead = lambda _: None) -> Sandbox:
        """The session's sandbox; `ahead` is told while none is free; raises SandboxUnavailable."""
        if self._is_invalid:
            self.sandbox = None
            await self._container.aclose()
            self._is_invalid = False
        if self.sandbox is None:
            files = await self._database.read(turns.workspace, self._session_id)
            opened = self._sandboxes.open(self._session_id, files, ahead)
            self.sandbox = await self._container.enter_async_context(opened)
        await self._put(self.sandbox)
        return self.sandbox

    async def file(self, path: str) -> Artifact | None:
        """A file of the workspace, those that came with this turn included."""
        if path in self._arrived:
            return self._arrived[path]
        files = await self._database.read(turns.workspace, self._session_id)
        return next((file for file in files if file.path == path), None)

    def invalidate(self) -> None:
        """A turn has failed: neither the team nor the container is as the tables say, so both are made anew."""
        self._team = None
        self._is_invalid = True
        if self.sandbox is not None:
            self.sandbox.discard()
        self._attached.clear()

    async def _put(self, sandbox: Sandbox) -> None:
        while self._attached:
            artifact, data = self._attached[0]
            await sandbox.put(PurePosixPath(artifact.path), data)
            self._attached.pop(0)

    def _release(self) -> None:
        if self._slot is not None:
            self._slots.release(self._slot)
