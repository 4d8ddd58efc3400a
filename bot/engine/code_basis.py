"""Binds a request about code to the variables that the code finds: an approval covers both."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

from bot.domain import block_chain
from bot.domain.posts import ApprovalPost
from bot.engine import approval
from bot.store import runs
from bot.store.database import Database
from bot.store.requests import RequestDraft


async def bound(database: Database, session_id: str, draft: RequestDraft, interpreter: str) -> RequestDraft:
    """The same request; one about code says which earlier blocks its variables come from."""
    card = draft.card
    if not interpreter or not isinstance(card, ApprovalPost) or not approval.uses_variables(card):
        return draft
    return await database.read(_bound, session_id, draft, card, interpreter)


def _bound(
    connection: Connection, session_id: str, draft: RequestDraft, card: ApprovalPost, interpreter: str
) -> RequestDraft:
    builds_on = block_chain.basis(runs.past(connection, session_id), interpreter)
    return replace(draft, card=replace(card, builds_on=builds_on))
