"""What a session does next, and what a turn means for it: pure decisions over rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from bot.domain.events import Decision, Message, Stop
from bot.domain.participants import Person
from bot.domain.posts import (
    AgentPost,
    ApprovalPost,
    CheckPost,
    CodePost,
    Ending,
    FilesPost,
    OutputPost,
    Post,
    StatusPost,
)
from bot.domain.turn_results import Answered, Asks, Code, Finished, Ran, Said, TurnResult, Unfinished
from bot.domain.views import Status
from bot.engine import approval, budget, decisions, questions
from bot.engine.failure_hints import error_of
from bot.engine.session_rules import SessionRules
from bot.engine.session_snapshot import SessionSnapshot
from bot.ports import TeamLimits
from bot.store.inbox import PendingEvent
from bot.store.requests import OpenRequest, RequestDraft, Resolution
from bot.store.sessions import Session
from bot.text.fence_parsing import prose

SAME_ERROR = 3

_OVER = Resolution("withdrawn", "The session has ended.")


@dataclass(frozen=True, slots=True)
class TakeTurn:
    """One turn: the team gets these messages, by number; of these `decisions` it is not told."""

    messages: tuple[tuple[int, Message], ...]
    decisions: tuple[int, ...] = ()

    @property
    def last_message(self) -> int:
        """The number of the last message that the team gets, 0 without any."""
        return max((seq for seq, _ in self.messages), default=0)

    @property
    def last_event(self) -> int:
        """The number of the last message or decision that was there, 0 without any."""
        return max(self.consumed, default=0)

    @property
    def consumed(self) -> list[int]:
        """Everything that the turn takes from the inbox."""
        return [*self.decisions, *(seq for seq, _ in self.messages)]

    @property
    def drops_code(self) -> bool:
        """Whether code that waits to be run is dropped: a person wants something else now."""
        return any(message.now for _, message in self.messages)


@dataclass(frozen=True, slots=True)
class End:
    """The session ends with a sentence; what it waited for ends so.

    `expired` is the request that nobody answered: when a person has answered after all, the session does not end.
    `decision` is the number of the decision that ends it: what was said after that opens it again.
    """

    outcome: Ending
    text: str
    resolution: Resolution = _OVER
    expired: OpenRequest | None = None
    decision: int = 0

    @property
    def needs_summary(self) -> bool:
        """Whether the thread is told what there is: a team that is ended while it waits cannot say it itself."""
        return self.expired is not None or self.outcome == "finished"

    def last_covered(self, pending: Sequence[PendingEvent]) -> int:
        """The last message that does not open the session again: at a limit that is every one that waits.

        A stop says itself what came before it, so does a decision to finish, and a team that failed needs just
        what people say.
        """
        if self.decision or self.outcome in ("stopped", "failed"):
            return self.decision
        return max((item.seq for item in pending), default=0)


@dataclass(frozen=True, slots=True)
class Ask:
    """The session waits for a person in place of a turn."""

    draft: RequestDraft
    take: TakeTurn = TakeTurn(())


@dataclass(frozen=True, slots=True)
class Remind:
    """People are reminded of what the session waits for."""

    request: OpenRequest
    text: str


@dataclass(frozen=True, slots=True)
class ReadCode:
    """Code that a person attached in place of an agent's is read, so that it can be decided about."""

    seq: int
    decision: Decision


@dataclass(frozen=True, slots=True)
class CloseRequest:
    """The session goes on without a decision: people have said something else, or a budget has room again."""

    request: OpenRequest
    resolution: Resolution
    text: str


@dataclass(frozen=True, slots=True)
class Idle:
    """Nothing to do until a person says something, or the time comes."""


@dataclass(frozen=True, slots=True)
class Delete:
    """The session is deleted, with everything in it."""


Step: TypeAlias = TakeTurn | End | Ask | Remind | ReadCode | CloseRequest | Idle | Delete


def plan(snapshot: SessionSnapshot, limits: TeamLimits | None, rules: SessionRules, now: float) -> Step:
    """The next step of a session; without `limits`, as of a team that is gone, the turn will say what is wrong."""
    session = snapshot.session
    if end := _ended_by(snapshot.pending):
        return end
    if unread := _unread(snapshot.pending):
        return unread
    if session.status == "waiting":
        return _waiting(snapshot, now)
    if session.status == "ended":
        return Delete() if snapshot.is_unwanted else Idle()
    if session.status == "paused" and (session.wake_at is None or session.wake_at > now):
        return Idle()
    take = _turn(snapshot.pending)
    if limits and (end := _limit(session, limits, has_new_message=bool(take.messages))):
        return end
    return _asks(snapshot, take, rules, now) or take


def _ended_by(pending: Sequence[PendingEvent]) -> End | None:
    """The end that a person has ordered."""
    events = [item.event for item in pending]
    stop = next((event for event in events if isinstance(event, Stop)), None)
    if stop is not None:
        return End(
            "stopped", f"Stopped by {stop.who.name}.", Resolution("withdrawn", f"Stopped by {stop.who.name}.")
        )
    for item in pending:
        if isinstance(item.event, Decision) and item.event.verdict == "finish":
            return End("finished", f"{item.event.who.name} let the team finish.", decision=item.seq)
    return None


def _unread(pending: Sequence[PendingEvent]) -> ReadCode | None:
    """The first decision whose code is not read yet."""
    decided = ((item.seq, item.event) for item in pending if isinstance(item.event, Decision))
    return next((ReadCode(seq, decision) for seq, decision in decided if decision.is_unread), None)


