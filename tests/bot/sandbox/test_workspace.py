from __future__ import annotations

import hashlib
import stat
from pathlib import Path

import pytest

from bot.sandbox.workspace import Blobs, artifact, session_folder


def test_bytes_are_found_again_by_their_digest(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path / "s")
    digest = blobs.write(b"hello")
    assert digest == hashlib.sha256(b"hello").hexdigest()
    assert digest in blobs
    assert blobs.read(digest) == b"hello"
    assert b"".join(blobs.chunks(digest, 2)) == b"hello"
    assert blobs.write(b"hello") == digest
    assert [path.name for path in (tmp_path / "s").iterdir()] == [digest]


def test_what_is_not_finished_is_not_there(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    writer = blobs.writer()
    writer.write(b"half")
    assert hashlib.sha256(b"half").hexdigest() not in blobs
    writer.discard()
    assert list(tmp_path.iterdir()) == []


def test_leftovers_of_a_crash_are_swept(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    kept = blobs.write(b"kept")
    crashed = blobs.writer()
    crashed.write(b"half")
    blobs.sweep()
    assert [path.name for path in tmp_path.iterdir()] == [kept]
    crashed._file.close()


def test_only_the_owner_can_read_them(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    mode = blobs.path(blobs.write(b"x")).stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


@pytest.mark.parametrize("digest", ["", "..", "../../etc/passwd", "A" * 64, "a" * 63, "a" * 64 + "\n"])
def test_nothing_but_a_digest_names_a_file(tmp_path: Path, digest: str) -> None:
    with pytest.raises(ValueError, match="not a digest"):
        Blobs(tmp_path).path(digest)


@pytest.mark.parametrize("session", ["", "..", "a/b", "a\n", "x" * 101])
def test_nothing_but_a_session_id_names_a_folder(tmp_path: Path, session: str) -> None:
    with pytest.raises(ValueError, match="not a session id"):
        session_folder(tmp_path, session)


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("chart.png", "image/png"),
        ("data.CSV", "text/csv"),
        ("notes.md", "text/markdown"),
        ("book.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("page.html", "text/html"),
        ("roundtable-session.ipynb", "application/x-ipynb+json"),
        ("noextension", "application/octet-stream"),
        ("x.unheard-of", "application/octet-stream"),
    ],
)
def test_the_media_type_is_guessed_from_the_name(name: str, media_type: str) -> None:
    assert artifact(name, "0" * 64, 1).media_type == media_type
