"""A talk that outgrows its bounds, over the real AutoGen with a scripted model."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agents.models.http_stream import ErrorStatus
from agents.spec import TEAMS
from agents.summariser import RULES
from agents.team_factory import TeamFactory
from bot.domain.errors import ModelUnavailable, Stopped, TokenCapReached
from bot.domain.turn_results import SUMMARY, RunResult, Usage
from bot.settings import Settings
from bot.settings import load as settings
from tests.agents.scripted import Overloaded, Reply, Script
from tests.contracts.team import Chain, hear
from tests.fakes.team import Held
from tests.fakes.turn import FakeTurn

LIMIT = 2_000
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DATE = "Today is Sunday, 1 March 2026, UTC time.\n\n"
PAIR = (TEAMS / "pair.toml").read_text(encoding="utf-8")
MORE = "```python\nprint({n})\n```\n" + "# a comment\n" * 170
"""A message of some 520 tokens."""


def _settings(**more: object) -> Settings:
    given = {"roundtable_model": "openai/some", "openai_api_key": "sk-1", "roundtable_context_tokens": LIMIT}
    return settings(None, **{**given, "roundtable_model_max_tokens": 100, **more})


def _roster(*replies: Reply, folder: Path = TEAMS, **more: object) -> tuple[TeamFactory, Script]:
    script = Script(list(replies))
    return TeamFactory(_settings(**more), folder, create=script.create, clock=lambda: NOON), script


def _code(*numbers: int) -> list[str]:
    return [MORE.format(n=number) for number in numbers]


class Talk:
    """A session of `pair`, its team made anew at every turn, as a restart makes it."""

    def __init__(self, roster: TeamFactory) -> None:
        self.roster = roster
        self.chain = Chain()
        self.usage: list[Sequence[Usage]] = []
        self.turns = 0

    async def turn(self, *said: str, turn: FakeTurn | None = None) -> str:
        team = await self.roster.open("pair", self.chain.state())
        on = turn or FakeTurn(results=[RunResult(0, f"report {self.turns}\n", 0.1)])
        result = await team.turn([hear(text) for text in said], on)
        self.chain.commit(result)
        self.usage.append(result.usage)
        self.turns += 1
        return result.what.kind

    async def until_due(self) -> None:
        """As many turns as fit before something has to be summed up: the next call is the model's."""
        await self.turn("Plot the sales")
        for _ in range(7):
            await self.turn()


async def test_old_turns_become_a_summary_which_a_restart_still_has() -> None:
    roster, script = _roster(*_code(*range(4)), "Minutes: all is well.", "After.", "And on.")
    talk = Talk(roster)
    await talk.until_due()
    assert await talk.turn() == "answered"
    assert await talk.turn("and now?") == "answered"

    summing, after, later = script.calls[-3:]
    assert [len(usages) for usages in talk.usage[-2:]] == [2, 1], "the summary is paid once"
    assert [usage.agent for usage in talk.usage[-2]] == [SUMMARY, "assistant"]
    assert "[assistant]\n```python\nprint(0)" in str(summing[1][1].content)
    assert "report 1" in str(summing[1][1].content)
    assert script.shown(5)[0] == f"Ann: {DATE}Plot the sales"
    assert script.shown(5)[1].endswith("Minutes: all is well.")
    assert "print(0)" not in str(after[1])
    assert script.shown(5)[-1].startswith("executor: exit code: 0")
    *before, report = after[1]
    assert list(later[1][: len(before)]) == before, "what was shown before is the beginning of what is now"
    assert str(report.content).startswith(str(later[1][len(before)].content))
    await roster.close()


async def test_a_huge_task_is_shown_alike_in_part_and_kept_whole() -> None:
    task = "Plot this: " + "1,2\n" * 100_000 + "by region, please"
    roster, script = _roster(*_code(*range(4)), "Minutes: all is well.", "After.")
    talk = Talk(roster)
    await talk.turn(task)
    for _ in range(8):
        await talk.turn()
    told = {
        str(messages[1].content) for _, messages in script.calls if getattr(messages[1], "source", "") == "Ann"
    }
    (shown,) = told
    assert shown.startswith(DATE + "Plot this: 1,2\n")
    assert shown.endswith("by region, please")
    assert len(shown) < LIMIT + 200
    assert "characters are left out here: this message is too long to be shown whole" in shown
    assert max(len(str(messages)) for _, messages in script.calls) < 8 * LIMIT
    assert repr(DATE + task) in str(talk.chain.state())
    await roster.close()


