"""Puts a team together from its spec: agents with their prompts, meters around the models, the executor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.base import ChatAgent
from autogen_agentchat.teams import SelectorGroupChat
from autogen_core.models import ChatCompletionClient

from agents.executor import ExecutorSeat, TurnCodeExecutor
from agents.holder import TurnHolder
from agents.models.choice import ModelChoice
from agents.models.clients import create
from agents.models.metered import MeteredClient
from agents.spec import AgentSpec, TeamSpec
from agents.team import AutogenTeam
from bot.settings import Settings

_RULES = (Path(__file__).parent / "house_rules.md").read_text(encoding="utf-8")


Create: TypeAlias = Callable[[ModelChoice, Settings, str], ChatCompletionClient]
"""Makes the bare client of a model for the agent of that name."""


class Builder:
    """Builds teams; all of them share one client, and so one connection pool, a model and agent."""

    def __init__(self, settings: Settings, create: Create = create) -> None:
        self._settings = settings
        self._create = create
        self._clients: dict[tuple[ModelChoice, str], ChatCompletionClient] = {}

    def build(self, spec: TeamSpec, models: Mapping[str, ModelChoice]) -> AutogenTeam:
        """A team that has not spoken yet; `models` says which model each speaker uses."""
        floor = TurnHolder(spec)
        meters = {agent.name: self._meter(agent.name, models[agent.name], floor) for agent in spec.speakers}
        chat = SelectorGroupChat(
            [self._seat(agent, meters, floor) for agent in spec.agent],
            model_client=next(iter(meters.values())),
            selector_func=floor.select,
            allow_repeated_speaker=True,
            max_turns=1,
        )
        return AutogenTeam(chat, floor, tuple(meters.values()))

    async def close(self) -> None:
        """Close every client."""
        for client in self._clients.values():
            await client.close()

    def _seat(self, agent: AgentSpec, meters: Mapping[str, MeteredClient], floor: TurnHolder) -> ChatAgent:
        if agent.kind == "executor":
            authors = [speaker.name for speaker in floor.spec.speakers]
            return ExecutorSeat(agent.name, agent.role, TurnCodeExecutor(floor), authors)
        return AssistantAgent(
            agent.name,
            meters[agent.name],
            description=agent.role,
            system_message=system_message(agent, floor.spec),
        )

    def _meter(self, agent: str, model: ModelChoice, floor: TurnHolder) -> MeteredClient:
        client = self._client(model, agent)
        return MeteredClient(
            client,
            agent,
            model,
            floor,
            max_answer=self._settings.roundtable_model_max_tokens,
            timeout=self._settings.roundtable_model_timeout,
        )

    def _client(self, model: ModelChoice, agent: str) -> ChatCompletionClient:
        key = (model, agent)
        if key not in self._clients:
            self._clients[key] = self._create(model, self._settings, agent)
        return self._clients[key]


def system_message(agent: AgentSpec, spec: TeamSpec) -> str:
    """The house rules and the agent's own prompt; the same bytes every turn, so that caches hit."""
    table = ", ".join(f"{other.name} ({other.role})" for other in spec.agent)
    rules = _RULES.format(name=agent.name, role=agent.role, table=table, executor=spec.executor.name)
    return f"{rules}\n{agent.prompt.strip()}\n"
