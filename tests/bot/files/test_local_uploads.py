"""The folder of attached files."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.domain.errors import BadInput
from bot.files import local_uploads


def test_a_file_comes_back(tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_bytes(b"a,b\n")
    file = local_uploads.add(tmp_path / "kept", tmp_path / "sales.csv", 100)
    assert (file.name, file.size) == ("sales.csv", 4)
    assert local_uploads.read(tmp_path / "kept", file.ref, 4) == b"a,b\n"
    assert [path.name for path in (tmp_path / "kept").iterdir()] == [file.ref]


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda path: None, "cannot be read: No such file or directory."),
        (lambda path: path.mkdir(), "is not a file."),
        (lambda path: path.symlink_to("/dev/zero"), "is not a file."),
        (lambda path: path.write_bytes(b"x" * 101), "is larger than 0.0001 MB; attach a smaller file or a sample"),
    ],
)
def test_what_cannot_be_attached(tmp_path: Path, make: object, sentence: str) -> None:
    path = tmp_path / "data.csv"
    assert callable(make)
    make(path)
    with pytest.raises(BadInput) as refused:
        local_uploads.add(tmp_path / "kept", path, 100)
    assert str(refused.value).startswith(f"{path} {sentence}")
    assert list((tmp_path / "kept").iterdir()) == []


@pytest.mark.parametrize("ref", ["", "0" * 64, "0" * 63, "../../etc/passwd", "x" * 64, "A" * 64, "0" * 64 + "\n"])
def test_what_was_not_attached_is_not_read(tmp_path: Path, ref: str) -> None:
    (tmp_path / "passwd").touch()
    with pytest.raises(BadInput, match="attach it again"):
        local_uploads.read(tmp_path, ref, 100)


def test_a_file_over_the_limit_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 11)
    file = local_uploads.add(tmp_path / "kept", tmp_path / "a", 100)
    with pytest.raises(BadInput, match="larger than"):
        local_uploads.read(tmp_path / "kept", file.ref, 10)


def test_the_same_file_again_gets_a_name_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x")
    kept = tmp_path / "kept"
    one, two = (local_uploads.add(kept, tmp_path / "a", 100) for _ in range(2))
    local_uploads.remove(kept, [one.ref, "https://files.example/F1", "../a", "", "0" * 64])
    assert [path.name for path in kept.iterdir()] == [two.ref]
    assert (tmp_path / "a").exists()
