"""What Anthropic is asked to cache, and what of it is counted."""

from __future__ import annotations

from typing import Any

from autogen_core.models import AssistantMessage, LLMMessage, SystemMessage, UserMessage

from agents.models.anthropic import marked
from bot.domain.turn_results import Usage
from tests.agents.models.harness import ANTHROPIC, harness
from tests.platforms.script import Say

MODEL = "anthropic/claude-sonnet-5"
TALK: list[LLMMessage] = [
    SystemMessage(content="You write code."),
    UserMessage(content="Plot the sales.", source="ann"),
    AssistantMessage(content="print(1)", source="coder"),
    UserMessage(content="exit code: 0", source="executor"),
    UserMessage(content="No title.", source="reviewer"),
    AssistantMessage(content="print(2)", source="coder"),
    UserMessage(content="exit code: 1", source="executor"),
]


def _marked(request: dict[str, Any]) -> list[str]:
    contents = [request.get("system", ""), *(message["content"] for message in request["messages"])]
    blocks = [block for content in contents if isinstance(content, list) for block in content]
    assert all(block["cache_control"] == {"type": "ephemeral"} for block in blocks)
    return [block["text"] for block in blocks]


async def test_the_stable_beginning_is_marked_for_the_cache() -> None:
    async with harness(ANTHROPIC) as table:
        table.server.say("Here.")
        await table.client.create(TALK)

        [call] = table.server.calls
        report = "[executor]\nexit code: 0\n\n[reviewer]\nNo title."
        assert _marked(call) == ["You write code.", report, "print(2)"]
        roles = [message["role"] for message in call["messages"]]
        assert roles == ["user", "assistant", "user", "assistant", "user"]
        assert call["messages"][0]["content"] == "Plot the sales."


async def test_tokens_read_from_and_written_to_the_cache_are_prompt() -> None:
    talk = [SystemMessage(content="You write code. " * 1_000), *TALK[1:]]
    async with harness(ANTHROPIC) as table:
        table.server.add(Say("Here.", usage=(5_000, 20), cached=(4_000, 900)), Say("And.", usage=(6_000, 10)))
        await table.client.create(talk)
        await table.client.create(talk)

        assert table.usage == [
            Usage("coder", MODEL, 5_000, 20, cache_read=4_000, cache_written=900),
            Usage("coder", MODEL, 6_000, 10),
        ]
        assert table.client.total_usage().prompt_tokens == 11_000


async def test_a_first_question_is_sent_as_it_is() -> None:
    request = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
    assert marked(request) == request
    blank = {"system": " ", "messages": [{"role": "user", "content": " "}, {"role": "user", "content": "Hi"}]}
    assert marked(blank) == blank
