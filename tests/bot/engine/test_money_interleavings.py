"""Sessions of several people whose calls, raises, stops, failures and restarts come in any order.

What is spent, reservations included, never passes a cap and what people have added to it, and nobody waits at
one for nothing.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import Connection, select

from bot.domain.budgets import Cap
from bot.domain.errors import Denied, ModelRefused
from bot.domain.participants import Person, ThreadRef
from bot.domain.policy import Policy
from bot.domain.posts import BudgetPost, Scope, Unit
from bot.domain.turn_results import Usage, What
from bot.ports import TurnPort
from bot.store.requests import open_in
from bot.store.schema import ledger, sessions
from tests.bot.engine.harness import EngineHarness, harness
from tests.fakes.chat import FakeChat
from tests.fakes.team import SPEAKER, FakeTeams, finished, said

SEATS = (("Ann", "general", "1"), ("Ann", "random", "2"), ("Ben", "general", "3"))
BOSS, EVE = Person("U-Boss", "Boss", ("admin",)), Person("U-Eve", "Eve")
WORST = Usage(SPEAKER, "paid/model", 80, 20, estimated=True)
RULES = Policy.model_validate(
    {
        "budget": {
            "session": {"dollars": 2.5, "tokens": 350},
            "user": {"dollars": 4.0},
            "channel": {"dollars": 4.5},
            "day": {"tokens": 650},
            "installation": {"dollars": 9.0},
        }
    }
)
CAPS = RULES.budget.caps()
OWN: tuple[Scope, ...] = ("session", "user")


def dollars(usage: Usage) -> float:
    """A cent a token: a call costs a dollar at worst."""
    return usage.tokens / 100


@dataclass(frozen=True, slots=True)
class Seat:
    """A thread and who started its session."""

    who: str
    channel: str
    name: str

    @property
    def thread(self) -> ThreadRef:
        return ThreadRef("chat", "team", self.channel, self.name)

    def subject(self, scope: Scope) -> str:
        """Whose money it is."""
        of: dict[Scope, str] = {"session": self.name, "user": self.who, "channel": self.channel}
        return of.get(scope, "")


def spent(connection: Connection) -> dict[Cap, Counter[str]]:
    """What every attempt adds to the caps, read without the code under test."""
    used: dict[Cap, Counter[str]] = {cap: Counter() for cap in CAPS}
    tokens = ledger.c.prompt_tokens + ledger.c.completion_tokens
    rows = select(sessions.c.starter_name, sessions.c.channel, sessions.c.thread, tokens, ledger.c.cost)
    for who, channel, name, count, cost in connection.execute(rows.join_from(ledger, sessions)):
        seat = Seat(who, channel, name)
        for cap in CAPS:
            used[cap][seat.subject(cap.scope)] += count if cap.unit == "tokens" else cost
    return used


class Calls:
    """The model calls that are under way, each until the test says what it brings."""

    def __init__(self) -> None:
        self.under_way: list[asyncio.Future[What | Exception]] = []
        self.began = asyncio.Event()

    async def __call__(self, turn: TurnPort) -> What:
        await turn.reserve(WORST)
        brings: asyncio.Future[What | Exception] = asyncio.get_running_loop().create_future()
        self.under_way.append(brings)
        self.began.set()
        try:
            what = await brings
        finally:
            if brings in self.under_way:
                self.under_way.remove(brings)
        if isinstance(what, Exception):
            raise what
        return what

    def end(self, number: int, what: What | Exception) -> None:
        """Let one of them end."""
        self.under_way.pop(number % len(self.under_way)).set_result(what)


class Money(RuleBasedStateMachine):
    """Three sessions of two people in two channels, carried on until each calls a model or rests."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.chat = FakeChat()
        self.seats = [Seat(*seat) for seat in SEATS]
        self.begun: set[Seat] = set()
        self.raised: dict[tuple[Scope, Unit, str], float] = defaultdict(float)
        self.sit_down()

    def sit_down(self) -> None:
        self.calls = Calls()
        self.teams = FakeTeams([self.calls] * 1000)
        self.stack = AsyncExitStack()
        engine = harness(Path(self.folder.name), self.teams, chat=self.chat, price=dollars, policy=RULES, grace=0)
        self.it: EngineHarness = self.loop.run(self.stack.enter_async_context(engine))

    def teardown(self) -> None:
        self.loop.run(self.stack.aclose())
        self.loop.close()
        self.folder.cleanup()

    @initialize()
    def begin(self) -> None:
        self.say(0)

    @rule(number=st.integers(0, 2))
    def say(self, number: int) -> None:
        seat = self.seats[number]
        self.begun.add(seat)
        self.loop.run(self.it.say("Go on", seat.who, seat.thread))
        self.loop.run(self.settled())

    @precondition(lambda self: self.calls.under_way)
    @rule(number=st.integers(0, 9), tokens=st.integers(0, 100), what=st.sampled_from([said("hm"), finished()]))
    def end_a_call(self, number: int, tokens: int, what: What) -> None:
        self.teams.usage = (Usage(SPEAKER, "paid/model", tokens, 0),)
        self.calls.end(number, what)
        self.loop.run(self.settled())

    @precondition(lambda self: self.calls.under_way)
    @rule(number=st.integers(0, 9), error=st.sampled_from([ModelRefused("No."), ZeroDivisionError()]))
    def fail_a_call(self, number: int, error: Exception) -> None:
        self.calls.end(number, error)
        self.loop.run(self.settled())

    @precondition(lambda self: self.begun)
    @rule(number=st.integers(0, 2))
    def stop(self, number: int) -> None:
        seat = self.seats[number]
        if seat in self.begun:
            self.loop.run(self.it.stop(seat.who, seat.thread))
            self.loop.run(self.settled())

    @precondition(lambda self: any(self.waiting()))
    @rule(number=st.integers(0, 2), part=st.sampled_from([0.3, 1.0, 2.0]))
    def raise_a_cap(self, number: int, part: float) -> None:
        waiting = list(self.waiting())
        seat, card = waiting[number % len(waiting)]
        starter = Person(f"U-{seat.who}", seat.who)
        for nobody in (EVE, *(() if card.scope in OWN else (starter,))):
            with pytest.raises(Denied, match="You may not decide about budgets"):
                self.loop.run(self.it.decide("raise", nobody, card=card, thread=seat.thread, amount=card.step))
        amount = card.step * part
        self.raised[card.scope, card.unit, seat.subject(card.scope)] += amount
        who = starter if card.scope in OWN else BOSS
        self.loop.run(self.it.decide("raise", who, card=card, thread=seat.thread, amount=amount))
        self.loop.run(self.settled())
        with pytest.raises(Denied, match="Too late"):
            self.loop.run(self.it.decide("raise", BOSS, card=card, thread=seat.thread, amount=amount))

    @precondition(lambda self: any(self.waiting()))
    @rule(number=st.integers(0, 2))
    def finish_at_a_cap(self, number: int) -> None:
        waiting = list(self.waiting())
        seat, card = waiting[number % len(waiting)]
        self.loop.run(self.it.decide("finish", BOSS, card=card, thread=seat.thread))
        self.loop.run(self.settled())
        assert self.loop.run(self.it.view(seat.thread)).outcome == "finished"

    @rule()
    def restart(self) -> None:
        self.loop.run(self.stack.aclose())
        self.sit_down()
        self.loop.run(self.settled())

    def waiting(self) -> Iterator[tuple[Seat, BudgetPost]]:
        """The sessions that wait at a cap, with their cards."""
        for seat in self.seats:
            if seat in self.begun:
                view = self.loop.run(self.it.view(seat.thread))
                request = self.loop.run(self.it.database.read(open_in, view.id))
                if request is not None and isinstance(request.card, BudgetPost):
                    yield seat, request.card

    def room(self, cap: Cap, seat: Seat) -> float:
        """What a cap has left for a session."""
        of = seat.subject(cap.scope)
        used = self.loop.run(self.it.database.read(spent))[cap][of]
        return cap.amount + self.raised[cap.scope, cap.unit, of] - used

    async def settled(self) -> None:
        """Returns when every session that is at work calls a model."""
        while True:
            workers = [task for task in asyncio.all_tasks() if task.get_name().startswith("worker ")]
            if len(workers) <= len(self.calls.under_way):
                return
            self.calls.began.clear()
            began = asyncio.create_task(self.calls.began.wait())
            await asyncio.wait({began, *workers}, return_when=asyncio.FIRST_COMPLETED)
            began.cancel()
            await asyncio.wait({began})

    @invariant()
    def no_cap_is_passed(self) -> None:
        for seat in self.begun:
            for cap in CAPS:
                assert self.room(cap, seat) > -1e-6, f"{cap} is passed for {seat}"

    @invariant()
    def who_waits_at_a_cap_waits_for_a_reason_and_the_card_says_which(self) -> None:
        for _, card in self.waiting():
            assert card.spent + card.needed > card.cap
            assert card.cap + card.step >= card.spent + card.needed - 1e-6, "the raise on offer is not enough"


TestMoney = Money.TestCase
TestMoney.settings = settings(
    max_examples=15, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
