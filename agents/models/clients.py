"""The providers' clients, as AutoGen has them, made from the settings; making one takes some 50 ms of CPU."""

# ruff: noqa: PLC0415  (a provider's SDK takes up to seconds to import: only the chosen one's is)

from __future__ import annotations

import re
import warnings
from typing import Any

from autogen_core.models import ChatCompletionClient, ModelInfo

from agents.models.choice import ModelChoice
from agents.models.local import ollama_url
from bot.settings import Settings

_CONNECT = 10.0
"""Seconds for a connection to be made; silence after that is bounded by ROUNDTABLE_MODEL_TIMEOUT."""
_NEWER = re.compile(r"(.*/)?(gpt-([5-9]|\d\d)|o\d|chat-latest)")
"""OpenAI's own models that know `max_completion_tokens` only, behind whatever gateway."""
_NOISE = "Resolved model mismatch|No text content or tool calls|Finish reason mismatch"


def create(choice: ModelChoice, settings: Settings, agent: str) -> ChatCompletionClient:
    """A bare client for the chosen model; only the demo model cares which agent asks."""
    # AutoGen warns about what Roundtable deals with itself: dated model names and empty answers.
    warnings.filterwarnings("ignore", message=_NOISE, category=UserWarning)
    match choice.provider:
        case "openai":
            return _openai(choice, settings)
        case "azure":
            return _azure(choice, settings)
        case "anthropic":
            return _anthropic(choice, settings)
        case "ollama":
            return _ollama(choice, settings)
        case "demo":
            from agents.models.demo import DemoClient

            return DemoClient(agent)


def longest_answer(choice: ModelChoice, settings: Settings) -> dict[str, Any]:
    """The parameter that bounds an answer, under the name that this server and this model know it by."""
    newer = not choice.compatible or _NEWER.match(choice.name)
    return {"max_completion_tokens" if newer else "max_tokens": settings.roundtable_model_max_tokens}


def _openai(choice: ModelChoice, settings: Settings) -> ChatCompletionClient:
    from autogen_ext.models.openai import OpenAIChatCompletionClient
    from openai import Timeout

    arguments: dict[str, Any] = {
        # Explicit, because an empty OPENAI_BASE_URL in the environment breaks the SDK.
        "base_url": settings.openai_base_url or "https://api.openai.com/v1",
        "api_key": settings.openai_api_key.get_secret_value() or "none",
        # Servers that are only compatible may refuse names beside the text, so there names go into it.
        "include_name_in_message": not choice.compatible,
        "add_name_prefixes": choice.compatible,
        "timeout": Timeout(settings.roundtable_model_timeout, connect=_CONNECT),
    }
    return OpenAIChatCompletionClient(**arguments, **longest_answer(choice, settings), **_common(choice, settings))


def _azure(choice: ModelChoice, settings: Settings) -> ChatCompletionClient:
    from autogen_ext.models.openai import AzureOpenAIChatCompletionClient
    from openai import Timeout

    arguments: dict[str, Any] = {
        "azure_deployment": choice.name,
        "azure_endpoint": settings.azure_openai_endpoint,
        "api_version": settings.azure_openai_api_version,
        "api_key": settings.azure_openai_api_key.get_secret_value(),
        "timeout": Timeout(settings.roundtable_model_timeout, connect=_CONNECT),
    }
    return AzureOpenAIChatCompletionClient(
        **arguments, **longest_answer(choice, settings), **_common(choice, settings)
    )


def _anthropic(choice: ModelChoice, settings: Settings) -> ChatCompletionClient:
    from anthropic import Timeout

    from agents.models.anthropic import AnthropicClient

    arguments: dict[str, Any] = {
        "base_url": settings.anthropic_base_url or "https://api.anthropic.com",
        "api_key": settings.anthropic_api_key.get_secret_value(),
        "max_tokens": settings.roundtable_model_max_tokens,
        "timeout": Timeout(settings.roundtable_model_timeout, connect=_CONNECT),
    }
    return AnthropicClient(**arguments, **_common(choice, settings))


def _ollama(choice: ModelChoice, settings: Settings) -> ChatCompletionClient:
    from agents.models.ollama import OllamaClient

    return OllamaClient(
        model=choice.name,
        host=ollama_url(settings.ollama_host),
        options={"num_predict": settings.roundtable_model_max_tokens},
        model_info=_info(settings),
    )


def _common(choice: ModelChoice, settings: Settings) -> dict[str, Any]:
    return {"model": choice.name, "max_retries": 0, "model_info": _info(settings)}


def _info(settings: Settings) -> ModelInfo:
    return ModelInfo(
        vision=settings.roundtable_model_vision,
        function_calling=False,
        json_output=settings.roundtable_model_json,
        structured_output=settings.roundtable_model_json,
        family="unknown",
    )
