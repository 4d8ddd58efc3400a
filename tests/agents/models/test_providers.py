"""What every provider must do, over its own wire."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest
from autogen_core import CancellationToken
from autogen_core.models import AssistantMessage, CreateResult, UserMessage

from agents.models import choose
from agents.models.clients import answer_bound
from bot.domain.errors import ModelRefused, ModelUnavailable
from bot.domain.turn_results import Usage
from bot.settings import load
from tests.agents.models.harness import (
    ALL,
    ANSWER,
    ANTHROPIC,
    ASK,
    AZURE,
    KEYED,
    OLLAMA,
    OPENAI,
    Case,
    harness,
)
from tests.platforms.script import Cut, Fail, Garbage, Hold, Reply, Say


@ALL
async def test_it_answers_and_its_usage_is_what_the_provider_reports(case: Case) -> None:
    async with harness(case) as table:
        table.server.add(Say("Here is the chart.", usage=(121, 12)))

        assert await table.ask() == "Here is the chart."
        assert table.usage == [Usage("coder", f"{case.provider}/{case.model}", 121, 12)]
        assert table.client.total_usage().prompt_tokens == 121


@ALL
async def test_an_answer_that_comes_in_pieces_is_given_whole(case: Case) -> None:
    async with harness(case) as table:
        table.server.say("one two three four")

        [result] = [item async for item in table.client.create_stream(ASK)]

        assert isinstance(result, CreateResult)
        assert result.content == "one two three four"
        assert table.server.calls[0]["stream"] is True


@ALL
async def test_an_answer_without_usage_counts_as_its_worst_case(case: Case) -> None:
    async with harness(case) as table:
        table.server.add(Say("Here is the chart.", usage=None))

        await table.ask()

        [attempt] = table.usage
        text = sum(len(str(message.content).encode()) for message in ASK)
        assert attempt.estimated
        assert attempt.completion_tokens == ANSWER
        assert attempt.prompt_tokens >= text


@KEYED
async def test_a_wrong_key_is_refused_with_the_setting_that_holds_it(case: Case) -> None:
    async with harness(case, served={"key": "another"}) as table:
        with pytest.raises(ModelRefused) as refused:
            await table.ask()

        assert str(refused.value) == f"{case.name} does not accept the key: check {case.key}."
        assert table.usage == []
        assert sum(request.method == "POST" for request in table.server.requests) == 1


@pytest.mark.parametrize(
    ("case", "fix"),
    [
        (OPENAI, "gpt-6-luna: check ROUNDTABLE_MODEL and OPENAI_BASE_URL"),
        (AZURE, "charts: check AZURE_OPENAI_DEPLOYMENT, or ROUNDTABLE_MODEL, and AZURE_OPENAI_ENDPOINT"),
        (ANTHROPIC, "claude-sonnet-5: check ROUNDTABLE_MODEL"),
        (OLLAMA, "llama3.2: run `ollama pull llama3.2` or change ROUNDTABLE_MODEL"),
    ],
    ids=lambda value: value.provider if isinstance(value, Case) else "",
)
async def test_an_unknown_model_is_refused_with_what_to_do(case: Case, fix: str) -> None:
    async with harness(case, served={"models": ("something-else",)}) as table:
        with pytest.raises(ModelRefused) as refused:
            await table.ask()

        assert str(refused.value) == f"{case.name} does not have the model {fix}."
        assert table.usage == []


@ALL
@pytest.mark.parametrize(
    "fault",
    [Fail(429), Fail(500), Fail(503), Fail(529), Fail(409), Fail(408), Cut("start"), Cut("head"), Garbage()],
    ids=str,
)
async def test_a_fault_that_passes_is_not_noticed(case: Case, fault: Reply) -> None:
    async with harness(case) as table:
        table.server.add(fault, Say("Here is the chart."))

        assert await table.ask() == "Here is the chart."
        assert len(table.server.calls) == 2


@ALL
@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        (Fail(429), "HTTP 429: rate limit"),
        (Fail(503), "HTTP 503: service unavailable"),
        (Fail(529), "HTTP 529: overloaded"),
        (Fail(500, "out of memory"), "HTTP 500: out of memory"),
        (Cut("start"), "the connection broke"),
        (Cut("body"), "the connection broke"),
        (Say(""), "it answered with nothing"),
    ],
    ids=str,
)
async def test_a_fault_that_stays_is_told_in_a_sentence(case: Case, fault: Reply, cause: str) -> None:
    async with harness(case) as table:
        table.server.answer(lambda _call: fault)

        with pytest.raises(ModelUnavailable) as unavailable:
            await table.ask()

        assert str(unavailable.value) == f"{case.name} does not answer now ({cause})."
        assert table.client.failure is unavailable.value
        assert len(table.server.calls) == 3


@ALL
async def test_an_answer_that_is_none_names_the_address_to_check(case: Case) -> None:
    async with harness(case) as table:
        table.server.answer(lambda _call: Garbage(b"<html>Welcome</html>", "text/html"))

        with pytest.raises(
            ModelUnavailable, match=r"something else than a chat completion; check \w+_(URL|ENDPOINT|HOST)"
        ):
            await table.ask()


@ALL
async def test_a_provider_that_cannot_be_reached_costs_nothing(case: Case) -> None:
    async with harness(case) as table:
        closed = table.server.url

    async with harness(case, url=closed) as table:
        with pytest.raises(
            ModelUnavailable, match=r"no connection; if that stays so, check \w+_(URL|ENDPOINT|HOST)"
        ):
            await table.ask()

        assert table.usage == []


@ALL
@pytest.mark.parametrize("how", ["token", "task", "abort"])
async def test_a_stop_closes_the_connection_at_once(case: Case, how: str) -> None:
    async with harness(case) as table:
        hold = table.server.hold()
        token = CancellationToken()
        task = asyncio.create_task(table.ask(token))
        await hold.arrived.wait()
        stops: dict[str, Callable[[], object]] = {
            "token": token.cancel,
            "task": task.cancel,
            "abort": table.client.abort,
        }
        stopped_at = time.monotonic()
        stops[how]()

        with pytest.raises(asyncio.CancelledError):
            await task
        await hold.gone.wait()
        assert hold.gone_at is not None
        assert hold.gone_at - stopped_at < 0.5
        assert [attempt.estimated for attempt in table.usage] == [True]
        assert len(table.server.calls) == 1


@ALL
async def test_no_attempt_outlasts_the_time_limit(case: Case) -> None:
    async with harness(case, timeout=0.3) as table:
        first, second, third = Hold(), Hold(), Hold()
        table.server.add(first, second, third)

        with pytest.raises(ModelUnavailable, match="no answer in time; ROUNDTABLE_MODEL_TIMEOUT allows more"):
            await table.ask()

        await third.gone.wait()
        assert [attempt.estimated for attempt in table.usage] == [True, True, True]


@ALL
async def test_an_answer_that_was_all_thought_asks_for_more_room(case: Case) -> None:
    async with harness(case) as table:
        table.server.add(*[Say("", usage=(50, ANSWER), finish="length")] * 2)

        with pytest.raises(ModelRefused, match="set ROUNDTABLE_MODEL_MAX_TOKENS higher"):
            await table.ask()

        assert [attempt.tokens for attempt in table.usage] == [50 + ANSWER] * 2


@ALL
async def test_a_whole_conversation_is_sent_and_the_answer_is_bounded(case: Case) -> None:
    talk = [
        *ASK,
        AssistantMessage(content="Which sales?", source="coder"),
        UserMessage(content="All.", source="bo"),
    ]
    async with harness(case) as table:
        table.server.say("Here.")

        await table.client.create(talk)

        [call] = table.server.calls
        sent = str(call)
        assert all(text in sent for text in ("You write code.", "größte zuerst", "Which sales?", "All."))
        bounds = {
            call.get("max_tokens"),
            call.get("max_completion_tokens"),
            call.get("options", {}).get("num_predict"),
        }
        assert bounds == {None, ANSWER}


@pytest.mark.parametrize(
    ("settings", "parameter"),
    [
        ({"roundtable_model": "openai/llama3", "openai_base_url": "http://127.0.0.1:1/v1"}, "max_tokens"),
        ({"roundtable_model": "openai/o3", "openai_base_url": "http://127.0.0.1:1/v1"}, "max_completion_tokens"),
        ({"roundtable_model": "openai/gpt-4o", "openai_api_key": "sk-1"}, "max_completion_tokens"),
    ],
)
def test_the_bound_has_the_name_the_server_knows(settings: dict[str, str], parameter: str) -> None:
    given = load(None, **settings)

    assert answer_bound(choose(given)) == parameter


async def test_a_compatible_server_without_keys_gets_a_placeholder() -> None:
    async with harness(
        OPENAI, served={"key": "none"}, openai_api_key="", roundtable_model="openai/llama3"
    ) as table:
        table.server.say("Here.")

        assert await table.ask() == "Here."
        [call] = table.server.calls
        assert call["messages"][1] == {"role": "user", "content": "Plot the sales, größte zuerst."}
        assert call["max_tokens"] == ANSWER


async def test_azure_is_called_at_its_deployment() -> None:
    async with harness(AZURE) as table:
        table.server.say("Here.")
        await table.ask()

        [request] = table.server.requests
        assert request.path == "/openai/deployments/charts/chat/completions"
        assert request.query == {"api-version": "2024-10-21"}


@KEYED
@pytest.mark.parametrize("key", ["sk-test\nOTHER=1", "sk-täst"], ids=["newline", "umlaut"])
async def test_a_key_with_a_stray_character_is_told(case: Case, key: str) -> None:
    strays: dict[str, Any] = {case.key.lower(): key}
    async with harness(case, **strays) as table:
        with pytest.raises(ModelRefused, match=f"^{case.key} has characters in it that no key has"):
            await table.ask()


async def test_an_address_without_a_scheme_is_told() -> None:
    async with harness(OPENAI, openai_base_url="127.0.0.1:8000/v1") as table:
        with pytest.raises(ModelRefused, match=r"^OPENAI_BASE_URL is not a web address"):
            await table.ask()
