"""What sessions wait for from people: asked in the transaction that makes them wait, decided once."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias, cast

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, func, insert, select, update

from bot.domain import json_codec
from bot.domain.audit_facts import ROUNDTABLE, BudgetRaised, Choice, code_digest
from bot.domain.audit_facts import DecisionMade as Noted
from bot.domain.events import CodeBlock
from bot.domain.participants import Person
from bot.domain.posts import ApprovalPost, BudgetPost, Decided, Outcome, RequestCard, Scope, Unit
from bot.store import audit, outbox
from bot.store import sessions as rows
from bot.store.schema import requests

State: TypeAlias = Literal["open"] | Outcome

_DECISIONS: Mapping[Outcome, Choice] = {
    "approved": "approve",
    "approved_all": "approve all",
    "edited": "edit",
    "rejected": "reject",
    "went_on": "go on",
    "finished": "finish",
    "answered": "answer",
    "expired": "expire",
    "withdrawn": "drop",
    "lapsed": "lapse",
}

_blocks: TypeAdapter[list[CodeBlock]] = TypeAdapter(list[CodeBlock])


@dataclass(frozen=True, slots=True)
class RequestDraft:
    """What a session is to wait for, as a card without an id yet; `subject` says whose budget it is about."""

    card: RequestCard
    remind_at: float | None = None
    subject: str = ""


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """What a session waits, or waited, for; `blocks` is the code of an edit, `who` has decided."""

    id: str
    session: str
    turn: int
    card: RequestCard
    post: int
    state: State
    remind_at: float | None
    expires_at: float
    who: str = ""
    reason: str = ""
    blocks: tuple[CodeBlock, ...] = ()


@dataclass(frozen=True, slots=True)
class Resolution:
    """How a request ends. `text` is the sentence for its card; the rest is what the decision brought."""

    outcome: Outcome
    text: str
    who: Person | None = None
    reason: str = ""
    blocks: tuple[CodeBlock, ...] = ()
    amount: float = 0.0


def ask(connection: Connection, session_id: str, turn: int, draft: RequestDraft, now: float) -> OpenRequest:
    """Post a card, and have the session wait for what is decided about it."""
    card = replace(draft.card, request=f"q{secrets.token_hex(6)}")
    (post,) = outbox.add(connection, session_id, [card], now)
    row = {
        "id": card.request,
        "session": session_id,
        "turn": turn,
        "kind": card.kind,
        "card": json_codec.to_json(json_codec.post, card),
        "post": post,
        "state": "open",
        "asked": now,
        "remind_at": draft.remind_at,
        "expires_at": card.expires_at,
    }
    if isinstance(card, BudgetPost):
        row |= {"scope": card.scope, "unit": card.unit, "subject": draft.subject}
    connection.execute(insert(requests).values(**row))
    request = OpenRequest(card.request, session_id, turn, card, post, "open", draft.remind_at, card.expires_at)
    rows.set_waiting(connection, session_id, wake_at(request), now)
    return request


def get(connection: Connection, request_id: str) -> OpenRequest | None:
    """The request of that id."""
    row = connection.execute(select(requests).where(requests.c.id == request_id)).first()
    return _request(row) if row else None


def open_in(connection: Connection, session_id: str) -> OpenRequest | None:
    """What a session waits for."""
    waits = select(requests).where(requests.c.session == session_id, requests.c.state == "open")
    row = connection.execute(waits).first()
    return _request(row) if row else None


def approval_of(connection: Connection, session_id: str, turn: int) -> OpenRequest | None:
    """What was asked about the code that a turn is to run."""
    asked = select(requests).where(
        requests.c.session == session_id, requests.c.turn == turn, requests.c.kind == "approval"
    )
    row = connection.execute(asked).first()
    return _request(row) if row else None


def close(connection: Connection, request: OpenRequest, resolution: Resolution, now: float) -> bool:
    """End a request, if it is still open, which its card and the audit show; False when it was not."""
    ended = (
        update(requests)
        .where(requests.c.id == request.id, requests.c.state == "open")
        .values(
            state=resolution.outcome,
            who_id=resolution.who.id if resolution.who else "",
            who_name=resolution.who.name if resolution.who else "",
            decided=now,
            reason=resolution.reason,
            blocks=_blocks.dump_json(list(resolution.blocks)).decode() if resolution.blocks else "",
            amount=resolution.amount,
        )
    )
    if connection.execute(ended).rowcount != 1:
        return False
    decided = Decided(resolution.outcome, resolution.text, now)
    outbox.replace(connection, request.post, replace(request.card, decided=decided))
    if fact := _fact(request.card, resolution):
        audit.add(connection, request.session, resolution.who or ROUNDTABLE, fact, now)
    return True


def lapse(connection: Connection, request: OpenRequest, text: str, now: float) -> None:
    """What was decided holds no longer, which the request's card and the audit show; `text` is for the card."""
    resolution = Resolution("lapsed", text)
    connection.execute(update(requests).where(requests.c.id == request.id).values(state=resolution.outcome))
    decided = Decided(resolution.outcome, resolution.text, now)
    outbox.replace(connection, request.post, replace(request.card, decided=decided))
    if fact := _fact(request.card, resolution):
        audit.add(connection, request.session, ROUNDTABLE, fact, now)


