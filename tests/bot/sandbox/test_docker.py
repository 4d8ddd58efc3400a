from __future__ import annotations

import asyncio
import time
import uuid
from pathlib import Path, PurePosixPath

import docker
import pytest

from bot.domain.errors import OperatorError, SandboxUnavailable
from bot.domain.workspace_files import WorkspaceChanges
from bot.sandbox import identity
from bot.sandbox.docker import DockerSandboxes
from bot.sandbox.session import DockerSandbox
from bot.settings import Settings
from tests.bot.sandbox.conftest import Opened
from tests.contracts.sandbox import SandboxContract

pytestmark = [pytest.mark.docker, pytest.mark.asyncio(loop_scope="module")]


class TestDockerSandboxes(SandboxContract):
    """The fixtures are in conftest.py."""


def containers_of(engine: docker.DockerClient, installation: str) -> set[str]:
    found = engine.containers.list(
        all=True, ignore_removed=True, filters={"label": f"roundtable.installation={installation}"}
    )
    return {str(container.id) for container in found}


def container_of(sandbox: DockerSandbox) -> str:
    assert sandbox._container
    return sandbox._container.id


async def eventually_gone(engine: docker.DockerClient, container: str) -> None:
    """Docker has no call to wait for a removal that may be over already."""
    end = time.monotonic() + 10
    while engine.containers.list(all=True, ignore_removed=True, filters={"id": container}):
        assert time.monotonic() < end
        await asyncio.sleep(0.05)


async def test_the_container_is_gone_when_the_context_ends(opened: Opened, engine: docker.DockerClient) -> None:
    async with opened.sandboxes.open("s", ()) as sandbox:
        container = container_of(sandbox)
        assert container in containers_of(engine, opened.installation)
        started = time.monotonic()
    assert time.monotonic() - started < 0.1
    await eventually_gone(engine, container)


async def test_the_container_is_gone_when_its_user_is_cancelled(
    opened: Opened, engine: docker.DockerClient
) -> None:
    held: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def hold() -> None:
        async with opened.sandboxes.open("s", ()) as sandbox:
            held.set_result(container_of(sandbox))
            await sandbox.run("import time; time.sleep(60)", "python", 60)

    task = asyncio.create_task(hold())
    container = await held
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await eventually_gone(engine, container)


async def test_a_container_that_dies_in_a_run_is_replaced_and_refilled(
    opened: Opened, engine: docker.DockerClient
) -> None:
    async with opened.sandboxes.open("s", ()) as sandbox:
        await sandbox.run("open('kept.txt', 'w').write('kept')", "python", 20)
        await sandbox.changed()
        run = asyncio.create_task(
            sandbox.run("open('lost.txt', 'w').write('x'); print(1)\nimport time; time.sleep(60)", "python", 60)
        )
        await asyncio.sleep(0.5)
        await asyncio.to_thread(engine.api.remove_container, container_of(sandbox), force=True)
        result = await run
        assert (result.killed, result.output) == ("lost", "1\n")
        assert await sandbox.changed() == WorkspaceChanges()
        assert (await sandbox.run("ls; cat kept.txt", "bash", 20)).output == "kept.txt\nkept"


async def test_a_container_that_dies_is_replaced_and_refilled(opened: Opened, engine: docker.DockerClient) -> None:
    async with opened.sandboxes.open("s", ()) as sandbox:
        await sandbox.run("open('kept.txt', 'w').write('kept')", "python", 20)
        await sandbox.changed()
        await asyncio.to_thread(engine.api.remove_container, container_of(sandbox), force=True)
        await asyncio.sleep(0.2)
        assert (await sandbox.run("cat kept.txt", "bash", 20)).output == "kept"


UNLINK = "import os\nos.unlink('.roundtable-script')\n"


@pytest.mark.parametrize(
    "code",
    [
        "import os\nfor folder in ('/workspace', '/tmp'): os.chmod(folder, 0)",
        UNLINK + "for number in range(6000): open(str(number), 'w').close()",
        UNLINK
        + "for path in ('big', '/tmp/big'):\n try: open(path, 'wb').write(bytes(1 << 28))\n except OSError: pass",
    ],
    ids=["locked", "without an inode left", "without a byte left"],
)
async def test_code_that_spoils_its_folders_keeps_its_container(opened: Opened, code: str) -> None:
    async with opened.sandboxes.open("s", ()) as sandbox:
        await sandbox.put(PurePosixPath("kept.txt"), b"kept")
        container = container_of(sandbox)
        await sandbox.run(code, "python", 60)
        await sandbox.changed()
        result = await sandbox.run("print(open('kept.txt').read())", "python", 20)
        assert (result.output, result.killed) == ("kept\n", None)
        assert container_of(sandbox) == container


async def test_a_session_never_gets_a_container_that_served_another(opened: Opened) -> None:
    async with opened.sandboxes.open("one", ()) as one:
        first = container_of(one)
    async with opened.sandboxes.open("two", ()) as two:
        assert container_of(two) != first


async def test_a_dead_container_in_the_pool_is_passed_over(
    settings: Settings, engine: docker.DockerClient, tmp_path: Path
) -> None:
    installation = f"test-{uuid.uuid4().hex}"
    one_ready = settings.model_copy(update={"roundtable_sandbox_pool": 1})
    async with DockerSandboxes(one_ready, tmp_path, installation) as sandboxes:
        await sandboxes.check()
        (ready,) = containers_of(engine, installation)
        await asyncio.to_thread(engine.api.remove_container, ready, force=True)
        async with sandboxes.open("s", ()) as sandbox:
            assert container_of(sandbox) != ready
            assert (await sandbox.run("print(1)", "python", 20)).ok
    assert containers_of(engine, installation) == set()


