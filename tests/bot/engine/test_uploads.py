"""Uploads go once they are heard, and never before, wherever the process is killed."""

from __future__ import annotations

import os
import time
from collections.abc import Collection
from pathlib import Path

import pytest

from bot.domain.errors import ModelRefused
from bot.engine.housekeeping import DAY, Housekeeping
from bot.files import local_uploads
from tests.bot.engine import upload_crasher
from tests.bot.engine.harness import EngineHarness, harness
from tests.bot.engine.test_crash import crash
from tests.bot.engine.upload_crasher import DATA, SCRIPT, attach, chat, dropping, sandboxes
from tests.fakes.team import FakeTeams, finished


def _uploads(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "uploads").iterdir())


def _age(folder: Path, seconds: float) -> None:
    for path in (folder / "uploads").iterdir():
        os.utime(path, (time.time() - seconds,) * 2)


async def _sweep(it: EngineHarness, folder: Path) -> None:
    async def sweep(named: Collection[str], before: float) -> None:
        local_uploads.sweep(folder / "uploads", named, before)

    await Housekeeping(it.database, 0, it.dispatcher.wake, sweep).once()


async def test_an_upload_is_removed_once_its_turn_is_committed(tmp_path: Path) -> None:
    boxes, platform = sandboxes(tmp_path), chat(tmp_path)
    teams = FakeTeams(SCRIPT)
    async with harness(tmp_path, teams, chat=platform, sandboxes=boxes, drop_uploads=dropping(tmp_path)) as it:
        await attach(it, tmp_path)
        await attach(it, tmp_path)
        assert len(_uploads(tmp_path)) == 2
        await it.rest()
        assert _uploads(tmp_path) == []
    assert boxes.contents[0]["data.csv"] == DATA


async def test_an_upload_that_waits_for_a_turn_stays_at_any_age(tmp_path: Path) -> None:
    teams = FakeTeams([ModelRefused("The key is wrong."), finished()])
    async with harness(tmp_path, teams, chat=chat(tmp_path), drop_uploads=dropping(tmp_path)) as it:
        await attach(it, tmp_path)
        await it.rest()
        _age(tmp_path, 99 * DAY)
        await _sweep(it, tmp_path)
        assert len(_uploads(tmp_path)) == 1
        await it.talk("try again")
        assert _uploads(tmp_path) == []


async def test_what_nobody_names_goes_after_a_day(tmp_path: Path) -> None:
    async with harness(tmp_path, FakeTeams([])) as it:
        (tmp_path / "uploads" / ".incoming-x").mkdir(parents=True)
        for name in ("0" * 64, "tmpabc"):
            (tmp_path / "uploads" / name).touch()
        _age(tmp_path, DAY - 60)
        await _sweep(it, tmp_path)
        assert len(_uploads(tmp_path)) == 3
        _age(tmp_path, DAY + 60)
        await _sweep(it, tmp_path)
        assert _uploads(tmp_path) == [".incoming-x"]


@pytest.mark.parametrize(
    ("point", "before", "after"),
    [
        ("uploaded", 1, 1),  # never said: nobody names it, and a day later it goes
        ("fetched", 1, 0),
        ("commit", 1, 0),
        ("committed", 1, 1),
        ("dropped", 0, 0),
    ],
)
async def test_a_kill(tmp_path: Path, point: str, before: int, after: int) -> None:
    await crash(tmp_path, point, upload_crasher.__name__)
    assert len(_uploads(tmp_path)) == before
    boxes = sandboxes(tmp_path)
    teams = FakeTeams(SCRIPT)
    async with harness(
        tmp_path, teams, chat=chat(tmp_path), sandboxes=boxes, drop_uploads=dropping(tmp_path)
    ) as it:
        await it.rest()
        if point != "uploaded":
            (file,) = await it.reader.files((await it.view()).id)
            assert boxes.shelf.read(file.file.digest) == DATA
            assert it.thread()[-1] == "finished: The team has finished."
        assert len(_uploads(tmp_path)) == after
        _age(tmp_path, DAY + 60)
        await _sweep(it, tmp_path)
        assert _uploads(tmp_path) == []
