"""A connection to the Docker engine: through a socket, over TCP, TLS or SSH."""

from __future__ import annotations

import contextlib
import re
import socket
from collections.abc import Iterator
from typing import Any

import docker
from docker.errors import APIError, DockerException, ImageNotFound
from requests.exceptions import RequestException

from bot.domain.errors import SandboxUnavailable
from bot.sandbox.engine_address import engine_address
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
    """One engine and a client of it; to be closed."""

    def __init__(self, settings: Settings) -> None:
        """To the engine that DOCKER_HOST or Docker's current context names; raises SandboxUnavailable."""
        address = engine_address(settings)
        self._tunnel = Tunnel(address.host) if address.host.startswith("ssh://") else None
        self._host = self._tunnel.host if self._tunnel else address.host
        try:
            with explained(settings):
                self.probe()
                self.client: docker.DockerClient = _Client(base_url=self._host, tls=address.tls or False)
        except BaseException:
            self._end_tunnel()
            raise

    def probe(self) -> None:
        """Hold the tunnel, and raise OSError when no program listens on a local socket.

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
        address = engine_address(settings)
        raise SandboxUnavailable(
            f"No Docker engine answers at {address}; start it, or set DOCKER_HOST to one that runs."
        ) from error