async def test_only_orphans_of_this_installation_are_removed(
    settings: Settings, engine: docker.DockerClient, tmp_path: Path
) -> None:
    mine, other = f"test-{uuid.uuid4().hex}", f"test-{uuid.uuid4().hex}"
    image = settings.roundtable_sandbox_image
    orphan = engine.containers.create(image, labels={"roundtable.installation": mine})
    foreign = engine.containers.create(image, labels={"roundtable.installation": other})
    try:
        async with DockerSandboxes(settings, tmp_path, mine) as sandboxes:
            await sandboxes.check()
            assert orphan.id not in containers_of(engine, mine)
            assert containers_of(engine, other) == {foreign.id}
    finally:
        foreign.remove()


async def test_orphans_are_removed_repeatedly_and_live_containers_kept(
    settings: Settings, engine: docker.DockerClient, tmp_path: Path
) -> None:
    mine = f"test-{uuid.uuid4().hex}"
    image = settings.roundtable_sandbox_image
    async with (
        DockerSandboxes(settings, tmp_path, mine, reap_every=0.2) as sandboxes,
        sandboxes.open("s", ()) as sandbox,
    ):
        orphan = engine.containers.create(image, labels={"roundtable.installation": mine})
        await eventually_gone(engine, str(orphan.id))
        assert (await sandbox.run("print(1)", "python", 20)).ok
        assert container_of(sandbox) in containers_of(engine, mine)


async def test_an_image_that_is_not_the_one_used_before_is_refused(
    settings: Settings, engine: docker.DockerClient, tmp_path: Path
) -> None:
    identity.remember(tmp_path, settings.roundtable_sandbox_image, "sha256:" + "0" * 64)
    async with DockerSandboxes(settings, tmp_path, f"test-{uuid.uuid4().hex}") as sandboxes:
        with pytest.raises(SandboxUnavailable, match="not the one that was built"):
            async with sandboxes.open("s", ()):
                pass


async def test_a_result_names_the_image_that_it_came_from(opened: Opened, engine: docker.DockerClient) -> None:
    async with opened.sandboxes.open("s", ()) as sandbox:
        result = await sandbox.run("print(1)", "python", 20)
    assert engine.images.get(result.image).id == result.image


async def test_those_who_wait_are_counted_and_told_how_many_are_ahead(
    settings: Settings, engine: docker.DockerClient, tmp_path: Path
) -> None:
    told: list[list[int]] = [[], [], []]

    async def take(number: int, sandboxes: DockerSandboxes) -> None:
        async with sandboxes.open(f"s{number}", (), told[number].append) as sandbox:
            assert (await sandbox.run("print(1)", "python", 20)).ok

    empty = settings.model_copy(update={"roundtable_sandbox_pool": 0})
    async with DockerSandboxes(empty, tmp_path, f"test-{uuid.uuid4().hex}") as sandboxes:
        await asyncio.gather(*(take(number, sandboxes) for number in range(3)))
        assert (sandboxes.supply.taken, sandboxes.supply.misses) == (3, 3)
    assert sorted(numbers[0] for numbers in told) == [0, 1, 2]
    assert all(numbers == sorted(numbers, reverse=True) for numbers in told)


async def test_a_container_goes_by_itself_when_the_bot_is_killed(
    opened: Opened, engine: docker.DockerClient
) -> None:
    async with opened.sandboxes.open("s", ()) as sandbox:
        run = asyncio.create_task(sandbox.run("import time; time.sleep(60)", "python", 60))
        await asyncio.sleep(0.3)
        container = container_of(sandbox)
        assert sandbox._container
        sandbox._container.close()
        await eventually_gone(engine, container)
        assert (await run).killed == "lost"


async def test_entering_waits_for_no_engine_and_leaving_does_not_hang(settings: Settings, tmp_path: Path) -> None:
    started = time.monotonic()
    async with DockerSandboxes(settings, tmp_path, f"test-{uuid.uuid4().hex}"):
        assert time.monotonic() - started < 0.1
    assert time.monotonic() - started < 15


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            {"docker_host": "unix:///nowhere/docker.sock"},
            "No Docker engine answers at unix:///nowhere/docker.sock",
        ),
        ({"docker_host": "tcp://127.0.0.1:9"}, "No Docker engine answers at tcp://127.0.0.1:9"),
        ({"roundtable_sandbox_image": "no-such-image:1"}, "The image no-such-image:1 is missing; run"),
        ({"roundtable_sandbox_runtime": "no-such-runtime"}, "no-such-runtime"),
    ],
)
async def test_without_a_sandbox_there_is_a_sentence(
    settings: Settings, tmp_path: Path, change: dict[str, str], sentence: str
) -> None:
    broken = settings.model_copy(update=change)
    async with DockerSandboxes(broken, tmp_path, f"test-{uuid.uuid4().hex}") as sandboxes:
        with pytest.raises(SandboxUnavailable, match=sentence):
            async with sandboxes.open("s", ()):
                pass


async def test_a_weaker_container_than_asked_for_is_refused(
    settings: Settings, engine: docker.DockerClient, tmp_path: Path
) -> None:
    installation = f"test-{uuid.uuid4().hex}"
    async with DockerSandboxes(settings, tmp_path, installation) as sandboxes:
        sandboxes._engine.asked["pids_limit"] = None
        sandboxes._engine.asked["cap_drop"] = []
        sandboxes._engine.asked["read_only"] = False
        with pytest.raises(OperatorError, match=r"has capabilities.*root file system"):
            await sandboxes.check()
    assert containers_of(engine, installation) == set()
