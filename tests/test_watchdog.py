"""The watchdog bites."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from bot.domain.policy import Policy
from bot.files import toml
from tests.watchdog import watchdog


async def test_work_that_takes_too_long_is_reported() -> None:
    with pytest.raises(AssertionError, match="the loop was busy"):
        async with watchdog(0.02):
            # The watch looks first, so that it sees what comes between two looks.
            await asyncio.sleep(0.01)
            until = time.thread_time() + 0.05
            while time.thread_time() < until:
                pass
            await asyncio.sleep(0.01)


async def test_a_file_that_our_code_reads_on_the_loop_is_reported_and_one_read_beside_it_is_not(
    tmp_path: Path,
) -> None:
    file = tmp_path / "file.toml"
    file.write_text("")
    async with watchdog():
        await asyncio.to_thread(toml.load, file, Policy)
    with pytest.raises(AssertionError, match=r"the loop waited: open in bot/files/toml.py:\d+"):
        async with watchdog():
            toml.load(file, Policy)
