"""Puts a team together from its spec: agents with their prompts, meters around the models, the executor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias, TypeVar

from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.base import ChatAgent
from autogen_agentchat.teams import SelectorGroupChat
from autogen_core.model_context import ChatCompletionContext

from agents.bounded_context import LEAST, BoundedContext, SharedSummary
from agents.compaction import ContextLimits
from agents.current_turn import CurrentTurn
from agents.executor_agent import ExecutorAgent, TurnCodeExecutor
from agents.installed_packages import MORE
from agents.local_time import now
from agents.models.asker import Asker, FindImages
from agents.models.attempts import Backoff
from agents.models.choice import ModelChoice
from agents.models.clients import create
from agents.models.context_gauge import ContextGauge
from agents.models.metered import MeteredClient
from agents.models.port import ModelClient
from agents.models.vision import sees
from agents.spec import AgentSpec, TeamSpec
from agents.summariser import summarise
from agents.team import AutogenTeam
from agents.visible_images import find_images
from bot.domain.posts import HOST
from bot.domain.turn_results import SELECTOR, SUMMARY
from bot.settings import Packages, Settings

_RULES = (Path(__file__).parent / "house_rules.md").read_text(encoding="utf-8")
_BYTES_A_TOKEN = 4

T = TypeVar("T")
Create: TypeAlias = Callable[[ModelChoice, Settings, str], ModelClient]
"""Makes the bare client of a model for the agent of that name."""


class TeamBuilder:
    """Builds teams; all of them share one client, and so one connection pool, a model and agent."""

    def __init__(
        self,
        settings: Settings,
        create: Create = create,
        clock: Callable[[], datetime] = now,
        backoff: Backoff | None = None,
    ) -> None:
        """`clock` tells the local time, `backoff` when to give up on a model's server."""
        self._backoff = backoff
        self._clock = clock
        self._settings = settings
        self._create = create
        self._clients: dict[tuple[ModelChoice, str], tuple[ModelClient, ContextGauge]] = {}

    def build(
        self,
        spec: TeamSpec,
        models: Mapping[str, ModelChoice],
        fallbacks: Mapping[str, ModelChoice] = MappingProxyType({}),
    ) -> AutogenTeam:
        """A team that has not spoken yet; `models` says which model each speaker uses, and what may replace it."""
        current, shared = CurrentTurn(spec), SharedSummary()
        names = [agent.name for agent in spec.speakers]

        def metered(payer: str, agent: str) -> MeteredClient:
            first, fallback = self._asker(payer, agent, models[agent], current), None
            if agent in fallbacks:
                fallback = self._asker(payer, agent, fallbacks[agent], current)
            return MeteredClient(first, fallback, current.takeovers)

        meters = {name: metered(name, name) for name in names}
        selector = metered(SELECTOR, names[0])
        # The demo model is no language model: it reads facts back from the whole talk, and cannot sum it up.
        summing = {name: metered(SUMMARY, name) for name in names if models[name].provider != "demo"}

        def context(name: str, meter: MeteredClient) -> ChatCompletionContext | None:
            if name not in summing:
                return None
            shown = BoundedContext(
                self._table(spec), shared, partial(summarise, summing[name]), partial(_room, meter)
            )
            meter.shortened_by(shown.shorter)
            return shown

        contexts = {name: context(name, meter) for name, meter in meters.items()}
        chat = SelectorGroupChat(
            [self._participant(agent, meters, current, contexts.get(agent.name)) for agent in spec.agent],
            model_client=selector,
            model_context=context(names[0], selector),
            selector_func=current.select,
            allow_repeated_speaker=True,
            max_turns=1,
        )
        return AutogenTeam(chat, current, (*meters.values(), selector, *summing.values()), self._clock)

    async def close(self) -> None:
        """Close every client."""
        for client, _ in self._clients.values():
            await client.close()

    def _participant(
        self,
        agent: AgentSpec,
        meters: Mapping[str, MeteredClient],
        current: CurrentTurn,
        context: ChatCompletionContext | None,
    ) -> ChatAgent:
        if agent.kind == "executor":
            authors = [speaker.name for speaker in current.spec.speakers]
            return ExecutorAgent(agent.name, agent.role, TurnCodeExecutor(current), authors)
        return AssistantAgent(
            agent.name,
            meters[agent.name],
            description=agent.role,
            system_message=system_message(agent, current.spec, self._settings.roundtable_sandbox_packages),
            model_context=context,
        )

    def _table(self, spec: TeamSpec) -> ContextLimits:
        limit = spec.context_tokens or self._settings.roundtable_context_tokens
        # A prompt that a cap never lets through, at one token a byte, would end the conversation for good.
        room = (spec.token_cap - self._settings.roundtable_model_max_tokens) // _BYTES_A_TOKEN // 2
        return ContextLimits(spec.names | {HOST}, spec.executor.name, max(min(limit, room), LEAST))

    def _asker(self, payer: str, agent: str, model: ModelChoice, current: CurrentTurn) -> Asker:
        """What asks a model for an agent; `payer` is under whose name calls are booked."""
        client, gauge = self._client(model, agent)
        spec, settings = current.spec, self._settings
        own = next(each for each in spec.agent if each.name == agent)
        return Asker(
            client,
            payer,
            model,
            current,
            max_answer=settings.roundtable_model_max_tokens,
            timeout=settings.roundtable_model_timeout,
            backoff=self._backoff,
            gauge=gauge,
            system=system_message(own, spec, settings.roundtable_sandbox_packages) if payer == agent else "",
            temperature=_first(own.temperature, spec.temperature, settings.roundtable_model_temperature),
            told=partial(current.hear, agent) if payer == agent else None,
            seed=_first(own.seed, spec.seed, settings.roundtable_model_seed),
            find_images=_image_finder(current)
            if payer == agent and sees(model, settings.roundtable_model_vision)
            else None,
        )

    def _client(self, model: ModelChoice, agent: str) -> tuple[ModelClient, ContextGauge]:
        key = (model, agent)
        if key not in self._clients:
            client = self._create(model, self._settings, agent)
            self._clients[key] = (
                client,
                ContextGauge(client, model, self._settings.roundtable_model_window or None),
            )
        return self._clients[key]


def _image_finder(current: CurrentTurn) -> FindImages:
    return lambda messages: find_images(current.spec, current.turn, messages)


async def _room(meter: MeteredClient) -> int | None:
    room = await meter.room()
    return None if room is None else int(room * meter.bytes_a_token) // _BYTES_A_TOKEN


def _first(*values: T | None) -> T | None:
    """The first that is set; 0 is a value."""
    return next((value for value in values if value is not None), None)


def system_message(agent: AgentSpec, spec: TeamSpec, packages: Packages = "full") -> str:
    """The house rules and the agent's own prompt; the same bytes every turn, so that caches hit."""
    table = ", ".join(f"{other.name} ({other.role})" for other in spec.agent)
    rules = _RULES.format(
        name=agent.name, role=agent.role, table=table, executor=spec.executor.name, more=MORE[packages]
    )
    return f"{rules}\n{agent.prompt.strip()}\n"
