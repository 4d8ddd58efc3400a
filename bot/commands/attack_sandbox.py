"""`roundtable doctor --attack`: the battery against the engine that is set."""

from __future__ import annotations

import uuid
from datetime import date

from rich.console import Console
from rich.table import Table

from bot.sandbox.battery import memory
from bot.sandbox.battery.run_attacks import AttackOutcome, battery, run
from bot.sandbox.docker import DockerSandboxes
from bot.settings import Settings


async def attack(settings: Settings, console: Console) -> int:
    """Run every attack and print how it went; returns 0 when the sandbox held, which is remembered, else 1.

    Raises OperatorError when containers are weaker than asked for, SandboxUnavailable when there are none.
    """
    console.print("Attacking sandboxes of this engine; this takes a minute or two, and nothing of it leaves them.")
    if runtime := settings.roundtable_sandbox_runtime:
        console.print(
            f"{runtime} answers many calls with a kernel of its own; what is judged is whether they are refused, "
            "as our filter does it.",
            markup=False,
        )
    work_dir, cases = settings.roundtable_work_dir, battery(settings)
    outcomes: list[AttackOutcome] = []
    async with DockerSandboxes(settings, work_dir, f"doctor-{uuid.uuid4().hex}") as sandboxes:
        await sandboxes.check()
        passed = memory.key(await sandboxes.facts(), cases)
        async for outcome in run(lambda name: sandboxes.open(name, ()), cases):
            outcomes.append(outcome)
            _show(outcome, console)
    held = all(outcome.held for outcome in outcomes)
    if held:
        memory.remember(work_dir, passed, date.today().isoformat())
    _sum_up(outcomes, console)
    console.print("The sandbox held; that is remembered." if held else "It did NOT hold: run no code here.")
    return 0 if held else 1


def _show(outcome: AttackOutcome, console: Console) -> None:
    case = outcome.case
    console.print("[green]held[/]  " if outcome.held else "[red]FAILED[/]", end=" ")
    console.print(f"{case.group:8} {case.name} ({outcome.evidence.seconds:.1f} s)", markup=False)
    if not outcome.held:
        console.print(f"       {outcome.evidence.result}", markup=False)


def _sum_up(outcomes: list[AttackOutcome], console: Console) -> None:
    table = Table("group", "attacks", "held", box=None)
    for group in dict.fromkeys(outcome.case.group for outcome in outcomes):
        among = [outcome.held for outcome in outcomes if outcome.case.group == group]
        table.add_row(group, str(len(among)), str(sum(among)))
    console.print(table)
