"""Which model a process uses: a decision over the settings, made once, and never changed silently."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, cast
from urllib.parse import urlsplit

from bot.errors import OperatorError
from bot.settings import Settings

ProviderId: TypeAlias = Literal["openai", "azure", "anthropic", "ollama", "demo"]


@dataclass(frozen=True, slots=True)
class Provider:
    """What people call a provider, the settings that hold its key and its address, its default model's name."""

    name: str
    key: str = ""
    address: str = ""
    default: str = ""


PROVIDERS: Mapping[ProviderId, Provider] = {
    "openai": Provider("OpenAI", "OPENAI_API_KEY", "OPENAI_BASE_URL", "gpt-6-luna"),
    "anthropic": Provider("Anthropic", "ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", "claude-sonnet-5"),
    "azure": Provider("Azure OpenAI", "AZURE_OPENAI_API_KEY", "AZURE_OPENAI_ENDPOINT"),
    "ollama": Provider("Ollama", address="OLLAMA_HOST"),
    "demo": Provider("The demo model"),
}


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """A model to use; `why` completes "this model, because …".

    `compatible`: OPENAI_BASE_URL leads to a server that only speaks as OpenAI's does.
    """

    provider: ProviderId
    name: str
    why: str
    compatible: bool = False

    def __str__(self) -> str:
        return f"{self.provider}/{self.name}" if self.name else self.provider


def choose(settings: Settings) -> ModelChoice:
    """The model these settings ask for; raises OperatorError when its key or its address is missing."""
    choice = _named(settings) if settings.roundtable_model else _by_key(settings)
    if missing := _missing(choice, settings):
        raise OperatorError(f"The model is {choice}, because {choice.why}: set {' and '.join(missing)} as well.")
    return choice


def banner(choice: ModelChoice, ollama: Sequence[str] = ()) -> str:
    """One line for whoever starts Roundtable; `ollama` are the models of an Ollama found running."""
    if choice.provider != "demo":
        return f"Model: {choice}, because {choice.why}."
    return f"Model: demo, a set of rules and no language model, because {choice.why}. {way_out(ollama)}"


def way_out(ollama: Sequence[str]) -> str:
    """How to get from the demo model to a real one; `ollama` are the models of an Ollama found running."""
    if not ollama:
        return "Put a provider's key into .env to use a language model."
    return f"Ollama is running here: set ROUNDTABLE_MODEL=ollama/{ollama[0]} to use it ({_some(ollama)})."


def _named(settings: Settings) -> ModelChoice:
    provider, _, name = settings.roundtable_model.partition("/")
    return _choice(cast(ProviderId, provider), name, "ROUNDTABLE_MODEL says so", settings)


def _by_key(settings: Settings) -> ModelChoice:
    held = [provider for provider in PROVIDERS if _key(provider, settings)]
    if not held:
        return ModelChoice("demo", "", "neither ROUNDTABLE_MODEL nor a provider's key is set")
    first, *others = held
    why = f"{PROVIDERS[first].key} is set and ROUNDTABLE_MODEL is not"
    if others:
        keys = " and ".join(PROVIDERS[other].key for other in others)
        why += f" ({keys}, set as well, come after it)"
    name = settings.azure_openai_deployment if first == "azure" else PROVIDERS[first].default
    return _choice(first, name, why, settings)


def _choice(provider: ProviderId, name: str, why: str, settings: Settings) -> ModelChoice:
    host = urlsplit(settings.openai_base_url or "https://api.openai.com").hostname or ""
    compatible = provider == "openai" and host != "openai.com" and not host.endswith(".openai.com")
    return ModelChoice(provider, name, why, compatible)


def _missing(choice: ModelChoice, settings: Settings) -> list[str]:
    missing = []
    key = PROVIDERS[choice.provider].key
    if key and not choice.compatible and not _key(choice.provider, settings):
        missing.append(key)
    if choice.provider == "azure":
        missing += ["AZURE_OPENAI_ENDPOINT"] if not settings.azure_openai_endpoint else []
        missing += ["AZURE_OPENAI_DEPLOYMENT"] if not choice.name else []
    return missing


def _key(provider: ProviderId, settings: Settings) -> str:
    secrets = {
        "openai": settings.openai_api_key,
        "anthropic": settings.anthropic_api_key,
        "azure": settings.azure_openai_api_key,
    }
    return secrets[provider].get_secret_value() if provider in secrets else ""


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:5])
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5} more"
