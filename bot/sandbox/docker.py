"""Sandboxes as hardened Docker containers."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType

from bot.aio.background import running_beside
from bot.aio.wait_queue import Ahead
from bot.domain.errors import OperatorError, SandboxUnavailable
from bot.domain.workspace_files import Artifact
from bot.sandbox import limits, profile
from bot.sandbox.attach_stream import AttachStream
from bot.sandbox.container import Container
from bot.sandbox.docker_engine import DockerEngine
from bot.sandbox.limits import MB
from bot.sandbox.pool import Pool
from bot.sandbox.resting import RestingSandboxes
from bot.sandbox.session import DockerSandbox
from bot.sandbox.workspace import Blobs, session_folder
from bot.settings import Settings

logger = logging.getLogger(__name__)

_REAP_EVERY = 180.0


class TooWeak(SandboxUnavailable):
    """The engine makes containers that are weaker than the profile asked for."""


@dataclass(frozen=True, slots=True)
class Supply:
    """How many sandboxes are ready, how many were taken, and how often none was ready."""

    ready: int
    taken: int
    misses: int

    def __str__(self) -> str:
        return f"{self.ready} ready, {self.taken} taken, {self.misses} of them when none was ready"


class DockerSandboxes:
    """Where sandboxes come from: one container each, made by the engine, a few kept ready.

    Entering does not wait for the engine. `installation` labels the containers, so that those of a killed process
    can be found and removed; no two processes may use the same one at a time.
    """

    def __init__(
        self, settings: Settings, work_dir: Path, installation: str, reap_every: float = _REAP_EVERY
    ) -> None:
        self._work_dir = work_dir
        self._reap_every = reap_every
        self._limits = limits.from_settings(settings)
        self._engine = DockerEngine(settings, work_dir, installation)
        self._pool = Pool(settings.roundtable_sandbox_pool, self._make, self._discard)
        self._resting = RestingSandboxes(
            settings.roundtable_sandbox_rest_minutes * 60,
            settings.roundtable_sandbox_rest_count,
            settings.roundtable_sandbox_rest_mb * MB,
        )
        self._orphans_gone = False
        self._reaping = asyncio.Lock()
        self._housekeeping = AsyncExitStack()

    async def __aenter__(self) -> DockerSandboxes:
        self._housekeeping.push_async_callback(self._engine.close)
        self._housekeeping.push_async_callback(self._pool.close)
        self._housekeeping.callback(self._resting.close)
        await self._housekeeping.enter_async_context(running_beside(self._maintain()))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._housekeeping.__aexit__(kind, error, trace)

    @asynccontextmanager
    async def open(
        self, session_id: str, files: Sequence[Artifact], ahead: Ahead = lambda _: None
    ) -> AsyncIterator[DockerSandbox]:
        """A sandbox whose workspace holds `files`: the one that the session left, or a clean one.

        When the context ends without an error, it rests.
        """
        blobs = Blobs(session_folder(self._work_dir, session_id))
        await asyncio.to_thread(blobs.sweep)
        take = partial(self._pool.take, ahead)
        sandbox = self._resting.take(session_id, files)
        if sandbox is None:
            sandbox = DockerSandbox(take, self._discard, blobs, self._limits, files)
        try:
            sandbox.take = take
            await sandbox.prepare(files)
            yield sandbox
        except BaseException:
            sandbox.discard()
            raise
        self._resting.keep(session_id, sandbox)

    def forget(self, session_id: str) -> None:
        """Give up what a resting session has left in its sandbox."""
        self._resting.forget(session_id)

    def interpreter(self, session_id: str) -> str:
        """The interpreter that is kept for a resting session; empty when there is none."""
        return self._resting.interpreter(session_id)

    async def facts(self) -> dict[str, str]:
        """Which engine, image and profile sandboxes are made with; raises SandboxUnavailable."""
        return await self._engine.facts()

    async def check(self) -> None:
        """Returns when a container has started; it stays in the pool.

        Raises OperatorError when it is weaker than the profile asked for, SandboxUnavailable when there is none.
        """
        try:
            await self._pool.check()
        except TooWeak as error:
            raise OperatorError(str(error)) from error

    @property
    def supply(self) -> Supply:
        """How often the pool was used, and was empty, so far."""
        return Supply(self._pool.ready, self._pool.taken, self._pool.misses)

    async def _maintain(self) -> None:
        """Fill the pool, then look for orphans again and again."""
        try:
            await self._reap_once()
            self._pool.fill()
        except SandboxUnavailable as error:
            logger.warning("%s", error)
        while True:
            await asyncio.sleep(self._reap_every)
            with contextlib.suppress(SandboxUnavailable):  # the next session that needs a sandbox says so
                await self._engine.reap()

    async def _reap_once(self) -> None:
        """Remove containers that an earlier process left behind before the first one of ours is made."""
        async with self._reaping:
            if not self._orphans_gone:
                await self._engine.reap()
                self._orphans_gone = True

    async def _make(self) -> Container:
        await self._reap_once()
        created, socket = await self._engine.start()
        container = Container(
            str(created.id),
            AttachStream(socket, created.short_id),
            self._limits,
            image=str(created.attrs["Image"]),
        )
        try:
            weaknesses = profile.weaknesses(self._engine.asked, created.attrs, await container.hello())
            if weaknesses:
                raise TooWeak(
                    f"This Docker engine's containers are too weak to run code in: {'; '.join(weaknesses)}."
                )
        except BaseException:
            self._discard(container)
            raise
        return container

    def _discard(self, container: Container) -> None:
        container.close()
        self._engine.discard(container.id)
