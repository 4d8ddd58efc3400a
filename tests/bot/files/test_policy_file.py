"""The file with the rules: mistakes in it, and what is in force while it changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.domain.errors import OperatorError
from bot.domain.policy import Policy
from bot.files.policy_file import PolicyFile, Reread, load


def _written(folder: Path, text: str) -> Path:
    (folder / "policy.toml").write_text(text, encoding="utf-8")
    return folder / "policy.toml"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[allow]\nstart = 5\n", "policy.toml, line 2: allow.start: "),
        (
            "[allow]\n\n[channel.C1]\nteam = 'pair'\nverbosity = 'loud'\n",
            "policy.toml, line 5: channel.C1.verbosity",
        ),
        ("[chanel.C1]\n", "policy.toml, line 1: chanel: there is no such setting."),
        ('[channel."C1"]\nguest = true\n', "policy.toml, line 2: channel.C1.guest: "),
        ("[channel.C1]\nteam = 'band'\n", "policy.toml: channel.C1 names no team 'band'. Teams: crew, pair."),
        ("[deny]\nusers = ['U1', ' ']\n", "policy.toml, line 2: deny.users.2: an id is empty."),
        ("[deny]\nusers = ['Guest']\n", "deny.users.1: guest is no id; name it in groups."),
        ("[allow]\ngroups = ['everyone']\n", "everyone is no group; leave the list out and everyone is meant."),
        (f"allow = {'[' * 5000}", "policy.toml: this is not valid TOML: values lie in each other too deeply."),
        ("[allow\n", "policy.toml: this is not valid TOML"),
        ("[allow]\nguests = = true\n", "at line 2"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(OperatorError) as wrong:
        load(_written(tmp_path, text), {"crew", "pair"})
    assert said in str(wrong.value)


def test_a_file_with_a_mistake_leaves_the_old_rules_in_force(tmp_path: Path) -> None:
    file = _written(tmp_path, "code_approval = 'always'\n")
    rules = PolicyFile(file, {"pair"})
    file.write_text("\ncode_approval = 'sometimes'\n", encoding="utf-8")
    read = rules.reload()
    assert "line 2: code_approval" in read.said
    assert read.said.endswith("'always'. The rules that were in force stay in force.")
    assert not read.in_force
    assert rules.current.code_approval == "always"
    file.write_text("", encoding="utf-8")
    assert rules.reload() == Reread(f"{file} was read again and is in force.", in_force=True)
    assert rules.current == Policy()


def test_a_file_that_is_gone_leaves_the_old_rules_in_force(tmp_path: Path) -> None:
    file = _written(tmp_path, "[deny]\nusers = ['U1']\n")
    rules = PolicyFile(file, {"pair"})
    file.unlink()
    assert rules.reload().said.startswith(f"{file}: there is no such file any more")
    assert rules.current.deny.users == ("U1",)


def test_without_a_file_from_the_start_the_defaults_return(tmp_path: Path) -> None:
    rules = PolicyFile(tmp_path / "policy.toml", {"pair"})
    assert rules.reload() == Reread(f"There is no {tmp_path / 'policy.toml'}: the defaults are in force.", True)
