"""What calls cost, and how much models read, by the price list that comes with genai-prices; nothing is fetched.

The first price reads the whole list, half a second of CPU: ask for one on a thread before the loop needs it.
"""

# ruff: noqa: PLC0415  (the list is large: only a process that pays imports it)

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from agents.models.choice import ModelChoice
from bot.domain.turn_results import Usage

if TYPE_CHECKING:
    from genai_prices import Usage as Tokens
    from genai_prices.types import PriceCalculation

_FREE = ("demo", "ollama")
_LISTS = {"openai": ("openai",), "anthropic": ("anthropic",), "azure": ("azure", "openai")}
"""Whose lists have a provider's prices; what Azure's short one lacks costs what OpenAI asks."""
_CHARGE_FOR_CACHING = ("anthropic",)


def cost(usage: Usage, address: str = "") -> float | None:
    """US dollars for one attempt, by its model (`openai/…`); None when the price is unknown.

    `address` is OPENAI_BASE_URL, which may lead to a provider with prices of its own.
    """
    provider, _, name = usage.model.partition("/")
    if provider in _FREE:
        return 0.0
    own = _by_list(usage, name, address=address) if provider == "openai" and address else None
    prices = (_by_list(usage, name, listed) for listed in _LISTS.get(provider, ()))
    return next((price for price in prices if price is not None), None) if own is None else own


def window(choice: ModelChoice) -> int | None:
    """The tokens that the providers' own models read and write in one call; None when the lists do not know."""
    if choice.compatible:
        found = _found(_tokens(), choice.name, address=choice.address)
        return found.model.context_window if found else None
    lists = (_found(_tokens(), choice.name, listed) for listed in _LISTS.get(choice.provider, ()))
    return next((found.model.context_window for found in lists if found), None)


def _by_list(usage: Usage, name: str, provider: str = "", address: str = "") -> float | None:
    # At its worst, all of a prompt is written to the cache of a provider who asks more for that.
    written = usage.prompt_tokens if usage.estimated and provider in _CHARGE_FOR_CACHING else usage.cache_written
    tokens = _tokens(
        input_tokens=usage.prompt_tokens,
        cache_read_tokens=usage.cache_read,
        cache_write_tokens=written,
        output_tokens=usage.completion_tokens,
    )
    found = _found(tokens, name, provider, address)
    return float(found.total_price) if found else None


def _tokens(**counts: int) -> Tokens:
    from genai_prices import Usage as Tokens

    return Tokens(**counts)


def _found(tokens: Tokens, name: str, provider: str = "", address: str = "") -> PriceCalculation | None:
    """What a provider asks, who is named or lives at an address."""
    from genai_prices import calc_price

    name = name.removeprefix("models/")  # as Google spells its own
    with suppress(LookupError):
        if provider:
            return calc_price(tokens, name, provider_id=provider)
        return calc_price(tokens, name, provider_api_url=address)
    return None
