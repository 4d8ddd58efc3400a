"""Plays one run: says the task, follows the session, answers as the task has it, and stops it at its budget."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

from bot.domain.errors import BadInput
from bot.domain.participants import ThreadRef
from bot.domain.views import Entry, SessionView
from bot.evaluate.judge import RunEvidence, judged
from bot.evaluate.live_sessions import LiveSessions
from bot.evaluate.people_steps import BudgetUsedUp, Decide, KeepWaiting, RunOver, RunUsage, Say, step
from bot.evaluate.record import RunRecord
from bot.evaluate.run_matrix import EvaluationRun
from bot.evaluate.stalls import Cut

FIRST = "Ann"
"""Who gives the task and decides what must be decided."""

REFUSED = "refused"
"""The outcome of a run whose task, or a reply in it, was not taken."""

_REFRESH = 5.0
"""Seconds after which a session is read again even if it has not changed."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds: a turn in which nothing happens for `turn` hangs; so does a session that `stop` does not end."""

    turn: float
    stop: float = 30.0


@dataclass(slots=True)
class _Session:
    """One running session; `said` are the numbers of what was said, 1 for the task."""

    run: EvaluationRun
    sessions: LiveSessions
    thread: ThreadRef
    id: str
    began: float
    said: list[int] = field(default_factory=lambda: [1])
    moved: float = 0.0
    """When something was last seen to happen."""
    last: tuple[object, ...] = ()

    def __post_init__(self) -> None:
        self.moved = time.monotonic()

    async def refreshed(self) -> tuple[SessionView, list[Entry], RunUsage]:
        view = await self.sessions.view(self.id)
        entries = await self.sessions.timeline(self.id)
        tokens = await self.sessions.tokens(self.id)
        self._notice((view.status, view.turns, len(entries), tokens))
        return view, entries, RunUsage(view.turns, tokens.total, time.monotonic() - self.began)

    def _notice(self, seen: tuple[object, ...]) -> None:
        if seen != self.last:
            self.last, self.moved = seen, time.monotonic()


async def play(run: EvaluationRun, sessions: LiveSessions, patience: Patience) -> RunRecord:
    """One run, from the task to its record; a task that is not taken is a run that the product stalled."""
    began, at, task = time.monotonic(), time.time(), run.case.task
    thread = sessions.thread(run.channel)
    try:
        session_id = await sessions.say(thread, FIRST, task.task, run.case.files, run.team.name)
    except BadInput as error:
        return judged(run, RunEvidence(REFUSED, "", (), (), (), 0, 0, 0, None, at, 0.0, str(error)))
    session = _Session(run, sessions, thread, session_id, began)
    outcome, cut, refused = await _followed(session, patience)
    view, entries, used = await session.refreshed()
    tokens = await sessions.tokens(session_id)
    return judged(
        run,
        RunEvidence(
            outcome=outcome or view.outcome or view.status,
            cut=cut,
            entries=entries,
            said=session.said,
            files=await sessions.made(session_id),
            turns=view.turns,
            tokens_in=tokens.prompt,
            tokens_out=tokens.completion,
            dollars=view.cost,
            began=at,
            seconds=used.seconds,
            refused=refused,
        ),
    )


async def _followed(session: _Session, patience: Patience) -> tuple[str, Cut, str]:
    """As `_follow`, and what was not taken of what people say and decide, which stops the session."""
    with session.sessions.changes.watch(session.id) as changed:
        try:
            return *await _follow(session, changed, patience), ""
        except BadInput as error:
            await _stop(session, changed, patience)
            return REFUSED, "", str(error)


async def _follow(session: _Session, changed: asyncio.Event, patience: Patience) -> tuple[str, Cut]:
    """Follow the session until it rests for good; returns its outcome, or "" and why it was stopped."""
    while True:
        changed.clear()
        view, entries, used = await session.refreshed()
        match step(session.run.case.task, view, entries, session.said, used):
            case KeepWaiting():
                if view.status == "running" and time.monotonic() - session.moved > patience.turn:
                    await _stop(session, changed, patience)
                    return "", "hang"
                await _wait(changed, _REFRESH)
            case Say(number, reply):
                session.said.append(number)
                await session.sessions.say(session.thread, reply.who, reply.text)
            case Decide(card, verdict):
                await session.sessions.decide(session.thread, FIRST, card, verdict)
            case BudgetUsedUp(cut):
                stopped = await _stop(session, changed, patience)
                return "", cut if stopped else "hang"
            case RunOver(outcome):
                return outcome, ""


async def _stop(session: _Session, changed: asyncio.Event, patience: Patience) -> bool:
    """Stop the session; whether it has ended in time."""
    await session.sessions.stop(session.thread, FIRST)
    until = time.monotonic() + patience.stop
    while (await session.sessions.view(session.id)).status != "ended":
        if time.monotonic() > until:
            return False
        changed.clear()
        await _wait(changed, 1.0)
    return True


async def _wait(changed: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await changed.wait()
    except TimeoutError:
        return