async def test_a_summary_adds_little_to_what_a_turn_writes() -> None:
    roster, _ = _roster(*_code(*range(4)), "Minutes. " * 100, "After.", "And on.")
    talk = Talk(roster)
    await talk.until_due()
    await talk.turn()
    await talk.turn("and now?")
    last = talk.chain.deltas[-1]
    assert "Minutes" not in last.skeleton
    assert not any("Minutes" in blob for blob in last.blobs.values())
    state = talk.chain.state()
    assert state is not None
    kept = state["agent_states"]["assistant"]["agent_state"]["llm_context"]
    assert len(kept["messages"]) == talk.turns + 2, "the state has the whole talk"
    await roster.close()


async def test_the_seats_of_a_crew_share_one_summary() -> None:
    roster, script = _roster("The goal.", *(text for n in range(5) for text in (*_code(n), f"Not yet: {n}.")))
    script.shared = "Minutes."
    team = await roster.open("crew", None)
    results = [await team.turn([hear("Plot it")] if n == 0 else [], FakeTurn()) for n in range(16)]

    summed = [n for n, result in enumerate(results) if result.usage and result.usage[0].agent == SUMMARY]
    assert len(summed) == 1
    speakers = {result.who for result in results[summed[0] :]}
    assert {"coder", "reviewer"} <= speakers
    for _, messages in script.calls[-2:]:
        assert str(messages[2].content).endswith("Minutes.")
    await roster.close()


async def test_a_stop_ends_the_summarising_call_and_no_other_begins() -> None:
    held = Held()
    roster, script = _roster(*_code(*range(4)), held, "After.")
    talk = Talk(roster)
    await talk.until_due()
    turn = FakeTurn()
    working = asyncio.create_task(talk.turn(turn=turn))
    await held.arrived.wait()
    turn.stop.set()
    with pytest.raises(Stopped) as stopped:
        await working
    assert [usage.agent for usage in stopped.value.usage] == [SUMMARY]
    assert script.replies == [held, "After."], "the call itself has ended, and none came after it"
    assert len(script.calls) == 5
    await roster.close()


async def test_a_stop_just_before_the_summarising_call_keeps_it_back() -> None:
    roster, script = _roster(*_code(*range(4)), "Minutes.", "After.")
    talk = Talk(roster)
    await talk.until_due()
    turn = FakeTurn()
    turn.stop.set()
    with pytest.raises(Stopped):
        await talk.turn(turn=turn)
    assert len(script.calls) == 4
    await roster.close()


async def test_a_provider_that_fails_at_the_summary_is_told_as_such() -> None:
    roster, _ = _roster(*_code(*range(4)), Overloaded(), "Minutes.", "After.")
    talk = Talk(roster)
    await talk.until_due()
    with pytest.raises(ModelUnavailable):
        await talk.turn()
    assert await talk.turn() == "answered"
    await roster.close()


async def test_a_talk_longer_than_the_cap_goes_on(tmp_path: Path) -> None:
    (tmp_path / "pair.toml").write_text(PAIR.replace("token_cap = 300_000", "token_cap = 16_000"))
    roster, script = _roster(*_code(*range(20)), folder=tmp_path, roundtable_context_tokens=20_000)
    script.shared = "Minutes."
    talk = Talk(roster)
    await talk.turn("Plot the sales")
    while script.replies:
        await talk.turn(turn=FakeTurn(tokens_left=16_000))
    whole = talk.chain.state()
    assert whole is not None
    kept = whole["agent_states"]["assistant"]["agent_state"]["llm_context"]["messages"]
    assert sum(len(message["content"]) for message in kept) > 2 * 16_000
    await roster.close()


async def test_a_summary_keeps_to_the_cap_as_well() -> None:
    roster, script = _roster(*_code(*range(4)), "Minutes.")
    talk = Talk(roster)
    await talk.until_due()
    with pytest.raises(TokenCapReached):
        await talk.turn(turn=FakeTurn(tokens_left=1_000))
    assert len(script.calls) == 4
    await roster.close()


