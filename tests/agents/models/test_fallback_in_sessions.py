"""What a fallback comes to for a session: the thread, the audit, the ledger and the files say who answered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from agents.team_factory import TeamFactory
from bot.domain.audit_facts import ModelReplaced
from bot.domain.errors import OperatorError
from bot.domain.events import CodeBlock
from bot.domain.policy import Policy
from bot.domain.turn_results import RunResult
from bot.settings import Settings, load
from bot.store import audit
from bot.store.audit import AuditFilter
from tests.agents.models.harness import ANTHROPIC, OPENAI
from tests.bot.engine.harness import THREAD, EngineHarness, harness
from tests.fakes.blob_store import FakeBlobs
from tests.fakes.scripted_sandbox import Does, ScriptedSandboxes
from tests.platforms.script import Fail, Say, Script

FIRST, SECOND = "openai/llama3", "anthropic/claude-sonnet-5"
SAID = f"({FIRST} does not answer; {SECOND} has taken over for this session.)"
PRICES = {FIRST: 0.25, SECOND: 0.5}
PLOT = Say("```python\nplot()\n```")
DONE = Say("See chart.png.\nTERMINATE")
AWAY = Fail(503, headers={"retry-after": "3600"})
"""One attempt is enough for this: nobody waits for an hour."""


@asynccontextmanager
async def at(
    folder: Path, first: Script, second: Script, policy: Policy | None = None
) -> AsyncIterator[EngineHarness]:
    """A table of `pair` whose model is at the first server, and its fallback at the second."""
    roster = TeamFactory(settings(first, second))
    sandboxes = ScriptedSandboxes(FakeBlobs(folder))
    for program in ("plot()", "mine()"):
        sandboxes.programs[program] = Does(RunResult(0, "drawn\n", 1), {f"{program[:4]}.png": b"PNG"})
    async with harness(
        folder, roster, sandboxes=sandboxes, policy=policy, price=lambda usage: PRICES[usage.model]
    ) as it:
        yield it
    await roster.close()


def settings(first: Script, second: Script) -> Settings:
    return load(
        None,
        **OPENAI.settings(first.url),
        **ANTHROPIC.settings(second.url),
        roundtable_model=FIRST,
        roundtable_model_fallback=SECOND,
    )


async def test_a_takeover_is_said_once_priced_and_survives_a_restart(tmp_path: Path) -> None:
    async with asyncio.timeout(60), OPENAI.play() as first, ANTHROPIC.play() as second:
        first.add(AWAY)
        async with at(tmp_path, first, second) as it:
            second.add(Say("ASK: In which colour?"))
            before = await it.talk("Plot it")
        async with at(tmp_path, first, second) as it:
            second.add(PLOT, DONE)
            after = await it.talk("blue")
            session = (await it.view()).id
            records = await it.database.read(audit.page, AuditFilter(kinds=["fallback"]))
            spends = await it.reader.spend(session)
            versions = await it.reader.versions(session)

    assert before == [SAID, "assistant asks: In which colour?"]
    assert SAID not in after
    assert after[-1] == "finished: The team has finished."
    assert len(first.calls) == 1, "no attempt at the first model after that"
    assert [record.what for record in records] == [ModelReplaced(1, "assistant", FIRST, SECOND)]
    assert [(spend.agent, spend.model, spend.calls, spend.cost) for spend in spends] == [
        ("assistant", SECOND, 3, 1.5)
    ]
    assert [(version.file.path, version.model) for version in versions] == [("plot.png", SECOND)]


async def test_the_next_session_tries_the_first_model_again(tmp_path: Path) -> None:
    async with asyncio.timeout(60), OPENAI.play() as first, ANTHROPIC.play() as second:
        first.add(AWAY, PLOT, DONE)
        second.add(DONE)
        async with at(tmp_path, first, second) as it:
            await it.talk("Plot it")
            other = replace(THREAD, thread="2")
            thread = await it.talk("Plot it", thread=other)
            versions = await it.reader.versions((await it.view(other)).id)

    assert SAID not in thread
    assert [version.model for version in versions] == [FIRST]


async def test_an_attempt_that_was_paid_keeps_its_model_and_its_price(tmp_path: Path) -> None:
    async with asyncio.timeout(60), OPENAI.play() as first, ANTHROPIC.play() as second:
        first.add(replace(AWAY, status=502))
        second.add(DONE)
        async with at(tmp_path, first, second) as it:
            await it.talk("Plot it")
            view = await it.view()
            spends = await it.reader.spend(view.id)

    assert {spend.model: spend.cost for spend in spends} == PRICES
    assert view.cost == 0.75


async def test_code_that_a_person_has_changed_is_no_models(tmp_path: Path) -> None:
    async with asyncio.timeout(60), OPENAI.play() as first, ANTHROPIC.play() as second:
        first.add(PLOT, DONE)
        async with at(tmp_path, first, second, Policy(code_approval="always")) as it:
            await it.talk("Plot it")
            await it.decide("edit", blocks=(CodeBlock("python", "mine()"),))
            await it.rest()
            versions = await it.reader.versions((await it.view()).id)

    assert [(version.file.path, version.model) for version in versions] == [("mine.png", "")]


async def test_both_away_is_said_and_the_session_waits(tmp_path: Path) -> None:
    async with asyncio.timeout(60), OPENAI.play() as first, ANTHROPIC.play() as second:
        first.add(AWAY)
        second.add(AWAY)
        async with at(tmp_path, first, second) as it:
            (said,) = await it.talk("Plot it")
            view = await it.view()

    assert said.startswith(
        f"(Neither {FIRST} nor its fallback {SECOND} answers now (HTTP 503: service unavailable"
    )
    assert view.status == "paused"
    assert view.wake_at is not None


def test_a_team_may_name_its_own_and_a_wrong_one_stops_the_start(tmp_path: Path) -> None:
    team = (
        'description = "t"\nmax_turns = 9\ntoken_cap = 9000\nfallback = "{0}"\n'
        '[[agent]]\nname = "coder"\nrole = "Codes"\nprompt = "Code."\n'
        '[[agent]]\nname = "executor"\nrole = "Runs"\nkind = "executor"\n'
    )
    given = load(None, openai_api_key="sk-1", roundtable_model="openai/gpt-9")

    def start(fallback: str) -> TeamFactory:
        folder = tmp_path / fallback.replace("/", "-")
        folder.mkdir()
        (folder / "mine.toml").write_text(team.format(fallback))
        return TeamFactory(given, folder)

    start("openai/gpt-8")
    with pytest.raises(OperatorError, match="set ANTHROPIC_API_KEY as well"):
        start(SECOND)
    with pytest.raises(OperatorError, match="openai/gpt-9 cannot be its own fallback"):
        start("openai/gpt-9")
    with pytest.raises(OperatorError, match="must be openai/NAME, azure/NAME, anthropic/NAME or ollama/NAME"):
        start("demo")
