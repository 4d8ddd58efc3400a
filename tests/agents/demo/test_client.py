"""The demo as an AutoGen model client."""

from __future__ import annotations

import asyncio

import pytest
from autogen_core import CancellationToken
from autogen_core.models import AssistantMessage, CreateResult, LLMMessage, SystemMessage, UserMessage

from agents.models.demo import DemoClient

TASK: list[LLMMessage] = [
    SystemMessage(content="You are the analyst."),
    UserMessage(content="Plot sin(x)", source="Ada"),
]


async def test_answers_and_estimates_its_usage() -> None:
    client = DemoClient("analyst")
    result = await client.create(TASK)
    assert isinstance(result.content, str)
    assert "```python" in result.content
    assert result.usage.prompt_tokens == client.count_tokens(TASK) > 0
    assert result.usage.completion_tokens == pytest.approx(len(result.content) / 4, rel=0.05)
    assert client.total_usage() == result.usage
    assert client.model_info["function_calling"] is False
    await client.close()


async def test_streams_the_same_message() -> None:
    client = DemoClient("analyst")
    pieces = [piece async for piece in client.create_stream(TASK)]
    assert isinstance(pieces[-1], CreateResult)
    assert "".join(piece for piece in pieces if isinstance(piece, str)) == pieces[-1].content


async def test_knows_its_own_messages_from_those_of_others() -> None:
    client = DemoClient("analyst")
    code = (await client.create(TASK)).content
    assert isinstance(code, str)
    talk = [
        *TASK,
        AssistantMessage(content=code, source="analyst"),
        UserMessage(content="exit code: 0 (0.1 s)\noutput: (none)", source="executor"),
    ]
    answer = (await client.create(talk)).content
    assert isinstance(answer, str)
    assert answer.endswith("TERMINATE")


async def test_the_house_rules_say_who_is_an_agent() -> None:
    rules = SystemMessage(
        content="You are dora, writes code.\nAt the table: dora (Writes code), runner (Runs the code)."
    )
    talk: list[LLMMessage] = [
        rules,
        UserMessage(content="```python\nprint(1)\n```", source="Ada"),
        AssistantMessage(content="I run it.\n```python\nprint(1)\n```", source="dora"),
        UserMessage(content="exit code: 0 (0.1 s)\noutput:\n1", source="runner"),
    ]
    answer = (await DemoClient("dora").create(talk)).content
    assert isinstance(answer, str)
    assert "It printed: `1`." in answer


async def test_a_cancelled_call_ends_at_once() -> None:
    token = CancellationToken()
    call = asyncio.ensure_future(DemoClient("analyst").create(TASK, cancellation_token=token))
    await asyncio.sleep(0)
    token.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
