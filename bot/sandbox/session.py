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
from bot.domain.workspace_files import Artifact, FileProfile
from bot.sandbox import file_profiling, naming, results
from bot.sandbox.attach_stream import Lost
from bot.sandbox.container import Container
from bot.sandbox.frames import FilesReply, RunReply
from bot.sandbox.limits import MB, Limits
from bot.sandbox.workspace import Blobs, artifact
from bot.text.languages import canonical, is_known
from bot.text.safe_names import clean_path, unlike

logger = logging.getLogger(__name__)

_KILL_PATIENCE = 0.3
_LITTLE = 50_000


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
        self._blobs = blobs
        self._limits = limits
        self._files = {file.path: file for file in files}
        self._names: dict[str, str] = {}
        self._container: Container | None = None
        self._interpreter = ""
        self._turn = asyncio.Lock()
        self._running: asyncio.Task[Callable[[], RunResult]] | None = None

    def holds(self, files: Sequence[Artifact]) -> bool:
        """Whether it can go on, and its workspace is exactly these files."""
        return (
            self._container is not None
            and not self._container.lost
            and {file.path: file.digest for file in files}
            == {path: file.digest for path, file in self._files.items()}
        )

    async def prepare(self) -> None:
        """Have a container with the files in it; raises SandboxUnavailable."""
        async with self._turn:
            await self._ready()

    def discard(self) -> None:
        """Give the container up, in the background: the next operation gets a clean one."""
        container, self._container = self._container, None
        self._interpreter = ""
        if container:
            self._discard(container)

    @property
    def interpreter(self) -> str:
        """The name of the interpreter that the next Python block runs in; empty when it is to be a clean one."""
        return self._interpreter

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
        file = artifact(name, await asyncio.to_thread(self._blobs.write, data), len(data))
        async with self._turn:
            container = await self._ready()
            with self._at_stake("The sandbox broke while a file was put into it."):
                if await self._deliver(container, file):
                    raise BadInput(f"{name} does not fit: the workspace has {self._limits.total / MB:,.0f} MB.")
            self._files[name] = file
            self._names = {raw: other for raw, other in self._names.items() if other != name} | {_raw(name): name}

    async def card(self, path: PurePosixPath) -> FileProfile:
        """What is in a file of the workspace, computed in the container."""
        name = str(path)
        program = file_profiling.program(name)
        result = await self._run(program, "python", file_profiling.TIMEOUT, stays=False)
        return file_profiling.parse_profile(name, self._files[name].size if name in self._files else 0, result)

    async def changed(self) -> tuple[Sequence[Artifact], Sequence[str]]:
        """The files made or changed since the last call, their bytes stored and fsynced, and paths removed."""
        async with self._turn:
            if self._container is None:
                return (), ()
            with self._at_stake("The sandbox broke before its files were read; they are as before the run."):
                found, gone = await self._container.changed()
                files = [await self._store(self._container, file) for file in found]
            removed = [path for file in gone if (path := self._names.pop(file.path, None))]
            for path in removed:
                del self._files[path]
            self._files |= {file.path: file for file in files}
            return files, removed

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
        if self._container is None or self._container.lost:
            self.discard()
            self._container = await self.take()
            self._names = {_raw(path): path for path in self._files}
            with self._at_stake("A fresh sandbox broke while it was filled."):
                for file in self._files.values():
                    if why := await self._deliver(self._container, file):
                        raise SandboxUnavailable(f"{file.path} could not be put into a fresh sandbox: {why}.")
        return self._container

    async def _deliver(self, container: Container, file: Artifact) -> str:
        """Put stored bytes into the container; why that failed, or empty."""
        if file.digest not in self._blobs:
            raise SandboxUnavailable(f"The bytes of {file.path} are no longer in the work directory.")
        return await container.put(file.path, file.size, self._blobs.chunks(file.digest))

    async def _store(self, container: Container, file: FilesReply) -> Artifact:
        """Bring a file out of the container, unless its bytes are here already."""
        if file.sha256 in self._blobs:
            if file.size != self._blobs.size(file.sha256):
                raise Lost("another size than these bytes have")
        else:
            writer = await asyncio.to_thread(self._blobs.writer)
            try:
                await container.get(file, writer)
                await asyncio.to_thread(writer.finish)
            except BaseException:
                writer.discard()
                raise
        return artifact(self._name(file.path), file.sha256, file.size)

    def _name(self, raw: str) -> str:
        """The safe name for a file in the container: its own, cleaned, and not that of another."""
        if raw not in self._names:
            name = raw.encode("latin-1")
            self._names[raw] = unlike(clean_path(name), name, set(self._names.values()))
        return self._names[raw]

    @contextlib.contextmanager
    def _at_stake(self, sentence: str = "") -> Iterator[None]:
        """Discard the container of an interrupted exchange; with a sentence, Lost is SandboxUnavailable."""
        try:
            yield
        except Lost as error:
            self.discard()
            if not sentence:
                raise
            logger.warning("a sandbox was lost: %s", error)
            raise SandboxUnavailable(sentence) from error
        except BaseException:
            self.discard()
            raise


def _raw(path: str) -> str:
    """A path as the driver writes it."""
    return path.encode().decode("latin-1")


def _cancelled_from_outside() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
