"""Sandboxes without Docker: a folder, and a plain subprocess in it. For tests only: nothing is locked down."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

from bot.aio.wait_queue import Ahead
from bot.domain.errors import SandboxUnavailable
from bot.domain.turn_results import RunResult
from bot.domain.workspace_files import Artifact, FileProfile, WorkspaceChanges
from bot.sandbox import limits, naming, results
from bot.sandbox.disk_names import DiskNames
from bot.sandbox.driver.files import SCRIPT
from bot.sandbox.driver.survey import KeptFiles
from bot.sandbox.file_notes import FileNews, file_note
from bot.sandbox.frames import ResourcesUsed, RunReply
from bot.sandbox.limits import Limits
from bot.sandbox.workspace import Blobs, artifact, session_folder
from bot.settings import Settings
from bot.text.languages import canonical, is_known
from bot.text.safe_names import clean_path

_NAMED = 20
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

    def interpreter(self, session_id: str) -> str:
        """None is kept for sessions that rest."""
        return ""

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
        self._files = KeptFiles(str(folder))
        self._names = DiskNames()
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
        if script.name == SCRIPT:
            script.unlink(missing_ok=True)
            note = naming.not_kept(named.path) if named.path else named.note
            return replace(result, note=" ".join(filter(None, [result.note, note])))
        return result

    async def put(self, path: PurePosixPath, data: bytes) -> None:
        """Write a file into the folder."""
        self._sandboxes.check()
        name = str(clean_path(str(path)))
        self._write(name, data)
        self._names.forget(name)
        self._files.add(os.fsencode(name), (self._folder / name).stat(), self._blobs.write(data))

    async def card(self, path: PurePosixPath) -> FileProfile:
        """Only the size of a file: looking into it needs the image."""
        self._sandboxes.check()
        return FileProfile(str(path), (self._folder / path).stat().st_size, "file")

    async def changed(self) -> WorkspaceChanges:
        """What became of the folder since the last call; the driver's own code looks."""
        limits = self._sandboxes.limits
        updates = list(self._files.update(limits.to_keep(self._blobs.stored()), lambda: None))
        removed = tuple(os.fsdecode(path) for path, file in updates if file is None)
        new = {path.decode("latin-1"): file for path, file in updates if file}
        kept = {os.fsdecode(path) for path in self._files.known if path.decode("latin-1") not in new}
        self._names.renamed, files = [], []
        for path in removed:
            self._names.forget(path)
        for raw in new:
            name = await self._names.settle(raw, kept, new.keys(), self._rename)
            kept.add(name)
            data = (self._folder / name).read_bytes()
            files.append(artifact(name, self._blobs.write(data), len(data)))
        left_out: list[Any] = [(path.decode("latin-1"), why) for path, why in self._files.untold[:_NAMED]]
        more = len(self._files.untold) - len(left_out)
        news = FileNews(left_out, more, self._names.renamed, kept=kept)
        in_order = tuple(sorted(files, key=lambda file: file.path))
        return WorkspaceChanges(in_order, removed, file_note(news, limits))

    async def _rename(self, raw: str, name: str, replace: bool) -> bool:
        return not self._files.rename(raw.encode("latin-1"), name.encode(), replace)

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
            place = self._folder / SCRIPT
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
