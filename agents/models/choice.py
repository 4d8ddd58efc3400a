"""Which model a process uses: a decision over the settings, made once, and never changed silently."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, cast
from urllib.parse import urlsplit

from bot.domain.errors import OperatorError
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


MODEL, FALLBACK = "ROUNDTABLE_MODEL", "ROUNDTABLE_MODEL_FALLBACK"


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """A model to use; `why` completes "this model, because …".

    `compatible`: OPENAI_BASE_URL leads to a server that only speaks as OpenAI's does, at `address`. The model is
    named in `setting`.
    """

    provider: ProviderId
    name: str
    why: str
    compatible: bool = False
    setting: str = MODEL
    address: str = ""

    def __str__(self) -> str:
        return f"{self.provider}/{self.name}" if self.name else self.provider


def choose(settings: Settings) -> ModelChoice:
    """The model these settings ask for; raises OperatorError when its key or its address is missing."""
    if not settings.roundtable_model:
        return _complete(_by_key(settings), settings)
    return _complete(_named(settings.roundtable_model, MODEL, settings), settings)


def choose_fallback(settings: Settings, first: ModelChoice) -> ModelChoice | None:
    """What takes over where `first` does not answer, None unless one is named; raises OperatorError.

    The demo model answers always: it needs none.
    """
    if not settings.roundtable_model_fallback:
        return None
    choice = _complete(_named(settings.roundtable_model_fallback, FALLBACK, settings), settings)
    if str(choice) == str(first):
        raise OperatorError(f"{first} cannot be its own fallback: change {FALLBACK} or the team's file.")
    return None if first.provider == "demo" else choice


def banner(choice: ModelChoice, ollama: Sequence[str] = (), fallback: ModelChoice | None = None) -> str:
    """One line for the operator; `ollama` are the models of an Ollama found running."""
    if choice.provider != "demo":
        takes_over = f" {fallback} takes over when it does not answer." if fallback else ""
        return f"Model: {choice}, because {choice.why}.{takes_over}"
    return f"Model: demo, prepared programs and no language model, because {choice.why}. {way_out(ollama)}"


def way_out(ollama: Sequence[str]) -> str:
    """How to change from the demo model to a real one; `ollama` are the models of an Ollama found running."""
    if not ollama:
        return "Put a provider's key into .env to use a language model."
    return f"Ollama is running here: set ROUNDTABLE_MODEL=ollama/{ollama[0]} to use it ({_some(ollama)})."


def _complete(choice: ModelChoice, settings: Settings) -> ModelChoice:
    if missing := _missing(choice, settings):
        what = "fallback" if choice.setting == FALLBACK else "model"
        raise OperatorError(f"The {what} is {choice}, because {choice.why}: set {' and '.join(missing)} as well.")
    return choice


def _named(model: str, setting: str, settings: Settings) -> ModelChoice:
    provider, _, name = model.partition("/")
    return replace(_choice(cast(ProviderId, provider), name, f"{setting} says so", settings), setting=setting)


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
    return ModelChoice(provider, name, why, compatible, address=settings.openai_base_url if compatible else "")


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
