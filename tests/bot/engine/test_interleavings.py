"""People, clicks, turns, failures, stops, expiries and restarts in any order.

Nothing is lost, nobody waits in vain, and no code runs that nobody has allowed.
"""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import Connection, update

from bot.domain.errors import BadInput, Denied, ModelRefused, TokenCapReached, Unheard
from bot.domain.events import CodeBlock, Decision, Deleted, Edited, Message, Stop, Verdict
from bot.domain.participants import Person
from bot.domain.policy import Policy
from bot.domain.posts import ApprovalPost, BudgetPost, CheckPost, QuestionPost, RequestCard
from bot.domain.turn_results import What
from bot.ports import HumanInputMode, TurnPort
from bot.store import inbox, turns
from bot.store.requests import open_in
from bot.store.schema import requests
from tests.bot.engine.harness import ANN, THREAD, EngineHarness, harness
from tests.fakes.blob_store import FakeBlobs
from tests.fakes.chat import FakeChat
from tests.fakes.scripted_sandbox import ScriptedSandboxes
from tests.fakes.team import FakeTeams, Limits, asks, code, finished, said

ALWAYS = Policy.model_validate({"code_approval": "always", "budget": {"session": {"turns": 5}}})
ERRORS = (ModelRefused, TokenCapReached, ZeroDivisionError)


