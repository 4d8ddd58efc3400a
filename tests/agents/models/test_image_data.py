"""Pictures are known by their heads, and what they take of caps and windows is bounded."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.models.choice import ModelChoice, ProviderId
from agents.models.image_data import LARGEST, likely, read, worst
from agents.models.vision import sees
from bot.domain.errors import OperatorError
from bot.settings import load
from tests.fakes.pictures import gif, jpeg, png, webp


@pytest.mark.parametrize(
    ("data", "media"),
    [
        (png(), "image/png"),
        (gif(), "image/gif"),
        (jpeg(), "image/jpeg"),
        (webp(), "image/webp"),
        (webp(kind=b"VP8L"), "image/webp"),
        (webp(kind=b"VP8 "), "image/webp"),
    ],
)
def test_a_picture_is_known_by_its_head_whatever_its_name(data: bytes, media: str) -> None:
    image = read("chart.txt", data)

    assert image is not None
    assert (image.media, image.name, image.width, image.height) == (media, "chart.txt", 64, 48)


@pytest.mark.parametrize(
    "data",
    [b"", b"<svg/>", b"<html>", png()[:20], jpeg()[:12], b"\xff\xd8\xff", webp(kind=b"VP9X"), png(0, 5), b"RIFF"],
)
def test_what_is_no_whole_picture_is_none(data: bytes) -> None:
    assert read("chart.png", data) is None


def test_what_the_strictest_provider_does_not_take_is_none() -> None:
    assert read("a.png", png(8_000, 8_000, LARGEST)) is not None
    assert read("a.png", png(size=LARGEST + 1)) is None
    assert read("a.png", png(8_001, 10)) is None
    assert read("a.jpg", jpeg(10, 8_001)) is None


@given(st.binary(max_size=60), st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF", b"\xff\xd8\xff"]))
def test_nothing_that_people_attach_breaks_it(data: bytes, head: bytes) -> None:
    read("x", head + data)


@pytest.mark.parametrize(
    ("width", "height"), [(400, 400), (768, 768), (8_000, 400), (1_568, 1_568), (8_000, 8_000)]
)
def test_the_worst_case_is_above_what_the_providers_count(width: int, height: int) -> None:
    image = read("a.png", png(width, height))
    assert image is not None
    tile = min(max(256, int(min(width, height) / 1.5)), 768)
    gemini = 258 * -(-width // tile) * -(-height // tile)
    claude = min(4_784, width * height / 750)

    assert worst(image, "some") >= max(gemini, claude)
    assert worst(image, "gpt-4o-mini") >= 48_169
    assert likely(image) <= 100_000


@pytest.mark.parametrize(
    ("model", "can"),
    [
        ("openai/gpt-4o", True),
        ("openai/gpt-6-luna", True),
        ("openai/o3-mini", False),
        ("openai/gpt-3.5-turbo", False),
        ("openai/gpt-oss-120b", False),
        ("openai/openai.gpt-oss-120b-1:0", False),
        ("openai/gemini-2.5-flash", True),
        ("openai/models/gemini-3-pro-preview", True),
        ("openai/us.anthropic.claude-sonnet-4-5-20250929-v1:0", True),
        ("openai/qwen2.5-coder", False),
        ("openai/Qwen/Qwen2.5-VL-7B-Instruct", True),
        ("anthropic/claude-sonnet-5", True),
        ("anthropic/claude-2.1", False),
        ("azure/charts-prod", False),
        ("ollama/llama3.2", False),
        ("ollama/llama3.2-vision", True),
        ("ollama/llava:13b", True),
        ("ollama/gemma3:4b", True),
        ("ollama/gemma3:1b", False),
    ],
)
def test_a_model_can_see_where_its_makers_say_so(model: str, can: bool) -> None:
    provider, _, name = model.partition("/")
    choice = ModelChoice(_provider(provider), name, "a test")

    assert sees(choice, "auto") is can
    assert sees(choice, "true")
    assert not sees(choice, "false")


def _provider(name: str) -> ProviderId:
    known: dict[str, ProviderId] = {
        "openai": "openai",
        "azure": "azure",
        "anthropic": "anthropic",
        "ollama": "ollama",
    }
    return known[name]


def test_the_demo_model_sees_nothing() -> None:
    assert not sees(ModelChoice("demo", "", "a test"), "true")


@pytest.mark.parametrize(
    ("value", "means"),
    [("auto", "auto"), ("true", "true"), ("True", "true"), ("1", "true"), ("false", "false"), ("no", "false")],
)
def test_the_setting_is_still_a_switch_as_well(value: str, means: str) -> None:
    assert load(None, roundtable_model_vision=value).roundtable_model_vision == means


def test_another_word_is_an_error() -> None:
    with pytest.raises(OperatorError, match="ROUNDTABLE_MODEL_VISION"):
        load(None, roundtable_model_vision="perhaps")
