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
    """`output` of one run, `each` kept file and the `total` of all of them in bytes; `files` kept at most.

    `disk`: bytes of all versions of all files that a session keeps.
    """

    memory_mb: int
    output: int
    files: int
    each: int
    total: int
    inodes: int = INODES
    disk: int = 1000 * MB

    @property
    def room(self) -> str:
        """How much place there is for files, in words."""
        each = f"a session's workspace has {self.total / MB:,.0f} MB"
        return f"{each}, and {self.disk / MB:,.0f} MB on disk for all versions of its files"

    def to_keep(self, stored: int) -> dict[str, int]:
        """What a driver may have kept of a workspace when a session has so many bytes `stored` already.

        The last quarter of the disk is for new versions of files that the workspace has: `new` files do not crowd
        them out.
        """
        disk, new = (max(0, most - stored) for most in (self.disk, self.disk * 3 // 4))
        return {"files": self.files, "each": self.each, "total": self.total, "disk": disk, "new": new}


def from_settings(settings: Settings) -> Limits:
    """The limits that this installation asks for."""
    workspace = settings.roundtable_sandbox_workspace_mb * MB
    return Limits(
        memory_mb=settings.roundtable_sandbox_memory_mb,
        output=settings.roundtable_sandbox_output_kb * 1000,
        files=MAX_FILES,
        each=min(settings.roundtable_file_limit, workspace),
        total=workspace,
        disk=settings.roundtable_session_disk_mb * MB,
    )
