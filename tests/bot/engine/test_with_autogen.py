"""The engine around the real AutoGen team: what crosses that seam comes through as itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from agents.team_factory import TeamFactory
from bot.domain.errors import SandboxUnavailable
from bot.domain.events import CodeBlock
from bot.domain.policy import Policy
from bot.domain.turn_results import RunResult
from bot.settings import load as settings
from tests.agents.scripted import Overloaded, Reply, Script, WrongKey
from tests.bot.engine.harness import EngineHarness, harness
from tests.fakes.scripted_sandbox import Does, Runs, ScriptedSandboxes
from tests.fakes.team import Held

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DATE = "Today is Sunday, 1 March 2026, UTC time.\n\n"
PLOT = "I draw it.\n```python\nplot()\n```"
DONE = "See chart.png.\nTERMINATE"


@asynccontextmanager
async def at(
    folder: Path,
    sandboxes: ScriptedSandboxes,
    *replies: Reply,
    speed: float = 1,
    model: str = "demo",
    policy: Policy | None = None,
) -> AsyncIterator[tuple[EngineHarness, Script]]:
    """A table of `pair` whose model gives these replies."""
    script = Script(list(replies))
    given = settings(None, roundtable_model=model, openai_api_key="sk-1")
    roster = TeamFactory(given, create=script.create, clock=lambda: NOON)
    async with harness(folder, roster, sandboxes=sandboxes, speed=speed, policy=policy) as it:
        yield it, script
    await roster.close()


async def test_a_task_across_two_restarts(tmp_path: Path, sandboxes: ScriptedSandboxes) -> None:
    sandboxes.programs["plot()"] = Does(RunResult(0, "drawn\n", 1), {"chart.png": b"PNG"})
    async with at(tmp_path, sandboxes, "ASK: In which colour?") as (it, _):
        await it.talk("Plot it")
    async with at(tmp_path, sandboxes, PLOT, DONE) as (it, script):
        thread = await it.talk("blue")
        assert script.shown(0) == [f"Ann: {DATE}Plot it", "assistant: ASK: In which colour?", "Ann: blue"]
    async with at(tmp_path, sandboxes, "Gladly.\nTERMINATE") as (it, script):
        again = await it.talk("Thank you")
        assert len(script.shown(0)) == len(["Plot it", "ASK", "blue", PLOT, "report", DONE, "Thank you"])

    assert thread == [
        "assistant wrote: plot()",
        "output: drawn",
        "files: chart.png",
        "assistant: See chart.png.",
        "finished: The team has finished.",
    ]
    assert again == ["assistant: Gladly.", "finished: The team has finished."]


async def test_agents_that_repeat_themselves_wait_for_people(tmp_path: Path, sandboxes: ScriptedSandboxes) -> None:
    sandboxes.programs["plot()"] = Does(RunResult(0, "drawn\n", 1), {})
    async with at(tmp_path, sandboxes, *[PLOT] * 3, DONE) as (it, script):
        thread = await it.talk("Plot it")
        assert len(script.calls) == 3
        again = await it.talk("Just draw it")

    assert thread == [
        *["assistant wrote: plot()", "output: drawn"] * 3,
        "failed: assistant went in a circle: the same came 3 times. Reply with a hint to go on.",
    ]
    assert again[7:] == ["assistant: See chart.png.", "finished: The team has finished."]


async def test_a_long_output_is_a_file_for_the_next_code(tmp_path: Path, sandboxes: ScriptedSandboxes) -> None:
    long = "row\n" * 20_000
    sandboxes.programs["plot()"] = Does(RunResult(0, long, 1), {"chart.png": b"PNG"})
    async with at(tmp_path, sandboxes, PLOT, PLOT, DONE, model="openai/some") as (it, script):
        thread = await it.talk("Plot it")
        assert [line for line in thread if line.startswith("files")] == ["files: chart.png"]
        assert "all of the output: `run-2-output.txt`" in script.shown(1)[-1]
    async with at(tmp_path, sandboxes, PLOT, DONE, model="openai/some") as (it, _):
        await it.talk("again")

    assert sandboxes.contents[1]["run-2-output.txt"] == long.encode()
    assert {"run-2-output.txt", "run-4-output.txt"} <= sandboxes.contents[2].keys(), "a restart keeps them"


async def test_code_that_writes_to_its_output_file_sees_its_output(
    tmp_path: Path, sandboxes: ScriptedSandboxes
) -> None:
    long = "row\n" * 20_000
    sandboxes.programs["plot()"] = Does(RunResult(0, long, 1), {"run-2-output.txt": b"mine"})
    async with at(tmp_path, sandboxes, PLOT, DONE) as (it, _):
        await it.talk("Plot it")
        (past,) = await it.reader.runs((await it.view()).id)

    assert [(file.path, file.size) for file in past.results[0].files] == [("run-2-output.txt", len(long))]


async def test_a_missing_sandbox_pauses_and_goes_on(tmp_path: Path, sandboxes: ScriptedSandboxes) -> None:
    sandboxes.faults = [SandboxUnavailable("Docker is away.")]
    async with at(tmp_path, sandboxes, PLOT, DONE, speed=100) as (it, _):
        await it.say("Plot it")
        thread = await it.shows(5)

    assert thread == [
        "assistant wrote: plot()",
        "(Docker is away. The session continues by itself as soon as the sandbox is back.)",
        "output: ok",
        "assistant: See chart.png.",
        "finished: The team has finished.",
    ]


async def test_a_stop_during_a_call_and_during_a_run(tmp_path: Path, sandboxes: ScriptedSandboxes) -> None:
    held, program = Held(), Runs(printed="row 1\n")
    sandboxes.programs["plot()"] = program
    async with at(tmp_path, sandboxes, held, PLOT, DONE) as (it, script):
        await it.say("Plot it")
        await held.arrived.wait()
        await it.stop("Ben")
        await it.rest()
        assert it.thread() == ["stopped: Stopped by Ben."]
        script.replies.remove(held)
        await it.say("again")
        await program.begun.wait()
        await it.stop("Eve")
        await it.rest()
        assert it.thread()[1:] == [
            "assistant wrote: plot()",
            "output: stopped",
            "files: half-written",
            "stopped: Stopped by Eve.",
        ]
        thread = await it.talk("leave it")

    assert thread[5:] == ["assistant: See chart.png.", "finished: The team has finished."]
    assert sandboxes.ran == ["plot()"]
    *_, report, last = script.shown(-1)
    assert "killed: stopped" in report
    assert "row 1" in report
    assert last == "Ann: leave it"


async def test_a_stop_does_not_wait_for_a_sandbox_that_does_not_answer(
    tmp_path: Path, sandboxes: ScriptedSandboxes
) -> None:
    sandboxes.programs["plot()"] = program = Runs(deaf=True)
    async with at(tmp_path, sandboxes, PLOT, DONE) as (it, _):
        await it.say("Plot it")
        await program.begun.wait()
        await it.stop("Ben")
        await it.rest()
        assert it.thread() == ["assistant wrote: plot()", "stopped: Stopped by Ben."]
        thread = await it.talk("leave it")

    assert thread[2:] == ["output: stopped", "assistant: See chart.png.", "finished: The team has finished."]
    assert sandboxes.ran == ["plot()"]


async def test_an_order_during_a_run_tells_the_agents_what_was_printed(
    tmp_path: Path, sandboxes: ScriptedSandboxes
) -> None:
    sandboxes.programs["plot()"] = program = Runs(printed="row 1\n")
    async with at(tmp_path, sandboxes, PLOT, DONE) as (it, script):
        await it.say("Plot it")
        await program.begun.wait()
        await it.say("now: in blue")
        await it.rest()

    *_, report, order = script.shown(-1)
    assert "row 1" in report
    assert order == "Ann: in blue"


async def test_a_provider_in_trouble(tmp_path: Path, sandboxes: ScriptedSandboxes) -> None:
    async with at(tmp_path, sandboxes, Overloaded(), WrongKey(), DONE) as (it, script):
        (busy,) = await it.talk("Plot it")
        _, refused = await it.talk("and now?")
        thread = await it.talk("and now?")

    assert "Nothing is lost: I try again in 5 minutes" in busy
    assert "Nothing is lost: reply when that is fixed" in refused
    assert thread[2:] == ["assistant: See chart.png.", "finished: The team has finished."]
    assert script.shown(2) == [f"Ann: {DATE}Plot it", "Ann: and now?", "Ann: and now?"]


async def test_code_that_was_rejected_and_code_that_was_edited(
    tmp_path: Path, sandboxes: ScriptedSandboxes
) -> None:
    always = Policy(code_approval="always")
    async with at(tmp_path, sandboxes, PLOT, PLOT, DONE, policy=always) as (it, script):
        await it.talk("Plot it")
        await it.decide("reject", reason="too slow")
        await it.rest()
        assert "Ann rejected this code: too slow. It was not run." in script.shown(1)[-1]
        assert sandboxes.ran == []
        await it.decide("edit", blocks=(CodeBlock("python", "safer()\n"),))
        await it.rest()
        told, report = script.shown(2)[-2:]
    assert sandboxes.ran == ["safer()"]
    assert told.startswith("Ann: I changed your code before it ran.")
    assert "safer()" in told
    assert "exit code: 0" in report


async def test_a_budget_that_a_model_s_call_does_not_fit(tmp_path: Path, sandboxes: ScriptedSandboxes) -> None:
    small = Policy.model_validate({"budget": {"session": {"tokens": 100}}})
    async with at(tmp_path, sandboxes, PLOT, DONE, policy=small) as (it, script):
        (card,) = await it.talk("Plot it")
        assert card.startswith("The budget of this session is too small: 0 tokens of 100 tokens are spent")
        assert script.calls == []
        await it.decide("raise", amount=1_000_000)
        await it.rest()
        assert it.thread()[-1] == "finished: The team has finished."
