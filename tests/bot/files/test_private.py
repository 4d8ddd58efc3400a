"""What other users of the machine can see of ours: nothing, also of what was there before."""

from __future__ import annotations

import logging
import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.files import local_uploads, private, work_dir
from bot.sandbox import identity
from bot.sandbox.battery import memory
from bot.sandbox.workspace import Blobs
from bot.store.database import Database
from bot.store.lock import hold, locked
from tests.bot.adapters.web.conftest import serve_api
from tests.bot.store.rows import message, take
from tests.fakes.web_harness import WebHarness, settings


@pytest.fixture(autouse=True)
def open_hearted() -> Iterator[None]:
    """A person whose new files everybody may read and change."""
    before = os.umask(0)
    yield
    os.umask(before)


def readable(folder: Path) -> list[str]:
    """What others may do anything with, the folder itself included."""
    everything = [folder, *folder.rglob("*")]
    return [str(path.relative_to(folder)) for path in everything if path.lstat().st_mode & 0o077]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def test_all_that_is_made_in_the_work_directory_is_the_owners(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "work"
    given = settings(folder)
    (tmp_path / "a.csv").write_bytes(b"1")
    with hold(folder) as lock:
        lock.announce("http://127.0.0.1:1")
        async with Database(given.database_url) as database:
            await database.claim()
            await take(database, message())
            assert {path.name for path in folder.glob("roundtable.sqlite*")} == {
                f"roundtable.sqlite{ending}" for ending in ("", "-wal", "-shm", ".lock")
            }
            work_dir.installation(given)
            Blobs(folder / "s0123456789").write(b"x")
            local_uploads.add(work_dir.uploads_folder(given), tmp_path / "a.csv", 10)
            identity.remember(folder, "image", "1")
            memory.remember(folder, "passed", "today")
            assert readable(folder) == []
    assert mode(tmp_path / "new") == 0o777, "what is above it is not ours"


async def test_what_people_attach_on_the_page_is_their_owners_alone(tmp_path: Path) -> None:
    fake = WebHarness(tmp_path)
    async with serve_api(fake.context()) as http:
        files = {"files": ("a.csv", b"1")}
        answer = await http.post("/api/sessions", data={"task": "look"}, files=files)
    assert answer.status_code == 202
    assert readable(tmp_path / "uploads") == []
    assert len(list((tmp_path / "uploads").iterdir())) == 1


async def test_what_was_left_readable_is_closed_at_the_start(tmp_path: Path) -> None:
    folder = tmp_path / "work"
    for name in ("uploads/ab", "s0123456789/cd", "doctor/ef"):
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_bytes(b"x")
    for name in ("installation", "roundtable.lock", "roundtable.sqlite.lock", "sandbox-image.json"):
        (folder / name).touch()
    with hold(folder):
        assert readable(folder) == []
    assert mode(folder / "uploads/ab") == 0o600
    assert mode(folder / "uploads") == 0o700


async def test_a_database_elsewhere_is_closed_but_not_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "shared" / "x.sqlite"
    path.parent.mkdir()
    async with Database(f"sqlite:///{path}") as database:
        await take(database, message())
        for file in path.parent.iterdir():
            file.chmod(0o644)
        async with Database(f"sqlite:///{path}") as again:
            await take(again, message("k2"))
            assert readable(path.parent) == ["."]
            assert len(list(path.parent.iterdir())) == 3


async def test_closing_gives_no_right_that_was_not_there(tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "installation").touch(mode=0o444)
    (folder / "discord-commands").touch(mode=0o755)
    private.close_folder(folder)
    assert (mode(folder / "installation"), mode(folder / "discord-commands")) == (0o400, 0o700)


async def test_what_is_not_ours_stays_as_it_is(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder, other = tmp_path / "work", tmp_path / "other"
    for path in (folder, folder / "papers", folder / "uploads", folder / "s9876543210", other):
        path.mkdir()
    theirs = [folder / "papers" / "mine", folder / "notes.txt", folder / "uploads" / "photo.jpg", other / "file"]
    ours = [folder / "roundtable.sqlite", folder / "uploads" / "ab", folder / "s9876543210" / "cd"]
    for path in (*theirs, *ours):
        path.touch()
    (folder / "link").symlink_to(other / "file")
    (folder / "s0123456789").symlink_to(other)
    with caplog.at_level(logging.WARNING):
        private.close_folder(folder)
    assert {mode(path) for path in (folder, folder / "papers", folder / "uploads", other)} == {0o777}
    assert {mode(path) for path in theirs} == {0o666}
    assert {mode(path) for path in ours} == {0o600}
    assert mode(folder / "s9876543210") == 0o700
    assert "has files of others" in caplog.text


async def test_a_folder_that_is_only_locked_keeps_its_rights(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "roundtable.sqlite").touch()
    with locked(folder):
        assert (mode(folder), mode(folder / "roundtable.sqlite")) == (0o777, 0o666)


async def test_an_open_work_directory_stays_open_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "tmp"
    folder.mkdir()
    folder.chmod(0o1777)
    (folder / "of somebody").touch()
    with caplog.at_level(logging.WARNING), hold(folder):
        assert mode(folder / "roundtable.lock") == 0o600
    assert (mode(folder), mode(folder / "of somebody")) == (0o1777, 0o666)
    assert "ROUNDTABLE_WORK_DIR" in caplog.text


async def test_a_link_to_the_work_directory_is_followed(tmp_path: Path) -> None:
    folder = tmp_path / "real"
    folder.mkdir()
    (tmp_path / "link").symlink_to(folder)
    with hold(tmp_path / "link"):
        assert readable(folder) == []


def test_what_cannot_be_closed_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    paths = [tmp_path / name for name in "abc"]
    for path in paths[:2]:
        with socket.socket(socket.AF_UNIX) as held:
            held.bind(str(path))  # a file that nobody can open
    with caplog.at_level(logging.WARNING):
        private.close_files(paths)
    assert f"Others may read {paths[0]} and 1 more" in caplog.text