def _waiting(snapshot: SessionSnapshot, now: float) -> Step:
    request = snapshot.request
    if request is None:
        return Idle()
    if snapshot.has_room:
        return CloseRequest(request, questions.ROOM, "")
    if now >= request.expires_at:
        if isinstance(request.card, ApprovalPost) and people_after(snapshot.pending, 0):
            return CloseRequest(
                request, questions.TOO_LATE, f"{questions.NOT_RUN} The team goes on with what was said."
            )
        resolution, text = questions.expiry(request)
        finishing = isinstance(request.card, CheckPost) and request.card.finishing
        return End("finished" if finishing else "limit", text, resolution, request)
    if request.remind_at is not None and now >= request.remind_at:
        return Remind(request, questions.reminder(request, now))
    return Idle()


def _asks(snapshot: SessionSnapshot, take: TakeTurn, rules: SessionRules, now: float) -> Ask | None:
    """What must be asked before the next turn."""
    if reached := budget.reached_work_cap(snapshot.session, snapshot.work):
        return Ask(budget.cap_request(snapshot.session, reached, snapshot.session.id, rules, now), take)
    if (
        snapshot.unasked
        and not take.drops_code
        and approval.needs_approval(rules, snapshot.session.trusted_until, now)
    ):
        return Ask(approval.ask(*snapshot.unasked, rules, now), take)
    return None


def _turn(pending: Sequence[PendingEvent]) -> TakeTurn:
    messages: list[tuple[int, Message]] = []
    consumed: list[int] = []
    for item in pending:
        match item.event:
            case Message() as said:
                messages.append((item.seq, said))
            case Decision() as decision if message := decisions.as_message(decision):
                messages.append((item.seq, message))
            case Decision():
                consumed.append(item.seq)
    return TakeTurn(tuple(messages), tuple(consumed))


def _limit(session: Session, limits: TeamLimits, *, has_new_message: bool) -> End | None:
    """The end at a bound of the team; `has_new_message`: there is a message that it did not get yet."""
    if session.turns - session.opened_turns >= limits.max_turns:
        return End("limit", f"The team has used its {limits.max_turns} turns. Reply to let it go on.")
    if session.tokens - session.opened_tokens >= limits.token_cap:
        return End("limit", f"The team has used its {limits.token_cap:,} tokens. Reply to let it go on.")
    if session.errors_in_row >= SAME_ERROR and not has_new_message:
        error = session.last_error
        return End("failed", f"The same error came {SAME_ERROR} times: {error}. Reply with a hint to go on.")
    return None


def people_after(pending: Sequence[PendingEvent], last: int) -> list[Person]:
    """Who has said something after message number `last`, the last that the current turn consumes."""
    return [item.event.who for item in pending if isinstance(item.event, Message) and item.seq > last]


@dataclass(frozen=True, slots=True)
class TurnOutcome:
    """What a turn means: the session's new status, what to post, and how often the same error has come."""

    status: Status
    outcome: Ending | None
    posts: tuple[Post, ...]
    last_error: str
    errors_in_row: int
    asks: RequestDraft | None = None


def after(session: Session, result: TurnResult, rules: SessionRules, now: float) -> TurnOutcome:
    """What follows from a turn that went well."""
    who = result.who
    same = TurnOutcome("running", None, (), session.last_error, session.errors_in_row)
    match result.what:
        case Said(text):
            follows = replace(same, posts=(AgentPost(who, text),) if text.strip() else ())
        case Code(text) as code if approval.needs_approval(rules, session.trusted_until, now):
            said = prose(text)
            asks = approval.ask(who, code, rules, now)
            return replace(same, posts=(AgentPost(who, said),) if said else (), asks=asks)
        case Code(text, blocks):
            follows = replace(same, posts=(CodePost(who, text, blocks),))
        case Ran():
            follows = _after_run(session, who, result.what)
        case Asks() as asks_person:
            return replace(same, asks=questions.question(who, asks_person, rules, now))
        case Finished(text):
            posts = (AgentPost(who, text, final=True),) if text else ()
            return _after_end(replace(same, posts=posts, outcome="finished"), rules, now)
        case Answered(text):
            posts = (AgentPost(who, text, final=True),)
            return _after_end(replace(same, posts=posts, outcome="answered"), rules, now)
        case Unfinished(text):
            return replace(same, status="ended", outcome="unfinished", posts=(AgentPost(who, text),))
    return (
        replace(follows, asks=questions.check(rules, now, finishing=False)) if rules.mode == "ALWAYS" else follows
    )


def _after_end(end: TurnOutcome, rules: SessionRules, now: float) -> TurnOutcome:
    if rules.mode == "NEVER":
        return replace(end, status="ended")
    return replace(end, outcome=None, asks=questions.check(rules, now, finishing=True))


def _after_run(session: Session, who: str, ran: Ran) -> TurnOutcome:
    same = TurnOutcome("running", None, (), session.last_error, session.errors_in_row)
    rejected = next((result for result in ran.results if result.killed == "rejected"), None)
    if rejected is not None and rejected.variables == "lost":
        # People have seen that it was approved.
        return replace(same, posts=(StatusPost(rejected.note),))
    if rejected is not None:
        # The card says so already, and a person's no is no error of the code.
        return same
    files = {file.path: file for result in ran.results for file in result.files if file.path != result.full_output}
    shown: tuple[Post, ...] = (OutputPost(who, ran.results),)
    if files:
        shown += (FilesPost(who, tuple(files.values())),)
    error = error_of(ran.results)
    if error is None:
        return replace(same, posts=shown)
    again = bool(error) and error == session.last_error
    return TurnOutcome("running", None, shown, error, session.errors_in_row + 1 if again else int(bool(error)))
