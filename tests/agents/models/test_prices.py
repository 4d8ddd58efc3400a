from __future__ import annotations

import pytest

from agents.models.choice import PROVIDERS, ModelChoice
from agents.models.clients import answer_bound
from agents.models.prices import cost, window
from bot.domain.turn_results import Usage


@pytest.mark.parametrize(
    "model", [f"{name}/{entry.default}" for name, entry in PROVIDERS.items() if entry.default]
)
def test_every_default_model_has_a_price(model: str) -> None:
    assert (cost(Usage("coder", model, 1000, 1000)) or 0) > 0


def test_a_price_is_for_prompt_and_answer() -> None:
    prompt = cost(Usage("coder", "openai/gpt-4.1", 1_000_000, 0))
    answer = cost(Usage("coder", "openai/gpt-4.1", 0, 1_000_000))

    assert (prompt, answer) == (2.0, 8.0)


@pytest.mark.parametrize("model", ["demo", "ollama/llama3.2"])
def test_what_runs_here_costs_nothing(model: str) -> None:
    assert cost(Usage("coder", model, 10_000, 10_000)) == 0


def test_an_azure_deployment_named_by_its_model_has_openais_price() -> None:
    assert cost(Usage("coder", "azure/gpt-4.1", 1_000_000, 0)) == 2.0


@pytest.mark.parametrize("model", ["openai/no-such-model", "azure/charts-prod", "anthropic/gpt-4.1", "other/x"])
def test_an_unknown_price_is_none(model: str) -> None:
    assert cost(Usage("coder", model, 1000, 1000)) is None


def test_what_a_cache_holds_has_its_own_prices() -> None:
    model = "anthropic/claude-sonnet-5"
    plain = cost(Usage("coder", model, 1_000_000, 0)) or 0
    read = cost(Usage("coder", model, 1_000_000, 0, cache_read=1_000_000)) or 0
    written = cost(Usage("coder", model, 1_000_000, 0, cache_written=1_000_000)) or 0

    assert read < plain / 5 < plain < written
    assert cost(Usage("coder", model, 1_000_000, 0, estimated=True)) == written, "a reservation is for the worst"


GEMINI = "https://generativelanguage.googleapis.com/v1beta/openai/"
BEDROCK = "https://bedrock-runtime.eu-west-1.amazonaws.com/openai/v1"


@pytest.mark.parametrize(
    ("address", "model"),
    [
        (GEMINI, "openai/gemini-2.5-flash"),
        (GEMINI, "openai/models/gemini-2.5-flash"),
        (BEDROCK, "openai/openai.gpt-oss-120b-1:0"),
        (BEDROCK, "openai/amazon.nova-pro-v1:0"),
        ("https://api.groq.com/openai/v1", "openai/llama-3.3-70b-versatile"),
    ],
)
def test_an_address_tells_whose_prices_hold(address: str, model: str) -> None:
    assert cost(Usage("coder", model, 1_000_000, 0)) is None
    assert (cost(Usage("coder", model, 1_000_000, 0), address) or 0) > 0


def test_openais_models_cost_the_same_at_an_unknown_address() -> None:
    assert cost(Usage("coder", "openai/gpt-4.1", 1_000_000, 0), "https://gateway.example/v1") == 2.0
    assert cost(Usage("coder", "openai/mine", 1_000_000, 0), "https://gateway.example/v1") is None


def test_an_address_tells_whose_windows_hold() -> None:
    def at(address: str, name: str) -> int | None:
        return window(ModelChoice("openai", name, "a test", compatible=True, address=address))

    assert (at(GEMINI, "gemini-2.5-flash") or 0) >= 1_000_000
    assert at("https://gateway.example/v1", "gemini-2.5-flash") is None


def test_bedrock_is_asked_by_the_name_that_it_documents() -> None:
    def bound(address: str) -> str:
        return answer_bound(ModelChoice("openai", "some", "a test", compatible=True, address=address))

    assert bound(BEDROCK) == "max_completion_tokens"
    assert bound(GEMINI) == "max_tokens"
