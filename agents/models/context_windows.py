"""How much a model can read and write in one call, in tokens, as servers say it. Pure.

Each server has its own place for that; what is no number, or no sensible one, is unknown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

OLLAMA_MOST = 32_768
"""What Ollama is asked for at most unless a setting says more: a window takes memory, and models claim a lot."""

_LEAST, _MOST = 256, 100_000_000
_FIELDS = ("max_model_len", "loaded_context_length", "context_length", "max_context_length", "context_window")


def llama_window(props: Any) -> int | None:
    """From llama.cpp's /props: the window of one of its slots."""
    settings = _get(props, "default_generation_settings")
    return _number(_get(settings, "n_ctx")) or _number(_get(props, "n_ctx"))


def listed_window(models: Any, name: str) -> int | None:
    """From /v1/models, as vLLM, LM Studio, OpenRouter and llama.cpp fill it in."""
    listed = _get(models, "data")
    entries = [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
    mine = [entry for entry in entries if entry.get("id") == name] or (entries if len(entries) == 1 else [])
    for entry in mine:
        meta = entry.get("meta")
        found = [_number(entry.get(field)) for field in _FIELDS]
        found += [_number(_get(meta, "n_ctx")), _number(_get(meta, "n_ctx_train"))]
        if known := next(filter(None, found), None):
            return known
    return None


def ollama_window(shown: Any) -> int | None:
    """From Ollama's /api/show: what the model was made for, up to a sensible size."""
    info = _get(shown, "model_info")
    lengths = [value for key, value in info.items() if key.endswith(".context_length")] if info else []
    found = next(filter(None, map(_number, lengths)), None)
    return None if found is None else min(found, OLLAMA_MOST)


def ollama_own(shown: Any) -> int | None:
    """The window that the model's file asks for, if it does."""
    parameters = _get(shown, "parameters")
    found = re.search(r"^num_ctx\s+(\d{1,9})\s*$", parameters, re.M) if isinstance(parameters, str) else None
    return _number(int(found[1])) if found else None


def _get(value: Any, key: str) -> Any:
    return value.get(key) if isinstance(value, Mapping) else None


def _number(value: Any) -> int | None:
    known = isinstance(value, int) and not isinstance(value, bool) and _LEAST <= value <= _MOST
    return int(value) if known else None
