"""How the Docker engine is reached: at a socket, over TCP, TLS or SSH."""

from __future__ import annotations

import contextlib
import os
import re
import socket
from collections.abc import Iterator
from typing import Any

import docker
from docker.context import ContextAPI
from docker.errors import APIError, DockerException, ImageNotFound
from requests.exceptions import RequestException

from bot.domain.errors import SandboxUnavailable
from bot.sandbox.tunnel import Tunnel
from bot.settings import Settings


class _Api(docker.APIClient):
    """Has the engine's own CA checked: requests would rather take the one that REQUESTS_CA_BUNDLE names."""

    @property
    def trust_env(self) -> bool:
        return False

    @trust_env.setter
    def trust_env(self, value: bool) -> None:
        pass


class _Client(docker.DockerClient):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.api = _Api(*args, **kwargs)


class EngineConnection:
    """One engine and a client of it; `close` it."""

    def __init__(self, settings: Settings) -> None:
        """To the engine that DOCKER_HOST or docker's current context names; raises SandboxUnavailable."""
        host = _host(settings)
        self._tunnel = Tunnel(host) if host.startswith("ssh://") else None
        self._host = self._tunnel.host if self._tunnel else host
        try:
            with explained(settings):
                self.probe()
                self.client: docker.DockerClient = _Client.from_env(
                    environment={**os.environ, **_tls(settings), "DOCKER_HOST": self._host}
                )
        except BaseException:
            self._end_tunnel()
            raise

    def probe(self) -> None:
        """See to the tunnel, and raise OSError when nobody listens on a local socket.

        docker-py would leak the socket it tries with.
        """
        if self._tunnel:
            self._tunnel.hold()
        elif path := re.fullmatch(r"(?:http\+)?unix://(/.*)", self._host):
            with socket.socket(socket.AF_UNIX) as trial:
                trial.connect(path[1])

    def close(self) -> None:
        self.client.close()
        self._end_tunnel()

    def _end_tunnel(self) -> None:
        if self._tunnel:
            self._tunnel.close()


@contextlib.contextmanager
def connected(settings: Settings) -> Iterator[docker.DockerClient]:
    """A client for a while; raises SandboxUnavailable whatever fails in that while."""
    connection = EngineConnection(settings)
    with contextlib.closing(connection), explained(settings):
        yield connection.client


@contextlib.contextmanager
def explained(settings: Settings) -> Iterator[None]:
    """Turns what docker-py raises into SandboxUnavailable with one sentence."""
    try:
        yield
    except ImageNotFound as error:
        image = settings.roundtable_sandbox_image
        raise SandboxUnavailable(f"The image {image} is missing; run: roundtable sandbox build") from error
    except APIError as error:
        raise SandboxUnavailable(f"The Docker engine refused: {error.explanation or error}") from error
    except (DockerException, RequestException, OSError) as error:
        where = settings.docker_host or os.environ.get("DOCKER_HOST") or "its usual place"
        raise SandboxUnavailable(
            f"No Docker engine answers at {where}; start it, or set DOCKER_HOST to one that runs."
        ) from error


def _tls(settings: Settings) -> dict[str, str]:
    """What DOCKER_TLS_VERIFY and DOCKER_CERT_PATH say in .env; docker-py reads only the environment."""
    verify = {"DOCKER_TLS_VERIFY": "1"} if settings.docker_tls_verify else {}
    return verify | ({"DOCKER_CERT_PATH": settings.docker_cert_path} if settings.docker_cert_path else {})


def _host(settings: Settings) -> str:
    """Docker Desktop, Colima and rootless engines are found by context only."""
    if settings.docker_host or os.environ.get("DOCKER_HOST"):
        return settings.docker_host or os.environ["DOCKER_HOST"]
    context = ContextAPI.get_current_context()
    return (context.Host if context else None) or "unix:///var/run/docker.sock"
