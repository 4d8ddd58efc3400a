"""A session's code once more, in order, in a clean sandbox: which artifacts come out the same?"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

from bot.domain.events import CodeBlock
from bot.domain.turn_results import RunResult
from bot.domain.views import PastRun, Version
from bot.domain.workspace_files import Artifact
from bot.ports import Sandbox
from bot.text.languages import canonical

Read = Callable[[Artifact], Awaitable[bytes]]
"""The stored bytes of a file."""


@dataclass(frozen=True, slots=True)
class Reproduced:
    """How a version of a file came out this time."""

    version: Version
    state: Literal["identical", "differs", "missing"]


async def rerun(
    runs: Sequence[PastRun], versions: Sequence[Version], sandbox: Sandbox, read: Read, timeout: float
) -> AsyncIterator[Reproduced]:
    """Run what was run, with the files that were attached before it, and compare every file that was made.

    Code finds the variables that it found then: where its interpreter was another one, it gets a clean one.
    """
    attached = [version for version in versions if version.block == 0]
    interpreter = ""
    for past in runs:
        while attached and attached[0].turn <= past.turn:
            file = attached.pop(0).file
            await sandbox.put(PurePosixPath(file.path), await read(file))
        for number, (block, before) in enumerate(zip(past.blocks, past.results, strict=False), 1):
            wanted = [version for version in versions if (version.turn, version.block) == (past.turn, number)]
            if sandbox.interpreter and _ran_elsewhere(block, before, interpreter):
                sandbox.discard()
            interpreter = before.interpreter or interpreter
            now = await _files(sandbox, block, before, timeout)
            for version in wanted:
                yield Reproduced(version, _state(version, now))


async def _files(sandbox: Sandbox, block: CodeBlock, before: RunResult, timeout: float) -> dict[str, str]:
    """The digests of what a block makes; one that left neither variables nor files is left out.

    One that a person stopped gets the time it had then, and a second.
    """
    if _left_nothing(before):
        return {}
    limit = min(timeout, before.seconds + 1) if before.killed == "stopped" else timeout
    result = await sandbox.run(block.code, block.language, limit)
    changes = await sandbox.changed()
    found = {file.path: file.digest for file in changes.files}
    if before.full_output:
        data = result.output.encode("utf-8", "replace")
        await sandbox.put(PurePosixPath(before.full_output), data)
        found[before.full_output] = hashlib.sha256(data).hexdigest()
    return found


def _ran_elsewhere(block: CodeBlock, before: RunResult, interpreter: str) -> bool:
    """Whether a block ran in another interpreter than the last one; without a name, each had its own."""
    return canonical(block.language) == "python" and (not before.interpreter or before.interpreter != interpreter)


def _left_nothing(before: RunResult) -> bool:
    """Whether a block was undone, or did not come to its own end, and left no trace in the workspace."""
    ended_early = before.killed in ("interrupted", "stopped", "lost", "rejected")
    undone = before.variables in ("restored", "lost")
    return (ended_early or undone) and not (before.files or before.removed)


def _state(version: Version, now: dict[str, str]) -> Literal["identical", "differs", "missing"]:
    digest = now.get(version.file.path)
    return "missing" if digest is None else "identical" if digest == version.file.digest else "differs"
