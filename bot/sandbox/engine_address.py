"""Where the Docker engine is: DOCKER_HOST, else Docker's current context, as for Docker's own command line."""

from __future__ import annotations

import os
from dataclasses import dataclass

from docker.context import Context, ContextAPI
from docker.context.config import get_current_context_name
from docker.errors import TLSParameterError
from docker.tls import TLSConfig
from docker.utils import kwargs_from_env

from bot.domain.errors import SandboxUnavailable
from bot.settings import Settings

_LOCAL_SOCKET = "unix:///var/run/docker.sock"
_FIX = "choose another with `docker context use NAME`, or set DOCKER_HOST."


@dataclass(frozen=True, slots=True)
class EngineAddress:
    """A URL (unix, tcp or ssh), the certificates for it, and the name of the context that gave it."""

    host: str
    tls: TLSConfig | None = None
    context: str = ""

    def __str__(self) -> str:
        return f"{self.host} (Docker context {self.context})" if self.context else self.host


def engine_address(settings: Settings) -> EngineAddress:
    """The engine that DOCKER_HOST, DOCKER_CONTEXT or Docker's own settings name; raises SandboxUnavailable.

    Docker Desktop, Colima and rootless engines listen somewhere of their own; their context says where.
    """
    if host := settings.docker_host or os.environ.get("DOCKER_HOST", ""):
        return EngineAddress(host, _named_certificates(settings))
    name = os.environ.get("DOCKER_CONTEXT") or get_current_context_name() or "default"
    if name == "default":
        return EngineAddress(_LOCAL_SOCKET)
    context = _context(name)
    if not context.Host:
        raise SandboxUnavailable(f"The Docker context {name} names no engine; {_FIX}")
    return EngineAddress(context.Host, context.TLSConfig, name)


def _context(name: str) -> Context:
    try:
        context = ContextAPI.get_context(name)
    except Exception as error:  # docker-py lets through whatever it meets in a file that is not as it expects
        raise SandboxUnavailable(f"The Docker context {name} cannot be read; {_FIX}") from error
    if context is None:
        raise SandboxUnavailable(f"There is no Docker context {name}; {_FIX}")
    return context


def _named_certificates(settings: Settings) -> TLSConfig | None:
    """The certificates that DOCKER_TLS_VERIFY and DOCKER_CERT_PATH name, in the environment or in `.env`."""
    verify = {"DOCKER_TLS_VERIFY": "1"} if settings.docker_tls_verify else {}
    folder = {"DOCKER_CERT_PATH": settings.docker_cert_path} if settings.docker_cert_path else {}
    try:
        named = kwargs_from_env(os.environ | verify | folder)
    except TLSParameterError as error:
        raise SandboxUnavailable(
            "DOCKER_TLS_VERIFY needs the files ca.pem, cert.pem and key.pem; set DOCKER_CERT_PATH to their folder."
        ) from error
    return named.get("tls")
