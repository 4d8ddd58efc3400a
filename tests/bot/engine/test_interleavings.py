"""People, turns, failures, stops and restarts in any order: nothing is lost, and nobody waits in vain."""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bot.errors import ModelRefused, TokenCapReached
from bot.events import Message, Stop, What
from bot.ports import Turn
from bot.store import inbox, turns
from tests.bot.engine.table import THREAD, Table, table
from tests.fakes.chat import FakeChat
from tests.fakes.team import FakeTeams, Limits, asks, code, finished, said

ERRORS = (ModelRefused, TokenCapReached, ZeroDivisionError)


class Gate:
    """Where the team waits until the test says what its turn brings."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self._brings: asyncio.Queue[What | Exception] = asyncio.Queue()

    async def __call__(self, _turn: Turn) -> What:
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
        self.said: list[str] = []
        self.session = ""
        self.sit_down()

    def sit_down(self) -> None:
        self.gate = Gate()
        self.stack = AsyncExitStack()
        teams = FakeTeams([self.gate] * 1000, Limits(max_turns=6))
        engine = table(Path(self.folder.name), teams, chat=self.chat, grace=0)
        self.it: Table = self.loop.run(self.stack.enter_async_context(engine))

    def teardown(self) -> None:
        self.loop.run(self.stack.aclose())
        self.loop.close()
        self.folder.cleanup()

    @initialize()
    def begin(self) -> None:
        self.say()

    @rule()
    def say(self) -> None:
        text = f"line {len(self.said)}"
        self.said.append(text)
        self.session = self.loop.run(self.it.say(text))
        self.loop.run(self.settled())

    @rule()
    def stop(self) -> None:
        self.loop.run(self.it.stop())
        self.loop.run(self.it.rest())

    @precondition(lambda self: self.gate.reached.is_set())
    @rule(what=st.sampled_from([said("hm"), code("x()"), asks("Which?"), finished()]))
    def bring(self, what: What) -> None:
        self.gate.open(what)
        self.loop.run(self.settled())

    @precondition(lambda self: self.gate.reached.is_set())
    @rule(error=st.sampled_from(ERRORS))
    def fail(self, error: type[Exception]) -> None:
        self.gate.open(error("It failed."))
        self.loop.run(self.settled())

    @precondition(lambda self: self.gate.reached.is_set())
    @rule(what=st.sampled_from([asks("Which?"), finished(), said("hm"), *(error("No.") for error in ERRORS)]))
    def bring_while_somebody_speaks(self, what: What | Exception) -> None:
        self.said.append(f"line {len(self.said)}")
        self.gate.open(what)
        self.loop.run(self.it.say(self.said[-1]))
        self.loop.run(self.settled())
        at_a_limit = self.loop.run(self.it.view()).outcome == "limit"  # which says that a reply lifts it
        assert self.gate.reached.is_set() or at_a_limit, "whoever spoke while a turn ended is not answered"

    @rule()
    def restart(self) -> None:
        self.loop.run(self.stack.aclose())
        self.sit_down()
        self.loop.run(self.settled())

    async def settled(self) -> None:
        """Comes back when the team waits at the gate, or nothing is at work."""
        while lanes := [task for task in asyncio.all_tasks() if task.get_name().startswith("lane ")]:
            reached = asyncio.create_task(self.gate.reached.wait())
            await asyncio.wait({reached, *lanes}, return_when=asyncio.FIRST_COMPLETED)
            if reached.done():
                return
            reached.cancel()
            await asyncio.wait({reached})

    @invariant()
    def every_message_is_heard_once_and_in_order_or_waits(self) -> None:
        state = self.loop.run(self.it.database.read(turns.state, self.session))
        heard = [line["text"] for line in (state["talk"] if state else []) if line["who"] == "Ann"]
        pending = self.loop.run(self.it.database.read(inbox.pending, self.session))
        waiting = [item.event.text for item in pending if isinstance(item.event, Message)]
        assert heard + waiting == self.said

    @invariant()
    def a_session_at_rest_has_nothing_left_to_do(self) -> None:
        if self.gate.reached.is_set():
            return
        view = self.loop.run(self.it.view())
        pending = self.loop.run(self.it.database.read(inbox.pending, self.session))
        assert view.status != "running"
        assert not [item for item in pending if isinstance(item.event, Stop)]
        if view.status == "waiting" or view.outcome == "finished":
            assert pending == []

    @invariant()
    def people_see_what_the_tables_say(self) -> None:
        entries = self.loop.run(self.it.reader.timeline(self.session))
        assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
        if not self.gate.reached.is_set():
            posted = [entry.item for entry in entries if not isinstance(entry.item, (Message, Stop))]
            assert self.chat.posts(THREAD) == posted


TestConversation = Conversation.TestCase
TestConversation.settings = settings(
    max_examples=10, stateful_step_count=15, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
