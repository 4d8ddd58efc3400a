"""How much a model reads, by each server's own way to say it."""

from __future__ import annotations

from typing import Any

import pytest

from agents.models import ModelChoice
from agents.models.context_windows import OLLAMA_MOST, listed_window, llama_window, ollama_own, ollama_window
from agents.models.prices import window

LISTED: list[tuple[str, dict[str, Any]]] = [
    ("vLLM", {"id": "qwen", "max_model_len": 12_288}),
    ("LM Studio", {"id": "qwen", "max_context_length": 131_072, "loaded_context_length": 12_288}),
    ("OpenRouter", {"id": "qwen", "context_length": 12_288}),
    ("llama.cpp", {"id": "qwen", "meta": {"n_ctx": 12_288, "n_ctx_train": 32_768}}),
    ("an older llama.cpp", {"id": "qwen", "meta": {"n_ctx_train": 12_288}}),
    ("Groq", {"id": "qwen", "context_window": 12_288}),
]


@pytest.mark.parametrize(("server", "entry"), LISTED, ids=[server for server, _ in LISTED])
def test_a_list_of_models_says_it(server: str, entry: dict[str, Any]) -> None:
    other = {"id": "other", "context_length": 999}
    assert listed_window({"data": [other, entry]}, "qwen") == 12_288
    assert listed_window({"data": [entry]}, "another name of it") == 12_288
    assert listed_window({"data": [other, entry]}, "unknown") is None


def test_llama_cpp_says_it_for_one_of_its_slots() -> None:
    assert llama_window({"default_generation_settings": {"n_ctx": 12_288}, "total_slots": 2}) == 12_288


def test_ollama_tells_a_models_own_window_and_that_of_its_file() -> None:
    shown = {
        "model_info": {"general.x": 1, "qwen2.context_length": 8_192},
        "parameters": "stop  x\nnum_ctx    4096",
    }
    assert ollama_window(shown) == 8_192
    assert ollama_own(shown) == 4_096
    assert ollama_window({"model_info": {"llama.context_length": 131_072}}) == OLLAMA_MOST


@pytest.mark.parametrize("wrong", [None, True, -5, 0, 12.5, "8192", 10**12, float("nan"), []], ids=repr)
def test_what_is_no_window_is_unknown(wrong: Any) -> None:
    assert llama_window({"default_generation_settings": {"n_ctx": wrong}}) is None
    assert listed_window({"data": [{"id": "m", "max_model_len": wrong}]}, "m") is None
    assert ollama_window({"model_info": {"llama.context_length": wrong}}) is None


@pytest.mark.parametrize(
    "answer", [None, [], "x", {"data": None}, {"data": [None, 3]}, {"model_info": []}], ids=repr
)
def test_what_is_no_answer_is_unknown(answer: Any) -> None:
    assert llama_window(answer) is None
    assert listed_window(answer, "m") is None
    assert ollama_window(answer) is None
    assert ollama_own(answer) is None


def test_the_price_list_knows_the_providers_own_models() -> None:
    assert (window(ModelChoice("anthropic", "claude-sonnet-4-5", "a test")) or 0) >= 200_000
    assert (window(ModelChoice("openai", "gpt-4.1", "a test")) or 0) >= 1_000_000
    assert window(ModelChoice("azure", "gpt-4.1", "a test")) == window(ModelChoice("openai", "gpt-4.1", "a test"))
    assert window(ModelChoice("openai", "gpt-4.1", "a test", compatible=True)) is None
    assert window(ModelChoice("openai", "no-such-model", "a test")) is None
    assert window(ModelChoice("demo", "", "a test")) is None
