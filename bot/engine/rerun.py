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
    """Run what was run, with the files that were attached before it, and compare every file that was made."""
    attached = [version for version in versions if version.block == 0]
    for past in runs:
        while attached and attached[0].turn <= past.turn:
            file = attached.pop(0).file
            await sandbox.put(PurePosixPath(file.path), await read(file))
        for number, (block, before) in enumerate(zip(past.blocks, past.results, strict=False), 1):
            wanted = [version for version in versions if (version.turn, version.block) == (past.turn, number)]
            now = await _files(sandbox, block, before, timeout)
            for version in wanted:
                yield Reproduced(version, _state(version, now))


async def _files(sandbox: Sandbox, block: CodeBlock, before: RunResult, timeout: float) -> dict[str, str]:
    """The digests of what a block makes; one that did not come to its own end and left nothing is left out.

    One that a person stopped gets the time it had then, and a second.
    """
    if before.killed in ("interrupted", "stopped", "lost") and not (before.files or before.removed):
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


def _state(version: Version, now: dict[str, str]) -> Literal["identical", "differs", "missing"]:
    digest = now.get(version.file.path)
    return "missing" if digest is None else "identical" if digest == version.file.digest else "differs"
