"""AutoGen's model context for one agent: it keeps the whole talk and shows a bounded part of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from typing import Any, TypeAlias

from autogen_core.model_context import ChatCompletionContext
from autogen_core.models import LLMMessage

from agents.compaction import Recap, Table, fold, summed_up, transcript, view

Summarise: TypeAlias = Callable[[str], Awaitable[str]]
"""Sums a transcript up; a model's call."""


class Minutes:
    """The newest summary of a team's talk; its seats share it, for all of them hear the same messages in order."""

    def __init__(self) -> None:
        self.recap: Recap | None = None


class BoundedContext(ChatCompletionContext):
    """Sums old messages up by a call of its own when the talk has grown past the table's limit.

    What is saved is the whole talk, and the summary as a list of one, which deltas store by its digest.
    """

    def __init__(self, table: Table, minutes: Minutes, summarise: Summarise) -> None:
        super().__init__()
        self._table = table
        self._minutes = minutes
        self._summarise = summarise

    async def get_messages(self) -> list[LLMMessage]:
        """What the model is shown."""
        minutes = self._minutes
        while (through := fold(self._table, self._messages, minutes.recap)) is not None:
            text = await self._summarise(transcript(self._table, self._messages, minutes.recap, through))
            minutes.recap = summed_up(self._table, through, text)
        return view(self._table, self._messages, minutes.recap)

    async def save_state(self) -> Mapping[str, Any]:
        recap = self._minutes.recap
        return {**await super().save_state(), "recaps": [asdict(recap)] if recap else []}

    async def load_state(self, state: Mapping[str, Any]) -> None:
        await super().load_state(state)
        for recap in state.get("recaps", ()):
            self._minutes.recap = Recap(**recap)
