"""One session's sandbox: a container as long as it is good, and what is needed to fill the next one."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import PurePosixPath

from bot.domain.errors import BadInput, SandboxUnavailable
from bot.domain.turn_results import RunResult, Variables
from bot.domain.workspace_files import Artifact, FileProfile, WorkspaceChanges
from bot.sandbox import file_profiling, naming, results
from bot.sandbox.attach_stream import Lost
from bot.sandbox.container import Container
from bot.sandbox.frames import RunReply
from bot.sandbox.kept_workspace import KeptWorkspace
from bot.sandbox.limits import Limits
from bot.sandbox.workspace import Blobs
from bot.text.languages import canonical, is_known
from bot.text.safe_names import clean_path

logger = logging.getLogger(__name__)

_KILL_PATIENCE = 0.3
_LITTLE = 50_000
_IDLE = 1.0
"""Seconds after which a container is asked whether it still answers before it gets work."""


@dataclass(slots=True)
class _Run:
    output: bytearray = field(default_factory=bytearray)
    had: str = ""
    image: str = ""
    interpreter: str = ""
    variables: Variables = ""
    started: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started


class DockerSandbox:
    """Implements ports.Sandbox. One operation at a time, except `kill`, which may come at any time.

    `take` gets a container. One that dies, breaks the protocol or is late is discarded. The next operation gets a
    fresh one with the files as they were after the last `put` or `changed`.
    """

    def __init__(
        self,
        take: Callable[[], Awaitable[Container]],
        discard: Callable[[Container], None],
        blobs: Blobs,
        limits: Limits,
        files: Sequence[Artifact],
    ) -> None:
        self.take = take
        self.memory = 0
        """Bytes that its container held after the last run."""
        self._discard = discard
        self._limits = limits
        self._workspace = KeptWorkspace(blobs, limits, files)
        self._last_used = 0.0
        self._ran_in: Container | None = None
        self._news = ""
        self._container: Container | None = None
        self._interpreter = ""
        self._turn = asyncio.Lock()
        self._running: asyncio.Task[Callable[[], RunResult]] | None = None

    def holds(self, files: Sequence[Artifact]) -> bool:
        """Whether it can go on, and its workspace has none but these files."""
        return self._container is not None and not self._container.lost and self._workspace.is_part_of(files)

    async def prepare(self, files: Sequence[Artifact] = ()) -> None:
        """Have a container with these files in it; raises SandboxUnavailable."""
        async with self._turn:
            container = await self._ready()
            with self._at_stake("The sandbox broke while files were put into it."):
                await self._workspace.complete(container, files)

    def discard(self) -> None:
        """Give the container up, in the background: the next operation gets a clean one."""
        container, self._container = self._container, None
        self._interpreter = ""
        if container:
            self._discard(container)

    @property
    def interpreter(self) -> str:
        """The name of the interpreter that the next Python block runs in; empty when it is to be a clean one."""
        return self._interpreter if self._container and not self._container.lost else ""

    async def run(self, code: str, language: str, timeout: float) -> RunResult:
        """Run one block; never raises for bad code."""
        if not is_known(language):
            return results.wrong_language(language)
        program = canonical(language)
        return await self._run(code, program, timeout, stays=program == "python")

    async def _run(self, code: str, program: str, timeout: float, *, stays: bool) -> RunResult:
        async with self._turn:
            run = _Run(had=self._interpreter)
            self._running = asyncio.create_task(self._execute(run, code, program, timeout, stays))
            try:
                tell = await self._running
            except asyncio.CancelledError:
                if _cancelled_from_outside():
                    raise
                tell = partial(results.stopped, bytes(run.output), run.seconds)
            finally:
                self._running = None
            result = tell() if len(run.output) < _LITTLE else await asyncio.to_thread(tell)
            variables: Variables = "lost" if run.had and not self._interpreter else run.variables
            result = replace(result, image=run.image, interpreter=run.interpreter, variables=variables)
            return results.with_variables(result, had_some=bool(run.had))

    async def put(self, path: PurePosixPath, data: bytes) -> None:
        """Write a file into the workspace; raises BadInput when it does not fit."""
        name = str(clean_path(str(path)))
        async with self._turn:
            container = await self._ready()
            with self._at_stake("The sandbox broke while a file was put into it."):
                if not await self._workspace.add(container, name, data):
                    raise BadInput(f"{name} does not fit: {self._limits.room}.")

    async def card(self, path: PurePosixPath) -> FileProfile:
        """What is in a file of the workspace, computed in the container."""
        name = str(path)
        result = await self._run(file_profiling.program(name), "python", file_profiling.TIMEOUT, stays=False)
        file = self._workspace.files.get(name)
        return file_profiling.parse_profile(name, file.size if file else 0, result)

    async def changed(self) -> WorkspaceChanges:
        """What became of the workspace since the last call; the bytes of its files are stored and fsynced."""
        async with self._turn:
            changes, news, self._news = WorkspaceChanges(), self._news, ""
            if self._container is not None:
                with self._at_stake("The sandbox broke before its files were read; they are as before the run."):
                    changes = await self._workspace.update(self._container)
            return replace(changes, note=f"{news} {changes.note}".strip())

    async def kill(self) -> None:
        """End every process now; a driver that does not do so at once loses its container."""
        running = self._running
        if running is None:
            return
        with contextlib.suppress(TimeoutError, Lost):
            async with asyncio.timeout(_KILL_PATIENCE):
                if self._container and self._container.program_runs:
                    await self._container.kill()
                    await asyncio.wait({running})
                    return
        running.cancel()

    async def _execute(
        self, run: _Run, code: str, program: str, timeout: float, stays: bool
    ) -> Callable[[], RunResult]:
        """Run a program to its end; returns a function that makes its result, which may take a while."""
        container = await self._ready()
        run.image, run.started = container.image, time.monotonic()
        self._ran_in = container
        named = naming.name_of(code, program)
        try:
            with self._at_stake():
                reply = await container.run(code, program, timeout, run.output, named.path, stays=stays)
        except Lost as error:
            logger.warning("a sandbox was lost in a run: %s", error)
            return partial(results.lost, bytes(run.output), run.seconds)
        self._remember(run, reply, stays)
        self.memory = reply.used.held
        note = naming.not_kept(named.path) if named.path and not reply.named else named.note
        return partial(results.ran, reply, bytes(run.output), run.seconds, timeout, self._limits, note=note)

    def _remember(self, run: _Run, reply: RunReply, stays: bool) -> None:
        """Which interpreter keeps the session's variables now."""
        if reply.clean:
            self._interpreter = uuid.uuid4().hex[:12] if stays else ""
        if stays:
            run.interpreter, run.variables = self._interpreter, reply.variables
        if reply.variables == "lost":
            self._interpreter = ""

    async def _ready(self) -> Container:
        """A container that holds the files."""
        if self._container and not await self._answers(self._container):
            if self._container is self._ran_in:
                self._news = results.REPLACED
            self.discard()
        if self._container is None:
            self._container = await self.take()
            with self._at_stake("A fresh sandbox broke while it was filled."):
                await self._workspace.fill(self._container)
        return self._container

    async def _answers(self, container: Container) -> bool:
        """Whether a container can still be used; one that was used just now is not asked."""
        if container.lost:
            return False
        if time.monotonic() - self._last_used < _IDLE:
            return True
        try:
            await container.ping()
        except Lost as error:
            logger.warning("a sandbox was lost while nothing ran in it: %s", error)
            return False
        except BaseException:
            self.discard()
            raise
        return True

    @contextlib.contextmanager
    def _at_stake(self, sentence: str = "") -> Iterator[None]:
        """Discard the container of an interrupted exchange; with a sentence, Lost is SandboxUnavailable."""
        try:
            yield
            self._last_used = time.monotonic()
        except Lost as error:
            self.discard()
            if not sentence:
                raise
            logger.warning("a sandbox was lost: %s", error)
            raise SandboxUnavailable(sentence) from error
        except BaseException:
            self.discard()
            raise


def _cancelled_from_outside() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
