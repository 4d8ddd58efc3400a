"""AutoGen's model context for one agent: it keeps the whole talk and shows a bounded part of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, replace
from typing import Any, TypeAlias

from autogen_core.model_context import ChatCompletionContext
from autogen_core.models import LLMMessage

from agents.compaction import ContextLimits, Recap, advised, fold, summed_up, tokens, transcript, view

LEAST = 500
"""The least limit of a talk, in tokens."""

_STEP = 250
"""What has room changes a little with every count of the server's; what is shown must not, for caches."""

Summarise: TypeAlias = Callable[[str], Awaitable[str]]
"""Sums a transcript up; a model's call."""

Room: TypeAlias = Callable[[], Awaitable[int | None]]
"""How many tokens of four bytes the model has room for; None when that is not known."""


class SharedSummary:
    """The newest summary of a team's talk; its agents share it, as they get the same messages in order."""

    def __init__(self) -> None:
        self.recap: Recap | None = None


class BoundedContext(ChatCompletionContext):
    """Sums old messages up by a call of its own when the talk has grown past a limit, or the model's room.

    What is saved is the whole talk, and the summary as a list of one, which deltas store by its digest.
    """

    def __init__(self, limits: ContextLimits, shared: SharedSummary, summarise: Summarise, room: Room) -> None:
        super().__init__()
        self._limits = limits
        self._shared = shared
        self._summarise = summarise
        self._room = room

    async def get_messages(self) -> list[LLMMessage]:
        """What the model is shown."""
        room = await self._room()
        if room is not None and room < self._limits.limit:
            self._limits = replace(self._limits, limit=max(LEAST, room // _STEP * _STEP))
        return await self._shown()

    async def shorter(self) -> list[LLMMessage] | None:
        """What the model is shown when it cannot read as much as was thought; None when it can hardly be less."""
        before = tokens(view(self._limits, self._messages, self._shared.recap))
        self._limits = replace(self._limits, limit=max(LEAST, min(self._limits.limit, before) // 2))
        shown = await self._shown()
        return shown if tokens(shown) < before else None

    async def save_state(self) -> Mapping[str, Any]:
        recap = self._shared.recap
        return {**await super().save_state(), "recaps": [asdict(recap)] if recap else []}

    async def load_state(self, state: Mapping[str, Any]) -> None:
        await super().load_state(state)
        for recap in state.get("recaps", ()):
            self._shared.recap = Recap(**recap)

    async def _shown(self) -> list[LLMMessage]:
        shared = self._shared
        while (through := fold(self._limits, self._messages, shared.recap)) is not None:
            text = await self._summarise(transcript(self._limits, self._messages, shared.recap, through))
            shared.recap = summed_up(self._limits, through, text)
        return advised(self._limits, view(self._limits, self._messages, shared.recap))
