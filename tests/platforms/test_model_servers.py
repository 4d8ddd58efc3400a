"""The played providers themselves, as our clients see them."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from typing import Any

import httpx
import pytest

from agents.models import choose
from agents.models.clients import create
from agents.models.port import ChatTurn, Counts, ModelRequest, Piece
from tests.agents.models.harness import ALL, Case
from tests.platforms import ollama, openai
from tests.platforms.script import Cut, Fail, Hold, Say

WITH_USAGE = {"stream_options": {"include_usage": True}}
HELLO = {"model": "gpt-4.1", "messages": [{"role": "user", "content": "hello"}]}
KEY = {"authorization": "Bearer sk-test"}


@ALL
async def test_a_streamed_answer_comes_in_pieces_with_usage(case: Case) -> None:
    async with case.play() as server:
        settings = case.at(server.url)
        client = create(choose(settings), settings, "coder")
        server.add(Say("one two three four", usage=(31, 4)))
        pieces: list[Piece] = []

        answer = await client.answer(ModelRequest("", (ChatTurn("user", "hello"),), 64), pieces.append)
        await client.close()

        assert len(pieces) > 1
        assert "".join(piece.text for piece in pieces) == answer.text == "one two three four"
        assert answer.usage == Counts(31, 4)


async def test_a_stream_can_be_held_and_goes_on_when_released() -> None:
    async with openai.play() as server, httpx.AsyncClient(headers=KEY) as client:
        hold = server.hold("one two three", after=2)
        url = server.url + "/v1/chat/completions"
        async with client.stream("POST", url, json={**HELLO, "stream": True}) as answer:
            lines = answer.aiter_lines()
            first = await anext(lines)
            await hold.arrived.wait()
            hold.release()
            rest = [line async for line in lines]

        assert "role" in first
        assert rest[-2:] == ["data: [DONE]", ""]
        assert not any("usage" in line for line in rest)
        assert hold.gone_at is None


async def test_a_client_that_leaves_is_noticed() -> None:
    async with openai.play() as server:
        hold = Hold()
        server.add(hold)
        async with httpx.AsyncClient(headers=KEY) as client:
            call = asyncio.create_task(client.post(server.url + "/v1/chat/completions", json=HELLO))
            await hold.arrived.wait()
            call.cancel()

        await hold.gone.wait()
        assert hold.gone_at is not None


@pytest.mark.parametrize("streaming", [False, True])
@pytest.mark.parametrize("at", ["start", "head", "body"])
async def test_a_cut_is_seen_as_one(streaming: bool, at: str) -> None:
    async with openai.play() as server, httpx.AsyncClient(headers=KEY) as client:
        server.add(Cut(at))  # type: ignore[arg-type]

        with pytest.raises(httpx.RemoteProtocolError):
            await client.post(server.url + "/v1/chat/completions", json={**HELLO, "stream": streaming})


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({**HELLO, "model": "gpt-0"}, 404, "model_not_found"),
        ({**HELLO, "model": "o3", "max_tokens": 9}, 400, "unsupported_parameter"),
        ({**HELLO, **WITH_USAGE}, 400, None),
        ({**HELLO, "messages": [{"role": "user", "content": "x" * 900}]}, 400, "context_length_exceeded"),
    ],
)
async def test_openai_is_as_strict_as_the_real_one(body: object, status: int, code: str | None) -> None:
    async with (
        openai.play(models=("gpt-4.1", "o3"), context=200) as server,
        httpx.AsyncClient(headers=KEY) as client,
    ):
        answer = await client.post(server.url + "/v1/chat/completions", json=body)

        assert answer.status_code == status
        assert answer.json()["error"]["code"] == code
        assert server.calls == []


USER, MODEL = {"role": "user", "content": "hello"}, {"role": "assistant", "content": "hi"}
SYSTEM = {"role": "system", "content": "Rules."}
UNFIT: list[tuple[str, dict[str, Any]]] = [
    ("an end that is the model's", {"messages": [USER, MODEL]}),
    ("two of the user", {"messages": [USER, USER]}),
    ("two of the model", {"messages": [USER, MODEL, MODEL, USER]}),
    ("a beginning that is the model's", {"messages": [MODEL, USER]}),
    ("a system in the middle", {"messages": [USER, SYSTEM, USER]}),
    ("no content", {"messages": [{**USER, "content": ""}]}),
    ("blank content", {"messages": [{**USER, "content": " \n"}]}),
    ("a name", {"messages": [{**USER, "name": "ann"}]}),
    ("a field that nobody knows", {"messages": [USER], "top_banana": 1}),
]


@ALL
@pytest.mark.parametrize("unfit", [body for _, body in UNFIT], ids=[name for name, _ in UNFIT])
@pytest.mark.parametrize("stream", [False, True])
async def test_each_is_as_strict_as_the_strictest(case: Case, unfit: dict[str, Any], stream: bool) -> None:
    paths = {
        "azure": "/openai/deployments/charts/chat/completions",
        "anthropic": "/v1/messages",
        "ollama": "/api/chat",
    }
    keys = {"api-key": "sk-test", "x-api-key": "sk-ant-test", "anthropic-version": "2023-06-01", **KEY}
    bound: dict[str, Any] = {"max_tokens": 9} if case.provider == "anthropic" else {}
    name = case.model if case.provider != "openai" else "gpt-4.1"
    async with case.play() as server, httpx.AsyncClient(headers=keys) as client:
        url = server.url + paths.get(case.provider, "/v1/chat/completions")
        server.say("Here.")
        refused = await client.post(url, json={"model": name, "stream": stream, **bound, **unfit})
        body = {"model": name, "stream": stream, **bound, "messages": [USER, MODEL, USER]}
        taken = await client.post(url, json=body)

    assert (refused.status_code, taken.status_code) == (400, 200)
    assert len(server.calls) == 1


async def test_the_models_are_listed() -> None:
    async with openai.play(models=("gpt-4.1",)) as server, httpx.AsyncClient(headers=KEY) as client:
        listed = (await client.get(server.url + "/v1/models")).json()
    async with ollama.play(models=("qwen3:4b",)) as server, httpx.AsyncClient() as client:
        tags = (await client.get(server.url + "/api/tags")).json()

    assert [model["id"] for model in listed["data"]] == ["gpt-4.1"]
    assert [model["name"] for model in tags["models"]] == ["qwen3:4b"]


async def test_a_script_may_be_a_function_and_says_when_it_ends() -> None:
    async with openai.play() as server, httpx.AsyncClient(headers=KEY) as client:
        url = server.url + "/v1/chat/completions"
        assert (await client.post(url, json=HELLO)).status_code == 418
        server.answer(lambda call: call["messages"][0]["content"].upper())
        server.add(Fail(503, headers={"retry-after": "7"}))

        failed = await client.post(url, json=HELLO)
        said = await client.post(url, json=HELLO)

        assert (failed.status_code, failed.headers["retry-after"]) == (503, "7")
        assert said.json()["choices"][0]["message"]["content"] == "HELLO"
        assert len(server.calls) == 3


def test_openai_can_be_played_by_a_process_of_its_own() -> None:
    command = [sys.executable, "-m", "tests.platforms.openai", "--say", "from afar"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            assert re.fullmatch(r"http://127\.0\.0\.1:\d+", url)
            answer = httpx.post(url + "/v1/chat/completions", json=HELLO, headers=KEY)
        finally:
            process.kill()

    assert answer.json()["choices"][0]["message"]["content"] == "from afar"
