"""Sandboxes without Docker: a folder, and a plain subprocess in it. For tests only: nothing is locked down."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from bot.aio.wait_queue import Ahead
from bot.domain.errors import SandboxUnavailable
from bot.domain.turn_results import RunResult
from bot.domain.workspace_files import Artifact, FileProfile
from bot.sandbox import limits, naming, results
from bot.sandbox.frames import ResourcesUsed, RunReply
from bot.sandbox.limits import Limits
from bot.sandbox.workspace import Blobs, artifact, session_folder
from bot.settings import Settings
from bot.text.languages import canonical, is_known
from bot.text.safe_names import clean_path

_SCRIPT = ".script"
_JUNK = {_SCRIPT, "__pycache__", ".cache"}
_COMMANDS = {"python": [sys.executable, "-u"], "bash": ["bash"]}


@dataclass(frozen=True, slots=True)
class Step:
    """What a scripted sandbox does instead of running code: the result, and files it leaves in the workspace."""

    result: RunResult
    files: Mapping[str, bytes] = field(default_factory=dict)


class FakeSandboxes:
    """Implements ports.Sandboxes.

    With a `script`, each run takes the next step of it instead of running code. While `unavailable` is true there
    is no sandbox to be had. `ran` is every code that was run, `open_now` the sessions whose sandbox is open.
    """

    def __init__(
        self, work_dir: Path, script: Sequence[Step | RunResult] = (), bounds: Limits | None = None
    ) -> None:
        self.unavailable = False
        self.ran: list[str] = []
        self.open_now: list[str] = []
        self.script = [Step(step) if isinstance(step, RunResult) else step for step in script]
        self.scripted = bool(script)
        self.limits = bounds or limits.from_settings(Settings(_env_file=None))
        self._work_dir = work_dir

    @asynccontextmanager
    async def open(
        self, session_id: str, files: Sequence[Artifact], ahead: Ahead = lambda _: None
    ) -> AsyncIterator[FakeSandbox]:
        """A folder that holds `files`, gone when the context ends."""
        self.check()
        blobs = Blobs(session_folder(self._work_dir, session_id))
        with tempfile.TemporaryDirectory() as folder:
            sandbox = FakeSandbox(self, Path(folder), blobs)
            for file in files:
                await sandbox.put(PurePosixPath(file.path), blobs.read(file.digest))
            self.open_now.append(session_id)
            try:
                yield sandbox
            finally:
                self.open_now.remove(session_id)
                await sandbox.kill()

    def forget(self, session_id: str) -> None:
        """Nothing is kept for sessions that rest."""

    def check(self) -> None:
        """Raises SandboxUnavailable while there is no sandbox to be had."""
        if self.unavailable:
            raise SandboxUnavailable("No Docker engine answers; start it.")


class FakeSandbox:
    """Implements ports.Sandbox. It keeps no variables."""

    interpreter = ""

    def __init__(self, sandboxes: FakeSandboxes, folder: Path, blobs: Blobs) -> None:
        self._sandboxes = sandboxes
        self._folder = folder
        self._blobs = blobs
        self._known: dict[str, str] = {}
        self._process: asyncio.subprocess.Process | None = None
        self._ended = "itself"

    async def run(self, code: str, language: str, timeout: float) -> RunResult:
        """Run one block, or take the next step of the script."""
        self._sandboxes.check()
        if not is_known(language):
            return results.wrong_language(language)
        program = canonical(language)
        self._sandboxes.ran.append(code)
        if self._sandboxes.scripted:
            return self._take_step()
        named = naming.name_of(code, program)
        result = await self._run(_COMMANDS[program], timeout, script := self._script(named.path, code))
        if script.name == _SCRIPT:
            script.unlink(missing_ok=True)
            note = naming.not_kept(named.path) if named.path else named.note
            return replace(result, note=" ".join(filter(None, [result.note, note])))
        return result

    async def put(self, path: PurePosixPath, data: bytes) -> None:
        """Write a file into the folder."""
        self._sandboxes.check()
        name = str(clean_path(str(path)))
        self._known[name] = self._blobs.write(data)
        self._write(name, data)

    async def card(self, path: PurePosixPath) -> FileProfile:
        """Only the size of a file: looking into it needs the image."""
        self._sandboxes.check()
        return FileProfile(str(path), (self._folder / path).stat().st_size, "file")

    async def changed(self) -> tuple[Sequence[Artifact], Sequence[str]]:
        """The files made or changed since the last call, and paths removed."""
        now = {str(clean_path(os.fsencode(path))): path for path in _regular_files(self._folder)}
        removed = sorted(self._known.keys() - now.keys())
        for name in removed:
            del self._known[name]
        files = []
        for name, path in sorted(now.items()):
            data = (self._folder / path).read_bytes()
            if self._known.get(name) != hashlib.sha256(data).hexdigest():
                self._known[name] = self._blobs.write(data)
                files.append(artifact(name, self._known[name], len(data)))
        return files, removed

    def discard(self) -> None:
        """Nothing of it is used again."""

    async def kill(self) -> None:
        """End the process now."""
        self._end("stopped")

    def _take_step(self) -> RunResult:
        step = self._sandboxes.script.pop(0)
        for name, data in step.files.items():
            self._write(name, data)
        return replace(step.result, files=(), removed=())

    def _script(self, name: str, code: str) -> Path:
        """A file with the code: under its name, unless something else is there."""
        place = self._folder / name
        if not name or place.is_symlink() or (place.exists() and not place.is_file()):
            place = self._folder / _SCRIPT
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(code, encoding="utf-8", errors="replace")
        return place

    async def _run(self, command: Sequence[str], timeout: float, script: Path) -> RunResult:
        started, output, self._ended = time.monotonic(), bytearray(), "itself"
        self._process = await asyncio.create_subprocess_exec(
            *command,
            str(script),
            cwd=self._folder,
            env={
                **os.environ,
                "MPLBACKEND": "Agg",
                "PYTHONDONTWRITEBYTECODE": "1",
                "PYTHONPATH": str(self._folder),
            },
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            await self._watch(self._process, output, timeout)
        finally:
            self._end("stopped")
            exit_code = await self._process.wait()
            self._process = None
        used = ResourcesUsed(cpu_ms=0, memory=0, printed=len(output), disk=0, inodes=0, held=0)
        status = exit_code if exit_code >= 0 else 128 - exit_code
        reply = RunReply(
            status,
            self._ended,  # type: ignore[arg-type]
            0,
            full=False,
            skipped=0,
            named=False,
            clean=True,
            variables="kept",
            used=used,
        )
        kept = bytes(output[: self._sandboxes.limits.output])
        return results.ran(reply, kept, time.monotonic() - started, timeout, self._sandboxes.limits)

    async def _watch(self, process: asyncio.subprocess.Process, output: bytearray, timeout: float) -> None:
        assert process.stdout
        try:
            async with asyncio.timeout(timeout):
                while chunk := await process.stdout.read(1 << 16):
                    output += chunk
                    if len(output) > self._sandboxes.limits.output:
                        self._end("output")
                        return
                await process.wait()
        except TimeoutError:
            self._end("time")

    def _end(self, why: str) -> None:
        if self._process and self._process.returncode is None:
            if self._ended == "itself":
                self._ended = why
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def _write(self, name: str, data: bytes) -> None:
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def _regular_files(folder: Path) -> list[str]:
    paths = []
    for root, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in _JUNK]
        for name in names:
            path = Path(root) / name
            if name not in _JUNK and path.is_file() and not path.is_symlink():
                paths.append(str(path.relative_to(folder)))
    return paths
