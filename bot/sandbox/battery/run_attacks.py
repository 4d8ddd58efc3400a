"""Runs the battery against sandboxes and tells how each case went."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from textwrap import dedent

from bot.domain.turn_results import RunResult
from bot.ports import Sandbox
from bot.sandbox.battery.attack import Attack, AttackEvidence
from bot.sandbox.battery.confuse import CONFUSE
from bot.sandbox.battery.escape import ESCAPE
from bot.sandbox.battery.exhaust import exhaust
from bot.sandbox.battery.persist import PERSIST
from bot.settings import Settings

Opens = Callable[[str], AbstractAsyncContextManager[Sandbox]]
"""Opens a sandbox for a session of this name."""

_PROBE = dedent(
    """
    python - <<'END'
    import builtins, json, os, resource
    states = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        comm, state = open(f"/proc/{name}/stat").read().split("(", 1)[1].rsplit(")", 1)
        states[name] = (comm, state.split()[0])
    alive = {name: of for name, of in states.items() if of[1] != "Z"}
    stopped = [comm for comm, state in alive.values() if state == "T"]
    print(f"processes: {len(alive) - len(stopped)}, stopped: {len(stopped)}")
    print(*(comm for comm, _ in alive.values()))
    print("folder:", os.getcwd())
    print("open files:", resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    for folder in ("/workspace", "/tmp", "/dev/shm"):
        print(folder, sorted(name for name in os.listdir(folder) if "planted" in name))
    print(*(name for name in ("planted",) if hasattr(json, name) or hasattr(builtins, name)))
    print(os.environ.get("PLANTED", ""))
    END
    """
)
_EMPTY = "chmod -R u+rwx . ; find . /tmp -mindepth 1 -delete 2>/dev/null; kill -KILL -1; true"
_PATIENCE = 20.0
_BEAT = 0.02


@dataclass(frozen=True, slots=True)
class AttackOutcome:
    """Whether the sandbox held against a case, and what is known of it."""

    case: Attack
    held: bool
    evidence: AttackEvidence


def battery(settings: Settings) -> tuple[Attack, ...]:
    """Every case, of a size that fits the settings."""
    return (*ESCAPE, *exhaust(settings), *CONFUSE, *PERSIST)


async def run(opens: Opens, cases: Sequence[Attack]) -> AsyncIterator[AttackOutcome]:
    """Attack one sandbox with all cases, one after the other; what one leaves is swept before the next."""
    async with opens("battery-victim") as victim, opens("battery-neighbour") as neighbour:
        for case in cases:
            yield await attack(victim, neighbour, case)
            await victim.run(_EMPTY, "bash", _PATIENCE)
            await victim.changed()


async def attack(victim: Sandbox, neighbour: Sandbox, case: Attack) -> AttackOutcome:
    """One case."""
    beat = asyncio.create_task(_longest_stall())
    started = time.monotonic()
    try:
        result = await _attacked(victim, case)
        seconds = time.monotonic() - started
        changes = await victim.changed()
        result = replace(result, note=f"{result.note} {changes.note}".strip())
        later = await victim.run(_PROBE, "bash", _PATIENCE)
        elsewhere = await neighbour.run(_PROBE, "bash", _PATIENCE)
    finally:
        beat.cancel()
        stall = await beat
    evidence = AttackEvidence(result, [file.path for file in changes.files], later, elsewhere, seconds, stall)
    return AttackOutcome(case, case.holds(evidence), evidence)


async def _attacked(victim: Sandbox, case: Attack) -> RunResult:
    if case.before:
        await victim.run(case.before, "python", _PATIENCE)
    running = asyncio.create_task(victim.run(case.code, case.language, case.timeout))
    if case.stop_after is not None:
        await asyncio.sleep(case.stop_after)
        await victim.kill()
    return await running


async def _longest_stall() -> float:
    """The longest time that the event loop was blocked, until cancelled."""
    longest, last = 0.0, time.monotonic()
    while True:
        try:
            await asyncio.sleep(_BEAT)
        except asyncio.CancelledError:
            return max(longest, time.monotonic() - last - _BEAT)
        now = time.monotonic()
        longest, last = max(longest, now - last - _BEAT), now
