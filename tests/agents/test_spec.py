"""Team files: those that come with Roundtable, and every way in which one's own can be broken."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.spec import TEAMS, load, load_all
from agents.team_factory import TeamFactory
from bot.domain.errors import BadInput, OperatorError
from bot.settings import load as settings

GOOD = """\
description = "Two agents"
max_turns = 10
token_cap = 5000

[[agent]]
name = "coder"
role = "Coder"
prompt = "You write code."

[[agent]]
name = "executor"
role = "Runs the code"
kind = "executor"
"""


def _write(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", ["analyst", "crew", "pair"])
def test_a_team_that_comes_with_roundtable(name: str) -> None:
    team = load_all()[name]
    assert team.description
    assert team.executor.name == "executor"
    assert all(agent.prompt.strip() for agent in team.speakers)
    assert len(team.speakers) == (3 if name == "crew" else 1)


def test_every_file_in_the_folder_is_a_team() -> None:
    assert set(load_all()) == {path.stem for path in TEAMS.glob("*.toml")} == {"analyst", "crew", "pair"}


def test_a_good_file_is_taken(tmp_path: Path) -> None:
    team = load(_write(tmp_path, GOOD))
    assert [agent.name for agent in team.speakers] == ["coder"]
    assert (team.max_turns, team.token_cap, team.select) == (10, 5000, "order")


EXECUTOR = GOOD[GOOD.index('[[agent]]\nname = "executor"') :]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("max_turns = 10", "max_turns = "), ": this is not valid TOML: "),
        (('"coder"', '"coder'), ": this is not valid TOML: "),
        (("max_turns = 10", 'max_turns = "ten"'), ", line 2: max_turns: Input should be a valid integer"),
        (("max_turns = 10", "max_turns = 0"), ", line 2: max_turns: Input should be greater than or equal to 1"),
        (("max_turns = 10\n", ""), ", line 1: max_turns: Field required"),
        (
            ("token_cap = 5000", "token_cap = 5"),
            ", line 3: token_cap: Input should be greater than or equal to 1000",
        ),
        (("max_turns", "max_turn"), ", line 1: max_turns: Field required"),
        (("max_turns = 10", "max_turns = 10\nturns = 3"), ", line 3: turns: there is no such setting."),
        (('"Two agents"', '""'), ", line 1: description: String should have at least 1 character"),
        (('name = "coder"', 'name = "The Coder"'), ", line 6: agent.1.name: String should match pattern"),
        (('role = "Runs the code"', "role = 3"), ", line 12: agent.2.role: Input should be a valid string"),
        (('role = "Runs the code"\n', ""), ", line 10: agent.2.role: Field required"),
        (
            ('kind = "executor"', 'kind = "runner"'),
            ", line 13: agent.2.kind: Input should be 'assistant' or 'executor'",
        ),
        (
            ('kind = "executor"', 'kind = "executor"\ncolour = "red"'),
            ", line 14: agent.2.colour: there is no such setting.",
        ),
        (('prompt = "You write code."', 'prompt = " "'), ", line 5: agent.1: agent coder needs a prompt"),
        (
            ('prompt = "You', 'model = "gpt-5"\nprompt = "You'),
            ", line 8: agent.1.model: must be demo, openai/NAME",
        ),
        (('name = "executor"', 'name = "coder"'), ", line 1: two agents have the same name"),
        (('name = "coder"', 'name = "selector"'), ", line 1: no agent may be called selector"),
        ((EXECUTOR, ""), ', line 1: a team needs exactly one agent with kind = "executor"'),
        (
            ('role = "Coder"', 'role = "Coder"\nopens = true'),
            ", line 1: a team needs an agent that is not the exec",
        ),
        (
            ("token_cap = 5000", 'token_cap = 5000\nselect = "dice"'),
            ", line 4: select: Input should be 'order' or 'mo",
        ),
        (("token_cap = 5000", "token_cap = 5000\nagent = 3"), ": this is not valid TOML: "),
        (("[[agent]]", "[agent]"), ": this is not valid TOML: "),
        (("[[agent]]", "[[ agent ]]"), ""),
    ],
)
def test_a_broken_file_is_named_with_line_and_reason(
    tmp_path: Path, change: tuple[str, str], complaint: str
) -> None:
    path = _write(tmp_path, GOOD.replace(*change))
    if not complaint:
        assert load(path)
        return
    with pytest.raises(OperatorError) as refused:
        load(path)
    assert str(refused.value).startswith(f"{path}{complaint}")
    if complaint.endswith("TOML: "):
        assert "line" in str(refused.value)


@pytest.mark.parametrize(("text", "line"), [("", 1), ("agent = 3\n", 1), ('description = "x"\n', 1)])
def test_a_file_without_agents(tmp_path: Path, text: str, line: int) -> None:
    with pytest.raises(OperatorError, match=rf"mine\.toml, line {line}: "):
        load(_write(tmp_path, text))


def test_a_key_in_a_prompt_is_not_taken_for_the_broken_one(tmp_path: Path) -> None:
    text = GOOD.replace('"You write code."', '"""\nrole = 3\n"""').replace('role = "Coder"', 'role = ""')
    with pytest.raises(OperatorError, match=r"line 7: agent\.1\.role"):
        load(_write(tmp_path, text))


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(OperatorError, match=r"mine\.toml: cannot be read as UTF-8 text"):
        load(path)


def test_one_broken_file_in_the_folder_is_told(tmp_path: Path) -> None:
    _write(tmp_path, GOOD)
    (tmp_path / "other.toml").write_text("max_turns = ")
    with pytest.raises(OperatorError, match=r"other\.toml: this is not valid TOML"):
        load_all(tmp_path)


def test_a_roster_knows_its_teams_and_their_limits(tmp_path: Path) -> None:
    _write(tmp_path, GOOD)
    roster = TeamFactory(settings(None, roundtable_model="demo"), tmp_path)
    assert roster.names() == {"mine": "Two agents"}
    assert (roster.limits("mine").max_turns, roster.limits("mine").token_cap) == (10, 5000)
    with pytest.raises(BadInput, match=r"There is no team 'crew'\. Teams: mine\."):
        roster.limits("crew")


def test_a_model_of_one_agent_needs_its_key_at_the_start(tmp_path: Path) -> None:
    _write(tmp_path, GOOD.replace('prompt = "You', 'model = "anthropic/claude"\nprompt = "You'))
    with pytest.raises(OperatorError, match="ANTHROPIC_API_KEY"):
        TeamFactory(settings(None, roundtable_model="demo", anthropic_api_key=""), tmp_path)
