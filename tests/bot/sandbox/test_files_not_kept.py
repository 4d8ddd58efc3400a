"""What the real sandbox says of files that are not kept, and what a container costs that is lost with them."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path, PurePosixPath

import docker
import pytest

from bot.domain.errors import SandboxUnavailable
from bot.domain.workspace_files import WorkspaceChanges
from bot.ports import Sandbox
from bot.sandbox.docker import DockerSandboxes
from bot.sandbox.session import DockerSandbox
from bot.settings import Settings
from tests.bot.sandbox.conftest import Opened

pytestmark = [pytest.mark.docker, pytest.mark.asyncio(loop_scope="module")]


async def changed(sandbox: Sandbox, code: str) -> WorkspaceChanges:
    """What a program does to the workspace."""
    await sandbox.run(code, "python", 60)
    return await sandbox.changed()


async def shell(sandbox: Sandbox, code: str) -> str:
    return (await sandbox.run(code, "bash", 20)).output


def container_of(sandbox: DockerSandbox) -> str:
    assert sandbox._container
    return sandbox._container.id


JOBLIB = (
    "import joblib, numpy; joblib.Parallel(2)(joblib.delayed(len)(numpy.ones(2_000_000)) for _ in range(2)); "
    "import os; os._exit(0)"
)

# --- outside the workspace ---------------------------------------------------------------------------------------


async def test_mnt_data_is_the_workspace(sandbox: DockerSandbox) -> None:
    await sandbox.put(PurePosixPath("sales.csv"), b"a\n1\n")
    changes = await changed(
        sandbox,
        "import pandas as pd\n"
        "pd.read_csv('/mnt/data/sales.csv').to_csv('/mnt/data/out.csv')\n"
        "import os; os.makedirs('/mnt/data/charts'); open('/mnt/data/charts/a.png', 'w').write('x')\n",
    )
    assert [file.path for file in changes.files] == ["charts/a.png", "out.csv"]
    assert changes.note == ""


@pytest.mark.parametrize("place", ["/tmp/chart.png", "~/chart.png", "/tmp/out/deep/chart.png"])
async def test_a_file_outside_the_workspace_is_named_with_the_way_to_keep_it(
    sandbox: DockerSandbox, place: str
) -> None:
    code = (
        "import os\n"
        f"path = os.path.expanduser({place!r})\n"
        "os.makedirs(os.path.dirname(path), exist_ok=True)\nopen(path, 'w').write('png')\n"
    )
    changes = await changed(sandbox, code)
    shown = place.replace("~", "/tmp")
    assert changes == WorkspaceChanges(
        note=f"Outside the workspace, so not kept: `{shown}`. "
        "Save what is needed without a folder, as `chart.png`."
    )
    assert await changed(sandbox, "print(1)") == WorkspaceChanges(), "once is enough"
    assert (await changed(sandbox, f"open({shown!r}, 'a').write('more')")).note.startswith("Outside")
    await shell(sandbox, "rm -rf /tmp/chart.png /tmp/out")


@pytest.mark.parametrize(
    "code",
    [
        "import tempfile\nwith tempfile.NamedTemporaryFile() as f: f.write(b'x'); f.flush()",
        "import matplotlib.pyplot as plt\nplt.plot([1]); plt.savefig('a.png')",
        "open('/tmp/a.csv', 'w').write('x,y'); import shutil; shutil.copy('/tmp/a.csv', 'a.csv')",
        "open('/tmp/a.csv', 'w').write('x,y'); import shutil; shutil.move('/tmp/a.csv', 'a.csv')",
        "import os; os.makedirs('/tmp/.cache/lib'); open('/tmp/.cache/lib/index', 'w').write('x')",
        f"import subprocess, sys; subprocess.run([sys.executable, '-c', {JOBLIB!r}])",
        "import multiprocessing; multiprocessing.Pool(2).map(abs, [1, 2])",
        "open('/tmp/empty.lock', 'w')",
    ],
    ids=["temporary", "fonts", "copied", "moved", "cache", "joblib", "pool", "empty"],
)
async def test_what_libraries_leave_there_is_not_named(sandbox: DockerSandbox, code: str) -> None:
    assert (await changed(sandbox, code)).note == ""


async def test_a_full_scratch_folder_that_is_emptied_is_told(sandbox: DockerSandbox) -> None:
    changes = await changed(sandbox, "open('/tmp/big', 'wb').write(bytes(64_000_000))")
    assert changes.note == "/tmp was full and was emptied: what lay there is gone."
    assert (await changed(sandbox, "print(1)")).note == ""


# --- limits ------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def opened_with(settings: Settings, folder: Path, **changes: object) -> AsyncIterator[DockerSandbox]:
    """A sandbox under other settings, without a pool."""
    other = settings.model_copy(update={"roundtable_sandbox_pool": 0, **changes})
    async with (
        DockerSandboxes(other, folder, f"test-{uuid.uuid4().hex}") as sandboxes,
        sandboxes.open("s", ()) as sandbox,
    ):
        yield sandbox


async def test_at_the_cap_on_disk_new_files_are_left_out_and_known_ones_kept(
    settings: Settings, tmp_path: Path
) -> None:
    async with opened_with(settings, tmp_path, roundtable_session_disk_mb=40) as sandbox:
        write = "import os; open({!r}, 'wb').write(os.urandom({}))"
        assert (await changed(sandbox, write.format("known.bin", 10_000_000))).note == ""
        assert (await changed(sandbox, write.format("second.bin", 15_000_000))).note == ""
        changes = await changed(sandbox, write.format("new.bin", 6_000_000))
        assert changes == WorkspaceChanges(
            note="Not kept: `new.bin` (no room in the 40 MB for all versions of a session's files)."
        )
        small = await changed(
            sandbox, "open('chart.png', 'w').write('x'); open('copy', 'wb').write(open('known.bin', 'rb').read())"
        )
        assert [file.path for file in small.files] == ["chart.png", "copy"]
        newer = await changed(sandbox, write.format("known.bin", 10_000_000))
        assert [file.path for file in newer.files] == ["known.bin"]
        full = await changed(sandbox, write.format("known.bin", 10_000_000))
        assert (full.files, full.removed) == ((), ())
        assert (
            "`known.bin` (no room in the 40 MB for all versions of a session's files; the version before"
            in full.note
        )
        digest = next(file.digest for file in newer.files)
        sandbox.discard()
        assert (await shell(sandbox, "sha256sum known.bin")).split()[0] == digest
        assert await shell(sandbox, "ls") == "chart.png\ncopy\nknown.bin\nsecond.bin\n"


@pytest.mark.long
@pytest.mark.long
async def test_the_next_workspace_has_everything_that_was_kept(settings: Settings, tmp_path: Path) -> None:
    code = (
        "import os, time\nfor number in range(1050):\n"
        "    folder = f'd{number % 7}'; os.makedirs(folder, exist_ok=True)\n"
        "    open(f'{folder}/{number}', 'wb').truncate(240_000)\n"
        "open('results.csv', 'w').write('x')"
    )
    async with opened_with(settings, tmp_path) as sandbox:
        files = {file.path for file in (await changed(sandbox, code)).files}
        assert (len(files), "results.csv" in files) == (1000, True)
        sandbox.discard()
        assert set((await shell(sandbox, "find * -type f")).split()) == files


async def test_a_file_that_became_too_large_is_there_again_in_the_next_workspace(
    settings: Settings, tmp_path: Path
) -> None:
    async with opened_with(settings, tmp_path) as sandbox:
        await sandbox.put(PurePosixPath("data.csv"), b"as attached")
        await changed(sandbox, "open('data.csv', 'wb').truncate(60_000_000)")
        sandbox.discard()
        assert await shell(sandbox, "cat data.csv") == "as attached"


# --- containers that are lost ------------------------------------------------------------------------------------


async def idle(sandbox: DockerSandbox) -> None:
    """Makes the time go by after which a container is asked whether it still answers."""
    sandbox._last_used -= 60


@pytest.mark.parametrize("how", ["remove", "pause"])
async def test_a_container_lost_while_idle_is_replaced_in_seconds_and_agents_hear_it(
    opened: Opened, engine: docker.DockerClient, how: str
) -> None:
    async with opened.sandboxes.open("s", ()) as sandbox:
        await sandbox.put(PurePosixPath("kept.txt"), b"kept")
        await changed(sandbox, "open('/tmp/scratch', 'w').write('x')")
        container = container_of(sandbox)
        await asyncio.to_thread(
            lambda: (
                engine.api.pause(container)
                if how == "pause"
                else engine.api.remove_container(container, force=True)
            )
        )
        await idle(sandbox)
        started = time.monotonic()
        assert await shell(sandbox, "cat kept.txt; ls /tmp") == "kept"
        assert time.monotonic() - started < 20
        note = (await sandbox.changed()).note
        assert note.startswith("The sandbox was lost while nothing ran in it")
        assert "/tmp" in note
        assert (await changed(sandbox, "print(1)")).note == ""
        assert container_of(sandbox) != container


async def test_a_profile_between_does_not_swallow_what_agents_must_hear(
    opened: Opened, engine: docker.DockerClient
) -> None:
    async with opened.sandboxes.open("s", ()) as sandbox:
        await changed(sandbox, "print(1)")
        await asyncio.to_thread(engine.api.remove_container, container_of(sandbox), force=True)
        await idle(sandbox)
        await sandbox.put(PurePosixPath("new.csv"), b"a\n1\n")
        await sandbox.card(PurePosixPath("new.csv"))
        assert (await changed(sandbox, "print(1)")).note.startswith("The sandbox was lost")


async def test_a_container_that_stops_before_its_files_came_costs_seconds(
    opened: Opened, engine: docker.DockerClient
) -> None:
    async with opened.sandboxes.open("s", ()) as sandbox:
        await sandbox.put(PurePosixPath("kept.txt"), b"kept")
        await sandbox.run("open('lost.txt', 'w').write('x')", "python", 20)
        await asyncio.to_thread(engine.api.pause, container_of(sandbox))
        started = time.monotonic()
        with pytest.raises(SandboxUnavailable, match="before its files were read"):
            await sandbox.changed()
        assert await shell(sandbox, "ls") == "kept.txt\n"
        assert time.monotonic() - started < 25


@pytest.mark.long
@pytest.mark.long
async def test_a_container_that_stands_still_in_a_run_is_noticed_before_its_time_is_over(
    opened: Opened, engine: docker.DockerClient
) -> None:
    async with opened.sandboxes.open("s", ()) as sandbox:
        await sandbox.put(PurePosixPath("kept.txt"), b"kept")
        started = time.monotonic()
        run = asyncio.create_task(
            sandbox.run("print('begun', flush=True)\nimport time; time.sleep(90)", "python", 90)
        )
        await asyncio.sleep(1)
        await asyncio.to_thread(engine.api.pause, container_of(sandbox))
        result = await run
        assert time.monotonic() - started < 45
        assert (result.killed, result.output) == ("lost", "begun\n")
        assert "what was in /tmp is gone" in result.note
        assert await shell(sandbox, "ls") == "kept.txt\n"


@pytest.mark.long
@pytest.mark.long
async def test_a_program_that_says_nothing_for_long_is_let_run(sandbox: DockerSandbox) -> None:
    code = "import time\nfor _ in range(2): time.sleep(12); print('on', flush=True)"
    result = await sandbox.run(code, "python", 60)
    assert (result.killed, result.output) == (None, "on\non\n")
    assert (await sandbox.run("print(1)", "python", 20)).output == "1\n"


async def test_a_paused_container_in_the_pool_is_passed_over_in_seconds(
    settings: Settings, engine: docker.DockerClient, tmp_path: Path
) -> None:
    installation = f"test-{uuid.uuid4().hex}"
    one_ready = settings.model_copy(update={"roundtable_sandbox_pool": 1})
    async with DockerSandboxes(one_ready, tmp_path, installation) as sandboxes:
        await sandboxes.check()
        (ready,) = engine.containers.list(filters={"label": f"roundtable.installation={installation}"})
        await asyncio.to_thread(ready.pause)
        started = time.monotonic()
        async with sandboxes.open("s", ()) as sandbox:
            assert await shell(sandbox, "echo 1") == "1\n"
        assert time.monotonic() - started < 20


@pytest.mark.long
@pytest.mark.long
async def test_a_slow_listing_is_waited_for(settings: Settings, tmp_path: Path) -> None:
    """With a tenth of a processor the driver says in between that it is busy."""
    slow = {"roundtable_sandbox_cpus": 0.1, "roundtable_file_limit": 200_000_000}
    async with opened_with(settings, tmp_path, **slow) as sandbox:
        result = await sandbox.run("for _ in range(2): open(str(_), 'wb').truncate(100_000_000)", "python", 60)
        assert result.ok
        assert len((await sandbox.changed()).files) == 2
