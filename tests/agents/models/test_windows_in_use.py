"""What a model's window is used for: the length of answers, Ollama's num_ctx, and talks that are too long."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import pytest
from autogen_core.models import LLMMessage, SystemMessage, UserMessage

from agents.models import ModelChoice
from agents.models.context_gauge import ContextGauge
from agents.models.port import Answer, ModelRequest, Told
from bot.domain.errors import ContextOverflow, ModelRefused
from tests.agents.models.harness import ANSWER, ANTHROPIC, ASK, OLLAMA, OPENAI, harness
from tests.platforms.script import Fail, Say

LLAMA = "openai/llama3"
TOO_LONG = Fail(400, "the request exceeds the available context size", "exceed_context_size_error")


def talk(size: int) -> list[LLMMessage]:
    return [SystemMessage(content="You write code."), UserMessage(content="x" * size, source="ann")]


class Silent:
    """A model's server that says how large its window is after a while."""

    def __init__(self, *windows: int | None) -> None:
        self.windows = list(windows)

    async def answer(self, request: ModelRequest, told: Told) -> Answer:
        raise AssertionError("nobody asks")

    async def window(self) -> int | None:
        return self.windows.pop(0)

    async def close(self) -> None:
        pass


@pytest.mark.parametrize(
    "served", [{"slot": 1_000}, {"window": 1_000, "models": ("llama3",)}], ids=["slot", "listed"]
)
async def test_an_answer_is_as_long_as_the_window_has_room(served: dict[str, Any]) -> None:
    async with harness(OPENAI, served=served, answer=600, roundtable_model=LLAMA) as table:
        table.server.say("Here.", "Here.", "Here.")
        await table.ask()
        await table.client.create(talk(1_500))
        await table.client.create(talk(5_000))

        bounds = [call["max_tokens"] for call in table.server.calls]
        assert bounds == [600, 1_000 - 537, 256], "never less than an answer needs"


async def test_a_setting_wins_over_what_the_server_says() -> None:
    async with harness(
        OPENAI, served={"slot": 1_000}, roundtable_model_window=50_000, roundtable_model=LLAMA
    ) as table:
        room = await table.client.room()

        assert room is not None
        assert 49_000 < room < 50_000
        assert table.server.requests == [], "nobody is asked"


async def test_an_unknown_window_is_no_bound() -> None:
    async with harness(OPENAI, roundtable_model=LLAMA) as table:
        table.server.say("Here.")
        await table.client.create(talk(20_000))

        assert await table.client.room() is None
        assert table.server.calls[0]["max_tokens"] == ANSWER


async def test_the_window_is_asked_for_once() -> None:
    async with harness(OPENAI, served={"slot": 9_000}, roundtable_model=LLAMA) as table:
        table.server.say("Here.", "Here.")
        await table.ask()
        await table.ask()

        assert [request.path for request in table.server.requests].count("/props") == 1


async def test_a_server_that_does_not_say_it_is_asked_a_few_times_only() -> None:
    choice = ModelChoice("openai", "llama3", "a test", compatible=True)
    late = ContextGauge(Silent(None, 8_192), choice)
    never = ContextGauge(Silent(None, None, None), choice)

    assert [await late.window() for _ in range(3)] == [None, 8_192, 8_192]
    assert [await never.window() for _ in range(5)] == [None] * 5


async def test_the_providers_own_models_are_in_the_price_list() -> None:
    async with harness(ANTHROPIC, roundtable_model="anthropic/claude-sonnet-4-5") as table:
        assert (await table.client.room() or 0) > 100_000
        assert table.server.requests == []


async def test_a_talk_that_is_too_long_is_summed_up_and_sent_again() -> None:
    asked: list[int] = []

    async def shorten() -> Sequence[LLMMessage] | None:
        asked.append(len(asked))
        return [UserMessage(content="In short.", source="ann")]

    async with harness(OPENAI, roundtable_model=LLAMA) as table:
        table.client.shortened_by(shorten)
        table.server.add(TOO_LONG, Say("Here."))
        result = await table.client.create(ASK)

        assert result.content == "Here."
        sent = [message["content"] for message in table.server.calls[1]["messages"]]
        assert sent == ["You write code.", "In short."]
        assert asked == [0]


