"""How runs end, in words that agents can act on. Pure."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.domain.turn_results import Killed, RunResult
from bot.sandbox.frames import ResourcesUsed, RunReply
from bot.sandbox.limits import MB, Limits
from bot.sandbox.output_text import readable

_SIGKILL = 128 + 9
_SIGXFSZ = 128 + 25
_AS_BEFORE = "the workspace is as it was before this run, and what was in /tmp is gone."
_FULL = re.compile(r"No space left on device|Errno 28\b")


REPLACED = (
    "The sandbox was lost while nothing ran in it and is a new one. The files of the workspace are there; what was"
    " in /tmp or was not kept is gone."
)
"""What agents are told with the first run in a container that took the place of theirs."""


def wrong_language(language: str) -> RunResult:
    """The result of a block in a language that no sandbox runs."""
    named = f"`{language}`" if language else "A block without a language"
    note = f"{named} cannot be run here: mark the block as python, bash or sh."
    return RunResult(126, "", 0.0, "language", note)


def stopped(output: bytes, seconds: float) -> RunResult:
    """The result of a run that a person stopped, and that ended only with its container."""
    note = f"A person stopped it, and its sandbox was thrown away; {_AS_BEFORE}"
    return RunResult(_SIGKILL, readable(output), seconds, "stopped", note)


def lost(output: bytes, seconds: float) -> RunResult:
    """The result of a run whose container had to be thrown away."""
    note = f"The sandbox broke and was thrown away; {_AS_BEFORE}"
    return RunResult(_SIGKILL, readable(output), seconds, "lost", note)


def ran(
    reply: RunReply, output: bytes, seconds: float, timeout: float, limits: Limits, *, note: str = ""
) -> RunResult:
    """The result of a run that the driver saw to its end; `note` is what else there is to say."""
    text = readable(output)
    killed = _killed(reply, text)
    notes = [
        _reason(killed, timeout, limits),
        _used(reply.used, killed),
        _lost_child(reply, killed, limits),
        note,
    ]
    return RunResult(reply.exit_code, text, seconds, killed, " ".join(note for note in notes if note))


def with_variables(result: RunResult, *, had_some: bool) -> RunResult:
    """The same, with what became of the variables said in its note; `had_some` before the run."""
    match result.variables:
        case "lost" if had_some:
            said = "All variables are gone: the next block starts without any."
        case "lost":
            said = "The variables that this block set are not kept."
        case "restored":
            said = "All variables are as they were before this block; what it did to files stays."
        case "kept" if not result.ok:
            said = "Variables set before the error are kept."
        case _:
            return result
    return replace(result, note=f"{result.note} {said}".lstrip())


def _killed(reply: RunReply, text: str) -> Killed | None:
    if reply.ended != "itself":
        return reply.ended
    if reply.exit_code == _SIGKILL and reply.oom_kills > 0:
        return "memory"
    if reply.exit_code == _SIGXFSZ or (reply.exit_code and reply.full and _FULL.search(text)):
        return "disk"
    return None


def _reason(killed: Killed | None, timeout: float, limits: Limits) -> str:
    match killed:
        case "time":
            return f"It was killed after {timeout:g} s, the most a run may take."
        case "output":
            return f"It was killed for printing more than {limits.output / 1000:,.0f} kB; write more to a file."
        case "memory":
            return f"It was killed for using more memory than the {limits.memory_mb:,} MB there are."
        case "disk":
            room = f"{_mb(limits.total)} and {limits.inodes:,} files"
            return f"It failed because the workspace is full: there is room for {room}."
        case "stopped":
            return "A person stopped it."
        case _:
            return ""


def _used(used: ResourcesUsed, killed: Killed | None) -> str:
    """What it had used when it was killed."""
    match killed:
        case "time" | "stopped":
            return f"It had used {used.cpu_ms / 1000:,.1f} s of CPU time and {_mb(used.memory)} of memory."
        case "output":
            return f"It had printed {used.printed / 1000:,.0f} kB."
        case "memory":
            return f"Its largest process had {_mb(used.memory)}."
        case "disk":
            return f"It holds {_mb(used.disk)} in {used.inodes:,} files and folders."
        case _:
            return ""


def _mb(size: int) -> str:
    return f"{size / MB:,.0f} MB"


def _lost_child(reply: RunReply, killed: Killed | None, limits: Limits) -> str:
    if killed or not reply.oom_kills > 0:
        return ""
    return f"One of its processes was killed for using more memory than the {limits.memory_mb:,} MB there are."
