from __future__ import annotations

import asyncio

import pytest

from agents.models import choose
from agents.models.connectivity import check
from bot.domain.errors import ModelRefused, ModelUnavailable
from bot.settings import load
from tests.agents.models.harness import ALL, KEYED, OPENAI, Case
from tests.platforms.script import Fail, Hold, Reply, Say


async def checked(case: Case, *replies: Reply, key: str = "") -> list[dict[str, object]]:
    """What the server was asked by a check that went well."""
    async with case.play(**({"key": key} if key else {})) as server:
        server.add(*replies)
        settings = case.at(server.url)
        await check(choose(settings), settings)
        return server.calls


@ALL
async def test_a_model_that_answers_passes_with_one_tiny_call(case: Case) -> None:
    [call] = await checked(case, Say("yes"))

    assert "16" in str(call)


@KEYED
async def test_a_wrong_key_is_told(case: Case) -> None:
    with pytest.raises(ModelRefused, match=f"does not accept the key: check {case.key}"):
        await checked(case, key="another")


async def test_a_model_that_thinks_too_long_for_a_tiny_answer_passes() -> None:
    message = "Could not finish the message because max_tokens or model output limit was reached."

    await checked(OPENAI, Fail(400, message))
    await checked(OPENAI, Say("", finish="length"))


async def test_a_provider_in_trouble_is_told_at_once() -> None:
    async with asyncio.timeout(5):
        with pytest.raises(ModelUnavailable, match="HTTP 503"):
            await checked(OPENAI, Fail(503))


async def test_a_silent_provider_is_told_after_the_time_limit() -> None:
    async with OPENAI.play() as server:
        hold = Hold()
        server.add(hold)
        settings = OPENAI.at(server.url, roundtable_model_timeout=0.3)

        with pytest.raises(ModelUnavailable, match="no answer in time"):
            await check(choose(settings), settings)

        await hold.gone.wait()


async def test_the_demo_needs_no_check() -> None:
    await check(choose(load(None)), load(None))
