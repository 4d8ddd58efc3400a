"""One model as one agent asks it: messages become requests that fit the window, and a cut answer is none."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from autogen_core.models import LLMMessage, RequestUsage, SystemMessage

from agents.models.attempts import AttemptFailed, Attempts, Backoff, CallBudget
from agents.models.call_failures import cut, service
from agents.models.choice import ModelChoice
from agents.models.context_gauge import ContextGauge
from agents.models.image_data import likely
from agents.models.port import Answer, Image, ModelClient, ModelRequest, Piece
from agents.models.request_building import build, images, prompt_bound, size, varied, with_note
from bot.text.fence_parsing import is_open

FindImages: TypeAlias = Callable[[Sequence[LLMMessage]], Awaitable[Mapping[int, Sequence[Image]]]]
"""The pictures that belong to messages now, by the messages' numbers."""

Shorten: TypeAlias = Callable[[], Awaitable[Sequence[LLMMessage] | None]]
"""Sums the talk up, and gives the messages anew, without the system's; None when they cannot be fewer."""

PATIENCE = 10
"""How many times the seconds of silence a whole answer may take."""

_LEAST_ANSWER = 256
"""Tokens that an answer needs: where the window leaves fewer, the talk is too long."""
_ANSWERS_SHARE = 4
"""A window keeps a quarter for the answer, where the longest answer would take more."""

_log = logging.getLogger(__name__)


