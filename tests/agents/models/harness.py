"""The providers as one table, so that a behaviour all of them share is tested on each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
from autogen_core import CancellationToken
from autogen_core.models import LLMMessage, SystemMessage, UserMessage

from agents.models import ModelChoice, choose
from agents.models.asker import Asker, FindImages
from agents.models.attempts import Backoff
from agents.models.clients import create
from agents.models.context_gauge import ContextGauge
from agents.models.metered import MeteredClient
from agents.models.port import Piece
from bot.domain.turn_results import Usage
from bot.settings import Settings, load
from tests.platforms import anthropic, ollama, openai
from tests.platforms.script import Script

ASK: tuple[LLMMessage, ...] = (
    SystemMessage(content="You write code."),
    UserMessage(content="Plot the sales, größte zuerst.", source="ann"),
)
QUICK = Backoff(attempts=3, seconds=60, pause=0.01)
ANSWER = 64
"""The longest answer, in tokens."""


@dataclass(frozen=True, slots=True)
class Case:
    """One provider: a server that plays it, the settings that lead there, and how sentences name it."""

    provider: str
    name: str
    key: str
    play: Callable[..., AbstractAsyncContextManager[Script]]
    settings: Callable[[str], dict[str, Any]]
    model: str

    def at(self, url: str, **more: Any) -> Settings:
        """Settings that lead to the server at this URL."""
        given = {"roundtable_model": f"{self.provider}/{self.model}", "roundtable_model_max_tokens": ANSWER}
        return load(None, **{**given, **self.settings(url), **more})


OPENAI = Case(
    "openai",
    "The server at OPENAI_BASE_URL",
    "OPENAI_API_KEY",
    openai.play,
    lambda url: {"openai_api_key": "sk-test", "openai_base_url": url + "/v1"},
    "gpt-6-luna",
)
GEMINI = Case(
    "openai",
    "The server at OPENAI_BASE_URL",
    "OPENAI_API_KEY",
    partial(openai.play, manner="gemini"),
    lambda url: {"openai_api_key": "sk-test", "openai_base_url": url + "/v1beta/openai/"},
    "gemini-2.5-flash",
)
BEDROCK = Case(
    "openai",
    "The server at OPENAI_BASE_URL",
    "OPENAI_API_KEY",
    partial(openai.play, manner="bedrock"),
    lambda url: {"openai_api_key": "sk-test", "openai_base_url": url + "/openai/v1"},
    "openai.gpt-oss-120b-1:0",
)
AZURE = Case(
    "azure",
    "Azure OpenAI",
    "AZURE_OPENAI_API_KEY",
    openai.play,
    lambda url: {"azure_openai_api_key": "sk-test", "azure_openai_endpoint": url},
    "charts",
)
ANTHROPIC = Case(
    "anthropic",
    "Anthropic",
    "ANTHROPIC_API_KEY",
    anthropic.play,
    lambda url: {"anthropic_api_key": "sk-ant-test", "anthropic_base_url": url},
    "claude-sonnet-5",
)
OLLAMA = Case("ollama", "Ollama", "", ollama.play, lambda url: {"ollama_host": url}, "llama3.2")

ALL = pytest.mark.parametrize("case", [OPENAI, AZURE, ANTHROPIC, OLLAMA], ids=lambda case: case.provider)
KEYED = pytest.mark.parametrize("case", [OPENAI, AZURE, ANTHROPIC], ids=lambda case: case.provider)


@dataclass(slots=True)
class Book:
    """Implements `agents.models.attempts.Budget` over a cap in tokens."""

    cap: int
    usage: list[Usage] = field(default_factory=list)
    reserved: list[Usage] = field(default_factory=list)
    given_back: list[Usage] = field(default_factory=list)

    def tokens_left(self) -> int:
        return self.cap - sum(attempt.tokens for attempt in self.usage)

    async def reserve(self, worst: Usage) -> None:
        self.reserved.append(worst)

    async def unbilled(self) -> None:
        self.given_back.append(self.reserved[-1])


@dataclass(frozen=True, slots=True)
class ModelHarness:
    """A metered client and the server it talks to."""

    server: Script
    client: MeteredClient
    book: Book
    choice: ModelChoice

    @property
    def usage(self) -> list[Usage]:
        return self.book.usage

    async def ask(self, token: CancellationToken | None = None) -> str:
        """The text of one answer."""
        result = await self.client.create(ASK, cancellation_token=token)
        assert isinstance(result.content, str)
        return result.content


@asynccontextmanager
async def harness(
    case: Case,
    *,
    cap: int = 1_000_000,
    timeout: float = 20,
    temperature: float | None = None,
    seed: int | None = None,
    answer: int = ANSWER,
    told: Callable[[Piece], None] | None = None,
    find_images: FindImages | None = None,
    backoff: Backoff = QUICK,
    served: dict[str, Any] | None = None,
    url: str = "",
    **settings: Any,
) -> AsyncIterator[ModelHarness]:
    """A played provider and a client for it, or for `url`; `cap` is what the turn may spend, in tokens."""
    async with case.play(**(served or {})) as server:
        given = case.at(url or server.url, **{"roundtable_model_timeout": timeout, **settings})
        choice = choose(given)
        book = Book(cap)
        inner = create(choice, given, "coder")
        gauge = ContextGauge(inner, choice, given.roundtable_model_window or None)
        asker = Asker(
            inner,
            "coder",
            choice,
            book,
            max_answer=answer,
            timeout=timeout,
            backoff=backoff,
            gauge=gauge,
            temperature=temperature,
            seed=seed,
            told=told,
            find_images=find_images,
        )
        client = MeteredClient(asker)
        try:
            yield ModelHarness(server, client, book, choice)
        finally:
            await client.close()
