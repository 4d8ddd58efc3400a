"""What a session may have on disk."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path, PurePosixPath

import pytest

from bot.domain.errors import BadInput
from bot.files import work_dir
from bot.settings import Settings

A_FILE = PurePosixPath("a.bin")


@pytest.fixture
async def settings(tmp_path: Path) -> AsyncIterator[Settings]:
    yield Settings(_env_file=None, roundtable_work_dir=tmp_path, roundtable_session_disk_mb=16)


async def test_a_session_keeps_no_more_than_it_may_have_on_disk(settings: Settings) -> None:
    first = await work_dir.keep(settings, "s", A_FILE, b"1" * 9_000_000)
    with pytest.raises(BadInput, match=r"a\.bin was not kept: all versions of a session's files .* 16 MB on disk"):
        await work_dir.keep(settings, "s", A_FILE, b"2" * 9_000_000)
    assert await work_dir.keep(settings, "s", A_FILE, b"1" * 9_000_000) == first, "these bytes are there already"
    assert (await work_dir.keep(settings, "s", A_FILE, b"2" * 7_000_000)).size == 7_000_000
    assert work_dir.blobs(settings, "s").stored() == 16_000_000
    assert (await work_dir.keep(settings, "another", A_FILE, b"2" * 9_000_000)).size == 9_000_000
