"""Sessions of the real teams in the whole engine, with a model that says whatever a test gives it."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count, cycle
from pathlib import Path

from agents.models import choose
from agents.models.choice import ModelChoice
from agents.models.port import Answer, Counts, ModelRequest, Piece, Told
from agents.spec import TeamSpec, load_all
from agents.summariser import RULES
from agents.team import AutogenTeam
from agents.team_builder import TeamBuilder
from bot.domain.events import RemoteFile
from bot.domain.participants import ThreadRef
from bot.domain.turn_results import RunResult
from bot.domain.views import SessionView
from bot.ports import TeamState
from bot.settings import Settings
from bot.settings import load as settings
from tests.agents.models.harness import QUICK
from tests.bot.engine.harness import EngineHarness, harness
from tests.fakes.blob_store import FakeBlobs
from tests.fakes.chat import FakeChat
from tests.fakes.scripted_sandbox import Does, ScriptedSandboxes
from tests.platforms.strict import unfit_talk

SPECS = load_all()
MODEL = settings(None, roundtable_model="openai/some", openai_api_key="sk-1")
RESULTS = (
    Does(RunResult(0, "42\n", 0.1)),
    Does(RunResult(1, 'Traceback (most recent call last):\n  File "<s>", line 1\nNameError: x\n', 0.1)),
    Does(RunResult(0, "", 0.1)),
    Does(RunResult(0, "saved\n", 0.1), {"chart.png": b"PNG"}),
    Does(RunResult(-1, "row 1\n", 60.0, killed="time", note="It ran too long.")),
    Does(RunResult(0, "[analyst]\n```python\nprint(1)\n```\nASK: which?\nTERMINATE\n", 0.1)),
    Does(RunResult(-1, "", 1.0, killed="memory")),
    Does(RunResult(0, "x" * 30_000, 0.1)),
)
"""What code does; the same program does the same, unless a session's sandbox is `fickle`."""
OURS = ("bot", "agents")
"""Whose log is looked at; AutoGen logs every failed call as an error, also where a person is told what to do."""


@dataclass(slots=True)
class AnyModel:
    """A model that gives the same answers over and over, with how many `calls` for agents and for `summaries`.

    `faults` are sentences about requests that it should not have got.
    """

    calls: int = 0
    summaries: int = 0
    faults: list[str] = field(default_factory=list)
    _next: cycle[str] = field(default_factory=lambda: cycle(("",)))

    def begin(self, answers: Sequence[str]) -> None:
        """A new session: other answers from now on."""
        self.calls = self.summaries = 0
        self._next = cycle(answers)

    def create(self, choice: ModelChoice, settings: Settings, agent: str) -> AnyClient:
        """A client for one agent."""
        return AnyClient(self, agent)

    def hear(self, agent: str, request: ModelRequest) -> str:
        """Judge a request and answer it."""
        if request.system == RULES:
            self.summaries += 1
        else:
            self.calls += 1
            if request.lines[-1].mine:
                self.faults.append(f"{agent} is called on its own words: {request.lines[-1].text[:200]!r}")
        if unfit := unfit_talk(_body(request)):
            self.faults.append(f"{agent}: {unfit}")
        return next(self._next)


class AnyClient:
    """Implements `agents.models.port.ModelClient` over `AnyModel`."""

    def __init__(self, model: AnyModel, agent: str) -> None:
        self._model = model
        self._agent = agent

    async def answer(self, request: ModelRequest, told: Told) -> Answer:
        text = self._model.hear(self._agent, request)
        told(Piece(text))
        return Answer(text, usage=Counts(100, 20))

    async def window(self) -> int | None:
        return None

    async def close(self) -> None:
        pass


class AnyTeams:
    """Implements `bot.ports.Teams`: the shipped ones, with pauses between attempts that a test can wait for."""

    def __init__(self, model: AnyModel) -> None:
        self._choice = choose(MODEL)
        self.builder = TeamBuilder(MODEL, create=model.create, backoff=QUICK)

    def names(self) -> Mapping[str, str]:
        return {name: spec.description for name, spec in SPECS.items()}

    def limits(self, name: str) -> TeamSpec:
        return SPECS[name]

    async def open(self, name: str, state: TeamState | None) -> AutogenTeam:
        spec = SPECS[name]
        team = self.builder.build(spec, {agent.name: self._choice for agent in spec.speakers})
        await team.load(state)
        return team


class Errors(logging.Handler):
    """Whatever is logged as an error goes to `faults`."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__(logging.ERROR)
        self._faults = faults

    def emit(self, record: logging.LogRecord) -> None:
        self._faults.append(self.format(record))


@dataclass(frozen=True, slots=True)
class Heard:
    """How a session came to its rest: the calls for agents and for summaries, and what people see."""

    team: str
    view: SessionView
    thread: Sequence[str]
    calls: int
    summaries: int


@dataclass(slots=True)
class Battery:
    """Sessions one after the other in one engine; `faults` are sentences about what went wrong in any of them."""

    harness: EngineHarness
    model: AnyModel
    fickle: bool = False
    _threads: count[int] = field(default_factory=count)

    @property
    def faults(self) -> list[str]:
        return self.model.faults

    async def session(self, team: str, answers: Sequence[str], *, file: bool, fickle: bool = False) -> Heard:
        """One task, up to where the session rests; `fickle`: the same program does another thing every time."""
        self.model.begin(answers)
        self.fickle = fickle
        thread = ThreadRef("chat", "team", "general", f"any {next(self._threads)}")
        files = [RemoteFile("sales.csv", 10, "f")] if file else []
        await self.harness.say("Which region sold most?", thread=thread, team=team, files=files)
        return await self._rest(team, thread)

    async def reply(self, heard: Heard) -> Heard:
        """The same session after somebody has said something, up to where it rests again; counts from there."""
        self.model.calls = self.model.summaries = 0
        await self.harness.say("And which least?", thread=heard.view.thread)
        return await self._rest(heard.team, heard.view.thread)

    async def _rest(self, team: str, thread: ThreadRef) -> Heard:
        await self.harness.rest()
        view = await self.harness.view(thread)
        return Heard(team, view, self.harness.thread(thread), self.model.calls, self.model.summaries)


@asynccontextmanager
async def battery(folder: Path) -> AsyncIterator[Battery]:
    """An engine for sessions with any answers."""
    sandboxes, results, model = ScriptedSandboxes(FakeBlobs(folder)), cycle(RESULTS), AnyModel()
    errors = Errors(model.faults)
    teams = AnyTeams(model)
    chat = FakeChat(files={"f": b"a,b\n1,2\n"})

    def does(code: str) -> None:
        if fired.fickle or code not in sandboxes.programs:
            sandboxes.programs[code] = next(results)

    sandboxes.on_run = does
    for name in OURS:
        logging.getLogger(name).addHandler(errors)
    try:
        async with harness(folder, teams, chat=chat, sandboxes=sandboxes, price=lambda _usage: 0.0) as it:
            fired = Battery(it, model)
            yield fired
    finally:
        for name in OURS:
            logging.getLogger(name).removeHandler(errors)
        await teams.builder.close()


def _body(request: ModelRequest) -> list[dict[str, str]]:
    """A request as it stands on the wire of the plainest server."""
    system = [{"role": "system", "content": request.system}] if request.system else []
    return [*system, *({"role": turn.role, "content": turn.text} for turn in request.turns)]