def close_any(connection: Connection, session_id: str, resolution: Resolution, now: float) -> None:
    """End whatever the session waits for."""
    if request := open_in(connection, session_id):
        close(connection, request, resolution, now)


def mark_reminded(connection: Connection, request: OpenRequest, now: float) -> None:
    """People were reminded of a request; that is done once."""
    connection.execute(update(requests).where(requests.c.id == request.id).values(remind_at=None))
    rows.set_waiting(connection, request.session, request.expires_at, now)


def sharing_budget(connection: Connection, request_id: str) -> tuple[str, ...]:
    """The sessions that wait for the budget that a request is about."""
    mine = select(requests).where(requests.c.id == request_id).subquery()
    same = (requests.c.scope == mine.c.scope) & (requests.c.unit == mine.c.unit)
    others = select(requests.c.session).where(
        same, requests.c.subject == mine.c.subject, requests.c.state == "open"
    )
    return tuple(connection.scalars(others))


def raised(connection: Connection, scope: Scope, unit: Unit, subject: str, since: float) -> float:
    """What people have added to a budget since a time."""
    added = select(func.coalesce(func.sum(requests.c.amount), 0.0)).where(
        requests.c.scope == scope,
        requests.c.subject == subject,
        requests.c.unit == unit,
        requests.c.state == "raised",
        requests.c.decided >= since,
    )
    return float(connection.execute(added).scalar_one())


def wake_at(request: OpenRequest) -> float:
    """When an open request needs to be looked at."""
    return min(filter(None, [request.remind_at, request.expires_at]))


def _fact(card: RequestCard, resolution: Resolution) -> Noted | BudgetRaised | None:
    """What the audit keeps; nothing of what a stop has made needless, for that is a row of its own."""
    if isinstance(card, BudgetPost) and resolution.outcome == "raised":
        return BudgetRaised(card.scope, card.unit, card.cap, card.cap + resolution.amount)
    if resolution.outcome == "withdrawn" and resolution.who is None:
        return None
    decision = _DECISIONS[resolution.outcome]
    if isinstance(card, ApprovalPost):
        edited = code_digest(resolution.blocks) if resolution.blocks else ""
        return Noted(decision, card.digest, edited, builds_on=card.builds_on.digest)
    undecided = resolution.outcome in ("answered", "expired", "lapsed")
    return Noted(decision, about=card.kind if undecided else "")


def _request(row: Row[Any]) -> OpenRequest:
    return OpenRequest(
        id=row.id,
        session=row.session,
        turn=row.turn,
        card=cast(RequestCard, json_codec.post.validate_json(row.card)),
        post=row.post,
        state=cast(State, row.state),
        remind_at=row.remind_at,
        expires_at=row.expires_at,
        who=row.who_name,
        reason=row.reason,
        blocks=tuple(_blocks.validate_json(row.blocks)) if row.blocks else (),
    )
