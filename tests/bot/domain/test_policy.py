"""Who may do what where."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from bot.domain.participants import Person, ThreadRef
from bot.domain.policy import OPERATOR, Act, Policy
from bot.files.policy_file import load

HERE, THERE = ThreadRef("slack", "T1", "C1", "1"), ThreadRef("slack", "T1", "C2", "1")
ANN, ADMIN = Person("U1", "Ann"), Person("U2", "Bo", ("admin", "R7"))
OTHER = Person("U9", "Odd")
GUEST, STRANGER = Person("U3", "Gus", ("guest",)), Person("U4", "Eve", ("external",))

RULES = """
[allow]
start = ["U1"]

[channel.C1]
team = "crew"
verbosity = "quiet"
start = ["R7"]
guests = true
external = true
"""


def _policy(folder: Path, text: str) -> Policy:
    (folder / "policy.toml").write_text(text, encoding="utf-8")
    return load(folder / "policy.toml", {"crew", "pair"})


def test_without_a_file_members_may_start_and_others_are_not_listened_to(tmp_path: Path) -> None:
    policy = load(tmp_path / "policy.toml", {"pair"})
    assert policy == Policy()
    assert (policy.team(HERE), policy.verbosity(HERE)) == (None, "all")
    assert [bool(policy.admits(HERE, who)) for who in (ANN, ADMIN, GUEST, STRANGER)] == [False, False, True, True]
    assert not policy.start(HERE, ANN)
    assert policy.start(HERE, ANN, default=("admin",))
    assert not policy.start(HERE, ADMIN, default=("admin",))


def test_a_channel_goes_before_the_rest(tmp_path: Path) -> None:
    policy = _policy(tmp_path, RULES)
    assert (policy.team(HERE), policy.verbosity(HERE)) == ("crew", "quiet")
    assert (policy.team(THERE), policy.verbosity(THERE)) == (None, "all")
    assert not any(policy.admits(HERE, who) for who in (GUEST, STRANGER))
    assert [bool(policy.start(HERE, who)) for who in (ANN, ADMIN)] == [True, False]
    assert [bool(policy.start(THERE, who)) for who in (ANN, ADMIN)] == [False, True]


def test_the_example_says_the_defaults(tmp_path: Path) -> None:
    text = (Path(__file__).parents[3] / "policy.example.toml").read_text(encoding="utf-8")
    assert _policy(tmp_path, text) == Policy()
    head, _, tail = text.partition("[allow]")
    general = "\n".join(
        line.removeprefix("# ") for line in head.splitlines() if line.startswith("# ") and "=" in line
    )
    tables = [
        line.removeprefix("# ") if "=" in line and "0123" not in line else line
        for line in tail.partition("# One team")[0].splitlines()
    ]
    spelled_out = _policy(tmp_path, "\n".join([general, "[allow]", *tables]))
    assert spelled_out.model_dump(exclude={"allow", "budget"}) == Policy().model_dump(exclude={"allow", "budget"})
    assert spelled_out.budget.caps() == Policy().budget.caps()
    assert spelled_out.budget.work() == Policy().budget.work()
    for act in get_args(Act):
        for who in (ANN, ADMIN, OTHER):
            assert spelled_out.may(act, HERE, who, ANN) == Policy().may(act, HERE, who, ANN)


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("", [True, True, True]),
        ("[deny]\nusers = ['U1']", [False, True, True]),
        ("[deny]\ngroups = ['R7']", [True, False, True]),
        ("[deny]\nchannels = ['C1']", [False, False, False]),
        ("[deny]\nworkspaces = ['T1']", [False, False, False]),
        ("[allow]\nusers = ['U1']", [True, False, False]),
        ("[allow]\nusers = ['U1']\ngroups = ['R7']", [True, True, False]),
        ("[allow]\nchannels = ['C2']", [False, False, False]),
        ("[allow]\nworkspaces = ['T1']", [True, True, True]),
        ("[allow]\nusers = ['U1']\n[deny]\nusers = ['U1']", [False, False, False]),
    ],
)
def test_who_is_listened_to(tmp_path: Path, text: str, heard: list[bool]) -> None:
    policy = _policy(tmp_path, text)
    assert [not policy.admits(HERE, who) for who in (ANN, ADMIN, OTHER)] == heard


def test_neither_space_around_an_id_nor_a_word_s_case_lets_anybody_in(tmp_path: Path) -> None:
    rules = "[allow]\nguests = true\n[deny]\nusers = [' U1']\ngroups = ['Guest', 'R7 ']\nchannels = ['C2 ']\n"
    policy = _policy(tmp_path, f'{rules}[channel." C1"]\ncode_approval = "always"\n')
    assert [bool(policy.admits(HERE, who)) for who in (ANN, ADMIN, OTHER, GUEST)] == [True, True, False, True]
    assert policy.admits(THERE, OTHER)
    assert policy.approval(HERE, "pair")


def test_whoever_runs_roundtable_is_shut_out_by_no_list_of_others(tmp_path: Path) -> None:
    page = ThreadRef("web", "", "page", "1")
    policy = _policy(tmp_path, "[allow]\nusers = ['U1']\nchannels = ['C1']\nworkspaces = ['T1']")
    assert not policy.admits(page, Person("web", "you", ("admin",)))
    assert policy.admits(THERE, ADMIN)
    assert not policy.admits(THERE, Person("web", "you", ("admin", OPERATOR)))
    assert _policy(tmp_path, "[deny]\nusers = ['api']").admits(page, Person("api", "the API", ("admin",)))


@pytest.mark.parametrize(
    ("act", "allowed"),
    [
        ("steer", [True, True, True]),
        ("approve", [True, True, False]),
        ("raise_budgets", [True, True, False]),
        ("stop", [True, True, True]),
        ("delete", [True, True, False]),
    ],
)
def test_who_may_do_what_without_rules(act: Act, allowed: list[bool]) -> None:
    assert [not Policy().may(act, HERE, who, ANN) for who in (ANN, ADMIN, OTHER)] == allowed


def test_a_channel_has_lists_of_its_own(tmp_path: Path) -> None:
    policy = _policy(tmp_path, "[allow]\napprove = ['U1']\n[channel.C1]\napprove = ['U9']\nstop = []")
    assert [not policy.may("approve", HERE, who, ANN) for who in (ANN, ADMIN, OTHER)] == [False, False, True]
    assert [not policy.may("approve", THERE, who, ANN) for who in (ANN, ADMIN, OTHER)] == [True, False, False]
    assert not policy.may("stop", HERE, ANN, ANN), "one's own session can always be stopped"
    assert policy.may("stop", HERE, ADMIN, ANN)


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("", False),
        ("code_approval = 'always'", True),
        ("code_approval = 'always'\n[team.crew]\ncode_approval = 'never'", False),
        ("[team.crew]\ncode_approval = 'always'\n[channel.C1]\ncode_approval = 'never'", True),
        ("[team.crew]\ncode_approval = 'never'\n[channel.C1]\ncode_approval = 'always'", True),
        ("[team.pair]\ncode_approval = 'always'", False),
    ],
)
def test_always_wins(tmp_path: Path, text: str, asked: bool) -> None:
    assert _policy(tmp_path, text).approval(HERE, "crew") == asked


def test_a_channel_s_budget_changes_only_what_it_names(tmp_path: Path) -> None:
    policy = _policy(tmp_path, "[budget.channel]\ndollars = 7\n[channel.C1]\nbudget = { tokens = 1000 }")
    mine = [(cap.unit, cap.amount) for cap in policy.budget.caps(policy.at(HERE).budget) if cap.scope == "channel"]
    assert mine == [("dollars", 7.0), ("tokens", 1000.0)]
