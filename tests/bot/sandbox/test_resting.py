"""A session that rests keeps its sandbox with its variables for a while, within bounds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path, PurePosixPath

import docker
import pytest

from bot.domain.workspace_files import Artifact
from bot.sandbox.docker import DockerSandboxes
from bot.sandbox.workspace import Blobs, artifact, session_folder
from bot.settings import Settings

pytestmark = [pytest.mark.docker, pytest.mark.asyncio]


@asynccontextmanager
async def sandboxes(
    work_dir: Path, *, minutes: float = 10, count: int = 4, megabytes: int = 2048
) -> AsyncIterator[DockerSandboxes]:
    settings = Settings(
        _env_file=None,
        roundtable_sandbox_pool=1,
        roundtable_sandbox_rest_minutes=minutes,
        roundtable_sandbox_rest_count=count,
        roundtable_sandbox_rest_mb=megabytes,
    )
    async with DockerSandboxes(settings, work_dir, f"rest-{work_dir.name}") as opened:
        yield opened


async def python(
    opened: DockerSandboxes, session: str, code: str, files: tuple[Artifact, ...] = ()
) -> tuple[str, tuple[Artifact, ...]]:
    """What a run in the session's sandbox prints, and the files it makes."""
    async with opened.open(session, files) as sandbox:
        result = await sandbox.run(code, "python", 20)
        made = (await sandbox.changed()).files
        return result.output, tuple(made)


@pytest.fixture(autouse=True)
def _with_an_engine(engine: docker.DockerClient) -> None:
    """The image of this checkout is there."""


async def test_a_session_that_goes_on_finds_its_variables_and_files(tmp_path: Path) -> None:
    async with sandboxes(tmp_path) as opened:
        _, files = await python(opened, "a", "x = 1\nopen('made.txt', 'w').write('made')")

        assert await python(opened, "a", "print(x, open('made.txt').read())", files) == ("1 made\n", ())


async def test_another_session_finds_nothing_of_it(tmp_path: Path) -> None:
    async with sandboxes(tmp_path) as opened:
        await python(opened, "a", "x = 1")

        assert "NameError" in (await python(opened, "b", "x"))[0]


async def test_other_files_than_it_left_get_it_a_clean_sandbox(tmp_path: Path) -> None:
    async with sandboxes(tmp_path) as opened:
        await python(opened, "a", "x = 1\nopen('made.txt', 'w').write('made')")

        output, _ = await python(opened, "a", "import os\nprint(os.listdir(), 'x' in globals())")
        assert output == "['.roundtable-script'] False\n"


async def test_the_oldest_goes_when_there_are_too_many(tmp_path: Path) -> None:
    async with sandboxes(tmp_path, count=2) as opened:
        for session in ("a", "b", "c"):
            await python(opened, session, "x = 1")

        assert "NameError" in (await python(opened, "a", "x"))[0]
        assert (await python(opened, "c", "print(x)"))[0] == "1\n"


async def test_none_rests_that_holds_more_memory_than_all_may(tmp_path: Path) -> None:
    async with sandboxes(tmp_path, megabytes=250) as opened:
        await python(opened, "small", "x = 1")
        await python(opened, "large", "x = bytearray(300_000_000)")

        assert "NameError" in (await python(opened, "large", "x"))[0]


async def test_after_its_time_nothing_of_it_is_left(tmp_path: Path, engine: docker.DockerClient) -> None:
    async with sandboxes(tmp_path, minutes=0.01) as opened:
        await python(opened, "a", "x = 1")
        await asyncio.sleep(1)

        assert "NameError" in (await python(opened, "a", "x"))[0]


@pytest.mark.parametrize("how", ["forgotten", "discarded", "failed"])
async def test_what_must_not_be_used_again_is_gone(tmp_path: Path, how: str) -> None:
    async with sandboxes(tmp_path) as opened:
        try:
            async with opened.open("a", ()) as sandbox:
                await sandbox.run("x = 1", "python", 20)
                if how == "discarded":
                    sandbox.discard()
                if how == "failed":
                    raise RuntimeError(how)
        except RuntimeError:
            pass
        if how == "forgotten":
            opened.forget("a")

        assert "NameError" in (await python(opened, "a", "x"))[0]


async def test_a_resting_sandbox_whose_container_is_gone_is_replaced(
    tmp_path: Path, engine: docker.DockerClient
) -> None:
    async with sandboxes(tmp_path) as opened:
        _, files = await python(opened, "a", "x = 1\nopen('made.txt', 'w').write('made')")
        label = f"roundtable.installation=rest-{tmp_path.name}"
        for container in engine.containers.list(filters={"label": label}):
            container.remove(force=True)
        await asyncio.sleep(0.2)

        output, _ = await python(opened, "a", "print(open('made.txt').read(), 'x' in globals())", files)
        assert output == "made False\n"


async def test_files_that_were_made_for_the_session_while_it_rests_are_there(tmp_path: Path) -> None:
    async with sandboxes(tmp_path) as opened:
        _, files = await python(
            opened, "a", "x = 1\nopen('made.txt', 'w').write('made')\nopen('b', 'w').write('1')"
        )
        blobs = Blobs(session_folder(tmp_path, "a"))
        ours = [artifact(name, blobs.write(b"ours"), 4) for name in ("b", "notebook.ipynb")]
        now = (*(file for file in files if file.path == "made.txt"), *ours)

        code = "print(x, *(open(name).read() for name in ('made.txt', 'b', 'notebook.ipynb')))"
        assert await python(opened, "a", code, now) == ("1 made ours ours\n", ())


async def test_files_that_come_while_it_rests_are_there_when_it_goes_on(tmp_path: Path) -> None:
    async with sandboxes(tmp_path) as opened:
        await python(opened, "a", "x = 1")
        async with opened.open("a", ()) as sandbox:
            await sandbox.put(PurePosixPath("late.txt"), b"late")
            result = await sandbox.run("print(x, open('late.txt').read())", "python", 20)

        assert result.output == "1 late\n"
