"""One event, one transaction: stored, and what it means for cards, for answers, for what a session waits for."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

from bot.domain.audit_facts import code_digest
from bot.domain.errors import BadInput, Denied
from bot.domain.events import CodeBlock, CostAsked, Decision, Event, Message, Mute, Stop
from bot.domain.policy import Policy
from bot.domain.posts import ApprovalPost, BudgetPost, Decided, Post, StatusPost
from bot.engine import decisions
from bot.engine.plan import ReadCode, people_heard_later
from bot.store import audit, inbox, ledger, outbox, requests
from bot.store import sessions as rows
from bot.store.requests import OpenRequest, Resolution
from bot.store.sessions import Session

_LATER = "Heard, {}: the team gets this once its code is decided about, or the time for that is up."
_WITH_ROOM = "Heard, {}: the team gets this once the budget has room."


def apply_event(
    connection: Connection, event: Event, rules: inbox.Rules, policy: Policy, now: float
) -> inbox.Stored:
    """Take an event in; what raises BadInput or Unheard leaves nothing behind."""
    taken = inbox.take_in(connection, event, rules, now)
    if taken.fresh:
        posts = _answers(connection, taken.session, event, policy, now)
        outbox.add(connection, taken.session, posts, now)
    return taken


def apply_code_edit(
    connection: Connection,
    session: Session,
    unread: ReadCode,
    code: tuple[CodeBlock, ...] | str,
    *,
    policy: Policy,
    now: float,
) -> None:
    """Decide with code that was attached, now that it is read; a `str` says why it cannot be.

    When that decides nothing, the thread is told, for whoever attached it cannot be told alone any more.
    """
    rows.hold(connection, session.id)
    if not inbox.waits(connection, session.id, unread.seq):
        return  # somebody has stopped the session
    who = unread.decision.who
    decision = unread.decision if isinstance(code, str) else replace(unread.decision, blocks=code)
    try:
        if isinstance(code, str):
            raise BadInput(code)
        posts = _decide(connection, session.id, decision, policy, now)
    except BadInput as why:
        inbox.consume(connection, session.id, [unread.seq], session.turns)
        posts = [StatusPost(f"{who.name}, your edit was not taken. {why}")]
        audit.refused(connection, decision, str(why), now)
    else:
        inbox.rewrite(connection, session.id, unread.seq, decision)
    outbox.add(connection, session.id, posts, now)


def _answers(connection: Connection, session_id: str, event: Event, policy: Policy, now: float) -> list[Post]:
    match event:
        case Mute():
            return [StatusPost(_muted(event))]
        case CostAsked():
            return [ledger.where_it_went(connection, session_id)]
        case Stop(request=request) if request:
            decisions.standing(requests.get(connection, request), _session(connection, session_id), now)
        case Decision(is_unread=True):
            _request(connection, session_id, event, policy, now)
        case Decision():
            return _decide(connection, session_id, event, policy, now)
        case Message():
            return _acknowledge(connection, session_id, event)
    return []


def _decide(connection: Connection, session_id: str, decision: Decision, policy: Policy, now: float) -> list[Post]:
    """Carry a decision out, if it may be and nobody was faster; returns what the thread gets to see."""
    request = _request(connection, session_id, decision, policy, now)
    resolution = decisions.judge(request, decision)
    if not requests.close(connection, request, resolution, now):
        raise Denied("Too late: somebody else has just decided.")
    if resolution.outcome == "approved_all" and isinstance(request.card, ApprovalPost):
        rows.trust(connection, session_id, now + request.card.all_for)
    rows.go_on(connection, session_id, now)
    return _shown(request, resolution, decision, now)


def _request(
    connection: Connection, session_id: str, decision: Decision, policy: Policy, now: float
) -> OpenRequest:
    """The request that a decision is about, if this person may decide about it now; raises Denied or BadInput."""
    session = _session(connection, session_id)
    request = requests.get(connection, decision.request)
    if request is not None and request.session == session.id:
        act = decisions.needs(request, decision.verdict)
        starter = None if decisions.is_shared(request, decision.verdict) else session.starter
        if why := policy.may(act, session.thread, decision.who, starter):
            raise Denied(why)
    request = decisions.standing(request, session, now)
    decisions.fits(request, decision.verdict)
    return request


def _session(connection: Connection, session_id: str) -> Session:
    session = rows.get(connection, session_id)
    assert session is not None, f"session {session_id} has no row"
    return session


def _shown(request: OpenRequest, resolution: Resolution, decision: Decision, now: float) -> list[Post]:
    """Code that somebody wrote in place of an agent's, as a decided card: those are shown everywhere."""
    if resolution.outcome != "edited":
        return []
    name, code = decision.who.name, resolution.blocks
    said = f"{name[:1].upper()}{name[1:]} changed the code: this runs now."
    shown = ApprovalPost(name, code, code_digest(code), request.id, decided=Decided("edited", said, now))
    return [shown]


def _acknowledge(connection: Connection, session_id: str, message: Message) -> list[Post]:
    """While code or a budget waits for a decision, everyone who speaks is told, once, when that is heard."""
    request = requests.open_in(connection, session_id)
    if request is None or not isinstance(request.card, ApprovalPost | BudgetPost):
        return []
    asked = outbox.seq(connection, request.post)
    waiting = people_heard_later(inbox.pending(connection, session_id), asked)
    first = sum(who.id == message.who.id for who in waiting) == 1
    later = _LATER if isinstance(request.card, ApprovalPost) else _WITH_ROOM
    return [StatusPost(later.format(message.who.name))] if first else []


def _muted(event: Mute) -> str:
    if event.muted:
        return f"Muted by {event.who.name}: from now on I hear only what mentions me, until somebody says unmute."
    return f"Unmuted by {event.who.name}: I hear every reply in this thread again."
