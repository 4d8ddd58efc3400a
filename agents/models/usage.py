"""What a call used, with what AutoGen leaves out."""

from __future__ import annotations

from dataclasses import dataclass

from autogen_core.models import RequestUsage


@dataclass
class CachedUsage(RequestUsage):
    """`cache_read` and `cache_written` are parts of `prompt_tokens`, with prices of their own."""

    cache_read: int = 0
    cache_written: int = 0
