"""Attempts at a model's server: each must fit the cap, is reserved and counted, and may be followed by another."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from autogen_core.models import RequestUsage
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    stop_after_attempt,
    stop_before_delay,
)
from tenacity.wait import wait_exponential_jitter

from agents.models.call_failures import Failure, blank, explain, service, tools_called
from agents.models.choice import ModelChoice
from agents.models.context_gauge import ContextGauge
from agents.models.port import Answer, Counts, ModelClient, ModelRequest, Piece
from agents.models.reasoning import without_reasoning
from agents.models.request_building import encodable, images, prompt_bound
from agents.models.usage import Booked, believe
from bot.domain.errors import TokenCapReached
from bot.domain.turn_results import Usage

_HIDES_REASONING = re.compile(r"(.*/)?(gpt-([5-9]|\d\d)|o\d|gemini)")
"""Models that reason before the first piece of an answer comes, and do not show it."""


class CallBudget(Protocol):
    """What a turn may still use."""

    usage: list[Usage]
    """Every attempt of the turn so far."""

    def tokens_left(self) -> int:
        """What the cap allows at this moment, everything in `usage` taken off."""

    async def reserve(self, worst: Usage) -> None:
        """Book an attempt's worst case, durably: one that the end of the process cuts off counts as spent."""

    async def unbilled(self) -> None:
        """Take back what was booked last: the provider does not bill it."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """When to give up on a provider: after `attempts`, or when the next would start `seconds` after the first.

    Pauses between attempts start at `pause` seconds and triple, with up to `pause` more at random. Where the
    provider asks for a pause, it gets that.
    """

    attempts: int = 4
    seconds: float = 90.0
    pause: float = 4.0


class AttemptFailed(Exception):
    """No attempt brought an answer; the failure is the last one's."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.sentence)
        self.failure = failure


class Attempts:
    """Asks `inner` in the name of one agent, and books what that takes.

    `longest`: for how many seconds an answer may come. `told` is called with its pieces.
    """

    def __init__(
        self,
        inner: ModelClient,
        agent: str,
        model: ModelChoice,
        budget: CallBudget,
        gauge: ContextGauge,
        *,
        longest: float,
        backoff: Backoff,
        told: Callable[[Piece], None],
    ) -> None:
        self.total = RequestUsage(prompt_tokens=0, completion_tokens=0)
        self._inner = inner
        self._agent = agent
        self._model = model
        self._budget = budget
        self._gauge = gauge
        self._longest = longest
        self._backoff = backoff
        self._told = told
        self._service = service(model)

    async def ask(self, request: ModelRequest) -> Answer:
        """Attempts until one answers, is refused, or patience ends: raises AttemptFailed and TokenCapReached.

        The answer's text is without reasoning. It may be cut, and empty only where it was.
        """
        backoff = self._backoff
        retrying = AsyncRetrying(
            retry=retry_if_exception(_worth_retrying),
            stop=stop_after_attempt(backoff.attempts) | stop_before_delay(backoff.seconds),
            wait=_Pause(backoff.pause),
            reraise=True,
        )
        return await retrying(self._attempt, request)

    async def _attempt(self, request: ModelRequest) -> Answer:
        worst = Booked(prompt_bound(request, self._model.name), request.max_tokens, estimated=True)
        self._check_cap(worst)
        await self._budget.reserve(self._usage(worst))
        coming = _Coming(self._told)
        try:
            async with asyncio.timeout(self._longest):
                answer = await self._inner.answer(request, coming.hear)
        except asyncio.CancelledError:
            self._spent(self._until_now(worst, coming))
            raise
        except Exception as error:
            failure = explain(error, self._service)
            if failure is None or failure.billed or coming.size:
                self._spent(self._until_now(worst, coming))
            else:
                await self._budget.unbilled()
            if failure is None:
                raise
            raise AttemptFailed(failure) from error
        self._count(answer.usage, worst, learns=not images(request))
        return self._read(answer)

    def _read(self, answer: Answer) -> Answer:
        """The answer as it is to be taken; raises AttemptFailed for what is none."""
        text = without_reasoning(encodable(answer.text))
        reasoned = bool(answer.reasoning.strip() or text != answer.text)
        if answer.tool_calls:
            raise AttemptFailed(tools_called(self._service))
        if not text.strip() and answer.finish != "length":
            raise AttemptFailed(blank(answer.finish, self._service, reasoned=reasoned))
        return replace(answer, text=text)

    def _check_cap(self, worst: Booked) -> None:
        needed, left = worst.prompt + worst.completion, self._budget.tokens_left()
        if needed > left:
            raise TokenCapReached(
                f"The model's next call could take {needed:,} tokens, but the token cap leaves {max(left, 0):,}.",
                needed=needed,
            )

    def _until_now(self, worst: Booked, coming: _Coming) -> Booked:
        """What an answer that was cut off counts for: what came of it, where that was all there was."""
        if not coming.size or _HIDES_REASONING.match(self._model.name):
            return worst
        return replace(worst, completion=min(worst.completion, coming.size))

    def _count(self, counts: Counts | None, worst: Booked, *, learns: bool) -> None:
        """Book what is reported; of a request without pictures it tells how many bytes a token has."""
        booked = believe(counts, worst.prompt, worst.completion)
        if learns and not booked.estimated and not booked.disbelieved:
            self._gauge.learn(worst.prompt, booked.prompt)
        self._spent(booked)

    def _spent(self, booked: Booked) -> None:
        self._budget.usage.append(self._usage(booked))
        total = self.total
        self.total = RequestUsage(total.prompt_tokens + booked.prompt, total.completion_tokens + booked.completion)

    def _usage(self, booked: Booked) -> Usage:
        return Usage(
            self._agent,
            str(self._model),
            booked.prompt,
            booked.completion,
            booked.estimated,
            booked.cache_read,
            booked.cache_written,
            booked.disbelieved,
        )


class _Coming:
    """An answer that is not complete yet: `size` is the bytes that have come."""

    def __init__(self, told: Callable[[Piece], None]) -> None:
        self.size = 0
        self._told = told

    def hear(self, piece: Piece) -> None:
        self.size += len(f"{piece.text}{piece.reasoning}".encode("utf-8", "replace"))
        self._told(piece)


class _Pause(wait_exponential_jitter):
    """What the provider asks for, else longer and longer."""

    def __init__(self, first: float) -> None:
        super().__init__(multiplier=first, exp_base=3, jitter=first)

    def __call__(self, retry_state: RetryCallState) -> float:
        error = retry_state.outcome.exception() if retry_state.outcome else None
        asked = error.failure.wait if isinstance(error, AttemptFailed) else None
        return super().__call__(retry_state) if asked is None else asked


def _worth_retrying(error: BaseException) -> bool:
    return isinstance(error, AttemptFailed) and not error.failure.refused
