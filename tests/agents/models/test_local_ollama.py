from __future__ import annotations

import pytest

from agents.models.local_ollama import ollama_models, ollama_url
from bot.domain.errors import OperatorError
from tests.platforms import ollama, openai
from tests.platforms.wire import Exchange, serve


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("", "http://127.0.0.1:11434"),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("0.0.0.0:9000", "http://127.0.0.1:9000"),
        ("gpu-box", "http://gpu-box:11434"),
        ("gpu-box:9000/", "http://gpu-box:9000"),
        ("[::1]:9000", "http://[::1]:9000"),
        ("https://ollama.example/api-root/", "https://ollama.example/api-root"),
    ],
)
def test_a_host_means_an_address(host: str, url: str) -> None:
    assert ollama_url(host) == url


def test_what_is_no_address_is_told() -> None:
    with pytest.raises(OperatorError, match="OLLAMA_HOST is no address"):
        ollama_url("gpu-box:many")


async def test_a_running_ollama_names_its_models() -> None:
    async with ollama.play(models=("llama3.2:latest", "qwen3:4b")) as server:
        assert await ollama_models(server.url) == ["llama3.2:latest", "qwen3:4b"]


async def test_no_ollama_no_models() -> None:
    async with ollama.play() as server:
        closed = server.url

    assert await ollama_models(closed) == []
    assert await ollama_models("gpu-box:many") == []


async def test_something_else_at_that_port_is_no_ollama() -> None:
    async with openai.play() as server:
        assert await ollama_models(server.url) == []

    async def odd(exchange: Exchange) -> None:
        await exchange.reply(200, b'{"models": 7}', {})

    async with serve(odd) as url:
        assert await ollama_models(url) == []


async def test_a_silent_host_is_not_waited_for() -> None:
    async def silent(exchange: Exchange) -> None:
        await exchange.client_gone()

    async with serve(silent) as url:
        assert await ollama_models(url, timeout=0.1) == []
