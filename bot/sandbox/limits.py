"""How much a sandbox may use and how much of its workspace is kept."""

from __future__ import annotations

from dataclasses import dataclass

from bot.settings import Settings

MB = 1_000_000
MAX_FILES = 1000
INODES = 5000
"""Files and folders that a workspace may hold."""


@dataclass(frozen=True, slots=True)
class Limits:
    """`output` of one run, `each` kept file and the `total` of all of them in bytes; `files` kept at most."""

    memory_mb: int
    output: int
    files: int
    each: int
    total: int
    inodes: int = INODES


def from_settings(settings: Settings) -> Limits:
    """The limits that this installation asks for."""
    workspace = settings.roundtable_sandbox_workspace_mb * MB
    return Limits(
        memory_mb=settings.roundtable_sandbox_memory_mb,
        output=settings.roundtable_sandbox_output_kb * 1000,
        files=MAX_FILES,
        each=min(settings.roundtable_file_limit, workspace),
        total=workspace,
    )