class Gate:
    """Where the team waits until the test says what its turn brings."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self._brings: asyncio.Queue[What | Exception] = asyncio.Queue()

    async def __call__(self, _turn: TurnPort) -> What:
        self.reached.set()
        try:
            what = await self._brings.get()
        finally:
            self.reached.clear()
        if isinstance(what, Exception):
            raise what
        return what

    def open(self, what: What | Exception) -> None:
        """Let the turn that waits bring this."""
        self.reached.clear()
        self._brings.put_nowait(what)


class Conversation(RuleBasedStateMachine):
    """One thread; every step is carried on until the team waits at the gate or the session rests."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.chat = FakeChat()
        self.sandboxes = ScriptedSandboxes(FakeBlobs(Path(self.folder.name)))
        self.said: list[str] = []
        self.session = ""
        self.written = 0
        self.allowed: set[str] = set()
        self.trusted = False
        self.raised = 0.0
        self.let_finish = 0
        self.taken_back: set[int] = set()
        self.steps = 0
        self.mode: HumanInputMode = "NEVER"
        self.sit_down()

    def sit_down(self) -> None:
        self.gate = Gate()
        self.stack = AsyncExitStack()
        teams = FakeTeams([self.gate] * 1000, Limits(max_turns=6, human_input_mode=self.mode))
        engine = harness(
            Path(self.folder.name), teams, chat=self.chat, sandboxes=self.sandboxes, grace=0, policy=ALWAYS
        )
        self.it: EngineHarness = self.loop.run(self.stack.enter_async_context(engine))

    def teardown(self) -> None:
        self.loop.run(self.stack.aclose())
        self.loop.close()
        self.folder.cleanup()

    @initialize(mode=st.sampled_from(["NEVER", "TERMINATE", "ALWAYS"]))
    def begin(self, mode: HumanInputMode) -> None:
        self.mode = mode
        self.restart()
        self.say()

    @rule()
    def say(self) -> None:
        self.session = self.loop.run(self.it.say(self.next_line(), name=f"m{len(self.said) - 1}"))
        self.loop.run(self.settled())

    @rule(number=st.integers(0, 30))
    def edit(self, number: int) -> None:
        """Edits count until the team has heard the message; during that turn, they are said anew after it."""
        line = number % len(self.said)
        new = f"line {line} as of step {self.steps}"
        if self.waits(line):
            self.said[line] = new
        self.change(Edited(f"e{self.steps}", THREAD, ANN, f"m{line}", new))

    @rule(number=st.integers(0, 30))
    def delete(self, number: int) -> None:
        line = number % len(self.said)
        if self.waits(line):
            self.taken_back.add(line)
        self.change(Deleted(f"d{self.steps}", THREAD, ANN, f"m{line}"))

    @rule()
    def order(self) -> None:
        text = self.next_line()
        # The turn that waits there now is ended: the next to reach the gate is another.
        self.gate.reached.clear()
        self.loop.run(self.it.say(f"now: {text}", name=f"m{len(self.said) - 1}"))
        self.loop.run(self.settled())

    @rule()
    def stop(self) -> None:
        self.trusted = False
        self.loop.run(self.it.stop())
        self.loop.run(self.it.rest())

    @precondition(lambda self: self.gate.reached.is_set())
    @rule(what=st.sampled_from([said("hm"), asks("Which?"), finished()]))
    def bring(self, what: What) -> None:
        self.gate.open(what)
        self.loop.run(self.settled())

    @precondition(lambda self: self.gate.reached.is_set())
    @rule()
    def write(self) -> None:
        self.written += 1
        if self.trusted:
            self.allowed.add(f"x{self.written}()")
        self.gate.open(code(f"x{self.written}()"))
        self.loop.run(self.settled())

    @precondition(lambda self: self.card() is not None)
    @rule(verdict=st.sampled_from(["approve", "approve_all", "edit", "reject"]))
    def decide(self, verdict: Verdict) -> None:
        card = self.card()
        assert card is not None
        edit = CodeBlock("python", f"safer{len(self.allowed)}()\n")
        (block,) = card.blocks
        if verdict != "reject":
            self.allowed.add((edit if verdict == "edit" else block).code.strip())
        self.trusted = self.trusted or verdict == "approve_all"
        self.loop.run(self.it.decide(verdict, card=card, blocks=(edit,)))
        self.loop.run(self.settled())
        with pytest.raises(Denied, match="Too late"):
            self.loop.run(self.it.decide("approve", card=card))

    @precondition(lambda self: isinstance(self.request(), BudgetPost))
    @rule(verdict=st.sampled_from(["raise", "finish"]), amount=st.sampled_from([0.5, 2.0]))
    def decide_at_the_cap(self, verdict: Verdict, amount: float) -> None:
        card = self.request()
        assert card is not None
        if verdict == "raise":
            with pytest.raises(Denied):
                self.loop.run(self.it.decide(verdict, Person("U-Eve", "Eve"), card=card))
        self.raised += amount if verdict == "raise" else 0
        self.loop.run(self.it.decide(verdict, card=card, amount=amount))
        self.loop.run(self.settled())
        if verdict == "finish":
            self.let_finish = len(self.loop.run(self.it.reader.timeline(self.session)))
        with pytest.raises(Denied, match="Too late"):
            self.loop.run(self.it.decide(verdict, card=card))

    @precondition(lambda self: isinstance(self.request(), CheckPost))
    @rule(verdict=st.sampled_from(["go_on", "finish"]))
    def decide_at_a_check(self, verdict: Verdict) -> None:
        card = self.request()
        assert card is not None
        assert isinstance(card, CheckPost)
        if card.finishing and verdict == "go_on":
            with pytest.raises(BadInput, match="The team is done"):
                self.loop.run(self.it.decide(verdict, card=card))
            return
        self.loop.run(self.it.decide(verdict, card=card))
        self.loop.run(self.settled())
        assert (self.loop.run(self.it.view()).outcome == "finished") == (verdict == "finish")
        if verdict == "finish":
            self.let_finish = len(self.loop.run(self.it.reader.timeline(self.session)))
        with pytest.raises(Denied, match="Too late"):
            self.loop.run(self.it.decide(verdict, card=card))

    @precondition(lambda self: self.cards())
    @rule(number=st.integers(0, 20), verdict=st.sampled_from(["approve", "approve_all", "edit", "reject"]))
    def click_in_vain(self, number: int, verdict: Verdict) -> None:
        """Strangers on any card, and anybody on one that is settled."""
        cards = self.cards()
        card = cards[number % len(cards)]
        edit = (CodeBlock("python", "evil()\n"),)
        with pytest.raises(Denied):
            self.loop.run(self.it.decide(verdict, Person("U-Eve", "Eve"), card=card, blocks=edit))
        if card.decided:
            with pytest.raises(Denied):
                self.loop.run(self.it.decide(verdict, card=card, blocks=edit))

    @precondition(lambda self: self.request() is not None)
    @rule()
    def let_time_pass(self) -> None:
        def pass_by(connection: Connection) -> None:
            connection.execute(update(requests).where(requests.c.state == "open").values(expires_at=1.0))

        card = self.request()
        assert card is not None
        verdicts: dict[str, Verdict] = {"approval": "approve", "budget": "raise", "check": "go_on"}
        self.loop.run(self.it.database.write(pass_by))
        if card.kind in verdicts:
            with pytest.raises(Denied, match="Too late"):
                self.loop.run(self.it.decide(verdicts[card.kind], card=card, amount=1.0))
        self.loop.run(self.it.dispatcher.wake(self.session))
        self.loop.run(self.settled())

    @precondition(lambda self: self.gate.reached.is_set())
    @rule(error=st.sampled_from(ERRORS))
    def fail(self, error: type[Exception]) -> None:
        self.gate.open(error("It failed."))
        self.loop.run(self.settled())

    @precondition(lambda self: self.gate.reached.is_set())
    @rule(what=st.sampled_from([asks("Which?"), finished(), said("hm"), *(error("No.") for error in ERRORS)]))
    def bring_while_somebody_speaks(self, what: What | Exception) -> None:
        line = self.next_line()
        self.gate.open(what)
        self.loop.run(self.it.say(line, name=f"m{len(self.said) - 1}"))
        self.loop.run(self.settled())
        at_a_limit = self.loop.run(self.it.view()).outcome == "limit"  # which says that a reply lifts it
        at_a_cap = isinstance(self.request(), BudgetPost)
        assert self.gate.reached.is_set() or at_a_limit or at_a_cap, (
            "whoever spoke as a turn ended is not answered"
        )

    @rule()
    def restart(self) -> None:
        self.loop.run(self.stack.aclose())
        self.sit_down()
        self.loop.run(self.settled())

    def next_line(self) -> str:
        self.said.append(f"line {len(self.said)}")
        return self.said[-1]

    def change(self, event: Edited | Deleted) -> None:
        self.steps += 1
        with suppress(Unheard):
            self.loop.run(self.it.intake(event))
        pending = self.loop.run(self.it.database.read(inbox.pending, self.session))
        # To take back the task is to stop, which ends the turn that waits at the gate.
        stopped = any(isinstance(item.event, Stop) for item in pending)
        self.loop.run(self.it.rest() if stopped else self.settled())

    def waits(self, line: int) -> bool:
        """Whether no turn that is committed has heard a line."""
        pending = self.loop.run(self.it.database.read(inbox.pending, self.session))
        return any(isinstance(item.event, Message) and item.event.id == f"m{line}" for item in pending)

    def cards(self) -> list[ApprovalPost]:
        """What was asked about code so far, as people see it."""
        return [post for post in self.chat.posts(THREAD) if isinstance(post, ApprovalPost)]

    def request(self) -> RequestCard | None:
        """What the session waits for."""
        request = self.loop.run(self.it.database.read(open_in, self.session)) if self.session else None
        return request.card if request else None

    def card(self) -> ApprovalPost | None:
        """The card that is open, if there is one."""
        cards = self.cards()
        return cards[-1] if cards and cards[-1].decided is None else None

    async def settled(self) -> None:
        """Returns when the team waits at the gate, or nothing is at work."""
        while workers := [task for task in asyncio.all_tasks() if task.get_name().startswith("worker ")]:
            reached = asyncio.create_task(self.gate.reached.wait())
            await asyncio.wait({reached, *workers}, return_when=asyncio.FIRST_COMPLETED)
            if reached.done():
                return
            reached.cancel()
            await asyncio.wait({reached})

    @invariant()
    def every_message_is_heard_in_order_and_as_it_was_last_or_waits(self) -> None:
        state = self.loop.run(self.it.database.read(turns.state, self.session))
        talk = state["talk"] if state else []
        heard = [line["text"] for line in talk if line["who"] == "Ann" and "line" in line["text"]]
        pending = self.loop.run(self.it.database.read(inbox.pending, self.session))
        waiting = [item.event.text for item in pending if isinstance(item.event, Message)]
        known = [text.removeprefix("(edited) ") for text in [*heard, *waiting]]
        numbers = [int(text.split()[1]) for text in known if text.startswith("line")]
        assert [*dict.fromkeys(numbers)] == [
            line for line in range(len(self.said)) if line in numbers or line not in self.taken_back
        ]
        for line, text in enumerate(self.said):
            assert line in self.taken_back or text in known, "an edit is lost"
        assert len(known) == len(set(known)) or self.taken_back, "something is heard twice"

    @invariant()
    def a_session_at_rest_has_nothing_left_to_do(self) -> None:
        if self.gate.reached.is_set():
            return
        view = self.loop.run(self.it.view())
        pending = self.loop.run(self.it.database.read(inbox.pending, self.session))
        assert view.status != "running"
        assert not [item for item in pending if isinstance(item.event, Stop)]
        request = self.loop.run(self.it.database.read(open_in, self.session))
        assert (view.status == "waiting") == (request is not None)
        assert view.turns <= 5 + self.raised, "the cap on turns was passed"
        if (
            request is not None and isinstance(request.card, QuestionPost | CheckPost)
        ) or view.outcome == "finished":
            assert [item for item in pending if item.seq > self.let_finish] == []

    @invariant()
    def code_runs_only_when_somebody_allowed_it_and_only_once(self) -> None:
        assert set(self.sandboxes.ran) <= self.allowed
        assert len(self.sandboxes.ran) == len(set(self.sandboxes.ran))

    @invariant()
    def people_see_what_the_tables_say(self) -> None:
        entries = self.loop.run(self.it.reader.timeline(self.session))
        assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
        if not self.gate.reached.is_set():
            posted = [entry.item for entry in entries if not isinstance(entry.item, (Message, Stop, Decision))]
            assert self.chat.posts(THREAD) == posted


TestConversation = Conversation.TestCase
TestConversation.settings = settings(
    max_examples=20, stateful_step_count=20, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
