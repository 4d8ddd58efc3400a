"""A model client around another: each attempt must fit the cap, is counted, can be stopped, may be retried."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeAlias, TypeVar

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
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    stop_after_attempt,
    stop_before_delay,
)
from tenacity.wait import wait_exponential_jitter

from agents.models.choice import ModelChoice
from agents.models.failures import Failure, blank, explain, service
from agents.models.usage import CachedUsage
from bot.errors import TokenCapReached, TurnError
from bot.events import Usage

T = TypeVar("T")
ToolChoice: TypeAlias = Tool | Literal["auto", "required", "none"]
Attempt: TypeAlias = Callable[[], Awaitable[CreateResult]]


class Budget(Protocol):
    """What a turn may still use."""

    usage: list[Usage]
    """Every attempt of the turn so far."""

    def tokens_left(self) -> int:
        """What the cap allows at this moment, everything in `usage` taken off."""

    async def reserve(self, worst: Usage) -> None:
        """Book an attempt's worst case, durably: one that the end of the process cuts off counts as spent."""

    async def unbilled(self) -> None:
        """Take back what was booked last: the provider asks nothing for it."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """When to give a provider up: after `attempts`, or when the next would start `seconds` after the first.

    Pauses between attempts start at `pause` seconds and triple, with as much as `pause` more at random. Where the
    provider asks for a pause, it gets that.
    """

    attempts: int = 4
    seconds: float = 90.0
    pause: float = 4.0


class _AttemptFailed(Exception):
    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.sentence)
        self.failure = failure


class MeteredClient(ChatCompletionClient):
    """Calls `inner` for one agent; raises TokenCapReached, ModelUnavailable and ModelRefused.

    All clients of a turn share its `budget`. `max_answer` must be what `inner` asks of the provider.
    `timeout`: seconds for an attempt to answer. `failure`: what the last call raised, as AutoGen makes text of it.
    """

    def __init__(
        self,
        inner: ChatCompletionClient,
        agent: str,
        model: ModelChoice,
        budget: Budget,
        *,
        max_answer: int,
        timeout: float = 120.0,
        backoff: Backoff | None = None,
    ) -> None:
        self.failure: TurnError | None = None
        self._inner = inner
        self._agent = agent
        self._model = model
        self._budget = budget
        self._max_answer = max_answer
        self._timeout = timeout
        self._backoff = backoff or Backoff()
        self._service = service(model)
        self._total = RequestUsage(prompt_tokens=0, completion_tokens=0)
        self._calls: set[asyncio.Task[CreateResult]] = set()
        self._aborted = False

    def abort(self) -> None:
        """End every call under way, and let no other begin; for callers that pass no token on."""
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
        def attempt() -> Awaitable[CreateResult]:
            return self._inner.create(
                messages,
                tools=tools,
                tool_choice=tool_choice,
                json_output=json_output,
                extra_create_args=extra_create_args or {},
            )

        # A task of its own, so that token and abort end a pause between attempts as well as an attempt.
        call = asyncio.create_task(self._call(attempt, _bytes(messages, tools)))
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
        """The whole answer in one piece.

        AutoGen's clients may leave a streamed answer's connection open when they are stopped between two pieces.
        """
        yield await self.create(
            messages,
            tools=tools,
            tool_choice=tool_choice,
            json_output=json_output,
            extra_create_args=extra_create_args,
            cancellation_token=cancellation_token,
        )

    async def close(self) -> None:
        await self._inner.close()

    def actual_usage(self) -> RequestUsage:
        return self._total

    def total_usage(self) -> RequestUsage:
        return self._total

    def count_tokens(self, messages: Sequence[LLMMessage], *, tools: Sequence[Tool | ToolSchema] = ()) -> int:
        """An estimate; the tokenizers of AutoGen's clients download their data."""
        return _bytes(messages, tools) // 4

    def remaining_tokens(self, messages: Sequence[LLMMessage], *, tools: Sequence[Tool | ToolSchema] = ()) -> int:
        return self._budget.tokens_left() - self.count_tokens(messages, tools=tools)

    @property
    def capabilities(self) -> ModelCapabilities:
        return self._inner.capabilities

    @property
    def model_info(self) -> ModelInfo:
        return self._inner.model_info

    async def _call(self, attempt: Attempt, prompt: int) -> CreateResult:
        """Attempts until one answers, is refused, or patience ends; `prompt` bounds the request's tokens."""
        self.failure = None
        backoff = self._backoff
        retrying = AsyncRetrying(
            retry=retry_if_exception(_worth_retrying),
            stop=stop_after_attempt(backoff.attempts) | stop_before_delay(backoff.seconds),
            wait=_Pause(backoff.pause),
            reraise=True,
        )
        try:
            return await retrying(self._attempt, attempt, prompt)
        except _AttemptFailed as failed:
            self.failure = failed.failure.error()
            raise self.failure from failed.__cause__
        except TokenCapReached as error:
            self.failure = error
            raise

    async def _attempt(self, attempt: Attempt, prompt: int) -> CreateResult:
        self._check_cap(prompt)
        await self._budget.reserve(Usage(self._agent, str(self._model), prompt, self._max_answer, estimated=True))
        try:
            async with asyncio.timeout(self._timeout):
                result = await attempt()
        except asyncio.CancelledError:
            self._spent(prompt, self._max_answer, estimated=True)
            raise
        except Exception as error:
            failure = explain(error, self._service)
            if failure is None or failure.billed:
                self._spent(prompt, self._max_answer, estimated=True)
            else:
                await self._budget.unbilled()
            if failure is None:
                raise
            raise _AttemptFailed(failure) from error
        self._reported(result.usage, prompt)
        if failure := self._nothing_said(result):
            raise _AttemptFailed(failure)
        return result.model_copy(update={"content": _sendable(result.content)})

    def _nothing_said(self, result: CreateResult) -> Failure | None:
        said = result.content.strip() if isinstance(result.content, str) else result.content
        if said:
            return None
        # Ollama's client does not say when it was the length that ended an answer.
        cut_short = (result.usage.completion_tokens or 0) >= self._max_answer
        return blank("length" if cut_short else result.finish_reason, self._service)

    def _check_cap(self, prompt: int) -> None:
        worst, left = prompt + self._max_answer, self._budget.tokens_left()
        if worst > left:
            raise TokenCapReached(
                f"The model's next call could take {worst:,} tokens, but the token cap leaves {max(left, 0):,}.",
                needed=worst,
            )

    def _reported(self, reported: RequestUsage, prompt: int) -> None:
        asked, answered = reported.prompt_tokens or 0, reported.completion_tokens or 0
        unreported = self._max_answer if asked + answered == 0 else answered
        cached = (reported.cache_read, reported.cache_written) if isinstance(reported, CachedUsage) else (0, 0)
        self._spent(asked or prompt, unreported, estimated=asked == 0, cached=cached)

    def _spent(self, prompt: int, completion: int, *, estimated: bool, cached: tuple[int, int] = (0, 0)) -> None:
        self._budget.usage.append(Usage(self._agent, str(self._model), prompt, completion, estimated, *cached))
        self._total = RequestUsage(self._total.prompt_tokens + prompt, self._total.completion_tokens + completion)


class _Pause(wait_exponential_jitter):
    """What the provider asks for, else longer and longer."""

    def __init__(self, first: float) -> None:
        super().__init__(multiplier=first, exp_base=3, jitter=first)

    def __call__(self, retry_state: RetryCallState) -> float:
        error = retry_state.outcome.exception() if retry_state.outcome else None
        asked = error.failure.wait if isinstance(error, _AttemptFailed) else None
        return super().__call__(retry_state) if asked is None else asked


def _worth_retrying(error: BaseException) -> bool:
    return isinstance(error, _AttemptFailed) and not error.failure.refused


def _sendable(content: T) -> T | str:
    """A text without halves of characters: it comes back in every later request, which could not be encoded."""
    if not isinstance(content, str):
        return content
    return content.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _bytes(messages: Sequence[LLMMessage], tools: Sequence[Tool | ToolSchema]) -> int:
    """The request's text in UTF-8 with its JSON around it: no tokenizer makes more tokens of it."""
    texts = [message.model_dump_json() for message in messages]
    texts += [json.dumps(tool.schema if isinstance(tool, Tool) else tool) for tool in tools]
    return sum(len(text.encode()) for text in texts)
