"""What calls cost, and how much models read, by the price list that comes with genai-prices; nothing is fetched.

The first price reads the whole list, half a second of CPU: ask for one on a thread before the loop needs it.
"""

# ruff: noqa: PLC0415  (the list is large: only a process that pays imports it)

from __future__ import annotations

from contextlib import suppress

from agents.models.choice import ModelChoice
from bot.events import Usage

_FREE = ("demo", "ollama")
_LISTS = {"openai": ("openai",), "anthropic": ("anthropic",), "azure": ("azure", "openai")}
"""Whose lists have a provider's prices; what Azure's short one lacks costs what OpenAI asks."""
_CHARGE_FOR_CACHING = ("anthropic",)


def cost(usage: Usage) -> float | None:
    """US dollars for one attempt, by its model (`openai/…`); None when the price is unknown."""
    provider, _, name = usage.model.partition("/")
    if provider in _FREE:
        return 0.0
    prices = (_by_list(usage, name, listed) for listed in _LISTS.get(provider, ()))
    return next((price for price in prices if price is not None), None)


def window(choice: ModelChoice) -> int | None:
    """The tokens that the providers' own models read and write in one call; None when the lists do not know."""
    from genai_prices import Usage as Tokens
    from genai_prices import calc_price

    lists = () if choice.compatible else _LISTS.get(choice.provider, ())
    for listed in lists:
        with suppress(LookupError):
            return calc_price(Tokens(), choice.name, provider_id=listed).model.context_window
    return None


def _by_list(usage: Usage, name: str, provider: str) -> float | None:
    from genai_prices import Usage as Tokens
    from genai_prices import calc_price

    # At its worst, all of a prompt is written to the cache of a provider who asks more for that.
    written = usage.prompt_tokens if usage.estimated and provider in _CHARGE_FOR_CACHING else usage.cache_written
    tokens = Tokens(
        input_tokens=usage.prompt_tokens,
        cache_read_tokens=usage.cache_read,
        cache_write_tokens=written,
        output_tokens=usage.completion_tokens,
    )
    try:
        return float(calc_price(tokens, name, provider_id=provider).total_price)
    except LookupError:
        return None
