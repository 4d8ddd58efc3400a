"""Teams of an evaluation, by name and by the path of their file."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.domain.errors import OperatorError
from bot.evaluate import folders
from bot.evaluate.teams import copied, gather


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    folder = tmp_path / "shipped"
    folder.mkdir()
    for name in ("analyst", "crew"):
        (folder / f"{name}.toml").write_text(f"description = '{name}'\n")
    (tmp_path / "rules.md").write_text("Be brief.\n")
    return folder


def mine(folder: Path, name: str = "analyst.toml", text: str = "description = 'mine'\n") -> str:
    path = folder / name
    path.write_text(text)
    return str(path)


def test_teams_are_copied_each_under_a_name_of_its_own(tmp_path: Path, shipped: Path) -> None:
    own, odd = mine(tmp_path), mine(tmp_path, "My Team-2.toml", "description = 'odd'\n")
    teams = gather(["analyst", own, odd, "analyst"], shipped, [tmp_path / "rules.md"])
    assert [(team.given, team.name, team.kind) for team in teams] == [
        ("analyst", "analyst", "analyst"),
        (own, "analyst_2", "analyst"),
        (odd, "my_team_2", "My Team-2"),
    ]
    folder = copied(teams, tmp_path / "work")
    assert (folder / "analyst_2.toml").read_text() == "description = 'mine'\n"
    assert sorted(path.stem for path in folder.glob("*.toml")) == ["analyst", "analyst_2", "my_team_2"]
    assert copied(teams, tmp_path / "work") == folder != copied(teams[:1], tmp_path / "work")


def test_a_folder_of_somebody_else_is_left_as_it_is(tmp_path: Path, shipped: Path) -> None:
    teams = gather(["crew"], shipped, [])
    folder = copied(teams, tmp_path / "work")
    folders.remove(folder)
    folder.mkdir()
    (folder / "mine.toml").touch()
    with pytest.raises(OperatorError, match="was not made by an evaluation and is left as it is"):
        copied(teams, tmp_path / "work")
    assert [path.name for path in folder.iterdir()] == ["mine.toml"]


def test_a_digest_changes_with_the_file_and_the_house_rules(tmp_path: Path, shipped: Path) -> None:
    def digest() -> str:
        (team,) = gather(["crew"], shipped, [tmp_path / "rules.md"])
        return team.digest

    found = [digest()]
    (shipped / "crew.toml").write_text("description = 'changed'\n")
    found.append(digest())
    (tmp_path / "rules.md").write_text("Be very brief.\n")
    found.append(digest())
    assert len(set(found)) == 3
    assert digest() == found[-1]


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("writer", "there is no such team; name analyst, crew, or the path"),
        ("nowhere.toml", "there is no such file"),
        ("../rules", "there is no such team"),
    ],
)
def test_a_team_that_is_not_there_is_named(tmp_path: Path, shipped: Path, named: str, said: str) -> None:
    with pytest.raises(OperatorError, match=f"--team {named}: {said}"):
        gather([named], shipped, [tmp_path / "rules.md"])


def test_one_file_is_no_two_teams(tmp_path: Path, shipped: Path) -> None:
    copy = mine(tmp_path, "copy.toml", (shipped / "crew.toml").read_text())
    with pytest.raises(OperatorError, match="are the same file: --repeat runs it again"):
        gather(["crew", copy], shipped, [tmp_path / "rules.md"])
