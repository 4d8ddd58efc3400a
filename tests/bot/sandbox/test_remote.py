"""An engine behind TLS: the same sandboxes over a stream that asyncio could not read."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path, PurePosixPath

import docker
import pytest

from bot.domain.errors import SandboxUnavailable
from bot.sandbox.docker import DockerSandboxes
from bot.settings import Settings
from tests.e2e.engine_socket import ENGINE

pytestmark = pytest.mark.docker


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as Docker's clients want it, with a server's key and certificate besides."""
    folder = tmp_path_factory.mktemp("certificates")

    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    openssl(
        "req", "-x509", *new_key, "-keyout", "ca-key.pem", "-out", "ca.pem", "-days", "2", "-subj", "/CN=test ca"
    )
    for name, file, use in (("localhost", "server", "serverAuth"), ("client", "", "clientAuth")):
        key, certificate = (f"{file}-key.pem", f"{file}-cert.pem") if file else ("key.pem", "cert.pem")
        (folder / "extensions").write_text(f"subjectAltName=DNS:{name},IP:127.0.0.1\nextendedKeyUsage={use}\n")
        openssl("req", *new_key, "-keyout", key, "-out", "request.pem", "-subj", f"/CN={name}")
        signed = ["-CA", "ca.pem", "-CAkey", "ca-key.pem", "-CAcreateserial", "-extfile", "extensions"]
        openssl("x509", "-req", "-in", "request.pem", *signed, "-out", certificate, "-days", "2")
    return folder


@asynccontextmanager
async def behind_tls(folder: Path) -> AsyncIterator[int]:
    """The engine, at a port that wants a client's certificate."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(folder / "ca.pem"))
    context.load_cert_chain(folder / "server-cert.pem", folder / "server-key.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    open_now: set[asyncio.StreamWriter] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_unix_connection(ENGINE)
        ends = {writer, there_writer}
        open_now.update(ends)
        try:
            ways = ((reader, there_writer), (there_reader, writer))
            tasks = {asyncio.create_task(_pump(*way)) for way in ways}
            _, left = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in left:
                task.cancel()
        finally:
            open_now.difference_update(ends)
            for end in ends:
                end.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        for end in list(open_now):
            end.transport.abort()
        await server.wait_closed()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()


def at(settings: Settings, port: int, certificates: Path) -> Settings:
    change = {"docker_host": f"tcp://127.0.0.1:{port}", "docker_tls_verify": True}
    return settings.model_copy(update=change | {"docker_cert_path": str(certificates)})


async def test_sandboxes_work_over_tls(
    settings: Settings, engine: docker.DockerClient, certificates: Path, tmp_path: Path
) -> None:
    large = bytes(range(256)) * 20_000
    async with (
        behind_tls(certificates) as port,
        DockerSandboxes(at(settings, port, certificates), tmp_path, f"test-{uuid.uuid4().hex}") as sandboxes,
        sandboxes.open("s", ()) as sandbox,
    ):
        await sandbox.put(PurePosixPath("large.bin"), large)
        result = await sandbox.run("cat large.bin large.bin > twice.bin; echo done", "bash", 20)
        assert (result.output, result.killed) == ("done\n", None)
        files = (await sandbox.changed()).files
        assert [(file.path, file.size) for file in files] == [("twice.bin", 2 * len(large))]
        run = asyncio.create_task(sandbox.run("import time; time.sleep(60)", "python", 60))
        await asyncio.sleep(0.3)
        await sandbox.kill()
        assert (await run).killed == "stopped"
        assert (await sandbox.run("print('x' * 500_000)", "python", 20)).output == "x" * 500_000 + "\n"


async def test_a_client_without_a_certificate_is_told_so(
    settings: Settings, engine: docker.DockerClient, certificates: Path, tmp_path: Path
) -> None:
    async with behind_tls(certificates) as port:
        plain = settings.model_copy(update={"docker_host": f"tcp://127.0.0.1:{port}"})
        async with DockerSandboxes(plain, tmp_path, f"test-{uuid.uuid4().hex}") as sandboxes:
            with pytest.raises(SandboxUnavailable, match=f"No Docker engine answers at tcp://127.0.0.1:{port}"):
                await sandboxes.check()