class Asker:
    """Asks one model in the name of one agent, and books what the calls use.

    `timeout`: for how many seconds a server may be silent; a whole answer may take PATIENCE times as long.
    `system`: the agent's own, so that `room` can take it off. `told` is called with the pieces of an answer.
    `shorten`, where it is set, is asked for a shorter talk when that is longer than what the model reads.
    `find_images` finds the pictures to send, for a model that can see.
    """

    shorten: Shorten | None = None

    def __init__(
        self,
        inner: ModelClient,
        agent: str,
        model: ModelChoice,
        budget: CallBudget,
        *,
        max_answer: int,
        timeout: float = 120.0,
        backoff: Backoff | None = None,
        gauge: ContextGauge | None = None,
        system: str = "",
        temperature: float | None = None,
        seed: int | None = None,
        find_images: FindImages | None = None,
        told: Callable[[Piece], None] | None = None,
    ) -> None:
        self.agent = agent
        self.model = model
        self.budget = budget
        self._inner = inner
        self._max_answer = max_answer
        self._gauge = gauge or ContextGauge(inner, model)
        self._system = system
        self._temperature = temperature
        self._seed = seed
        self._find_images = find_images
        self._refused: set[str] = set()
        self._service = service(model)
        self._attempts = Attempts(
            inner,
            agent,
            model,
            budget,
            self._gauge,
            longest=timeout * PATIENCE,
            backoff=backoff or Backoff(),
            told=told or _to_nobody,
        )

    @property
    def total(self) -> RequestUsage:
        """What all attempts so far have taken."""
        return self._attempts.total

    @property
    def bytes_a_token(self) -> float:
        """By what the server counted last, else a careful guess."""
        return self._gauge.bytes_a_token

    async def room(self) -> int | None:
        """Tokens that the talk may take beside system and answer; None when the window is unknown."""
        window = await self._gauge.window()
        if window is None:
            return None
        answer = min(self._max_answer, window // _ANSWERS_SHARE)
        return max(0, window - answer - self._gauge.tokens(len(self._system.encode())))

    def tokens(self, messages: Sequence[LLMMessage]) -> int:
        """An estimate of what the messages take."""
        return self._gauge.tokens(size(build(messages, 0)))

    async def close(self) -> None:
        await self._inner.close()

    async def answer(self, messages: Sequence[LLMMessage]) -> Answer:
        """An answer to the messages or, where they are too long for the model, to what `shorten` makes of them.

        Pictures that are refused are left out from then on. Raises AttemptFailed and TokenCapReached.
        """
        request, fits = await self._request(messages)
        if not fits:
            request = await self._shorter(messages) or request
        try:
            return await self._whole(request)
        except AttemptFailed as failed:
            if failed.failure.unseen and images(request):
                _log.warning("%s: it is asked again without its pictures.", failed.failure.sentence)
                self._refused |= {_digest(image) for image in images(request)}
                return await self.answer(messages)
            shorter = await self._shorter(messages) if failed.failure.overflow else None
            if shorter is None:
                raise
        return await self._whole(shorter)

    async def _shorter(self, messages: Sequence[LLMMessage]) -> ModelRequest | None:
        shorter = await self.shorten() if self.shorten else None
        if shorter is None:
            return None
        system = [message for message in messages if isinstance(message, SystemMessage)]
        request, _ = await self._request([*system, *shorter])
        return request

    async def _request(self, messages: Sequence[LLMMessage]) -> tuple[ModelRequest, bool]:
        """The request, with as long an answer as has room, and whether there is room for an answer at all.

        Pictures have room after everything else: the oldest are left out first.
        """
        window, least = await self._gauge.window(), min(_LEAST_ANSWER, self._max_answer)
        shown = await self._shown(messages)
        while True:
            request = build(
                messages,
                self._max_answer,
                temperature=self._temperature,
                seed=self._seed,
                shown={number: [image for at, image in shown if at == number] for number, _ in shown},
            )
            request = replace(varied(request), tokens=self._tokens(request))
            room = window - request.tokens if window is not None else self._max_answer
            dear = prompt_bound(request, self.model.name) + self._max_answer > self.budget.tokens_left()
            if not shown or (room >= least and not dear):
                break
            shown = shown[1:]
        return replace(request, max_tokens=max(least, min(self._max_answer, room))), room >= least

    async def _shown(self, messages: Sequence[LLMMessage]) -> list[tuple[int, Image]]:
        """The pictures to send, oldest first, each with the number of its message."""
        seen = await self._find_images(messages) if self._find_images else {}
        pairs = [(number, image) for number in sorted(seen) for image in seen[number]]
        return [(number, image) for number, image in pairs if _digest(image) not in self._refused]

    def _tokens(self, request: ModelRequest) -> int:
        return self._gauge.tokens(size(request)) + sum(map(likely, images(request)))

    async def _whole(self, request: ModelRequest) -> Answer:
        """An answer that is not cut: where one is, the model is asked once more, with more room."""
        answer = await self._attempts.ask(request)
        if not _is_cut(answer):
            return answer
        again = await self._more_room(with_note(request, _note(answer, request.max_tokens)))
        try:
            answer = await self._attempts.ask(again)
        except AttemptFailed as failed:
            # Some servers refuse a bound that is larger than what their model ever writes.
            if not failed.failure.refused or again.max_tokens == request.max_tokens:
                raise
            again = replace(again, max_tokens=request.max_tokens)
            answer = await self._attempts.ask(again)
        if _is_cut(answer):
            by_window = again.max_tokens < self._max_answer
            raise AttemptFailed(cut(answer, again.max_tokens, self._service, by_window=by_window))
        return answer

    async def _more_room(self, request: ModelRequest) -> ModelRequest:
        """The request with up to twice the room for its answer, as far as window and cap go."""
        request = replace(request, tokens=self._tokens(request))
        window = await self._gauge.window()
        left = self.budget.tokens_left() - prompt_bound(request, self.model.name)
        bounds = [2 * request.max_tokens, left]
        bounds += [window - request.tokens] if window else []
        return replace(request, max_tokens=max(request.max_tokens, min(bounds)))


def _digest(image: Image) -> str:
    return hashlib.sha256(image.data).hexdigest()


def _is_cut(answer: Answer) -> bool:
    return answer.finish in ("length", "filter") or is_open(answer.text)


def _note(answer: Answer, tokens: int) -> str:
    """What the model is told about its answer that was cut."""
    match answer.finish:
        case "length":
            return (
                f"(Your last answer was cut off at {tokens} tokens and is lost. Answer again, whole and shorter.)"
            )
        case "filter":
            return "(Your last answer was stopped by a content filter and is lost. Answer again in other words.)"
        case _:
            return (
                "(Your last answer ended inside a block of code and is lost. Answer again and close every block.)"
            )


def _to_nobody(_piece: Piece) -> None:
    """Drop a piece of an answer."""
