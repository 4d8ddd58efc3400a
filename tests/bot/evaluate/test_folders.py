"""Only folders that an evaluation has made are ever emptied or removed."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.domain.errors import OperatorError
from bot.evaluate import folders


def test_a_folder_of_ours_is_made_emptied_and_removed(tmp_path: Path) -> None:
    folder = folders.own(tmp_path / "out" / "wrong")
    (folder / "old.txt").touch()
    assert [path.name for path in folders.own(folder).glob("*.txt")] == ["old.txt"]
    assert not list(folders.empty(folder).glob("*.txt"))
    folders.remove(folder)
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("what", ["folder", "link", "file"])
def test_what_somebody_else_has_made_is_refused_and_left(tmp_path: Path, what: str) -> None:
    place, theirs = tmp_path / "wrong", tmp_path / "theirs"
    (place if what == "folder" else theirs).mkdir()
    if what == "link":
        folders.own(theirs)
        place.symlink_to(theirs)
    kept = {"folder": place / "kept", "link": theirs / "kept", "file": place}[what]
    kept.write_text("x")
    for use in (folders.own, folders.empty, folders.remove):
        with pytest.raises(OperatorError, match=r"left as it is: move it, or name another folder with --out\.$"):
            use(place)
    assert kept.read_text() == "x"
