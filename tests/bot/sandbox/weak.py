"""What the battery is measured with: a container that lacks every measure of ours.

Root with most rights there are, on the bridge, without limits; names and bytes are taken as they come, code is
run by `docker exec`, and what it leaves running runs on.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import PurePosixPath
from typing import Any

import docker
from docker.errors import APIError
from docker.models.containers import Container

from bot.domain.turn_results import RunResult
from bot.domain.workspace_files import Artifact, FileProfile, WorkspaceChanges

_RIGHTS = [
    "SYS_ADMIN",
    "SYS_PTRACE",
    "SYS_MODULE",
    "SYS_RAWIO",
    "SYS_BOOT",
    "NET_ADMIN",
    "SYSLOG",
    "DAC_READ_SEARCH",
]
_COMMANDS = {"python": ["python", "/workspace/script"], "bash": ["bash", "/workspace/script"]}


class WeakSandbox:
    """Implements bot.ports.Sandbox, badly."""

    interpreter = ""

    def __init__(self, container: Container) -> None:
        self._container = container

    async def run(self, code: str, language: str, timeout: float) -> RunResult:
        """Write the code to where the last one was, whatever is there now, and wait longer than was asked for."""
        started = time.monotonic()
        try:
            await self._write(code)
            status, output = await asyncio.wait_for(self._exec(_COMMANDS[language]), timeout + 5)
        except (TimeoutError, UnicodeEncodeError, APIError):
            return RunResult(1, "it did not run", time.monotonic() - started)
        took, text = time.monotonic() - started, output.decode("latin-1")
        return RunResult(status, text, took, {124: "time", 137: "memory"}.get(status))  # type: ignore[arg-type]

    async def put(self, path: PurePosixPath, data: bytes) -> None:
        raise NotImplementedError

    async def card(self, path: PurePosixPath) -> FileProfile:
        raise NotImplementedError

    async def changed(self) -> WorkspaceChanges:
        """Everything that has a name."""
        try:
            _, output = await self._exec(
                ["find", "-L", "/workspace", "-mindepth", "1", "-maxdepth", "3", "-print0"]
            )
        except APIError:
            return WorkspaceChanges()
        names = [name.decode("latin-1") for name in output.split(b"\0") if name]
        return WorkspaceChanges(tuple(Artifact(name.removeprefix("/workspace/"), "", 0, "") for name in names))

    async def kill(self) -> None:
        """It does not know how."""

    def discard(self) -> None:
        raise NotImplementedError

    async def _write(self, code: str) -> None:
        write = f"open('/workspace/script', 'wb').write(bytes.fromhex('{code.encode().hex()}'))"
        await asyncio.wait_for(self._exec(["timeout", "3", "python", "-c", write]), 6)

    async def _exec(self, command: Sequence[str]) -> tuple[int, bytes]:
        done = await asyncio.to_thread(self._container.exec_run, list(command))
        assert isinstance(done.output, bytes)
        return int(done.exit_code or 0), done.output


@asynccontextmanager
async def weak(engine: docker.DockerClient, image: str) -> AsyncIterator[WeakSandbox]:
    """A container that holds against nothing; gone at the end."""
    container = await asyncio.to_thread(_start, engine, image)
    try:
        yield WeakSandbox(container)
    finally:
        await asyncio.to_thread(container.remove, force=True)


def _start(engine: docker.DockerClient, image: str) -> Container:
    api = engine.api
    host: dict[str, Any] = api.create_host_config(
        cap_add=_RIGHTS,
        security_opt=["seccomp=unconfined", "apparmor=unconfined"],
        binds=["/dev/null:/var/run/docker.sock:ro", "/sys/fs/cgroup:/sys/fs/cgroup:rw"],
        devices=["/dev/kmsg:/dev/kmsg:r"],
        init=True,
        shm_size=2_000_000_000,
        mem_limit=6_000_000_000,
    )
    host |= {"MaskedPaths": [], "ReadonlyPaths": []}
    made = api.create_container(
        image,
        entrypoint=["sleep", "600"],
        user="0:0",
        environment={"ROUNDTABLE_API_TOKEN": "x", "HOME": "/tmp"},
        host_config=host,
    )
    container = engine.containers.get(made["Id"])
    container.start()
    return container
