from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import docker
import pytest
import pytest_asyncio

from bot.sandbox import image
from bot.sandbox.docker import DockerSandboxes
from bot.sandbox.engine_connection import connected
from bot.sandbox.session import DockerSandbox
from bot.settings import Settings


@dataclass
class Opened:
    """Sandboxes of one installation, made just for these tests."""

    work_dir: Path
    sandboxes: DockerSandboxes
    installation: str


@pytest.fixture(scope="session")
def settings() -> Settings:
    return Settings(_env_file=None, roundtable_sandbox_pool=2)


@pytest.fixture(scope="session")
def engine(settings: Settings) -> Iterator[docker.DockerClient]:
    """The engine, with the image of this checkout in it."""
    if image.outdated(settings):
        pytest.fail("The sandbox image is missing or outdated; run: roundtable sandbox build")
    with connected(settings) as client:
        yield client


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def opened(
    engine: docker.DockerClient, settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Opened]:
    work_dir, installation = tmp_path_factory.mktemp("work"), f"test-{uuid.uuid4().hex}"
    async with DockerSandboxes(settings, work_dir, installation) as sandboxes:
        yield Opened(work_dir, sandboxes, installation)
    assert not engine.containers.list(
        all=True, ignore_removed=True, filters={"label": f"roundtable.installation={installation}"}
    )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_sandbox(opened: Opened) -> AsyncIterator[DockerSandbox]:
    async with opened.sandboxes.open("contract", ()) as sandbox:
        yield sandbox


@pytest_asyncio.fixture(loop_scope="module")
async def sandbox(shared_sandbox: DockerSandbox) -> AsyncIterator[DockerSandbox]:
    """A sandbox without files and variables; the same container serves many tests, whatever they did to it."""
    yield shared_sandbox
    await shared_sandbox.run("chmod -R u+rwx . ; find . -mindepth 1 -delete ; kill -KILL -1", "bash", 20)
    await shared_sandbox.changed()
