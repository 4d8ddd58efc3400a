"""Runs a session: plan, one turn, one commit, until there is nothing left to do."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import PurePosixPath
from typing import Concatenate, ParamSpec

from sqlalchemy import Connection

from bot.aio.background import running_beside
from bot.aio.cancellation import heeding
from bot.aio.race import Overtaken, race
from bot.domain.errors import BadInput, Stopped, TurnCrashed, TurnError
from bot.domain.policy import Policy
from bot.domain.posts import HOST, FilesPost, Post
from bot.domain.turn_results import Ran, TurnResult, Usage
from bot.domain.workspace_files import Artifact
from bot.engine import attachments, decision_transaction, transitions, turn_commit
from bot.engine.attachments import FetchedFiles
from bot.engine.changes import Changes
from bot.engine.closing_posts import CLOSING, add_costs, closing_post, fallback_posts, summary_of_work
from bot.engine.code_basis import bound
from bot.engine.concurrency_slots import ConcurrencySlots
from bot.engine.decisions import MAX_CODE
from bot.engine.file_names_in_posts import with_file_names
from bot.engine.hints import HintQueue, queue, show
from bot.engine.inbox_watch import watch_inbox
from bot.engine.plan import (
    Ask,
    CloseRequest,
    Delete,
    End,
    Idle,
    ReadCode,
    Remind,
    TakeTurn,
    after,
    plan,
)
from bot.engine.session_resources import SessionResources
from bot.engine.session_rules import rules_for
from bot.engine.session_snapshot import SessionSnapshot, load_snapshot
from bot.engine.turn_context import TurnContext
from bot.engine.turn_errors import PauseSession, consequence, usage_of
from bot.engine.turn_files import TurnFiles
from bot.engine.turn_in_progress import TurnInProgress
from bot.ports import (
    ChatAdapter,
    Keep,
    Notebook,
    Read,
    Sandboxes,
    Team,
    TeamLimits,
    Teams,
    no_notebook,
    read_nothing,
)
from bot.store import inbox, outbox, spending
from bot.store.database import Database
from bot.store.sessions import Session

P = ParamSpec("P")

_LAST_HINT = 2.0
"""Seconds in which a session that rests can clear its last hint."""


async def _nothing(_what: object) -> None:
    return None


@dataclass(slots=True)
class Runner:
    """Runs sessions one turn at a time; `posted` is told of each session that has posts to deliver.

    `file_limit` and `workspace_limit` are bytes, of one attached file and of all files of a session; at most
    `at_once` sessions have a team and a sandbox at a time, the others queue.
    """

    database: Database
    teams: Teams
    sandboxes: Sandboxes
    adapters: Mapping[str, ChatAdapter]
    changes: Changes
    keep: Keep
    price: Callable[[Usage], float | None]
    posted: Callable[[str], None]
    file_limit: int
    run_timeout: float
    workspace_limit: int = 256_000_000
    at_once: int = 8
    drop_uploads: Callable[[Collection[str]], Awaitable[None]] = _nothing
    """Removes attached files, by ref, once the turn that took them in is committed."""
    delete: Callable[[str], Awaitable[None]] = _nothing
    """Deletes what is left of a session that does not run."""
    policy: Callable[[], Policy] = Policy
    notebook: Notebook = no_notebook
    read: Read = read_nothing
    queue_delay: float = 2.0
    """Seconds for which the place in a queue must have stayed the same before the thread sees it."""
    clock: Callable[[], float] = time.time
    closing: bool = field(default=False, init=False)
    """Set to let sessions rest at the next turn's end."""
    slots: ConcurrencySlots = field(init=False)

    def __post_init__(self) -> None:
        self.slots = ConcurrencySlots(self.at_once, lambda: self.policy().sessions_per_user)

    async def run(self, session_id: str, woken: asyncio.Event) -> None:
        """Take steps until the session rests or the process closes; `woken` is set when something happened."""
        if await self._until_rest(session_id, woken):
            await self.delete(session_id)

    async def _until_rest(self, session_id: str, woken: asyncio.Event) -> bool:
        """Whether the session is to be deleted, now that it rests and holds neither team nor sandbox."""
        hints: HintQueue = asyncio.Queue()
        async with (
            SessionResources(session_id, self.database, self.teams, self.sandboxes, self.slots) as resources,
            running_beside(show(hints, self.adapters, self.queue_delay), _LAST_HINT),
        ):
            while not self.closing:
                woken.clear()
                policy = self.policy()
                snapshot = await self.database.read(load_snapshot, session_id, policy, self.clock())
                if snapshot is None:
                    return True
                limits = self._limits(snapshot.session.team)
                rules = rules_for(policy, snapshot.session, limits)
                match plan(snapshot, limits, rules, self.clock()):
                    case Delete():
                        return True
                    case Idle():
                        return False
                    case ReadCode() | TakeTurn() if snapshot.session.thread.platform not in self.adapters:
                        return False
                    case ReadCode() as read:
                        await self._read_code(snapshot.session, read, woken)
                    case TakeTurn() as take if resources.has_slot:
                        context = self._context(snapshot.session, resources, hints)
                        in_progress = TurnInProgress(snapshot.session, take, rules, context, self.clock())
                        await self._turn(in_progress, resources, woken, hints)
                    case TakeTurn():
                        # A slot is waited for for any length of time: then the next step is planned anew.
                        who = spending.subject(snapshot.session, "user")
                        ahead = partial(queue, hints, snapshot.session.thread)
                        await resources.wait_for_slot(who, woken, ahead)
                    case step:
                        await self._take_step(snapshot, step, resources.interpreter)
        return False

    async def _take_step(
        self, snapshot: SessionSnapshot, step: End | Ask | Remind | CloseRequest, interpreter: str
    ) -> None:
        """Take a step that needs no team; `interpreter` is the one that the session's next code finds."""
        session = snapshot.session
        match step:
            case End():
                await self._end(session, step, covered=step.last_covered(snapshot.pending))
            case Ask():
                draft = await bound(self.database, session.id, step.draft, interpreter)
                await self._write(session.id, transitions.ask, session, replace(step, draft=draft), self.clock())
            case Remind():
                await self._write(session.id, transitions.remind, step, self.clock())
            case CloseRequest():
                await self._write(session.id, transitions.close_request, step, self.clock())

    async def _read_code(self, session: Session, read: ReadCode, woken: asyncio.Event) -> None:
        fetch = self.adapters[session.thread.platform].fetch
        try:
            code = await race(attachments.read_code(read.decision.files, fetch, MAX_CODE), woken.wait())
        except Overtaken:
            return  # something else has come, which may be a stop
        await self._write(
            session.id,
            decision_transaction.apply_code_edit,
            session,
            read,
            code,
            policy=self.policy(),
            now=self.clock(),
        )
        await self.drop_uploads([file.ref for file in read.decision.files])

    def _limits(self, team: str) -> TeamLimits | None:
        try:
            return self.teams.limits(team)
        except BadInput:
            return None

    async def _turn(
        self, in_progress: TurnInProgress, resources: SessionResources, woken: asyncio.Event, hints: HintQueue
    ) -> None:
        try:
            if in_progress.take.drops_code:
                await self.database.write(transitions.drop_code, in_progress.session, in_progress.began)
            async with running_beside(watch_inbox(self.database, in_progress, woken, hints)):
                fetched, result = await self._run_turn(in_progress, resources)
            await self._store(in_progress, fetched, result)
        except Exception as error:
            resources.invalidate()
            await self._failed(in_progress, error)

    async def _run_turn(
        self, in_progress: TurnInProgress, resources: SessionResources
    ) -> tuple[FetchedFiles, TurnResult]:
        context = in_progress.context
        try:
            fetched, team = await context.unless_stopped(self._prepare(in_progress, resources))
            result = await context.run_bounded(team.turn(fetched.messages, context))
        except Exception as error:
            if context.is_stopped:
                raise Stopped("stopped") from error
            if context.failure is not None and context.failure is not error:
                # AutoGen made text of it; the error tells what the turn has used before.
                raise context.failure from error
            raise
        finally:
            context.close()
        if context.is_stopped and not isinstance(result.what, Ran):
            raise Stopped("stopped", result.usage)
        return fetched, result

    def _context(self, session: Session, resources: SessionResources, hints: HintQueue) -> TurnContext:
        limits = self._limits(session.team)
        cap = limits.token_cap if limits else 0
        return TurnContext(
            session.id,
            session.turns + 1,
            resources=resources,
            database=self.database,
            tokens_left=cap - (session.tokens - session.opened_tokens),
            rules=lambda: rules_for(self.policy(), session, self._limits(session.team)),
            timeout=self.run_timeout,
            show=lambda hint: hints.put_nowait((session.thread, hint)),
            price=self.price,
            keep=self.keep,
            read=self.read,
            clock=self.clock,
        )

    async def _prepare(
        self, in_progress: TurnInProgress, resources: SessionResources
    ) -> tuple[FetchedFiles, Team]:
        session, take = in_progress.session, in_progress.take
        files = TurnFiles(self.database, self.keep, self.file_limit, self.workspace_limit)
        fetched = await heeding(files.fetch(session.id, take, self.adapters[session.thread.platform].fetch))
        await resources.attach(fetched.files)
        if fetched.files:
            sandbox = await in_progress.context.open_sandbox()
            cards = [await heeding(sandbox.card(PurePosixPath(file.path))) for file, _ in fetched.files]
            fetched = attachments.with_profiles(fetched, cards)
        if await files.announce(session.id, take, fetched, self.clock()):
            self._notify(session.id)
        return fetched, await resources.team(session.team)

    async def _store(self, in_progress: TurnInProgress, fetched: FetchedFiles, result: TurnResult) -> None:
        """Commit a turn; whatever goes wrong, what it has used is paid."""
        try:
            await self._commit(in_progress, fetched, result)
        except TurnError:
            raise
        except Exception as error:
            raise TurnCrashed("the turn could not be stored", result.usage) from error

    async def _commit(self, in_progress: TurnInProgress, fetched: FetchedFiles, result: TurnResult) -> None:
        session, context, now = in_progress.session, in_progress.context, self.clock()
        number = session.turns + 1
        costs = [(usage, self.price(usage)) for usage in result.usage]
        what_follows = after(session, result, in_progress.rules, now)
        what_follows = await with_file_names(what_follows, session.id, fetched, self.database)
        asks = what_follows.asks
        if asks is not None:
            asks = await bound(self.database, session.id, asks, context.interpreter)
        posts: list[Post] = [*fallback_posts(result.took_over), *what_follows.posts]
        added: list[Artifact] = []
        if what_follows.outcome is not None:
            spent = await self.database.read(transitions.spent, session, context.reserved)
            added = await self._add_notebook(session, posts)
            tokens = session.tokens + sum(usage.tokens for usage in result.usage)
            cost = add_costs(spent, costs)
            said = CLOSING[what_follows.outcome]
            posts.append(
                closing_post(session, what_follows.outcome, said, now=now, turns=number, tokens=tokens, cost=cost)
            )
        turn = turn_commit.TurnCommit(
            session=session.id,
            number=number,
            result=result,
            consumed=in_progress.take.consumed,
            attached=[artifact for artifact, _ in fetched.files],
            added=added,
            costs=costs,
            reserved=context.reserved,
            posts=posts,
            status=what_follows.status,
            outcome=what_follows.outcome,
            last_error=what_follows.last_error,
            errors_in_row=what_follows.errors_in_row,
            seconds=in_progress.seconds(now),
            asks=asks,
            messages=dict(in_progress.take.messages),
        )
        if not await self.database.write(turn_commit.commit, turn, now):
            raise Stopped("stopped", result.usage)
        await self.drop_uploads([file.ref for _, message in in_progress.take.messages for file in message.files])
        self._notify(session.id)

    async def _failed(self, in_progress: TurnInProgress, error: Exception) -> None:
        session, last, now = in_progress.session, in_progress.take.last_message, self.clock()
        if isinstance(error, Stopped) and not await self.database.read(inbox.is_interrupted, session.id, last):
            crash = TurnCrashed("the turn was cancelled, and by no person")
            crash.__cause__ = error.__cause__ or error
            error = crash
        spent = usage_of(error)
        costs = None if spent is None else [(attempt, self.price(attempt)) for attempt in spent]
        if not await self.database.write(transitions.record_failed_turn, in_progress, costs, now):
            self._notify(session.id)  # the turn is committed: only the answer that says so was lost
            return
        limits = self._limits(session.team)
        match consequence(session, error, now, limits.token_cap if limits else 0, in_progress.rules):
            case End() as end:
                if snapshot := await self.database.read(load_snapshot, session.id, self.policy(), now):
                    await self._end(snapshot.session, end, covered=end.last_covered(snapshot.pending))
            case Ask(draft):
                await self._write(session.id, transitions.ask, session, Ask(draft, in_progress.take), now)
            case PauseSession() as pause:
                await self._write(session.id, transitions.pause, session, pause, last, now)
            case None:
                pass

    async def _end(self, session: Session, end: End, *, covered: int) -> None:
        """End the session; messages up to number `covered` do not start it again."""
        now = self.clock()
        spent = await self.database.read(transitions.spent, session)
        left = summary_of_work(await self.database.read(outbox.thread, session.id)) if end.needs_summary else ""
        text = f"{end.text} {left}".rstrip()
        closing_line = closing_post(
            session, end.outcome, text, now=now, turns=session.turns, tokens=session.tokens, cost=spent
        )
        posts: list[Post] = []
        added = await self._add_notebook(session, posts)
        posts.append(closing_line)
        await self._write(session.id, transitions.end, session, end, posts, added, covered=covered, now=now)

    async def _add_notebook(self, session: Session, posts: list[Post]) -> list[Artifact]:
        """The notebook of a session that ends, if it had code; a post that shows it comes after the others."""
        made = await self.notebook(session.id, posts)
        if made is None:
            return []
        posts.append(FilesPost(HOST, (made,)))
        return [made]

    async def _write(
        self, session_id: str, step: Callable[Concatenate[Connection, P], None], *args: P.args, **kwargs: P.kwargs
    ) -> None:
        """Take a step that is one transaction, and tell those that watch the session."""
        await self.database.write(step, *args, **kwargs)
        self._notify(session_id)

    def _notify(self, session_id: str) -> None:
        self.changes.tell(session_id)
        self.posted(session_id)
