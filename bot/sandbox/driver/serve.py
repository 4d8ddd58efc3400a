"""Answers the bot's requests."""

from __future__ import annotations

import hashlib
import os
import signal
import time
from typing import Any

from . import files
from .about import about_this_container
from .child import Script, Spare, fork_spare
from .program import Program, count_oom_kills, exit_code
from .wire import CHUNK, FrameWire

IDLE = 0.003


class Driver:
    """Answers the bot's requests, one after the other."""

    def __init__(self, wire: FrameWire) -> None:
        self.wire = wire
        self.known: dict[bytes, tuple[files.Mark, str]] = {}
        self.spare: Spare | None = None
        self.deaths, wake_up = os.pipe()
        os.set_blocking(self.deaths, False)
        os.set_blocking(wake_up, False)
        signal.set_wakeup_fd(wake_up, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(ignored, signal.SIG_IGN)

    def serve(self) -> Script:
        """Comes back only in a forked child, with the script to become."""
        self.wire.reply("hello", **about_this_container())
        while True:
            if not self.wire.waits_for_us(IDLE) and (script := self.fork()):
                return script
            request = self.wire.request()
            match request["do"]:
                case "run":
                    if script := self.fork():
                        return script
                    self.run(request)
                case "put":
                    self.put(files.to_bytes(request["path"]), request["size"])
                case "changed":
                    self.changed(request["limits"])
                case "get":
                    self.get(files.to_bytes(request["path"]))
                case "ping":
                    self.wire.reply("pong")
                case "kill":
                    pass  # the run it was meant for has just ended

    def fork(self) -> Script | None:
        """Has a spare child ready, so that a run need not wait for one; gives a script only in the child."""
        if self.spare is None:
            forked = fork_spare()
            if isinstance(forked, Script):
                return forked
            self.spare = forked
        return None

    def run(self, request: dict[str, Any]) -> None:
        assert self.spare
        spare, self.spare = self.spare, None
        killed_before = count_oom_kills()
        path, named = files.write_script(request["code"], files.to_bytes(request["name"]))
        spare.start(Script(path, request["language"]))
        run = Program(self.wire, self.deaths, spare.pid, spare.output, request["output"])
        run.watch(time.monotonic() + request["timeout"])
        run.finish()
        os.close(spare.output)
        files.unlock()
        full = files.is_full(files.WORKSPACE) or files.is_full(files.SCRATCH)
        disk = files.used(files.WORKSPACE)
        if not named:
            files.remove(path)
        files.clean_scratch()
        self.wire.reply(
            "ran",
            exit_code=exit_code(run.status),
            ended=run.ended,
            oom_kills=count_oom_kills() - killed_before,
            full=full,
            named=named,
            used={**run.used(), **disk},
            skipped=files.survey(request["limits"])[1],
        )

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
            self.known[path] = (files.mark(os.fstat(target)), digest.hexdigest())
            os.close(target)
        if why:
            files.remove(files.in_workspace(path))
            self.known.pop(path, None)
            self.wire.reply("refused", why=why)
        else:
            self.wire.reply("stored")

    def changed(self, limits: dict[str, int]) -> None:
        found, _ = files.survey(limits)
        for path in sorted(self.known.keys() - found.keys()):
            del self.known[path]
            self.wire.reply("gone", path=files.to_text(path))
        for path, now in found.items():
            if path not in self.known or self.known[path][0] != now:
                self.report(path)
        self.wire.reply("listed")

    def report(self, path: bytes) -> None:
        """Tells of one file, unless its bytes are the old ones."""
        source = files.open_regular(path)
        digest, size = hashlib.sha256(), 0
        while chunk := os.read(source, CHUNK):
            digest.update(chunk)
            size += len(chunk)
        before = self.known.get(path)
        self.known[path] = (files.mark(os.fstat(source)), digest.hexdigest())
        os.close(source)
        if before is None or before[1] != digest.hexdigest():
            self.wire.reply("file", path=files.to_text(path), size=size, sha256=digest.hexdigest())

    def get(self, path: bytes) -> None:
        source = files.open_regular(path)
        while chunk := os.read(source, CHUNK):
            self.wire.data(chunk)
        os.close(source)
        self.wire.reply("sent")
