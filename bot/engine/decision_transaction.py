"""A person's decision, inside the transaction of its event: checked against the rows, then carried out."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

from bot.domain.audit_facts import code_digest
from bot.domain.errors import BadInput, Denied
from bot.domain.events import CodeBlock, Decision
from bot.domain.policy import Policy
from bot.domain.posts import ApprovalPost, Decided, Post, StatusPost
from bot.engine import decisions
from bot.engine.plan import ReadCode
from bot.store import audit, inbox, outbox, requests, sessions
from bot.store.requests import OpenRequest, Resolution
from bot.store.sessions import Session


def decide(connection: Connection, session: Session, decision: Decision, policy: Policy, now: float) -> list[Post]:
    """Carry a decision out; returns what the thread is shown. Raises BadInput when nothing is decided."""
    request = decidable(connection, session, decision, policy, now)
    resolution = decisions.resolve(request, decision)
    if not requests.close(connection, request, resolution, now):
        raise Denied("Too late: another person has just decided.")
    if resolution.outcome == "approved_all" and isinstance(request.card, ApprovalPost):
        sessions.approve_all_until(connection, session.id, now + request.card.all_for)
    sessions.resume(connection, session.id, now)
    return _shown(request, resolution, decision, now)


def decidable(
    connection: Connection, session: Session, decision: Decision, policy: Policy, now: float
) -> OpenRequest:
    """The request that a decision is about, if this person may decide about it now; raises Denied or BadInput."""
    request = requests.get(connection, decision.request)
    if request is not None and request.session == session.id:
        act = decisions.required_act(request, decision.verdict)
        starter = None if decisions.is_about_shared_budget(request, decision.verdict) else session.starter
        if why := policy.may(act, session.thread, decision.who, starter):
            raise Denied(why)
    request = decisions.require_open(request, session, now)
    decisions.check_verdict(request, decision.verdict)
    return request


def apply_code_edit(
    connection: Connection,
    session: Session,
    unread: ReadCode,
    code: tuple[CodeBlock, ...] | str,
    *,
    policy: Policy,
    now: float,
) -> None:
    """Decide with code that was attached, now that it is read; a `str` says why it cannot be read.

    When that decides nothing, the thread is told: a private answer is no longer possible.
    """
    sessions.lock_session(connection, session.id)
    if not inbox.is_pending(connection, session.id, unread.seq):
        return  # a person has stopped the session
    who = unread.decision.who
    decision = unread.decision if isinstance(code, str) else replace(unread.decision, blocks=code)
    try:
        if isinstance(code, str):
            raise BadInput(code)
        posts = decide(connection, session, decision, policy, now)
    except BadInput as why:
        inbox.consume(connection, session.id, [unread.seq], session.turns)
        posts = [StatusPost(f"{who.name}, your edit was not taken. {why}")]
        audit.refused(connection, decision, str(why), now)
    else:
        inbox.rewrite(connection, session.id, unread.seq, decision)
    outbox.add(connection, session.id, posts, now)


def _shown(request: OpenRequest, resolution: Resolution, decision: Decision, now: float) -> list[Post]:
    """Code that a person wrote in place of an agent's, as a decided card: those are shown everywhere."""
    if resolution.outcome != "edited":
        return []
    name, code = decision.who.name, resolution.blocks
    said = f"{name[:1].upper()}{name[1:]} changed the code: this runs now."
    return [ApprovalPost(name, code, code_digest(code), request.id, decided=Decided("edited", said, now))]
