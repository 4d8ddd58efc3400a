"""Parameters that some servers refuse: a request is sent again without the one that is named."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from agents.models.http_stream import ErrorStatus
from agents.models.port import Answer

_OPTIONAL = ("stream_options", "stream", "temperature", "seed")
"""What a request can do without, in the order in which a message that names one is understood."""
_RENAMED = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}
_SAYS_NO = frozenset({400, 422, 501})
_WORDS: Mapping[str, str] = {"stream": r"stream(ing)?"}
_ABOUT_VALUE = re.compile(r"between|range|(less|greater|smaller|larger|lower|higher) than|at (most|least)", re.I)
_UNKNOWN = re.compile(r"unsupported|not support|unknown|unrecogni[sz]ed|unexpected|extra|not permitted", re.I)

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Optionals:
    """Remembers for one model what its server refuses."""

    refused: set[str] = field(default_factory=set)

    async def send(self, body: Mapping[str, Any], ask: Callable[[Mapping[str, Any]], Awaitable[Answer]]) -> Answer:
        """Ask, without what was refused before or is refused now."""
        while True:
            wanted = _without(body, self.refused)
            try:
                return await ask(wanted)
            except ErrorStatus as no:
                name = named(no, wanted)
                if name is None:
                    raise
                _log.warning("The model's server refuses the parameter %s: it is left out from now on.", name)
                self.refused.add(name)


def named(no: ErrorStatus, body: Mapping[str, Any]) -> str | None:
    """Which of a request's parameters this refusal says that it must do without; None for none."""
    if no.status not in _SAYS_NO:
        return None
    said = no.body if isinstance(no.body, str) else json.dumps(no.body, ensure_ascii=False)
    present = [name for name in _OPTIONAL if body.get(name, False) is not False and not _ABOUT_VALUE.search(said)]
    present += [name for name in _RENAMED if name in body and _UNKNOWN.search(said)]
    return next((name for name in present if re.search(rf"\b{_WORDS.get(name, name)}\b", said, re.I)), None)


def _without(body: Mapping[str, Any], refused: set[str]) -> Mapping[str, Any]:
    left = {name: value for name, value in body.items() if name not in refused}
    if "stream" in refused:
        left.pop("stream_options", None)
        # Ollama streams unless told otherwise.
        left["stream"] = False
    for name in refused & _RENAMED.keys() & body.keys():
        if _RENAMED[name] not in refused:
            left[_RENAMED[name]] = body[name]
    return left
