"""The clients of the providers' servers, made from the settings; making one takes some 20 ms of CPU."""

# ruff: noqa: PLC0415  (only the chosen provider's client is imported)

from __future__ import annotations

import re
from urllib.parse import quote, urlencode

from agents.models.choice import ModelChoice
from agents.models.http_stream import HttpStream
from agents.models.local_ollama import ollama_url
from agents.models.port import ModelClient
from bot.settings import Settings

_NEWER = re.compile(r"(.*/)?(gpt-([5-9]|\d\d)|o\d|chat-latest)")
"""OpenAI's own models that know `max_completion_tokens` only, behind whatever gateway."""

_BEDROCK = re.compile(r"https://bedrock-(runtime|mantle)\.")
"""Amazon Bedrock, whose documentation has that name alone."""


def create(choice: ModelChoice, settings: Settings, agent: str) -> ModelClient:
    """A bare client for the chosen model; only the demo model cares which agent asks."""
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
            from agents.models.demo.demo_client import DemoClient

            return DemoClient(agent)


def answer_bound(choice: ModelChoice) -> str:
    """The name by which this server and this model know the parameter that bounds an answer."""
    newer = not choice.compatible or _NEWER.match(choice.name) or _BEDROCK.match(choice.address)
    return "max_completion_tokens" if newer else "max_tokens"


def _openai(choice: ModelChoice, settings: Settings) -> ModelClient:
    from agents.models.openai import OpenAIClient

    key = settings.openai_api_key.get_secret_value() or "none"
    base = settings.openai_base_url or "https://api.openai.com/v1"
    wire = _wire(base, {"authorization": f"Bearer {key}"}, settings)
    return OpenAIClient(wire, choice.name, limit=answer_bound(choice), compatible=choice.compatible)


def _azure(choice: ModelChoice, settings: Settings) -> ModelClient:
    from agents.models.openai import OpenAIClient

    wire = _wire(
        settings.azure_openai_endpoint, {"api-key": settings.azure_openai_api_key.get_secret_value()}, settings
    )
    query = urlencode({"api-version": settings.azure_openai_api_version})
    path = f"/openai/deployments/{quote(choice.name, safe='')}/chat/completions?{query}"
    return OpenAIClient(wire, choice.name, path, answer_bound(choice))


def _anthropic(choice: ModelChoice, settings: Settings) -> ModelClient:
    from agents.models.anthropic import AnthropicClient

    key = settings.anthropic_api_key.get_secret_value()
    base = settings.anthropic_base_url or "https://api.anthropic.com"
    wire = _wire(base, {"x-api-key": key, "anthropic-version": "2023-06-01"}, settings)
    return AnthropicClient(wire, choice.name)


def _ollama(choice: ModelChoice, settings: Settings) -> ModelClient:
    from agents.models.ollama import OllamaClient

    key = settings.ollama_api_key.get_secret_value()
    headers = {"authorization": f"Bearer {key}"} if key else {}
    wire = _wire(ollama_url(settings.ollama_host), headers, settings)
    return OllamaClient(wire, choice.name, most=settings.roundtable_model_window or None)


def _wire(base: str, headers: dict[str, str], settings: Settings) -> HttpStream:
    return HttpStream(base, headers, settings.roundtable_model_timeout)
