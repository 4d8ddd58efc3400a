"""A model that does not answer is replaced by the fallback that is named for it, and by nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from agents.models.asker import Asker
from agents.models.call_failures import Failure
from agents.models.choice import choose, choose_fallback
from agents.models.clients import create
from agents.models.fallback import Takeovers, both, takes_over
from agents.models.metered import MeteredClient
from bot.domain.errors import ModelRefused, ModelUnavailable, OperatorError, TokenCapReached
from bot.domain.turn_results import TookOver
from bot.settings import load
from tests.agents.models.harness import ANSWER, ANTHROPIC, ASK, OPENAI, QUICK, Book
from tests.platforms.script import Fail, Reply, Say, Script

FIRST, SECOND = "openai/llama3", "anthropic/claude-sonnet-5"
AWAY = Failure("A does not answer now (HTTP 503).", refused=False, cause="HTTP 503")
NO_KEY = Failure("B does not accept the key: check KEY.", refused=True)


@dataclass(frozen=True, slots=True)
class Two:
    """A meter over two played servers, and what has come of it."""

    first: Script
    second: Script
    meter: MeteredClient
    book: Book
    took_over: list[TookOver]

    async def ask(self) -> str:
        result = await self.meter.create(ASK)
        assert isinstance(result.content, str)
        return result.content


@asynccontextmanager
async def two(*replies: Reply, cap: int = 1_000_000) -> AsyncIterator[Two]:
    """The first server gives these replies; its fallback is at another."""
    async with OPENAI.play() as first, ANTHROPIC.play() as second:
        first.add(*replies)
        given = load(
            None,
            **OPENAI.settings(first.url),
            **ANTHROPIC.settings(second.url),
            roundtable_model=FIRST,
            roundtable_model_fallback=SECOND,
        )
        choice = choose(given)
        fallback = choose_fallback(given, choice)
        assert fallback is not None
        book, took_over = Book(cap), list[TookOver]()
        asker, other = (
            Asker(create(each, given, "coder"), "coder", each, book, max_answer=ANSWER, backoff=QUICK)
            for each in (choice, fallback)
        )
        meter = MeteredClient(asker, other, Takeovers(took_over.append))
        yield Two(first, second, meter, book, took_over)
        await meter.close()


def test_only_a_model_that_is_away_is_replaced() -> None:
    assert takes_over(AWAY)
    assert not takes_over(NO_KEY)
    assert not takes_over(Failure("Too long.", refused=True, overflow=True))


def test_one_sentence_names_both() -> None:
    assert both("a/1", AWAY, "b/2", Failure("", refused=False, cause="no connection")).sentence == (
        "Neither a/1 nor its fallback b/2 answers now (HTTP 503; no connection)."
    )
    refused = both("a/1", AWAY, "b/2", NO_KEY)
    assert refused.sentence == (
        "a/1 does not answer now (HTTP 503), and its fallback b/2 cannot help: "
        "B does not accept the key: check KEY."
    )
    assert not refused.refused, "the first may be back after a while"


async def test_a_fallback_takes_over_for_good_after_all_attempts() -> None:
    async with two(Fail(503), Fail(502), Fail(503), Say("I am back.")) as it:
        it.second.add(Say("Here.", usage=(60, 5)), Say("Again.", usage=(60, 5)))

        assert [await it.ask(), await it.ask()] == ["Here.", "Again."]

        assert (len(it.first.calls), len(it.second.calls)) == (3, 2)
        assert it.took_over == [TookOver("coder", FIRST, SECOND)]
        # What a gateway gave up on may have been paid, and is so under the first model's name.
        assert [(usage.model, usage.estimated) for usage in it.book.usage] == [
            (FIRST, True),
            (SECOND, False),
            (SECOND, False),
        ]
        assert [usage.model for usage in it.book.reserved] == [FIRST] * 3 + [SECOND] * 2
        assert it.meter.total_usage().completion_tokens == sum(usage.completion_tokens for usage in it.book.usage)


@pytest.mark.parametrize(
    "reply",
    [
        Fail(400, "no"),
        Fail(401),
        Fail(402),
        Fail(403),
        Fail(404),
        Fail(429, "You exceeded your current quota.", "insufficient_quota"),
        Fail(400, "the request exceeds the available context size", "exceed_context_size_error"),
        Say("", finish="content_filter"),
    ],
    ids=["400", "401", "402", "403", "404", "credit", "overflow", "filter"],
)
async def test_a_refusal_is_no_reason_to_take_over(reply: Reply) -> None:
    async with two(reply) as it:
        with pytest.raises(ModelRefused):
            await it.ask()

        assert it.second.requests == []
        assert it.took_over == []


async def test_a_cap_is_no_reason_to_take_over() -> None:
    async with two(cap=100) as it:
        with pytest.raises(TokenCapReached):
            await it.ask()

        assert it.second.requests == []


async def test_a_fallback_must_fit_the_cap_as_well() -> None:
    # Two attempts may have been paid: what is left is too little for a third, whoever answers it.
    async with two(Fail(503), Fail(503), Fail(502), cap=400) as it:
        it.second.say("never asked for")
        with pytest.raises(TokenCapReached) as reached:
            await it.ask()

        assert it.second.requests == []
        assert it.meter.failure is reached.value
        assert it.took_over == []


async def test_both_away_is_one_sentence_and_the_first_is_tried_again() -> None:
    async with two(*[Fail(503)] * 3, Say("I am back.")) as it:
        it.second.add(*[Fail(529)] * 3)
        with pytest.raises(ModelUnavailable) as failed:
            await it.ask()

        assert str(failed.value) == (
            f"Neither {FIRST} nor its fallback {SECOND} answers now "
            "(HTTP 503: service unavailable; HTTP 529: overloaded)."
        )
        assert it.took_over == []
        assert await it.ask() == "I am back."


async def test_after_a_refusing_fallback_the_first_is_tried_again() -> None:
    async with two(*[Fail(503)] * 3, Say("I am back.")) as it:
        it.second.add(Fail(401))
        with pytest.raises(
            ModelUnavailable, match=f"its fallback {SECOND} cannot help: Anthropic does not accept"
        ):
            await it.ask()

        assert await it.ask() == "I am back."


def test_none_is_chosen_unless_it_is_named() -> None:
    given = load(None, openai_api_key="sk-1", anthropic_api_key="sk-2")

    assert choose_fallback(given, choose(given)) is None


def test_a_fallback_needs_its_key_when_roundtable_starts() -> None:
    given = load(None, openai_api_key="sk-1", roundtable_model_fallback=SECOND)

    sentence = (
        f"The fallback is {SECOND}, because ROUNDTABLE_MODEL_FALLBACK says so: set ANTHROPIC_API_KEY as well."
    )
    with pytest.raises(OperatorError, match=sentence):
        choose_fallback(given, choose(given))


def test_a_model_cannot_be_its_own_fallback() -> None:
    given = load(None, openai_api_key="sk-1", roundtable_model="openai/x", roundtable_model_fallback="openai/x")

    with pytest.raises(OperatorError, match="openai/x cannot be its own fallback"):
        choose_fallback(given, choose(given))


def test_the_demo_is_no_fallback_and_needs_none() -> None:
    with pytest.raises(OperatorError, match="ROUNDTABLE_MODEL_FALLBACK: must be openai/NAME"):
        load(None, roundtable_model_fallback="demo")
    given = load(None, roundtable_model="demo", anthropic_api_key="sk-2", roundtable_model_fallback=SECOND)
    assert choose_fallback(given, choose(given)) is None


async def test_a_sentence_about_a_fallback_names_its_setting() -> None:
    async with two(*[Fail(503)] * 3) as it:
        it.second.add(Fail(404))
        with pytest.raises(ModelUnavailable, match="claude-sonnet-5: check ROUNDTABLE_MODEL_FALLBACK"):
            await it.ask()