async def test_a_talk_that_cannot_fit_is_summed_up_before_it_is_sent() -> None:
    async def shorten() -> Sequence[LLMMessage] | None:
        return [UserMessage(content="In short.", source="ann")]

    async with harness(OPENAI, served={"slot": 1_000}, roundtable_model=LLAMA) as table:
        table.client.shortened_by(shorten)
        table.server.say("Here.")
        await table.client.create(talk(5_000))

        assert "In short." in str(table.server.calls)
        assert len(table.server.calls) == 1


@pytest.mark.parametrize("shortens", [False, True])
async def test_a_talk_that_nobody_can_shorten_is_told(shortens: bool) -> None:
    async def shorten() -> Sequence[LLMMessage] | None:
        return None

    async with harness(OPENAI, roundtable_model=LLAMA) as table:
        if shortens:
            table.client.shortened_by(shorten)
        table.server.add(TOO_LONG)

        with pytest.raises(ContextOverflow, match="longer than llama3 can read") as failed:
            await table.ask()

        assert isinstance(failed.value, ModelRefused)
        assert table.client.failure is failed.value
        assert table.usage == []


async def test_an_estimate_learns_from_what_the_server_counts() -> None:
    async with harness(OPENAI, roundtable_model=LLAMA) as table:
        table.server.add(Say("Here.", usage=(2_500, 3)))
        before = table.client.count_tokens(talk(10_000))
        await table.client.create(talk(10_000))

        assert before == pytest.approx(3_370, abs=30)
        assert table.client.count_tokens(talk(10_000)) == pytest.approx(2_500, abs=1)
        assert table.client.bytes_a_token == pytest.approx(4.04, abs=0.01)


async def test_a_server_that_read_far_less_than_was_sent_is_noticed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with harness(OLLAMA) as table:
        table.server.add(Say("Here.", usage=(300, 3)), Say("Here.", usage=(300, 3)))
        with caplog.at_level(logging.WARNING):
            await table.client.create(talk(10_000))
            await table.client.create(talk(10_000))

        [record] = caplog.records
        assert "ollama/llama3.2 read 300 tokens of a request of 10111 bytes" in record.getMessage()
        assert "ROUNDTABLE_MODEL_WINDOW" in record.getMessage()


async def test_the_window_asked_of_ollama_holds_all_and_never_shrinks() -> None:
    async with harness(OLLAMA) as table:
        table.server.say("Here.", "Here.", "Here.")
        await table.ask()
        await table.client.create(talk(9_000))
        await table.ask()

        assert [call["options"]["num_ctx"] for call in table.server.calls] == [2_048, 4_096, 4_096]


@pytest.mark.parametrize(
    ("served", "setting", "num_ctx"),
    [
        ({"num_ctx": 8_192}, 0, 8_192),
        ({"window": 1_500}, 0, 1_500),
        ({"window": 1_500}, 1_000, 1_000),
    ],
    ids=["the model's file asks for more", "the model reads less", "a setting says less"],
)
async def test_ollamas_window_has_bounds(served: dict[str, int], setting: int, num_ctx: int) -> None:
    async with harness(OLLAMA, served=served, roundtable_model_window=setting) as table:
        table.server.say("Here.")
        await table.ask()

        assert table.server.calls[0]["options"]["num_ctx"] == num_ctx


async def test_what_ollama_would_cut_without_a_word_is_not_sent() -> None:
    async with harness(OLLAMA, served={"window": 2_000}) as table:
        with pytest.raises(ContextOverflow, match=r"longer than llama3\.2 can read"):
            await table.client.create(talk(9_000))

        assert table.server.calls == []
        assert table.usage == []
