from __future__ import annotations

import asyncio
from collections import Counter

import docker
import pytest

from bot.sandbox.battery.attack import Attack
from bot.sandbox.battery.run_attacks import AttackOutcome, attack, battery, run
from bot.settings import Settings
from tests.bot.sandbox.conftest import Opened
from tests.bot.sandbox.weak import weak

BATTERY = battery(Settings(_env_file=None))


def test_the_battery_has_cases_of_every_kind_with_unique_names() -> None:
    count = Counter(case.group for case in BATTERY)
    assert len(BATTERY) >= 60
    assert min(count[group] for group in ("escape", "exhaust", "confuse", "persist")) >= 10
    assert len({case.name for case in BATTERY}) == len(BATTERY)


@pytest.mark.docker
@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.timeout(900)
async def test_the_sandbox_holds_against_all_of_it(opened: Opened) -> None:
    outcomes = [outcome async for outcome in run(lambda name: opened.sandboxes.open(name, ()), BATTERY)]
    assert [(it.case.name, it.evidence) for it in outcomes if not it.held] == []
    assert len(outcomes) == len(BATTERY)


@pytest.mark.docker
@pytest.mark.long
@pytest.mark.timeout(900)
async def test_a_container_without_our_measures_fails_the_attacks(
    engine: docker.DockerClient, settings: Settings
) -> None:
    at_once = asyncio.Semaphore(4)

    async def one(case: Attack) -> AttackOutcome:
        async with at_once, weak(engine, settings.roundtable_sandbox_image) as victim:
            return await attack(victim, victim, case)

    outcomes = await asyncio.gather(*(one(case) for case in BATTERY))
    assert [(outcome.case.name, outcome.evidence) for outcome in outcomes if outcome.held] == []
