"""Answers the bot's requests."""

from __future__ import annotations

import contextlib
import hashlib
import os
import signal
import time
from typing import Any

from . import files
from .about import about_this_container, memory_in_use
from .child import Child, Script, fork_spare
from .processes import is_stopped
from .program import Program, count_oom_kills
from .strays import Strays
from .survey import KeptFiles
from .variables import KeptInterpreter, Variables
from .wire import CHUNK, FrameWire

IDLE = 0.003
NAMED = 20
"""Files of one kind that are named in one listing; the others are counted."""


class Driver:
    """Answers the bot's requests, one after the other."""

    def __init__(self, wire: FrameWire) -> None:
        self.wire = wire
        self.files = KeptFiles()
        self.strays = Strays()
        self.emptied = False
        self.spare: Child | None = None
        self.kept = KeptInterpreter()
        self.deaths, wake_up = os.pipe()
        os.set_blocking(self.deaths, False)
        os.set_blocking(wake_up, False)
        signal.set_wakeup_fd(wake_up, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(ignored, signal.SIG_IGN)

    def serve(self) -> Script:  # noqa: C901  (a request a case)
        """Returns only in a forked child, with its script."""
        self.wire.reply("hello", **about_this_container())
        while True:
            if not self.wire.waits_for_us(IDLE) and (script := self.get_ready()):
                return script
            request = self.wire.request()
            self.hold()
            match request["do"]:
                case "run":
                    if script := self.run(request):
                        return script
                case "put":
                    self.put(files.to_bytes(request["path"]), request["size"])
                case "changed":
                    self.changed(request["limits"])
                case "get":
                    self.get(files.to_bytes(request["path"]))
                case "rename":
                    self.rename(request)
                case "ping":
                    self.wire.reply("pong")
                case "kill" | "alive":
                    pass  # the run it was meant for has just ended

    def get_ready(self) -> Script | None:
        """Does what the next run would have to wait for; gives a script only in a forked child."""
        if self.kept.child:
            self.kept.make_copy(collect)
            return None
        return self.fork()

    def hold(self) -> None:
        """Drops an interpreter that does not stand still, before anything is done beside it."""
        if not all(is_stopped(pid) for pid in self.kept.pids):
            self.kept.drop(collect)

    def fork(self) -> Script | None:
        """Has a spare child; gives a script only in the child."""
        if self.spare is None:
            try:
                forked = fork_spare()
            except OSError:  # what the interpreter holds leaves no room for another process
                self.kept.drop(collect)
                forked = fork_spare()
            if isinstance(forked, Script):
                return forked
            self.spare = forked
        return None

    def run(self, request: dict[str, Any]) -> Script | None:
        stays = request["stays"]
        self.kept.make_copy(collect)
        if not (stays and self.kept.child) and (script := self.fork()):
            return script
        killed_before = count_oom_kills()
        path, named = files.write_script(request["code"], files.to_bytes(request["name"]))
        clean = self.kept.child is None
        program, variables = self.run_block(path, request) if stays else self.run_program(path, request)
        files.unlock()
        full = files.is_full(files.WORKSPACE) or files.is_full(files.SCRATCH)
        disk = files.used(files.WORKSPACE)
        if not named:
            files.remove(path)
        self.emptied |= files.clean_scratch()
        self.wire.reply(
            "ran",
            exit_code=program.exit_code(),
            ended=program.ended,
            oom_kills=count_oom_kills() - killed_before,
            full=full,
            named=named,
            used={**program.used(), **disk, "held": memory_in_use()},
            clean=clean,
            variables=variables,
        )
        return None

    def run_block(self, path: str, request: dict[str, Any]) -> tuple[Program, Variables]:
        """Runs code in the interpreter that keeps its variables."""
        child = self.kept.start(path, self.take_spare)
        program = Program(self.wire, self.deaths, child, request["output"], self.kept.answer)
        program.watch(time.monotonic() + request["timeout"])
        if program.answer and program.ended == "itself":
            self.kept.can_be_copied = program.answer.get("can_be_copied") is True
            variables = self.kept.finish(program.reap)
        else:
            variables = self.kept.fall_back(program.reap)
        program.close()
        return program, variables

    def run_program(self, path: str, request: dict[str, Any]) -> tuple[Program, Variables]:
        """Runs a script to its end, beside what is kept."""
        child, had = self.take_spare(), self.kept.child is not None
        child.send(Script(path, request["language"], False))
        program = Program(self.wire, self.deaths, child, request["output"], None)
        program.watch(time.monotonic() + request["timeout"])
        settled = self.kept.settle(program.reap)
        program.close()
        child.close()
        return program, "kept" if settled or not had else "lost"

    def take_spare(self) -> Child:
        assert self.spare
        spare, self.spare = self.spare, None
        return spare

    def put(self, path: bytes, size: int) -> None:
        digest, why, target = hashlib.sha256(), "", -1
        try:
            target = files.create(path)
        except OSError as error:
            why = str(error.strerror)
        while size:
            chunk = self.wire.frame()
            size -= len(chunk)
            digest.update(chunk)
            why = why or files.write_all(target, chunk)
        if target >= 0:
            self.files.add(path, os.fstat(target), digest.hexdigest())
            os.close(target)
        if why:
            files.remove(files.in_workspace(path))
            self.files.forget(path)
            self.wire.reply("refused", why=why)
        else:
            self.wire.reply("stored")

    def changed(self, limits: dict[str, int]) -> None:
        """Tells of files that are gone, new or changed, then of those that are not kept."""
        for path, file in self.files.update(limits, self.wire.busy):
            name = files.to_text(path)
            if file is None:
                self.wire.reply("gone", path=name)
            else:
                self.wire.reply("file", path=name, size=file.size, sha256=file.digest)
        left_out, strays = self.files.untold, self.strays.untold(self.files.known)
        for path, why in left_out[:NAMED]:
            self.wire.reply("left_out", path=files.to_text(path), why=why)
        for path in strays[:NAMED]:
            self.wire.reply("stray", path=files.to_text(path))
        more = {"more_left_out": len(left_out[NAMED:]), "more_strays": len(strays[NAMED:])}
        self.wire.reply("listed", **more, emptied=self.emptied)
        self.emptied = False

    def rename(self, request: dict[str, Any]) -> None:
        path, to = files.to_bytes(request["path"]), files.to_bytes(request["to"])
        if why := self.files.rename(path, to, request["replace"]):
            self.wire.reply("refused", why=why)
        else:
            self.wire.reply("renamed")

    def get(self, path: bytes) -> None:
        source = files.open_regular(path)
        while chunk := os.read(source, CHUNK):
            self.wire.data(chunk)
        os.close(source)
        self.wire.reply("sent")


def collect() -> None:
    """Takes dead children off the process table."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
