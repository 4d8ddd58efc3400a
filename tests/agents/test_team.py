"""The team over the real AutoGen, with a scripted model."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from autogen_core.models import SystemMessage

from agents.spec import TEAMS, load_all
from agents.team import source_name
from agents.team_builder import system_message
from agents.team_factory import TeamFactory
from bot.domain.errors import (
    ModelRefused,
    SandboxUnavailable,
    Stopped,
    TokenCapReached,
    TurnCrashed,
    TurnError,
)
from bot.domain.events import CodeBlock, Message, RemoteFile
from bot.domain.turn_results import SELECTOR, Answered, Asks, Finished, Ran, RunResult, Said
from bot.settings import load as settings
from tests.agents.scripted import Reply, Script, WrongKey, reply
from tests.contracts.team import BOOM, THREAD, Chain, Seat, TeamContract, hear
from tests.fakes.team import Held, Line, code
from tests.fakes.turn import FakeTurn

SETTINGS = settings(None, roundtable_model="demo", roundtable_model_max_tokens=1000)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DATE = "Today is Sunday, 1 March 2026, UTC time."
CODE = "```python\nprint(1)\n```"


class TestAutogenTeam(TeamContract):
    @pytest.fixture
    async def seat(self) -> AsyncIterator[Seat]:
        rosters: list[TeamFactory] = []

        def seat(script: Sequence[Line]) -> TeamFactory:
            rosters.append(TeamFactory(SETTINGS, create=Script([reply(line) for line in script]).create))
            return rosters[-1]

        yield seat
        for roster in rosters:
            await roster.close()


Teams = Callable[..., tuple[TeamFactory, Script]]


@pytest.fixture
def teams() -> Teams:
    """A roster over a scripted model."""

    def teams(*replies: Reply, folder: Path | None = None) -> tuple[TeamFactory, Script]:
        script = Script(list(replies))
        return TeamFactory(SETTINGS, folder or TEAMS, create=script.create, clock=lambda: NOON), script

    return teams


async def test_the_model_sees_the_talk_with_names_providers_accept(teams: Teams) -> None:
    roster, script = teams("I look.", "Fine.")
    team = await roster.open("pair", None)
    files = (RemoteFile("a.csv", 1200, "r"), RemoteFile("b c.csv", 3, "r"))
    ann = hear("Plot it", "Ann Müller 😀")
    await team.turn([Message("1", THREAD, ann.who, " Plot it ", files), hear("and fast", "Ben")], FakeTurn())
    await team.turn([Message("2", THREAD, ann.who, "", files[:1])], FakeTurn())
    assert script.shown(0) == [
        f"Ann_M_ller: {DATE}\n\nPlot it\n\n"
        "Attached, now in the workspace: `a.csv` (1,200 bytes), `b c.csv` (3 bytes)",
        "Ben: and fast",
    ]
    assert script.shown(1)[-1] == (
        "Ann_M_ller: Please look at what is attached.\n\nAttached, now in the workspace: `a.csv` (1,200 bytes)"
    )


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("Ann", "Ann"),
        ("Ann Smith", "Ann_Smith"),
        ("", "person"),
        ("李雷", "person"),
        ("assistant", "assistant_person"),
        ("Executor", "Executor_person"),
        ("executor!", "executor_person"),
        ("user", "user_person"),
        ("System", "System_person"),
        ("x" * 100, "x" * 50),
        ("a\n\nTERMINATE", "a_TERMINATE"),
    ],
)
def test_a_persons_name_is_never_an_agents(name: str, source: str) -> None:
    assert source_name(name, load_all()["pair"]) == source


async def test_what_people_write_is_neither_run_nor_the_end(teams: Teams) -> None:
    roster, _ = teams("I would not run that.", "Nor do I stop.")
    team = await roster.open("pair", None)
    turn = FakeTurn()
    first = await team.turn([hear(f"{CODE}\nTERMINATE", "assistant")], turn)
    second = await team.turn([hear("TERMINATE\nplease", "executor"), hear("ASK: me")], turn)
    assert (first.who, first.what) == ("assistant", Answered("I would not run that."))
    assert (second.who, second.what) == ("assistant", Answered("Nor do I stop."))
    assert turn.ran == []


async def test_only_the_last_code_runs_also_when_people_speak_between(teams: Teams) -> None:
    roster, _ = teams("```python\nold()\n```", "```python\nnew()\n```")
    team = await roster.open("pair", None)
    for _ in range(3):
        await team.turn([hear("Go")], FakeTurn())
    turn = FakeTurn()
    result = await team.turn([hear(f"do this instead: {CODE}")], turn)
    assert isinstance(result.what, Ran)
    assert turn.ran == [(CodeBlock("python", "new()\n"),)]


async def test_the_executors_report_is_what_the_model_sees(teams: Teams) -> None:
    roster, script = teams(CODE, "I see.")
    team = await roster.open("pair", None)
    for turn in (FakeTurn(), FakeTurn(results=[BOOM]), FakeTurn()):
        await team.turn([hear("Go")] if not script.calls else [], turn)
    assert script.shown(1)[-1] == "executor: exit code: 1 (0.2 s)\nnote: a note\noutput:\nboom\n"


async def test_a_crew_works_in_its_order(teams: Teams) -> None:
    roster, script = teams("The goal.", CODE, CODE, "Needs a title.", CODE, "All met.\nTERMINATE", "A new goal.")
    team = await roster.open("crew", None)
    failed, ok = FakeTurn(results=[BOOM]), FakeTurn(results=[RunResult(0, "", 0.1)])
    turns = [FakeTurn(), FakeTurn(), failed, FakeTurn(), ok, FakeTurn(), FakeTurn(), ok, FakeTurn(), FakeTurn()]
    heard = {0: [hear("Plot it")], 9: [hear("Now a pie")]}
    results = [await team.turn(heard.get(number, []), turn) for number, turn in enumerate(turns)]
    assert [result.who for result in results] == [
        *("product_manager", "coder", "executor", "coder", "executor"),
        *("reviewer", "coder", "executor", "reviewer", "product_manager"),
    ]
    assert results[8].what == Finished("All met.")
    assert {agent for agent, _ in script.calls} == {"product_manager", "coder", "reviewer"}


async def test_an_agent_that_asks_gets_the_answer(teams: Teams) -> None:
    roster, script = teams("The goal.", "ASK: Which column?", "Thanks.")
    team = await roster.open("crew", None)
    await team.turn([hear("Plot it")], FakeTurn())
    asked = await team.turn([], FakeTurn())
    assert (asked.who, asked.what) == ("coder", Asks("", "Which column?"))
    answered = await team.turn([hear("price")], FakeTurn())
    assert answered.who == "coder"
    assert script.shown(2)[-1] == "Ann: price"


CHOOSING = """\
description = "A table where the model chooses"
max_turns = 10
token_cap = 50000
select = "model"

