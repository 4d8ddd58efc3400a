"""What a team can use during its turn: a sandbox to run code in, a stop to watch for, a cap to keep."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import replace
from functools import partial
from pathlib import PurePosixPath
from typing import Any, TypeVar

from sqlalchemy import Connection

from bot.aio.race import Overtaken, race
from bot.domain import block_chain
from bot.domain.errors import (
    BadInput,
    BudgetReached,
    NotAsked,
    RoundtableError,
    SandboxUnavailable,
    Stopped,
    TurnError,
)
from bot.domain.events import CodeBlock
from bot.domain.participants import Hint
from bot.domain.turn_results import RunResult, Usage, Variables
from bot.engine import code_start
from bot.engine.failure_hints import failure_hint
from bot.engine.session_resources import SessionResources
from bot.engine.session_rules import SessionRules
from bot.ports import Keep, Read, Sandbox
from bot.store import ledger, turns
from bot.store.database import Database

T = TypeVar("T")

log = logging.getLogger(__name__)

LONG_OUTPUT = 3_000
"""Characters of output; of more, agents may soon see a part only, so that all of it becomes a file as well."""

_LAST_RESULT = 2.0
"""Seconds that a turn which ran code has, once it is stopped, to end with what there is."""

_LAST_MOMENT = 0.1
"""Seconds that a team which is given up has to end."""

_GIVES_UP = 0.65
"""Seconds that a team has after these to give its own work up; then it is given up itself."""

_LAST_FILES = 0.5
"""Seconds of these that files have to come out of the sandbox."""

_NO_FILES = (
    "But its files could not be had in time: the workspace is as it was before this run, /tmp is empty, and all"
    " variables are gone."
)
_NO_LONGER = "The code after this block was not run: its variables are gone, and with them the approval."
_NOT_SENT = "Then a person stopped the turn: the code after this block was not run."


def queued(ahead: int, speaker: str = "") -> Hint:
    """What a thread sees while its session waits for a sandbox."""
    return Hint(speaker or "the team", f"is waiting for a free sandbox ({ahead} ahead)", may_pass=True)


class TurnContext:
    """Implements `bot.ports.Turn` for one turn of one session."""

    def __init__(
        self,
        session_id: str,
        number: int,
        *,
        resources: SessionResources,
        database: Database,
        tokens_left: int,
        rules: Callable[[], SessionRules],
        timeout: float,
        show: Callable[[Hint], None],
        price: Callable[[Usage], float | None],
        keep: Keep,
        read: Read,
        clock: Callable[[], float],
    ) -> None:
        self.tokens_left = tokens_left
        self.agent = ""
        self.failure: RoundtableError | None = None
        self.reserved: list[int] = []
        self._session_id = session_id
        self._number = number
        self._resources = resources
        self._database = database
        self._rules = rules
        self._timeout = timeout
        self._price = price
        self._keep = keep
        self._read = read
        self._clock = clock
        self._show = show
        self._stop = asyncio.Event()
        self._has_run = False
        self._is_closed = False

    @property
    def interpreter(self) -> str:
        """The interpreter that the session's next Python block finds; empty when it is a clean one."""
        return self._resources.interpreter

    @property
    def is_stopped(self) -> bool:
        return self._stop.is_set()

    async def stop(self) -> None:
        """End the turn now: nothing new begins, everything in the sandbox dies, and the team is told."""
        self._stop.set()
        if self._resources.sandbox is not None:
            # One that is gone already has nothing left to kill.
            with contextlib.suppress(SandboxUnavailable):
                await self._resources.sandbox.kill()

    def close(self) -> None:
        """The turn is over: whatever of it still goes on can do nothing more with it."""
        self._is_closed = True

    async def stopped(self) -> None:
        """Returns when the turn is to end; one that has run code can end with what there is before."""
        await self._stop.wait()
        if self._has_run:
            await asyncio.sleep(_LAST_RESULT)

    async def unless_stopped(self, work: Coroutine[Any, Any, T], grace: float = 0.0) -> T:
        """What `work` brings; `grace` seconds after the turn is to end it is cancelled, and Stopped is raised."""
        try:
            return await race(
                work, _later(self._stop.wait(), grace), if_cancelled=_GIVES_UP, name=f"the work of {self}"
            )
        except Overtaken:
            raise Stopped("stopped") from None

    async def run_bounded(self, turn: Coroutine[Any, Any, T]) -> T:
        """What a team's turn brings; raises TimeoutError when it was to end, and the team did not see to that."""
        late = _later(self.stopped(), _GIVES_UP)
        try:
            return await race(turn, late, within=_LAST_MOMENT, if_cancelled=_GIVES_UP, name=f"{self}")
        except Overtaken:
            log.warning("%s did not end when it was to: it is abandoned", self)
            raise TimeoutError(f"{self} did not end") from None

    def speaking(self, agent: str, doing: str = "") -> None:
        """This agent works now; what it is doing changes often."""
        if self._is_closed:
            return
        self.agent = agent
        self._show(Hint(agent, doing, may_pass=bool(doing)))

    async def open_sandbox(self) -> Sandbox:
        """The session's sandbox; while none is free, the thread sees how many are ahead."""
        self._check_open()
        waited: list[int] = []

        def ahead(count: int) -> None:
            waited.append(count)
            self._show(queued(count, self.agent))

        sandbox = await self.unless_stopped(self._resources.open_sandbox(ahead))
        if waited and self.agent:
            self._show(Hint(self.agent))
        return sandbox

    async def reserve(self, worst: Usage) -> None:
        """Book an attempt at a model call before it starts; raises when a budget has no room for it."""
        self._check_open()
        if self.is_stopped:
            raise Stopped("stopped")
        attempt = ledger.Attempt(self._session_id, self._number, worst, self._price(worst))
        try:
            self.reserved.append(
                await self._database.write(ledger.reserve, attempt, self._clock(), self._rules().caps)
            )
        except BudgetReached as error:
            self.failure = await self._with_all_calls(error)
            raise self.failure from None
        except TurnError as error:
            self.failure = error
            raise

    async def unbilled(self) -> None:
        """Take back what was booked last: the provider asks nothing for it."""
        self._check_open()
        await self._database.write(ledger.release, self._session_id, self.reserved[-1:])
        self.reserved.pop()

    async def picture(self, path: str, limit: int) -> bytes | None:
        """The bytes of a file of the session, by the name that it has in the workspace."""
        file = await self._resources.file(path)
        return None if file is None or file.size > limit else await self._read(self._session_id, file.digest)

    async def _with_all_calls(self, reached: BudgetReached) -> BudgetReached:
        """The same, with all of the turn's calls as needed: the earlier ones are only reserved, and come again."""
        mine = await self._database.read(ledger.reserved, self.reserved, reached.unit)
        return BudgetReached(
            reached.scope,
            reached.unit,
            spent=reached.spent - mine,
            cap=reached.cap,
            needed=reached.needed + mine,
        )

    async def run(self, blocks: Sequence[CodeBlock]) -> Sequence[RunResult]:
        """Run what may run of these blocks, up to the first that fails; what was sent is not sent again."""
        self._check_open()
        if again := await self._database.read(code_start.sent_before, self._session_id, self._number):
            return (again,)
        try:
            return await self._run(blocks)
        except (SandboxUnavailable, BadInput, NotAsked) as error:
            # AutoGen turns whatever a participant raises into text; the runner looks here instead.
            self.failure = error
            raise

    async def _run(self, blocks: Sequence[CodeBlock]) -> list[RunResult]:
        sent = code_start.CodeToStart(self._session_id, self._number, tuple(blocks))
        permitted = await self._database.read(code_start.permitted_code, sent, self._rules(), self._clock())
        if isinstance(permitted, str):
            return [code_start.rejected(permitted)]
        sandbox = await self.open_sandbox()
        # To wait for one takes a while, in which the rules and what people have said may change.
        begun = await self._database.write(
            code_start.begin, sent, self._rules(), sandbox.interpreter, self._clock()
        )
        return [begun] if isinstance(begun, RunResult) else await self._run_blocks(sandbox, begun)

    async def _run_blocks(self, sandbox: Sandbox, begun: code_start.StartedCode) -> list[RunResult]:
        results: list[RunResult] = []
        counted_on = await self._database.read(_counted_on, self._session_id)
        for place, block in enumerate(begun.blocks):
            if self.is_stopped:
                return _cut_short(results, _NOT_SENT)
            if begun.approved and results and _has_lost_variables(results[-1], sandbox.interpreter):
                return _cut_short(results, _NO_LONGER)
            self._has_run = True
            result = await self._run_block(sandbox, block, place)
            results.append(block_chain.with_loss(result, counted_on))
            counted_on = block_chain.believed([result], counted_on)
            if not result.ok:
                break
        return results

    async def _run_block(self, sandbox: Sandbox, block: CodeBlock, place: int) -> RunResult:
        hint = partial(failure_hint, code=block.code, had_variables=sandbox.interpreter != "")
        result = await sandbox.run(block.code, block.language, self._timeout)
        self._check_open()
        try:
            return await self.unless_stopped(self._with_files(sandbox, result, place, hint), _LAST_FILES)
        except (Stopped, SandboxUnavailable):
            if not self.is_stopped:
                raise
            self._resources.invalidate()  # who knows how far the files came
            lost: Variables = "lost" if result.variables else ""
            return replace(result, variables=lost, note=f"{result.note} {_NO_FILES}".lstrip())

    async def _with_files(
        self, sandbox: Sandbox, result: RunResult, place: int, hint: Callable[[RunResult], str]
    ) -> RunResult:
        """A result with what the code has changed in the workspace, and a hint to it."""
        changes = await sandbox.changed()
        result = replace(result, files=changes.files, removed=changes.removed)
        note = " ".join(filter(None, [result.note, changes.note, hint(result)]))
        result = replace(result, note=note)
        return await self._keep_output(sandbox, result, place) if len(result.output) > LONG_OUTPUT else result

    async def _keep_output(self, sandbox: Sandbox, result: RunResult, place: int) -> RunResult:
        """Put a long output into the workspace, where code can read it; a full workspace goes without."""
        name = f"run-{self._number}-{place + 1}-output.txt" if place else f"run-{self._number}-output.txt"
        path, data = PurePosixPath(name), result.output.encode("utf-8", "replace")
        try:
            await sandbox.put(path, data)
        except BadInput:
            return result
        file = await self._keep(self._session_id, path, data)
        others = (other for other in result.files if other.path != name)  # code may have chosen just this name
        return replace(result, files=(*others, file), full_output=name)

    def _check_open(self) -> None:
        """Raises Stopped when the turn is over."""
        if self._is_closed:
            raise Stopped("the turn is over")

    def __str__(self) -> str:
        return f"turn {self._number} of session {self._session_id}"


async def _later(event: Awaitable[object], seconds: float) -> None:
    await event
    await asyncio.sleep(seconds)


def _counted_on(connection: Connection, session_id: str) -> str:
    """The interpreter whose variables agents count on."""
    return block_chain.believed(turns.newest_results(connection, session_id))


def _has_lost_variables(last: RunResult, interpreter: str) -> bool:
    """Whether the next block would not find the variables of the last one."""
    return last.variables == "lost" or last.interpreter not in ("", interpreter)


def _cut_short(results: list[RunResult], why: str) -> list[RunResult]:
    """What there is when the next block is not sent, with the reason; raises Stopped before the first."""
    if not results:
        raise Stopped("stopped")
    *before, last = results
    return [*before, replace(last, note=f"{last.note} {why}".lstrip())]
