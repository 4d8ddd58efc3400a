"""Sandboxes that play what a test says the code does; what code leaves behind is kept, as the real ones do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from bot.aio.wait_queue import Ahead
from bot.domain.errors import SandboxUnavailable
from bot.domain.turn_results import RunResult
from bot.domain.workspace_files import Artifact, FileProfile, WorkspaceChanges
from tests.fakes.blob_store import FakeBlobs


@dataclass(frozen=True, slots=True)
class Does:
    """What a program does: its result, and the files it writes (None removes one)."""

    result: RunResult = field(default_factory=lambda: RunResult(0, "ok\n", 0.1))
    files: Mapping[str, bytes | None] = field(default_factory=dict)


@dataclass(slots=True)
class Runs:
    """A program that has `begun` and ends when it is `released` or killed; a `deaf` one is killed too late.

    When it is killed it has `printed` something, and written a file half.
    """

    does: Does = field(default_factory=Does)
    printed: str = ""
    deaf: bool = False
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)


Program = Does | Runs | Exception


@dataclass(slots=True)
class ScriptedSandboxes:
    """Implements `bot.ports.Sandboxes`. `programs` says what code does; anything else prints ok.

    `ran` are the codes that were started, in order, with their `timeouts`; `on_run` hears of each. `faults` are
    raised by the next openings, `opening` makes them wait, `reading` whoever wants the files; `breaks` is raised
    in place of these.
    """

    shelf: FakeBlobs
    programs: dict[str, Program] = field(default_factory=dict)
    faults: list[SandboxUnavailable] = field(default_factory=list)
    problems: dict[str, str] = field(default_factory=dict)
    """What is wrong with a file, by its path."""
    opening: asyncio.Event | None = None
    reading: asyncio.Event | None = None
    breaks: SandboxUnavailable | None = None
    queued: asyncio.Event = field(default_factory=asyncio.Event)
    ran: list[str] = field(default_factory=list)
    timeouts: list[float] = field(default_factory=list)
    killed: int = 0
    file_note: str = ""
    """What is said of files that are not kept, after every run."""
    read: int = 0
    """How often the files were asked for."""
    killing: asyncio.Event = field(default_factory=asyncio.Event)
    opened: asyncio.Event = field(default_factory=asyncio.Event)
    open_now: int = 0
    most_open: int = 0
    contents: list[dict[str, bytes]] = field(default_factory=list)
    """What each run found in its workspace."""
    on_run: Callable[[str], None] = lambda _code: None
    forgotten: list[str] = field(default_factory=list)
    interpreters: list[str] = field(default_factory=list)
    """What the next sandboxes call their interpreters; one without a name keeps no variables."""
    resting: dict[str, str] = field(default_factory=dict)
    """The interpreters of sessions that rest; one that a test removes is lost."""

    @asynccontextmanager
    async def open(
        self, session_id: str, files: Sequence[Artifact], ahead: Ahead = lambda _: None
    ) -> AsyncIterator[ScriptedSandbox]:
        if self.opening is not None:
            ahead(self.most_open)
            self.queued.set()
            await self.opening.wait()
        if self.faults:
            raise self.faults.pop(0)
        self.open_now += 1
        self.opened.set()
        self.most_open = max(self.most_open, self.open_now)
        try:
            sandbox = ScriptedSandbox(self, {file.path: self.shelf.read(file.digest) for file in files})
            sandbox.interpreter = self.resting.pop(session_id, "")
            yield sandbox
            self.resting[session_id] = sandbox.interpreter
        finally:
            self.open_now -= 1

    def forget(self, session_id: str) -> None:
        self.forgotten.append(session_id)
        self.resting.pop(session_id, None)

    def interpreter(self, session_id: str) -> str:
        return self.resting.get(session_id, "")


class ScriptedSandbox:
    """Implements `bot.ports.Sandbox`."""

    def __init__(self, box: ScriptedSandboxes, files: dict[str, bytes]) -> None:
        self._box = box
        self._files = files
        self._known = dict(files)
        self.interpreter = ""
        self._killed = asyncio.Event()
        self._busy = False

    async def run(self, code: str, language: str, timeout: float) -> RunResult:
        self._box.ran.append(code.strip())
        self._box.timeouts.append(timeout)
        self._box.contents.append(dict(self._files))
        self._box.on_run(code.strip())
        self._killed.clear()
        program = self._box.programs.get(code.strip(), Does())
        if isinstance(program, Exception):
            raise program
        if isinstance(program, Runs):
            if not await self._until(program):
                return RunResult(-1, program.printed, 0.1, killed="stopped", note="A person stopped it.")
            program = program.does
        for path, data in program.files.items():
            if data is None:
                self._files.pop(path, None)
            else:
                self._files[path] = data
        return self._with_interpreter(program.result, language)

    def _with_interpreter(self, result: RunResult, language: str) -> RunResult:
        if language != "python":
            return result
        if not self.interpreter and self._box.interpreters:
            self.interpreter = self._box.interpreters.pop(0)
        return replace(result, interpreter=self.interpreter, variables="kept") if self.interpreter else result

    async def put(self, path: PurePosixPath, data: bytes) -> None:
        self._files[str(path)] = data
        self._known[str(path)] = data

    async def card(self, path: PurePosixPath) -> FileProfile:
        data = self._files[str(path)]
        return FileProfile(str(path), len(data), "file", problem=self._box.problems.get(str(path), ""))

    async def changed(self) -> WorkspaceChanges:
        self._box.read += 1
        if self._box.reading is not None:
            await self._box.reading.wait()
        if self._box.breaks is not None:
            raise self._box.breaks
        new = [
            await self._box.shelf.keep("", PurePosixPath(path), data)
            for path, data in self._files.items()
            if self._known.get(path) != data
        ]
        gone = [path for path in self._known if path not in self._files]
        self._known = dict(self._files)
        return WorkspaceChanges(tuple(new), tuple(gone), self._box.file_note)

    def discard(self) -> None:
        """Nothing of it is used again."""
        self.interpreter = ""

    async def kill(self) -> None:
        self._box.killed += 1
        self._box.killing.set()
        self._killed.set()

    async def _until(self, program: Runs) -> bool:
        """Whether the program came to its own end."""
        program.begun.set()
        if program.deaf:
            return await program.released.wait()
        self._files["half-written"] = b"x"
        released, killed = (asyncio.create_task(event.wait()) for event in (program.released, self._killed))
        try:
            await asyncio.wait({released, killed}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            released.cancel()
            killed.cancel()
            await asyncio.wait({released, killed})
        return not self._killed.is_set()
