"""What the meter adds to a client: the cap, the book of attempts, patience, and an end on demand."""

from __future__ import annotations

import asyncio

import pytest
from autogen_core import CancellationToken
from autogen_core.models import RequestUsage, UserMessage

from agents.models import ModelChoice
from agents.models.asker import Asker
from agents.models.attempts import Backoff
from agents.models.metered import MeteredClient
from agents.models.port import Answer, ModelRequest, Told
from bot.domain.errors import ModelRefused, ModelUnavailable, TokenCapReached
from tests.agents.models.harness import ANSWER, ASK, OPENAI, Book, harness
from tests.platforms.script import Cut, Fail, Say

SLOW = Backoff(attempts=3, seconds=600, pause=60)


class Says:
    """A model that says hello, and reports no usage."""

    async def answer(self, request: ModelRequest, told: Told) -> Answer:
        return Answer("hello")

    async def window(self) -> int | None:
        return None

    async def close(self) -> None:
        pass


async def test_a_call_whose_worst_case_does_not_fit_is_not_made() -> None:
    async with harness(OPENAI, cap=100) as table:
        with pytest.raises(
            TokenCapReached, match=r"could take 2\d\d tokens, but the token cap leaves 100\."
        ) as reached:
            await table.ask()

        assert table.server.calls == []
        assert table.usage == []
        assert table.client.failure is reached.value


async def test_the_bound_of_the_prompt_is_its_bytes_not_its_characters() -> None:
    async with harness(OPENAI, cap=6000 + ANSWER) as table:
        table.server.say("ok", "ok")
        await table.client.create([UserMessage(content="x" * 5000, source="ann")])

        with pytest.raises(TokenCapReached):
            await table.client.create([UserMessage(content="漢" * 5000, source="ann")])


async def test_what_an_attempt_may_have_cost_counts_against_the_next() -> None:
    async with harness(OPENAI, cap=300) as table:
        table.server.add(Cut("body"), Say("never asked for"))

        with pytest.raises(TokenCapReached):
            await table.ask()

        assert len(table.server.calls) == 1
        assert [attempt.estimated for attempt in table.usage] == [True]


@pytest.mark.parametrize("status", [400, 403, 404, 413, 422])
async def test_a_refusal_costs_nothing_and_is_not_repeated(status: int) -> None:
    async with harness(OPENAI) as table:
        table.server.add(Fail(status, "no"))

        with pytest.raises(ModelRefused):
            await table.ask()

        assert table.usage == []
        assert len(table.server.calls) == 1


@pytest.mark.parametrize(
    ("status", "attempts"), [(500, 0), (503, 0), (429, 0), (408, 1), (502, 1), (504, 1), (524, 1)]
)
async def test_a_gateways_error_counts_as_spent_a_models_does_not(status: int, attempts: int) -> None:
    async with harness(OPENAI) as table:
        table.server.add(Fail(status), Say("ok"))

        await table.ask()

        assert [attempt.estimated for attempt in table.usage] == [True] * attempts + [False]


async def test_usage_without_a_prompt_counts_the_prompts_bound() -> None:
    async with harness(OPENAI) as table:
        table.server.add(Say("ok", usage=(0, 7)))

        await table.ask()

        [attempt] = table.usage
        assert attempt.estimated
        assert attempt.completion_tokens == 7
        assert attempt.prompt_tokens > 50


async def test_attempts_are_booked_at_worst_and_unbilled_ones_returned() -> None:
    async with harness(OPENAI) as table:
        table.server.add(Fail(500), Say("ok", usage=(50, 7)))

        await table.ask()

        first, second = table.book.reserved
        assert first == second
        assert first.completion_tokens == ANSWER
        assert first.prompt_tokens > 50
        assert first.estimated
        assert table.book.given_back == [first]


async def test_clients_of_one_turn_share_the_book() -> None:
    book = Book(10_000)
    choice = ModelChoice("demo", "", "a test")
    for agent in ("manager", "coder"):
        meter = MeteredClient(Asker(Says(), agent, choice, book, max_answer=10))
        await meter.create(ASK)

    assert [(attempt.agent, attempt.model) for attempt in book.usage] == [("manager", "demo"), ("coder", "demo")]


async def test_the_provider_is_kept_waiting_as_long_as_it_asks() -> None:
    async with harness(OPENAI) as table:
        table.server.add(Fail(429, headers={"retry-after": "0.4"}), Say("ok"))
        began = asyncio.get_running_loop().time()

        await table.ask()

        assert 0.4 <= asyncio.get_running_loop().time() - began < 2


