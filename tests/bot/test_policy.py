"""Who may do what where."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import OperatorError
from bot.events import Person, ThreadRef
from bot.policy import Policy, load

HERE, THERE = ThreadRef("slack", "T1", "C1", "1"), ThreadRef("slack", "T1", "C2", "1")
ANN, ADMIN = Person("U1", "Ann"), Person("U2", "Bo", ("admin", "R7"))
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


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[allow]\nstart = 5\n", "policy.toml, line 2: allow.start: "),
        (
            "[allow]\n\n[channel.C1]\nteam = 'pair'\nverbosity = 'loud'\n",
            "policy.toml, line 5: channel.C1.verbosity",
        ),
        ("[chanel.C1]\n", "policy.toml, line 1: chanel: "),
        ('[channel."C1"]\nguest = true\n', "policy.toml, line 2: channel.C1.guest: "),
        ("[channel.C1]\nteam = 'band'\n", "policy.toml: channel.C1 names no team 'band'. Teams: crew, pair."),
        ("[allow\n", "policy.toml: this is not valid TOML"),
        ("[allow]\nguests = = true\n", "at line 2"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(OperatorError) as wrong:
        _policy(tmp_path, text)
    assert said in str(wrong.value)
