"""Where teams come from: specs, model clients and saved states become teams."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from agents.local_time import now
from agents.models.choice import ModelChoice, choose, choose_fallback
from agents.spec import TEAMS, AgentSpec, TeamSpec, load_all
from bot.domain.errors import BadInput
from bot.ports import TeamState
from bot.settings import Settings

if TYPE_CHECKING:
    from agents.team import AutogenTeam
    from agents.team_builder import Create, TeamBuilder


class TeamFactory:
    """Implements `bot.ports.Teams`; AutoGen is imported by the first team that is opened, off the loop."""

    def __init__(
        self,
        settings: Settings,
        folder: Path = TEAMS,
        create: Create | None = None,
        clock: Callable[[], datetime] = now,
    ) -> None:
        """Read every spec and check every model it names; raises OperatorError.

        `create` makes the models' clients, those of the providers unless given; `clock` tells the local time.
        """
        self._settings = settings
        self._create = create
        self._clock = clock
        self._specs = load_all(folder)
        self.default_model = choose(settings)
        self._models = {
            (name, agent.name): self._model(agent) for name, spec in self._specs.items() for agent in spec.speakers
        }
        self.default_fallback = choose_fallback(settings, self.default_model)
        self._fallbacks = {
            (name, agent.name): self._fallback(spec, agent, self._models[name, agent.name])
            for name, spec in self._specs.items()
            for agent in spec.speakers
        }
        self._builder: TeamBuilder | None = None
        self._building = asyncio.Lock()

    def names(self) -> Mapping[str, str]:
        """Every team's name and description."""
        return {name: spec.description for name, spec in self._specs.items()}

    def limits(self, name: str) -> TeamSpec:
        """The team's spec, which holds its bounds; raises BadInput for an unknown name."""
        if name not in self._specs:
            raise BadInput(f"There is no team {name!r}. Teams: {', '.join(sorted(self._specs))}.")
        return self._specs[name]

    async def open(self, name: str, state: TeamState | None) -> AutogenTeam:
        """The team as it was after its last committed turn."""
        spec = self.limits(name)
        builder = await self.load()
        names = [agent.name for agent in spec.speakers]
        models = {each: self._models[name, each] for each in names}
        fallbacks = {each: fallback for each in names if (fallback := self._fallbacks[name, each])}
        team = builder.build(spec, models, fallbacks)
        await team.load(state)
        return team

    async def load(self) -> TeamBuilder:
        """Import AutoGen, once, on a thread: it takes seconds."""
        async with self._building:
            if self._builder is None:
                module = await asyncio.to_thread(importlib.import_module, "agents.team_builder")
                self._builder = module.TeamBuilder(self._settings, self._create or module.create, self._clock)
            return self._builder

    async def close(self) -> None:
        """Close the connections to the models."""
        if self._builder is not None:
            await self._builder.close()

    def _model(self, agent: AgentSpec) -> ModelChoice:
        if not agent.model:
            return self.default_model
        return choose(self._settings.model_copy(update={"roundtable_model": agent.model}))

    def _fallback(self, spec: TeamSpec, agent: AgentSpec, first: ModelChoice) -> ModelChoice | None:
        named = agent.fallback or spec.fallback or self._settings.roundtable_model_fallback
        return choose_fallback(self._settings.model_copy(update={"roundtable_model_fallback": named}), first)
