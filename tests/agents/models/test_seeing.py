"""Pictures in requests: their shape at each provider's, their price, and what becomes of one that is refused."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from autogen_core.models import AssistantMessage, LLMMessage, SystemMessage, UserMessage

from agents.models.image_data import likely, read, worst
from agents.models.port import Image
from tests.agents.models.harness import ANSWER, ANTHROPIC, AZURE, OLLAMA, OPENAI, Case, harness
from tests.fakes.pictures import jpeg, png
from tests.platforms.script import Fail, Say

ALL = pytest.mark.parametrize("case", [OPENAI, AZURE, ANTHROPIC, OLLAMA], ids=lambda case: case.provider)
SEEN = "What is this?\n\n(Shown with this message, in this order: `a.png`, `b.jpg`)"
TALK: tuple[LLMMessage, ...] = (
    SystemMessage(content="You write code."),
    UserMessage(content="What is this?", source="ann"),
    AssistantMessage(content="A chart.", source="coder"),
    UserMessage(content="And now?", source="ann"),
)


def picture(name: str, data: bytes) -> Image:
    image = read(name, data)
    assert image is not None
    return image


A, B = picture("a.png", png()), picture("b.jpg", jpeg(1_000, 800))


async def both(_messages: Sequence[LLMMessage]) -> Mapping[int, Sequence[Image]]:
    return {1: [A, B]}


@ALL
async def test_pictures_go_with_their_message_in_each_providers_way(case: Case) -> None:
    async with harness(case, find_images=both) as harnessed:
        harnessed.server.say("Here.")
        await harnessed.client.create(TALK)

        messages = [message for message in harnessed.server.calls[0]["messages"] if message["role"] != "system"]
        assert _pictures(messages[0]) == [("image/png", A.data), ("image/jpeg", B.data)]
        assert SEEN in str(messages[0]).replace("\\n", "\n")
        assert [_pictures(message) for message in messages[1:]] == [[], []]


def _pictures(message: Mapping[str, Any]) -> list[tuple[str, bytes]]:
    """What a server finds in a message, by its own documentation."""
    if "images" in message:
        kinds = {b"\x89": "image/png", b"\xff": "image/jpeg"}
        found = [base64.b64decode(data, validate=True) for data in message["images"]]
        return [(kinds[data[:1]], data) for data in found]
    parts = message["content"] if isinstance(message["content"], list) else []
    found_parts: list[tuple[str, bytes]] = []
    for part in parts:
        if part["type"] == "image":
            assert part["source"]["type"] == "base64"
            found_parts.append((part["source"]["media_type"], base64.b64decode(part["source"]["data"])))
        elif part["type"] == "image_url":
            kind, _, data = part["image_url"]["url"].removeprefix("data:").partition(";base64,")
            found_parts.append((kind, base64.b64decode(data)))
    return found_parts


async def test_anthropic_caches_a_message_with_pictures_to_its_end() -> None:
    async with harness(ANTHROPIC, find_images=both) as harnessed:
        harnessed.server.say("Here.")
        await harnessed.client.create(TALK)

        blocks = harnessed.server.calls[0]["messages"][0]["content"]
        assert [("cache_control" in block) for block in blocks] == [False, False, True]


async def test_pictures_are_reserved_at_their_worst_apart_from_text() -> None:
    async with harness(OPENAI, find_images=both) as harnessed:
        harnessed.server.add(Say("Here.", usage=(12_000, 5)))
        before = harnessed.client.bytes_a_token
        await harnessed.client.create([*TALK, UserMessage(content="x" * 5_000, source="ann")])

        [reserved] = harnessed.book.reserved
        pictures = worst(A, "gpt-6-luna") + worst(B, "gpt-6-luna")
        assert 5_000 + pictures < reserved.prompt_tokens < 6_000 + pictures
        [usage] = harnessed.usage
        assert (usage.prompt_tokens, usage.disbelieved) == (12_000, False)
        assert harnessed.client.bytes_a_token == before


@pytest.mark.parametrize(("left", "shown"), [(1_000, []), (16_000, ["b.jpg"]), (40_000, ["a.png", "b.jpg"])])
async def test_the_oldest_pictures_stay_out_where_the_cap_has_no_room(left: int, shown: list[str]) -> None:
    async with harness(OPENAI, find_images=both, cap=left + ANSWER) as harnessed:
        harnessed.server.say("Here.")
        await harnessed.client.create(TALK)

        told = str(harnessed.server.calls[0]["messages"])
        assert [name for name in ("a.png", "b.jpg") if f"`{name}`" in told] == shown
        assert len(_pictures(harnessed.server.calls[0]["messages"][1])) == len(shown)


async def test_pictures_have_room_in_the_window_after_the_talk() -> None:
    window = likely(B) + 700
    async with harness(OPENAI, find_images=both, answer=300, roundtable_model_window=window) as harnessed:
        harnessed.server.say("Here.")
        await harnessed.client.create(TALK)

        assert "`a.png`" not in str(harnessed.server.calls[0]["messages"])
        assert "`b.jpg`" in str(harnessed.server.calls[0]["messages"])


@pytest.mark.parametrize(
    "refusal",
    [
        Fail(400, "Invalid content type. image_url is only supported by certain models."),
        Fail(400, "messages.0.content.0.image.source.base64.data: Could not process image"),
        Fail(404, "No endpoints found that support image input"),
        Fail(500, "image input is not supported - hint: you may need to provide the mmproj"),
    ],
    ids=["no eyes", "broken", "router", "llama.cpp"],
)
async def test_a_picture_that_is_refused_is_left_out_from_then_on(refusal: Fail) -> None:
    async with harness(OPENAI, find_images=both) as harnessed:
        harnessed.server.add(refusal, Say("I cannot see it."), Say("Still not."))
        first = await harnessed.client.create(TALK)
        await harnessed.client.create(TALK)

        assert first.content == "I cannot see it."
        assert [len(_pictures(call["messages"][1])) for call in harnessed.server.calls] == [2, 0, 0]
        assert "Shown with" not in str(harnessed.server.calls[1])


async def test_a_refusal_without_pictures_is_one() -> None:
    async with harness(OPENAI) as harnessed:
        harnessed.server.add(Fail(400, "There is no image here."))
        with pytest.raises(Exception, match="refuses the request"):
            await harnessed.ask()
        assert len(harnessed.server.calls) == 1
