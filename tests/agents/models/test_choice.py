from __future__ import annotations

import subprocess
import sys

import pytest

from agents.models import ModelChoice, banner, choose
from bot.domain.errors import OperatorError
from bot.settings import load


def test_a_named_model_is_used() -> None:
    choice = choose(load(None, roundtable_model="openai/gpt-9", openai_api_key="sk-1", anthropic_api_key="sk-2"))

    assert str(choice) == "openai/gpt-9"
    assert choice.why == "ROUNDTABLE_MODEL says so"


@pytest.mark.parametrize(
    ("model", "key"),
    [
        ("openai/gpt-9", "OPENAI_API_KEY"),
        ("anthropic/claude-9", "ANTHROPIC_API_KEY"),
        ("azure/prod", "AZURE_OPENAI_API_KEY and AZURE_OPENAI_ENDPOINT"),
    ],
)
def test_a_model_without_its_key_is_an_error_naming_the_key(model: str, key: str) -> None:
    with pytest.raises(OperatorError, match=f"^The model is {model}, .* set {key} as well.$"):
        choose(load(None, roundtable_model=model))


@pytest.mark.parametrize("model", ["ollama/llama3.2", "ollama/library/qwen3:4b", "demo"])
def test_some_models_need_no_key(model: str) -> None:
    assert str(choose(load(None, roundtable_model=model))) == model


def test_a_server_that_only_speaks_as_openai_needs_no_key() -> None:
    choice = choose(load(None, roundtable_model="openai/qwen", openai_base_url="http://127.0.0.1:8000/v1"))

    assert choice.compatible


@pytest.mark.parametrize("url", ["", "https://api.openai.com/v1", "https://eu.api.openai.com/v1"])
def test_openais_own_addresses_need_the_key(url: str) -> None:
    with pytest.raises(OperatorError, match="OPENAI_API_KEY"):
        choose(load(None, roundtable_model="openai/gpt-9", openai_base_url=url))


def test_a_key_alone_selects_its_providers_default() -> None:
    openai = choose(load(None, openai_api_key="sk-1"))
    anthropic = choose(load(None, anthropic_api_key="sk-2"))
    azure = choose(
        load(None, azure_openai_api_key="k", azure_openai_endpoint="https://x", azure_openai_deployment="d")
    )

    assert [str(choice) for choice in (openai, anthropic, azure)] == [
        "openai/gpt-6-luna",
        "anthropic/claude-sonnet-5",
        "azure/d",
    ]
    assert anthropic.why == "ANTHROPIC_API_KEY is set and ROUNDTABLE_MODEL is not"


def test_the_first_of_several_keys_counts_and_others_are_named() -> None:
    choice = choose(load(None, azure_openai_api_key="k", anthropic_api_key="sk-2", openai_api_key="sk-1"))

    assert choice.provider == "openai"
    assert "ANTHROPIC_API_KEY and AZURE_OPENAI_API_KEY, set as well, come after it" in choice.why


def test_azures_key_alone_asks_for_endpoint_and_deployment() -> None:
    with pytest.raises(OperatorError, match="set AZURE_OPENAI_ENDPOINT and AZURE_OPENAI_DEPLOYMENT as well"):
        choose(load(None, azure_openai_api_key="k"))


def test_without_any_key_it_is_the_demo_and_says_so() -> None:
    choice = choose(load(None))

    assert str(choice) == "demo"
    assert banner(choice) == (
        "Model: demo, prepared programs and no language model, "
        "because neither ROUNDTABLE_MODEL nor a provider's key is set. "
        "Put a provider's key into .env to use a language model."
    )


def test_the_demos_banner_names_an_ollama_that_was_found() -> None:
    line = banner(ModelChoice("demo", "", "no key is set"), ["llama3.2:latest", "b", "c", "d", "e", "f"])

    assert "set ROUNDTABLE_MODEL=ollama/llama3.2:latest to use it (llama3.2:latest, b, c, d, e and 1 more)" in line


def test_another_models_banner_says_why() -> None:
    line = banner(ModelChoice("ollama", "llama3.2", "ROUNDTABLE_MODEL says so"), ["qwen3"])

    assert line == "Model: ollama/llama3.2, because ROUNDTABLE_MODEL says so."


def test_choosing_imports_no_client() -> None:
    heavy = "{'autogen_core', 'autogen_ext', 'openai', 'anthropic', 'ollama', 'httpx', 'genai_prices'}"
    code = f"import sys, agents.models; found = {heavy} & set(sys.modules); sys.exit(str(found) if found else 0)"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