async def test_a_provider_that_asks_for_long_is_not_called_again() -> None:
    async with harness(OPENAI, backoff=SLOW) as table:
        table.server.add(Fail(429, headers={"retry-after": "3600"}))

        with pytest.raises(ModelUnavailable, match="HTTP 429: rate limit; it asks to wait 3600 s"):
            await table.ask()

        assert len(table.server.calls) == 1


@pytest.mark.parametrize(
    "code", ["insufficient_quota", "credit_balance_exhausted", "enforced_spend_limit_reached"]
)
async def test_an_empty_account_is_not_asked_twice(code: str) -> None:
    async with harness(OPENAI) as table:
        table.server.add(Fail(429, "You exceeded your current quota.", code))

        with pytest.raises(ModelRefused, match="credit or spending limit is used up: see its billing"):
            await table.ask()

        assert len(table.server.calls) == 1


async def test_patience_ends_by_the_clock_as_well() -> None:
    async with harness(OPENAI, backoff=Backoff(attempts=100, seconds=0.5, pause=0.1)) as table:
        table.server.answer(lambda _call: Fail(503))
        began = asyncio.get_running_loop().time()

        with pytest.raises(ModelUnavailable):
            await table.ask()

        assert asyncio.get_running_loop().time() - began < 1
        assert 2 <= len(table.server.calls) <= 4


async def test_a_stop_ends_the_pause_between_attempts() -> None:
    async with harness(OPENAI, backoff=SLOW) as table:
        table.server.add(Cut("start"))
        token = CancellationToken()
        task = asyncio.create_task(table.ask(token))
        while not table.usage:  # noqa: ASYNC110  (the book has no bell)
            await asyncio.sleep(0.01)
        token.cancel()

        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(task, 1)
        assert len(table.server.calls) == 1


async def test_a_token_that_was_used_before_starts_no_call() -> None:
    async with harness(OPENAI) as table:
        token = CancellationToken()
        token.cancel()

        with pytest.raises(asyncio.CancelledError):
            await table.ask(token)

        assert table.server.calls == []
        assert table.usage == []


async def test_a_calls_failure_is_kept_until_the_next_call() -> None:
    async with harness(OPENAI) as table:
        table.server.add(Fail(400, "no"), Say("ok"))
        with pytest.raises(ModelRefused) as refused:
            await table.ask()
        assert table.client.failure is refused.value

        await table.ask()

        assert table.client.failure is None


async def test_no_key_and_no_json_gets_into_a_sentence() -> None:
    message = 'Bad {"api_key": "sk-proj-abc"} for 0123456789abcdef0123456789abcdef and sk-1***9.\nTraceback: x'
    async with harness(OPENAI) as table:
        table.server.add(Fail(400, message))

        with pytest.raises(ModelRefused) as refused:
            await table.ask()

        sentence = str(refused.value)
        assert not any(secret in sentence for secret in ("sk-", "abcdef", "***"))
        assert "\n" not in sentence


async def test_an_error_of_our_own_is_not_blamed_on_the_provider() -> None:
    class Broken(Says):
        async def answer(self, request: ModelRequest, told: Told) -> Answer:
            raise KeyError("a fault in Roundtable")

    book = Book(10_000)
    choice = ModelChoice("openai", "gpt-6-luna", "a test")
    meter = MeteredClient(Asker(Broken(), "coder", choice, book, max_answer=10))

    with pytest.raises(KeyError):
        await meter.create(ASK)
    assert [attempt.estimated for attempt in book.usage] == [True]


async def test_tokens_are_counted_without_a_tokenizer() -> None:
    async with harness(OPENAI, cap=5000) as table:
        few = table.client.count_tokens(ASK)

        assert 10 < few < table.client.count_tokens([*ASK, *ASK])
        assert table.client.remaining_tokens(ASK) == 5000 - few
        assert table.client.model_info["family"] == "unknown"
        assert table.client.actual_usage() == RequestUsage(0, 0)


async def test_after_an_end_on_demand_no_call_begins() -> None:
    async with harness(OPENAI) as table:
        table.client.abort()

        with pytest.raises(asyncio.CancelledError):
            await table.ask()

        assert table.server.calls == []
        assert table.book.reserved == []
