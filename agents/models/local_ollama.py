"""An Ollama on this machine or at OLLAMA_HOST: its address, and its models."""

from __future__ import annotations

from urllib.parse import urlsplit

import httpx

from bot.domain.errors import OperatorError


def ollama_url(host: str) -> str:
    """The base URL that a value of OLLAMA_HOST means; raises OperatorError for what is no address.

    Empty means this machine. 0.0.0.0 is where a server listens, never where it is reached.
    """
    scheme, _, rest = host.rpartition("://")
    place = urlsplit(f"//{rest or '127.0.0.1'}")
    try:
        port = "" if scheme or place.port else ":11434"
    except ValueError:
        raise OperatorError(f"OLLAMA_HOST is no address: {host!r} should be like 127.0.0.1:11434.") from None
    url = f"{scheme or 'http'}://{place.netloc}{port}{place.path}"
    return url.replace("://0.0.0.0", "://127.0.0.1").rstrip("/")


async def ollama_models(host: str = "", timeout: float = 0.5) -> list[str]:
    """The models of an Ollama that answers within `timeout` seconds; none when there is no Ollama."""
    try:
        async with httpx.AsyncClient(timeout=timeout) as client:
            answer = await client.get(ollama_url(host) + "/api/tags")
        return [str(model["name"]) for model in answer.raise_for_status().json()["models"]]
    except (OperatorError, httpx.HTTPError, httpx.InvalidURL, ValueError, LookupError, TypeError):
        return []