async def test_the_demo_model_is_shown_everything() -> None:
    roster, script = _roster(*_code(*range(6)), "Done.", roundtable_model="demo")
    talk = Talk(roster)
    for number in range(13):
        await talk.turn(*(["Go"] if number == 0 else []))
    assert len(script.shown(6)) == 13
    assert {usage.agent for usages in talk.usage for usage in usages} == {"assistant"}
    await roster.close()


async def test_a_session_from_before_there_was_a_bound_goes_on() -> None:
    demo, _ = _roster(*_code(*range(30)), roundtable_model="demo")
    talk = Talk(demo)
    await talk.turn("Plot the sales")
    for _ in range(59):
        await talk.turn()
    await demo.close()

    talk.roster, script = _roster("Done.")
    script.shared = "Minutes."
    await talk.turn("And now?")
    assert {usage.agent for usage in talk.usage[-1]} == {SUMMARY, "assistant"}
    prompts = [sum(len(str(message.content)) for message in messages) for _, messages in script.calls]
    assert max(prompts) < 8 * LIMIT
    assert script.shown(len(script.calls) - 1)[0] == f"Ann: {DATE}Plot the sales"
    await talk.roster.close()


async def test_a_long_report_is_cut_and_says_where_all_of_it_is() -> None:
    roster, script = _roster(*_code(0), "I see.")
    talk = Talk(roster)
    await talk.turn("Go")
    long = RunResult(0, "begin" + "x" * 50_000 + "end", 0.1, full_output="run-2-output.txt")
    await talk.turn(turn=FakeTurn(results=[long]))
    await talk.turn()
    shown = script.shown(1)[-1]
    assert len(shown) < 3_000
    assert "all of it is in run-2-output.txt" in shown
    state = str(talk.chain.state())
    assert "run-2-output.txt" in state
    assert len(state) < 50_000
    await roster.close()


async def test_where_the_model_chooses_it_is_shown_the_summary_too(tmp_path: Path) -> None:
    crew = (TEAMS / "crew.toml").read_text(encoding="utf-8")
    (tmp_path / "crew.toml").write_text(crew.replace("max_turns", 'select = "model"\nmax_turns', 1))
    roster, script = _roster("The goal.", folder=tmp_path)
    script.shared = "Minutes."
    script.replies += [reply for n in range(6) for reply in ("reviewer", f"{n} " + "words " * 400)]
    team = await roster.open("crew", None)
    results = [await team.turn([hear("Plot it")] if n == 0 else [], FakeTurn()) for n in range(7)]
    assert sum(usage.agent == SUMMARY for result in results for usage in result.usage) == 1
    choosing = str(script.calls[-2][1][0].content)
    assert "select the next role" in choosing
    assert "Minutes." in choosing
    assert "0 words" not in choosing
    await roster.close()


async def test_a_model_with_a_small_window_is_shown_what_fits() -> None:
    window = 2_000
    roster, script = _roster(*_code(*range(4)), "After.", roundtable_model_window=window)
    script.shared = "Minutes: all is well."
    talk = Talk(roster)
    await talk.turn("Plot the sales")
    while script.replies:
        await talk.turn()
    assert any(agent == "assistant" and "Minutes" in str(messages) for agent, messages in script.calls)
    shown = [sum(len(str(message.content)) for message in messages) for _, messages in script.calls]
    assert max(shown) / 3 < window
    await roster.close()


async def test_a_talk_too_long_for_the_server_is_summed_up_and_asked_again() -> None:
    too_long = ErrorStatus(400, {"error": {"message": "maximum context length is 900 tokens"}}, {})
    roster, script = _roster(*_code(*range(3)), too_long, "After.", roundtable_context_tokens=20_000)
    script.shared = "Minutes: all is well."
    talk = Talk(roster)
    await talk.turn("Plot the sales")
    for _ in range(5):
        await talk.turn()
    assert await talk.turn() == "answered"
    assert script.shown(-1)[1].endswith("Minutes: all is well.")
    refused, taken = [messages for _, messages in script.calls if messages[0].content != RULES][-2:]
    assert len(str(taken)) < len(str(refused))
    await roster.close()
