"""An engine behind SSH. The real client and server were tried by hand; here a program plays `ssh`."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path, PurePosixPath

import docker
import pytest

from bot.domain.errors import SandboxUnavailable
from bot.sandbox.docker import DockerSandboxes
from bot.sandbox.tunnel import Tunnel
from bot.settings import Settings
from tests.e2e.engine_socket import ENGINE
from tests.platforms import ssh

ROOT = Path(__file__).parents[3]


class Player:
    """The `ssh` on the PATH, and the processes that it was."""

    def __init__(self, folder: Path) -> None:
        self._pids = folder / "pids"
        self._pids.mkdir()
        program = folder / "ssh"
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{ssh.__file__}" "{self._pids}" "$@"\n')
        program.chmod(0o755)

    def running(self) -> list[int]:
        pids = [int(path.name) for path in self._pids.iterdir()]
        return [pid for pid in pids if Path(f"/proc/{pid}/cmdline").exists() and not _is_zombie(pid)]


def _is_zombie(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"


@pytest.fixture
def player(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Player:
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    return Player(tmp_path)


@pytest.mark.docker
async def test_sandboxes_work_over_ssh_and_outlive_a_tunnel(
    settings: Settings, engine: docker.DockerClient, player: Player, tmp_path: Path
) -> None:
    behind = settings.model_copy(update={"docker_host": f"ssh://me@far.example:2222{ENGINE}"})
    large = bytes(range(256)) * 20_000
    async with (
        DockerSandboxes(behind, tmp_path / "work", f"test-{uuid.uuid4().hex}") as sandboxes,
        sandboxes.open("s", ()) as sandbox,
    ):
        await sandbox.put(PurePosixPath("large.bin"), large)
        result = await sandbox.run("cat large.bin large.bin > twice.bin; echo done", "bash", 20)
        assert (result.output, result.killed) == ("done\n", None)
        files = (await sandbox.changed()).files
        assert [(file.path, file.size) for file in files] == [("twice.bin", 2 * len(large))]
        (tunnel,) = player.running()
        while sandboxes.supply.ready < 2:  # noqa: ASYNC110  (one that is being made would fail, and who waits with it)
            await asyncio.sleep(0.05)
        run = asyncio.create_task(sandbox.run("import time; time.sleep(60)", "python", 60))
        await asyncio.sleep(0.3)
        os.kill(tunnel, signal.SIGKILL)
        assert (await run).killed == "lost"
        assert (await sandbox.run("ls", "bash", 20)).output == "large.bin\ntwice.bin\n"
    assert player.running() == []
    mine: dict[str, str | list[str] | bool] = {"label": f"roundtable.process={sandboxes._engine._process}"}
    assert engine.containers.list(all=True, ignore_removed=True, filters=mine) == []


def test_a_tunnel_that_is_up_is_kept(player: Player) -> None:
    tunnel = Tunnel("ssh://far.example")
    tunnel.hold()
    before = player.running()
    tunnel.hold()
    assert player.running() == before
    tunnel.close()
    assert player.running() == []


def test_a_killed_process_leaves_no_tunnel(player: Player) -> None:
    code = "from bot.sandbox.tunnel import Tunnel; Tunnel('ssh://far.example').hold(); print(); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout
        holder.stdout.readline()
        assert len(player.running()) == 1
        holder.kill()
    while player.running():
        time.sleep(0.02)


def test_what_ssh_says_is_the_reason(player: Player) -> None:
    tunnel = Tunnel("ssh://nobody@far.example")
    with pytest.raises(SandboxUnavailable) as refused:
        tunnel.hold()
    tunnel.close()
    assert str(refused.value) == (
        "ssh does not reach ssh://nobody@far.example: nobody@far.example: Permission denied (publickey)."
    )


def test_a_machine_without_ssh_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    tunnel = Tunnel("ssh://far.example")
    with pytest.raises(SandboxUnavailable, match="install OpenSSH's client"):
        tunnel.hold()
    tunnel.close()
