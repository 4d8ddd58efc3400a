"""Which engine is used, with Docker's own settings as Docker Desktop, Colima and rootless engines write them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import docker
import pytest

from bot.domain.errors import SandboxUnavailable
from bot.sandbox.engine_address import engine_address
from bot.sandbox.engine_connection import connected
from bot.settings import Settings
from tests.e2e.engine_socket import ENGINE

DESKTOP = "unix:///Users/ada/.docker/run/docker.sock"
COLIMA = "unix:///Users/ada/.colima/default/docker.sock"
ROOTLESS = "unix:///run/user/1000/docker.sock"
UNSET = Settings(_env_file=None)


class DockerFolder:
    """The folder `~/.docker` of a user."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def use(self, context: str) -> None:
        (self.path / "config.json").write_text(json.dumps({"auths": {}, "currentContext": context}))

    def add(self, context: str, host: str) -> Path:
        endpoint = {"Host": host, "SkipTLSVerify": False}
        return self.add_raw(context, {"Name": context, "Metadata": {}, "Endpoints": {"docker": endpoint}})

    def add_raw(self, context: str, meta: dict[str, Any]) -> Path:
        folder = self._folder("meta", context)
        (folder / "meta.json").write_text(json.dumps(meta))
        return folder / "meta.json"

    def add_certificates(self, context: str) -> None:
        folder = self._folder("tls", context) / "docker"
        folder.mkdir()
        for name in ("ca.pem", "cert.pem", "key.pem"):
            (folder / name).touch()

    def _folder(self, kind: str, context: str) -> Path:
        folder = self.path / "contexts" / kind / hashlib.sha256(context.encode()).hexdigest()
        folder.mkdir(parents=True)
        return folder


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DockerFolder:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"):
        monkeypatch.delenv(name, raising=False)
    found = DockerFolder(tmp_path)
    for context, host in (("desktop-linux", DESKTOP), ("colima", COLIMA), ("rootless", ROOTLESS)):
        found.add(context, host)
    return found


@pytest.mark.parametrize(
    ("context", "host"), [("desktop-linux", DESKTOP), ("colima", COLIMA), ("rootless", ROOTLESS)]
)
def test_the_current_context_names_the_engine(folder: DockerFolder, context: str, host: str) -> None:
    folder.use(context)
    address = engine_address(UNSET)
    assert (address.host, address.tls) == (host, None)
    assert str(address) == f"{host} (Docker context {context})"


@pytest.mark.parametrize("config", [None, "{}", '{"currentContext": ""}', '{"currentContext": "default"}', "{{"])
def test_without_a_context_the_engine_is_the_local_one(folder: DockerFolder, config: str | None) -> None:
    if config is not None:
        (folder.path / "config.json").write_text(config)
    assert str(engine_address(UNSET)) == "unix:///var/run/docker.sock"


def test_an_environment_variable_chooses_another_context(
    folder: DockerFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.use("desktop-linux")
    monkeypatch.setenv("DOCKER_CONTEXT", "colima")
    assert engine_address(UNSET).host == COLIMA


def test_docker_host_wins_over_every_context(folder: DockerFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.use("desktop-linux")
    monkeypatch.setenv("DOCKER_CONTEXT", "colima")
    monkeypatch.setenv("DOCKER_HOST", "tcp://10.0.0.1:2375")
    assert str(engine_address(UNSET)) == "tcp://10.0.0.1:2375"
    in_file = UNSET.model_copy(update={"docker_host": "ssh://me@far.example"})
    assert engine_address(in_file).host == "ssh://me@far.example"


def test_a_context_brings_its_certificates(folder: DockerFolder) -> None:
    folder.add("far", "tcp://far.example:2376")
    folder.add_certificates("far")
    folder.use("far")
    address = engine_address(UNSET)
    assert address.host == "tcp://far.example:2376"
    assert address.tls and address.tls.ca_cert and address.tls.verify is True
    assert Path(address.tls.ca_cert).is_relative_to(folder.path / "contexts/tls")


def test_certificates_that_are_not_there_are_named(folder: DockerFolder) -> None:
    change = {"docker_host": "tcp://far.example:2376", "docker_tls_verify": True}
    missing = UNSET.model_copy(update=change | {"docker_cert_path": str(folder.path)})
    with pytest.raises(SandboxUnavailable, match=r"needs the files ca\.pem, cert\.pem and key\.pem"):
        engine_address(missing)


def test_a_missing_context_is_not_replaced_by_another_engine(folder: DockerFolder) -> None:
    folder.use("removed")
    with pytest.raises(SandboxUnavailable, match="There is no Docker context removed; choose another with"):
        engine_address(UNSET)


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "{}", '{"Name": "odd", "Metadata": {}, "Endpoints": {"docker": 1}}']
)
def test_a_broken_context_gets_a_sentence(folder: DockerFolder, content: str) -> None:
    folder.add("odd", ROOTLESS).write_text(content)
    folder.use("odd")
    with pytest.raises(SandboxUnavailable, match="The Docker context odd cannot be read; choose another with"):
        engine_address(UNSET)


def test_a_context_without_an_engine_gets_a_sentence(folder: DockerFolder) -> None:
    folder.add_raw("odd", {"Name": "odd", "Metadata": {}, "Endpoints": {"kubernetes": {"Host": "https://far"}}})
    folder.use("odd")
    with pytest.raises(SandboxUnavailable, match="The Docker context odd names no engine; choose another with"):
        engine_address(UNSET)


def test_an_engine_that_does_not_answer_is_told_with_its_context(folder: DockerFolder) -> None:
    folder.add("off", f"unix://{folder.path}/docker.sock")
    folder.use("off")
    sentence = rf"No Docker engine answers at unix://{folder.path}/docker.sock \(Docker context off\); start it"
    with pytest.raises(SandboxUnavailable, match=sentence), connected(UNSET):
        pass


@pytest.mark.docker
def test_an_engine_in_a_home_is_reached_by_its_context(
    engine: docker.DockerClient, folder: DockerFolder, tmp_path: Path
) -> None:
    socket = tmp_path / "docker.sock"
    socket.symlink_to(ENGINE)
    folder.add("mine", f"unix://{socket}")
    folder.use("mine")
    with connected(UNSET) as client:
        assert client.ping()
    socket.unlink()
    with pytest.raises(SandboxUnavailable, match="Docker context mine"), connected(UNSET):
        pass
