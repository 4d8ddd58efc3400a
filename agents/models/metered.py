"""A model as AutoGen calls it, with a fallback where one is set: every call is booked, however it ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any, Literal, TypeAlias

from autogen_core import CancellationToken
from autogen_core.models import (
    ChatCompletionClient,
    CreateResult,
    LLMMessage,
    ModelCapabilities,
    ModelInfo,
    RequestUsage,
)
from autogen_core.tools import Tool, ToolSchema
from pydantic import BaseModel

from agents.models.asker import Asker, Shorten
from agents.models.attempts import AttemptFailed
from agents.models.fallback import Takeovers, both, takes_over
from agents.models.port import Answer
from bot.domain.errors import TokenCapReached, TurnError
from bot.domain.turn_results import TookOver

ToolChoice: TypeAlias = Tool | Literal["auto", "required", "none"]

_INFO = ModelInfo(
    vision=False,
    function_calling=False,
    json_output=False,
    structured_output=False,
    family="unknown",
    multiple_system_messages=True,
)


class MeteredClient(ChatCompletionClient):
    """Calls a model for one agent; raises TokenCapReached, ModelUnavailable, ModelRefused and ContextOverflow.

    A `fallback`, where one is named, is asked once the first does not answer, and from then on alone: `takeovers`
    know it for the whole session. `failure`: what the last call raised, as AutoGen makes text of it.
    """

    def __init__(self, first: Asker, fallback: Asker | None = None, takeovers: Takeovers | None = None) -> None:
        self.failure: TurnError | None = None
        self._first = first
        self._fallback = fallback
        self._takeovers = takeovers or Takeovers(_to_nobody)
        self._calls: set[asyncio.Task[CreateResult]] = set()
        self._aborted = False

    def shortened_by(self, shorten: Shorten) -> None:
        """Where the talk is longer than what the model reads, `shorten` is asked for a shorter one."""
        for asker in filter(None, (self._first, self._fallback)):
            asker.shorten = shorten

    def abort(self) -> None:
        """End every current call, and let no other begin; for callers that pass no token on."""
        self._aborted = True
        for call in self._calls:
            call.cancel()

    async def create(
        self,
        messages: Sequence[LLMMessage],
        *,
        tools: Sequence[Tool | ToolSchema] = (),
        tool_choice: ToolChoice = "auto",
        json_output: bool | type[BaseModel] | None = None,
        extra_create_args: Mapping[str, Any] | None = None,
        cancellation_token: CancellationToken | None = None,
    ) -> CreateResult:
        """The whole answer. Tools are never offered."""
        # A task of its own, so that token and abort end a pause between attempts as well as an attempt.
        call = asyncio.create_task(self._call(messages))
        self._calls.add(call)
        call.add_done_callback(self._calls.discard)
        if self._aborted:
            call.cancel()
        if cancellation_token is not None:
            cancellation_token.link_future(call)
        return await call

    async def create_stream(
        self,
        messages: Sequence[LLMMessage],
        *,
        tools: Sequence[Tool | ToolSchema] = (),
        tool_choice: ToolChoice = "auto",
        json_output: bool | type[BaseModel] | None = None,
        extra_create_args: Mapping[str, Any] | None = None,
        cancellation_token: CancellationToken | None = None,
    ) -> AsyncGenerator[str | CreateResult, None]:
        """The whole answer in one piece: half an answer is none, and may be asked for again."""
        yield await self.create(messages, cancellation_token=cancellation_token)

    async def room(self) -> int | None:
        """Tokens that the talk may take beside system and answer; None when the window is unknown."""
        return await self._asked.room()

    @property
    def bytes_a_token(self) -> float:
        """By what the server counted last, else a careful guess."""
        return self._asked.bytes_a_token

    async def close(self) -> None:
        await self._first.close()
        if self._fallback is not None:
            await self._fallback.close()

    def actual_usage(self) -> RequestUsage:
        return self.total_usage()

    def total_usage(self) -> RequestUsage:
        totals = [asker.total for asker in (self._first, self._fallback) if asker is not None]
        return RequestUsage(
            sum(total.prompt_tokens for total in totals), sum(total.completion_tokens for total in totals)
        )

    def count_tokens(self, messages: Sequence[LLMMessage], *, tools: Sequence[Tool | ToolSchema] = ()) -> int:
        """An estimate."""
        return self._asked.tokens(messages)

    def remaining_tokens(self, messages: Sequence[LLMMessage], *, tools: Sequence[Tool | ToolSchema] = ()) -> int:
        return self._first.budget.tokens_left() - self.count_tokens(messages)

    @property
    def capabilities(self) -> ModelCapabilities:
        return self.model_info

    @property
    def model_info(self) -> ModelInfo:
        return _INFO

    @property
    def _asked(self) -> Asker:
        """The model that is asked now."""
        first, fallback = self._first, self._fallback
        replaced = fallback is not None and self._takeovers.has(str(first.model), str(fallback.model))
        return fallback if fallback is not None and replaced else first

    async def _call(self, messages: Sequence[LLMMessage]) -> CreateResult:
        self.failure = None
        before = self.total_usage()
        try:
            answer = await self._answer(messages)
        except AttemptFailed as failed:
            self.failure = failed.failure.error()
            raise self.failure from failed.__cause__
        except TokenCapReached as error:
            self.failure = error
            raise
        after = self.total_usage()
        usage = RequestUsage(
            after.prompt_tokens - before.prompt_tokens, after.completion_tokens - before.completion_tokens
        )
        return CreateResult(finish_reason="stop", content=answer.text, usage=usage, cached=False)

    async def _answer(self, messages: Sequence[LLMMessage]) -> Answer:
        asked, fallback = self._asked, self._fallback
        try:
            return await asked.answer(messages)
        except AttemptFailed as failed:
            if fallback is None or asked is fallback or not takes_over(failed.failure):
                raise
            away = failed
        first, second = str(asked.model), str(fallback.model)
        try:
            answer = await fallback.answer(messages)
        except AttemptFailed as failed:
            raise AttemptFailed(both(first, away.failure, second, failed.failure)) from failed.__cause__
        self._takeovers.note(TookOver(asked.agent, first, second))
        return answer


def _to_nobody(_took_over: TookOver) -> None:
    """Tell no one."""
