"""Sandboxes of sessions that rest: kept for a while with their variables, the oldest given up first."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.workspace_files import Artifact
from bot.sandbox.session import DockerSandbox


@dataclass(frozen=True, slots=True)
class _Resting:
    sandbox: DockerSandbox
    expiry: asyncio.TimerHandle


class RestingSandboxes:
    """At most `most` sandboxes that hold at most `memory` bytes together, each for `seconds`.

    One whose next Python block would find no variables is given up at once.
    """

    def __init__(self, seconds: float, most: int, memory: int) -> None:
        self._seconds = seconds
        self._most = most
        self._memory = memory
        self._resting: dict[str, _Resting] = {}

    def keep(self, session_id: str, sandbox: DockerSandbox) -> None:
        """The session rests; its sandbox is this object's from now on."""
        self.forget(session_id)
        if not sandbox.interpreter:
            sandbox.discard()
            return
        expiry = asyncio.get_running_loop().call_later(self._seconds, self.forget, session_id)
        self._resting[session_id] = _Resting(sandbox, expiry)
        while len(self._resting) > self._most or self._held() > self._memory:
            self.forget(next(iter(self._resting)))

    def take(self, session_id: str, files: Sequence[Artifact]) -> DockerSandbox | None:
        """The session's sandbox, if it still is as it was left, and holds none but these files."""
        found = self._resting.pop(session_id, None)
        if found is None:
            return None
        found.expiry.cancel()
        if found.sandbox.holds(files):
            return found.sandbox
        found.sandbox.discard()
        return None

    def forget(self, session_id: str) -> None:
        """Give up the session's sandbox, if it has one here."""
        if found := self._resting.pop(session_id, None):
            found.expiry.cancel()
            found.sandbox.discard()

    def interpreter(self, session_id: str) -> str:
        """The interpreter that the session would find; empty when it is to be a clean one."""
        found = self._resting.get(session_id)
        return found.sandbox.interpreter if found else ""

    def close(self) -> None:
        """Give up all."""
        for session_id in list(self._resting):
            self.forget(session_id)

    def _held(self) -> int:
        return sum(each.sandbox.memory for each in self._resting.values())
