"""What of an answer is taken: the whole of it, asked for again where it was cut, in ways that the server knows."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from autogen_core import CancellationToken

from agents.models.http_stream import ErrorStatus
from agents.models.optional_parameters import named
from agents.models.port import Piece
from agents.team_factory import TeamFactory
from bot.domain.errors import ModelRefused
from bot.settings import load
from tests.agents.models.harness import ANSWER, ANTHROPIC, ASK, OLLAMA, OPENAI, Case, harness
from tests.contracts.team import hear
from tests.fakes.turn import FakeTurn
from tests.platforms import openai
from tests.platforms.script import Fail, Raw, Say

LLAMA = "openai/llama3"


async def test_a_cut_answer_is_asked_for_again_with_twice_the_room() -> None:
    async with harness(OPENAI, roundtable_model=LLAMA) as table:
        table.server.add(Say("Half of it", finish="length"), Say("All of it."))

        assert await table.ask() == "All of it."
        first, second = table.server.calls
        assert (first["max_tokens"], second["max_tokens"]) == (ANSWER, 2 * ANSWER)
        assert second["messages"][:-1] == first["messages"][:-1], "caches hit"
        asked, reason = second["messages"][-1]["content"].split("\n\n")
        assert asked == first["messages"][-1]["content"]
        assert f"cut off at {ANSWER} tokens" in reason
        assert [worst.completion_tokens for worst in table.book.reserved] == [ANSWER, 2 * ANSWER]


async def test_more_room_is_bounded_by_the_cap() -> None:
    async with harness(OPENAI, cap=500, roundtable_model=LLAMA) as table:
        table.server.add(Say("Half of it", usage=(100, 64), finish="length"), Say("All of it."))

        await table.ask()

        second = table.book.reserved[1]
        assert ANSWER <= second.completion_tokens < 2 * ANSWER
        assert second.tokens == 500 - 164


async def test_more_room_is_bounded_by_the_window() -> None:
    async with harness(OPENAI, roundtable_model=LLAMA, roundtable_model_window=170) as table:
        table.server.add(Say("Half of it", finish="length"), Say("All of it."))

        await table.ask()

        assert ANSWER <= table.server.calls[1]["max_tokens"] < 2 * ANSWER


async def test_an_answer_cut_by_the_window_names_what_makes_room() -> None:
    async with harness(OPENAI, answer=600, roundtable_model=LLAMA, roundtable_model_window=400) as table:
        table.server.add(*[Say("Half of it", finish="length")] * 2)

        with pytest.raises(ModelRefused, match="twice: set ROUNDTABLE_CONTEXT_TOKENS lower"):
            await table.ask()


@pytest.mark.parametrize("case", [OPENAI, ANTHROPIC, OLLAMA], ids=lambda case: case.provider)
async def test_a_stop_in_the_middle_counts_what_had_come(case: Case) -> None:
    heard: list[Piece] = []
    model = LLAMA if case is OPENAI else f"{case.provider}/{case.model}"
    async with harness(case, told=heard.append, roundtable_model=model) as table:
        hold = table.server.hold("one two three four five six", after=4)
        token = CancellationToken()
        call = asyncio.create_task(table.ask(token))
        await hold.arrived.wait()
        while not heard:  # noqa: ASYNC110  (a piece has no bell)
            await asyncio.sleep(0.01)
        token.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await hold.gone.wait()

        [attempt], [worst] = table.usage, table.book.reserved
        assert attempt.estimated
        assert attempt.prompt_tokens == worst.prompt_tokens
        assert attempt.completion_tokens == sum(len(piece.text) for piece in heard) < ANSWER


async def test_a_stopped_model_that_hides_its_reasoning_counts_in_full() -> None:
    heard: list[Piece] = []
    async with harness(OPENAI, told=heard.append) as table:
        hold = table.server.hold("one two three", after=2)
        call = asyncio.create_task(table.ask())
        await hold.arrived.wait()
        while not heard:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call

        assert [attempt.completion_tokens for attempt in table.usage] == [ANSWER]


async def test_a_connection_is_used_again() -> None:
    async with harness(OPENAI, roundtable_model=LLAMA) as table:
        table.server.say("One.", "Two.", "Three.")
        for _ in range(3):
            await table.ask()

        assert table.server.connections == 1


async def test_what_a_server_refuses_is_left_out_from_then_on() -> None:
    async with harness(OPENAI, roundtable_model=LLAMA, temperature=0.2) as table:
        no = "Unsupported value: 'temperature' does not support 0.2 with this model."
        table.server.add(Fail(400, "unknown field stream_options"), Fail(400, no), Say("One."), Say("Two."))

        await table.ask()
        await table.ask()

        known = [sorted({"temperature", "stream_options"} & call.keys()) for call in table.server.calls]
        assert known == [["stream_options", "temperature"], ["temperature"], [], []]


async def test_without_a_system_role_its_text_precedes_the_users_words() -> None:
    async with harness(OPENAI, roundtable_model=LLAMA) as table:
        table.server.add(Fail(400, "System role not supported"), Say("One."), Say("Two."))

        await table.ask()
        await table.ask()

        told = {"role": "user", "content": "You write code.\n\nPlot the sales, größte zuerst."}
        assert [call["messages"] for call in table.server.calls[1:]] == [[told], [told]]


async def test_a_server_that_cannot_stream_answers_whole() -> None:
    async with harness(OPENAI, roundtable_model=LLAMA) as table:
        table.server.add(Fail(400, "stream=true is not supported here"), Say("One.", usage=(100, 2)))

        assert await table.ask() == "One."
        assert table.server.calls[1]["stream"] is False
        assert [(usage.tokens, usage.estimated) for usage in table.usage] == [(102, False)]


@pytest.mark.parametrize(
    ("status", "said", "name"),
    [
        (400, {"error": {"message": "Unrecognized request argument supplied: stream_options"}}, "stream_options"),
        (422, {"detail": [{"loc": ["body", "seed"], "msg": "Extra inputs are not permitted"}]}, "seed"),
        (400, "Streaming is not enabled", "stream"),
        (400, "Unsupported parameter: 'max_tokens' is not supported with this model.", "max_tokens"),
        (400, "temperature must be less than 1", None),
        (400, "max_tokens is too large: 9999", None),
        (400, "upstream failed", None),
        (401, "stream", None),
        (500, "stream", None),
    ],
)
def test_a_refusal_names_what_to_leave_out(status: int, said: object, name: str | None) -> None:
    body = {"stream": True, "stream_options": {}, "temperature": 0, "seed": 0, "max_tokens": 5}
    assert named(ErrorStatus(status, said, {}), body) == name
    assert named(ErrorStatus(status, said, {}), {"model": "m", "stream": False}) is None


TEAM = """
description = "Two who differ"
max_turns = 5
token_cap = 100000
temperature = 0.7
seed = 3
[[agent]]
name = "calm"
role = "Calm"
prompt = "Be calm."
temperature = 0.0
[[agent]]
name = "wild"
role = "Wild"
prompt = "Be wild."
seed = 9
[[agent]]
name = "executor"
role = "Runs code"
kind = "executor"
"""


async def test_an_agents_temperature_and_seed_precede_the_teams(tmp_path: Path) -> None:
    (tmp_path / "two.toml").write_text(TEAM, encoding="utf-8")
    (tmp_path / "one.toml").write_text(TEAM.replace("temperature = 0.7\nseed = 3", ""), encoding="utf-8")
    async with openai.play() as server:
        given = OPENAI.at(
            server.url,
            roundtable_model=LLAMA,
            roundtable_model_temperature=1.5,
            roundtable_model_seed=1,
        )
        roster = TeamFactory(given, tmp_path)
        server.answer(lambda _call: "Your turn.")
        for name in ("two", "one"):
            team = await roster.open(name, None)
            await team.turn([hear("Go")], FakeTurn())
            await team.turn([], FakeTurn())
        await roster.close()

        assert [(call["temperature"], call["seed"]) for call in server.calls] == [
            (0.0, 3),
            (0.7, 9),
            (0.0, 1),
            (1.5, 9),
        ]


async def test_without_them_the_models_own_hold() -> None:
    async with harness(OPENAI) as table:
        table.server.say("Here.")
        await table.ask()

        assert not {"temperature", "seed"} & table.server.calls[0].keys()


@pytest.mark.parametrize("name", ["temperature", "seed"])
def test_a_number_that_is_none_is_told(name: str) -> None:
    with pytest.raises(Exception, match=f"ROUNDTABLE_MODEL_{name.upper()}"):
        load(None, **{f"roundtable_model_{name}": -1})


async def test_reasoning_is_not_sent_back() -> None:
    async with harness(OPENAI, roundtable_model=LLAMA) as table:
        chunk = b'data: {"choices": [{"delta": {"reasoning_content": "Hm.", "content": "<think>H</think>Here."}}]}'
        table.server.add(Raw((chunk + b"\n\n", b"data: [DONE]\n\n")))

        result = await table.client.create(ASK)

        assert (result.content, result.thought) == ("Here.", None)
