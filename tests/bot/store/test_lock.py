"""One process a work directory."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.domain.errors import OperatorError
from bot.store.database import Database
from bot.store.lock import DatabaseInUse, hold

_HOLDER = """
import sys, time
from pathlib import Path
from bot.store.lock import hold
with hold(Path(sys.argv[1])) as lock:
    lock.announce("http://127.0.0.1:8080")
    print("held", flush=True)
    time.sleep(1e6)
"""


def test_a_second_process_hears_who_holds_it_and_a_kill_frees_it(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _HOLDER, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[3]) as holder:
        try:
            assert holder.stdout is not None
            assert holder.stdout.readline() == b"held\n"
            with pytest.raises(DatabaseInUse) as held, hold(tmp_path):
                pass
            assert (held.value.holder.pid, held.value.holder.url) == (holder.pid, "http://127.0.0.1:8080")
            assert str(held.value) == (
                f"Another Roundtable (process {holder.pid}) already works on {tmp_path} at http://127.0.0.1:8080. "
                "Stop it first, or give this one a folder of its own with ROUNDTABLE_WORK_DIR."
            )
        finally:
            holder.kill()
            holder.wait()
    with hold(tmp_path):
        pass


def test_a_released_lock_forgets_the_old_address(tmp_path: Path) -> None:
    with hold(tmp_path / "new" / "folder") as lock:
        lock.announce("http://127.0.0.1:8080/a/rather/long/address")
        lock.announce("http://127.0.0.1:1")
        with pytest.raises(DatabaseInUse) as held, hold(tmp_path / "new" / "folder"):
            pass
        assert (held.value.holder.pid, held.value.holder.url) == (os.getpid(), "http://127.0.0.1:1")
    with (
        hold(tmp_path / "new" / "folder"),
        pytest.raises(DatabaseInUse, match=r"works on \S+\. Stop it first"),
        hold(tmp_path / "new" / "folder"),
    ):
        pass


@pytest.mark.parametrize("content", ["", "no json", "5", '{"pid": "x"}', "[]"])
def test_a_lock_that_says_nothing_is_held_all_the_same(tmp_path: Path, content: str) -> None:
    with hold(tmp_path):
        (tmp_path / "roundtable.lock").write_text(content)
        with pytest.raises(DatabaseInUse) as held, hold(tmp_path):
            pass
    assert held.value.holder.url == ""


@pytest.mark.parametrize("kind", ["a file", "read-only"])
def test_a_folder_that_cannot_be_written(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "file" if kind == "a file" else Path("/proc/roundtable")
    if kind == "a file":
        path.touch()
    with pytest.raises(OperatorError) as refused, hold(path):
        pass
    assert str(refused.value).startswith(f"The work directory {path} cannot be written (")
    assert str(refused.value).endswith("Make it writable, or set ROUNDTABLE_WORK_DIR to a folder that is.")


async def test_two_work_directories_do_not_share_a_database(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'shared.sqlite'}"
    async with Database(url) as first, Database(url) as second:
        await first.claim()
        with pytest.raises(OperatorError, match=r"shared\.sqlite"):
            await second.claim()
    async with Database(url) as third:
        await third.claim()
