"""A committed turn: one transaction holds the turn, the state's delta, its messages, posts, files and cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from bot.domain.audit_facts import ROUNDTABLE, ModelReplaced, code_ran
from bot.domain.events import Message
from bot.domain.participants import Person
from bot.domain.posts import Post
from bot.domain.turn_results import Ran, TurnResult, Usage
from bot.domain.views import Status
from bot.domain.workspace_files import Artifact
from bot.engine import pending_code, questions
from bot.engine.message_changes import as_new_message, edited_meanwhile
from bot.store import artifacts, audit, inbox, ledger, outbox, requests, runs, sessions, turns
from bot.store.requests import RequestDraft


@dataclass(frozen=True, slots=True)
class TurnCommit:
    """Everything that one committed turn changes.

    `consumed` are the numbers of the events that it takes from the inbox, `messages` those among them that the
    team got, as it got them. `added` are files that Roundtable itself has made.
    """

    session: str
    number: int
    result: TurnResult
    consumed: Sequence[int]
    attached: Sequence[Artifact]
    added: Sequence[Artifact]
    costs: Sequence[tuple[Usage, float | None]]
    reserved: Sequence[int]
    posts: Sequence[Post]
    status: Status
    outcome: str | None
    last_error: str
    errors_in_row: int
    seconds: float = 0.0
    asks: RequestDraft | None = None
    messages: Mapping[int, Message] = field(default_factory=dict)


def commit(connection: Connection, turn: TurnCommit, now: float) -> bool:
    """Write a turn, all of it or nothing; False, and nothing, when a person has stopped the session.

    What code did until it was stopped is committed all the same, but nothing is asked after it.
    """
    sessions.lock_session(connection, turn.session)
    is_stopped = inbox.has_pending_stop(connection, turn.session)
    if is_stopped and not isinstance(turn.result.what, Ran):
        return False
    turns.add(connection, turn.session, turn.number, turn.result, now)
    _consume(connection, turn, now, is_stopped=is_stopped)
    _write_files(connection, turn)
    _note_in_audit(connection, turn, now)
    runs.finish(connection, turn.session, turn.number)
    ledger.release(connection, turn.session, turn.reserved)
    ledger.add(connection, turn.session, turn.number, turn.costs, now)
    sessions.count_turn(connection, turn.session, turn.number, turn.last_error, turn.errors_in_row)
    sessions.add_work(connection, turn.session, turn.seconds)
    outbox.add(connection, turn.session, turn.posts, now)
    if turn.asks is not None and not is_stopped:
        _ask(connection, turn, turn.asks, now)
    else:
        _settle(connection, turn, now)
    return True


def _consume(connection: Connection, turn: TurnCommit, now: float, *, is_stopped: bool) -> None:
    """Take from the inbox what the team got; edits that came during the turn become messages."""
    current = inbox.messages(connection, turn.session, turn.messages)
    edited = edited_meanwhile(turn.messages, current)
    if is_stopped:
        # Edits wait as they are: as new messages they would come after the stop and open the session again.
        consumed = [seq for seq in turn.consumed if seq not in edited]
        inbox.consume(connection, turn.session, consumed, turn.number)
        return
    inbox.consume(connection, turn.session, turn.consumed, turn.number)
    for seq, message in edited.items():
        inbox.rewrite(connection, turn.session, seq, turn.messages[seq])
        inbox.add(connection, turn.session, as_new_message(message, seq), now)


def _write_files(connection: Connection, turn: TurnCommit) -> None:
    turns.add_files(connection, turn.session, turn.number, turn.attached, attached=True)
    artifacts.attached(connection, turn.session, turn.number, turn.attached)
    if isinstance(turn.result.what, Ran):
        results = turn.result.what.results
        before = {file.path: file.digest for file in turns.workspace(connection, turn.session)}
        ran = zip(runs.code(connection, turn.session, turn.number), results, strict=False)
        artifacts.made(connection, turn.session, turn.number, ran, before)
        for result in results:
            turns.remove_files(connection, turn.session, result.removed)
            turns.add_files(connection, turn.session, turn.number, result.files)
    turns.add_files(connection, turn.session, turn.number, turn.added)


def _note_in_audit(connection: Connection, turn: TurnCommit, now: float) -> None:
    if isinstance(turn.result.what, Ran):
        blocks = runs.code(connection, turn.session, turn.number)
        fact = code_ran(turn.number, blocks, turn.result.what.results)
        audit.add(connection, turn.session, Person("", turn.result.who), fact, now)
    for each in turn.result.took_over:
        replaced = ModelReplaced(turn.number, each.agent, each.model, each.fallback)
        audit.add(connection, turn.session, ROUNDTABLE, replaced, now)


def _ask(connection: Connection, turn: TurnCommit, draft: RequestDraft, now: float) -> None:
    """Have the session wait, unless a message that came during the turn answers the request already."""
    request = requests.ask(connection, turn.session, turn.number + 1, draft, now)
    waiting = [item.event for item in inbox.pending(connection, turn.session) if isinstance(item.event, Message)]
    effects = (questions.effect(message, draft.card) for message in waiting)
    effect = next((effect for effect in effects if effect.resolution), questions.NO_EFFECT)
    if effect.resolution is None:
        return
    requests.close(connection, request, effect.resolution, now)
    sessions.resume(connection, turn.session, now)
    if effect.is_order:
        # The author of that message has not seen the code of this turn, and no other person has let it run.
        pending_code.drop(connection, turn.session, now)


def _settle(connection: Connection, turn: TurnCommit, now: float) -> None:
    reopened = sessions.set_status(connection, turn.session, turn.status, turn.outcome, now=now)
    if turn.outcome is not None:
        inbox.consume_orders(connection, turn.session, turn.number)
        who = Person("", turn.result.who)
        audit.ended(connection, turn.session, who, turn.outcome, now, reopened=reopened)