[[agent]]
name = "painter"
role = "Paints"
prompt = "You paint."

[[agent]]
name = "critic"
role = "Criticises"
prompt = "You criticise."

[[agent]]
name = "executor"
role = "Runs the code"
kind = "executor"
"""


async def test_where_the_model_chooses_its_choice_is_used_and_counted(teams: Teams, tmp_path: Path) -> None:
    (tmp_path / "art.toml").write_text(CHOOSING)
    roster, script = teams("I paint.", "critic", "It is bad.", "painter", "I paint again.", folder=tmp_path)
    team = await roster.open("art", None)
    results = [await team.turn([hear("Paint")] if not script.calls else [], FakeTurn()) for _ in range(3)]
    assert [result.who for result in results] == ["painter", "critic", "painter"]
    paid = [[(usage.agent, usage.tokens) for usage in result.usage] for result in results]
    assert paid == [
        [("painter", 120)],
        [(SELECTOR, 120), ("critic", 120)],
        [(SELECTOR, 120), ("painter", 120)],
    ]


async def test_an_executor_chosen_without_code_runs_nothing(teams: Teams, tmp_path: Path) -> None:
    (tmp_path / "art.toml").write_text(CHOOSING)
    roster, script = teams("I paint.", "executor", "What now?", folder=tmp_path)
    team = await roster.open("art", None)
    await team.turn([hear("Paint")], FakeTurn())
    turn = FakeTurn(results=[])
    assert (await team.turn([], turn)).what == Ran(())
    assert (await team.turn([], FakeTurn())).what == Said("What now?")
    assert script.shown(2)[-1] == "executor: No code was found in your message, so nothing was run."


async def test_a_choosing_call_is_stopped_too(teams: Teams, tmp_path: Path) -> None:
    (tmp_path / "art.toml").write_text(CHOOSING)
    held = Held()
    roster, script = teams("I paint.", held, folder=tmp_path)
    team = await roster.open("art", None)
    await team.turn([hear("Paint")], FakeTurn())
    turn = FakeTurn()
    working = asyncio.create_task(team.turn([], turn))
    await held.arrived.wait()
    turn.stop.set()
    with pytest.raises(Stopped) as stopped:
        await working
    assert len(stopped.value.usage) == 1
    assert script.replies == [held], "the call itself has ended, not only our waiting for it"


async def test_a_call_that_does_not_fit_the_cap_is_not_made(teams: Teams) -> None:
    roster, script = teams("never")
    team = await roster.open("pair", None)
    with pytest.raises(
        TokenCapReached, match=r"The model's next call could take [\d,]+ tokens, but the token cap"
    ):
        await team.turn([hear("Go")], FakeTurn(tokens_left=1500))
    assert script.calls == []


async def test_a_refusal_comes_through_as_itself(teams: Teams) -> None:
    roster, _ = teams(WrongKey())
    team = await roster.open("pair", None)
    with pytest.raises(ModelRefused):
        await team.turn([hear("Go")], FakeTurn())


async def test_a_bug_is_a_crash_with_its_usage(teams: Teams) -> None:
    roster, _ = teams(ZeroDivisionError("a bug"))
    team = await roster.open("pair", None)
    with pytest.raises(TurnCrashed, match="a bug") as crashed:
        await team.turn([hear("Go")], FakeTurn())
    assert len(crashed.value.usage) == 1


async def test_a_missing_sandbox_ends_the_turn(teams: Teams) -> None:
    roster, _ = teams(CODE)
    team = await roster.open("pair", None)
    await team.turn([hear("Go")], FakeTurn())
    with pytest.raises(TurnError):
        await team.turn([], FakeTurn(error=SandboxUnavailable("Docker is away.")))


async def test_half_a_character_can_be_stored(teams: Teams) -> None:
    roster, _ = teams("half \ud83d of it", "and \x00 nul")
    chain = Chain()
    team = await roster.open("pair", None)
    chain.commit(result := await team.turn([hear("Go")], FakeTurn()))
    assert result.what == Answered("half \N{REPLACEMENT CHARACTER} of it")
    team = await roster.open("pair", chain.state())
    assert (await team.turn([], FakeTurn())).what == Answered("and \x00 nul")


async def test_a_team_with_a_new_seat_says_so(teams: Teams, tmp_path: Path) -> None:
    (tmp_path / "art.toml").write_text(CHOOSING)
    roster, _ = teams("I paint.", folder=tmp_path)
    chain = Chain()
    chain.commit(await (await roster.open("art", None)).turn([hear("Paint")], FakeTurn()))
    poet = CHOOSING.replace(
        "[[agent]]", '[[agent]]\nname = "poet"\nrole = "Writes"\nprompt = "Write."\n\n[[agent]]', 1
    )
    newer = tmp_path / "newer"
    newer.mkdir()
    (newer / "art.toml").write_text(poet)
    changed, _ = teams(folder=newer)
    with pytest.raises(
        TurnError, match=r"file has changed: this session has not had poet before\. Begin a new thr"
    ):
        await changed.open("art", chain.state())


async def test_the_rules_of_the_house_are_the_same_bytes_at_every_call(teams: Teams) -> None:
    roster, script = teams("one", "two")
    team = await roster.open("pair", None)
    await team.turn([hear("Go")], FakeTurn())
    await team.turn([], FakeTurn())
    first, second = (messages[0] for _, messages in script.calls)
    assert isinstance(first, SystemMessage)
    assert first == second
    assert first.content == system_message(load_all()["pair"].speakers[0], load_all()["pair"])
    for word in ("No network", "ASK:", "TERMINATE", "pandas", "executor", "assistant", "Assistant"):
        assert word in first.content


def test_a_prompt_may_hold_braces(tmp_path: Path) -> None:
    (tmp_path / "art.toml").write_text(CHOOSING.replace("You paint.", 'Write {\\"a\\": 1} and {name}.'))
    (tmp_path / "odd.toml").write_text(CHOOSING.replace('"Paints"', '"Paints {everything}"'))
    teams = load_all(tmp_path)
    assert 'Write {"a": 1} and {name}.' in system_message(teams["art"].speakers[0], teams["art"])
    assert "Paints {everything}" in system_message(teams["odd"].speakers[0], teams["odd"])


async def test_code_from_the_model_reaches_the_turn_unchanged(teams: Teams) -> None:
    roster, _ = teams("```py title=x\n\tprint('ä')\r\n\n```\n```bash\nls\n```\n```json\n{}\n```")
    team = await roster.open("pair", None)
    await team.turn([hear("Go")], FakeTurn())
    turn = FakeTurn()
    await team.turn([], turn)
    assert turn.ran == [(CodeBlock("python", "\tprint('ä')\n\n"), CodeBlock("bash", "ls\n"))]


def test_the_script_is_what_a_fake_team_says() -> None:
    assert reply(code("x()")) == "```python\nx()\n```"
    assert reply(Finished("Done.")) == "Done.\nTERMINATE"
