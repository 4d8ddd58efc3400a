"""Team specs: the readable files in `agents/teams/`, checked so that a mistake names file, line and fix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from bot.domain.turn_results import SELECTOR, SUMMARY
from bot.files import toml
from bot.ports import HumanInputMode
from bot.settings import fallback_name, model_name

TEAMS = Path(__file__).parent / "teams"

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]

Temperature = Annotated[float, Field(ge=0, le=2)]
Seed = Annotated[int, Field(ge=0, lt=2**31)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class AgentSpec(_Strict):
    """One agent of a team. The executor has no prompt: it runs the code that the others write."""

    name: Name
    role: Annotated[str, Field(min_length=1, max_length=60)]
    kind: Literal["assistant", "executor"] = "assistant"
    prompt: str = ""
    model: Annotated[str, AfterValidator(model_name)] = ""
    """A model for this agent alone, as ROUNDTABLE_MODEL names them; the process's model unless set."""
    fallback: Annotated[str, AfterValidator(fallback_name)] = ""
    """A model that takes over when this agent's does not answer; the team's unless set."""
    temperature: Temperature | None = None
    seed: Seed | None = None
    """How freely this agent words its answers, and a number that makes them repeatable; the team's unless set."""
    opens: bool = False
    """Speaks when a new task comes, and leaves the rest to the agents after it."""

    @model_validator(mode="after")
    def _has_prompt(self) -> Self:
        if self.kind == "assistant" and not self.prompt.strip():
            raise ValueError(f"agent {self.name} needs a prompt")
        return self


class TeamSpec(_Strict):
    """The agents of a team, in the order in which they speak."""

    description: Annotated[str, Field(min_length=1, max_length=200)]
    max_turns: Annotated[int, Field(ge=1, le=1000)]
    token_cap: Annotated[int, Field(ge=1000)]
    human_input_mode: HumanInputMode = "NEVER"
    """When it waits for a person unasked: ALWAYS, after every turn; TERMINATE, before it finishes; or NEVER."""
    context_tokens: Annotated[int, Field(ge=2000)] | None = None
    """How long the talk gets before what is old is summed up; ROUNDTABLE_CONTEXT_TOKENS unless set."""
    max_talk: Annotated[int, Field(ge=2, le=1000)] = 12
    """Turns in a row without any code after which people are asked what to do."""
    temperature: Temperature | None = None
    seed: Seed | None = None
    """As for an agent, for all of them; ROUNDTABLE_MODEL_TEMPERATURE and ROUNDTABLE_MODEL_SEED unless set."""
    looks_at_charts: bool = False
    """Whether models that can see are shown the pictures that the last run made, which costs tokens."""
    fallback: Annotated[str, AfterValidator(fallback_name)] = ""
    """As for an agent, for all of them; ROUNDTABLE_MODEL_FALLBACK unless set."""
    select: Literal["order", "model"] = "order"
    """Who speaks next when no rule decides: the next in order, or the agent that the model picks."""
    agent: tuple[AgentSpec, ...]

    @model_validator(mode="after")
    def _is_a_team(self) -> Self:
        names = [agent.name for agent in self.agent]
        if len(set(names)) < len(names):
            raise ValueError("two agents have the same name")
        if taken := {SELECTOR, SUMMARY} & set(names):
            raise ValueError(f"no agent may be called {taken.pop()}: costs that no agent makes have that name")
        if [agent.kind for agent in self.agent].count("executor") != 1:
            raise ValueError('a team needs exactly one agent with kind = "executor"')
        if not self.speakers or all(agent.opens for agent in self.speakers):
            raise ValueError("a team needs an agent that is not the executor and does not only open")
        return self

    @property
    def speakers(self) -> Sequence[AgentSpec]:
        """Everyone but the executor."""
        return tuple(agent for agent in self.agent if agent.kind == "assistant")

    @property
    def names(self) -> frozenset[str]:
        """The names of all agents."""
        return frozenset(agent.name for agent in self.agent)

    @property
    def executor(self) -> AgentSpec:
        """Who runs the code."""
        return next(agent for agent in self.agent if agent.kind == "executor")


@cache
def load_all(folder: Path = TEAMS) -> Mapping[str, TeamSpec]:
    """Every team in the folder by its file's name; raises OperatorError for the first broken file."""
    return {path.stem: load(path) for path in sorted(folder.glob("*.toml"))}


def load(path: Path) -> TeamSpec:
    """One team's spec; raises OperatorError that names the file, the line and what is wrong."""
    return toml.load(path, TeamSpec)
