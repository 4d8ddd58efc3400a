"""The start of a turn's code, in one transaction: whether it may run, once, and as people were asked about it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from bot.domain.errors import NotAsked
from bot.domain.events import CodeBlock
from bot.domain.turn_results import RunResult, Variables
from bot.engine import approval
from bot.engine.pending_code import unasked
from bot.engine.session_rules import SessionRules
from bot.store import requests, runs
from bot.store import sessions as rows

_NEVER_AGAIN = {
    "started": RunResult(
        -1,
        "",
        0,
        killed="interrupted",
        note="The run was interrupted: what it printed and what was in /tmp is lost, the workspace is as before.",
    ),
    "stopped": RunResult(
        -1,
        "",
        0,
        killed="stopped",
        note="A person stopped this code: if it ran, what it printed is lost; the workspace is as before.",
    ),
}

_TOO_LATE = "the variables that the code builds on were gone by then: it was not run."


@dataclass(frozen=True, slots=True)
class CodeToStart:
    """Code that a team wants to run in a turn."""

    session: str
    turn: int
    blocks: tuple[CodeBlock, ...]


@dataclass(frozen=True, slots=True)
class StartedCode:
    """The blocks that run now; `approved`: a person was asked about them, all in the same interpreter."""

    blocks: tuple[CodeBlock, ...]
    approved: bool


def permitted_code(
    connection: Connection, sent: CodeToStart, rules: SessionRules, now: float
) -> tuple[CodeBlock, ...] | str:
    """The blocks that may run in place of these, or why none may; raises NotAsked."""
    session = rows.get(connection, sent.session)
    assert session is not None, f"session {sent.session} has no row"
    request = requests.approval_of(connection, sent.session, sent.turn)
    asked = approval.needs_approval(rules, session.trusted_until, now)
    if asked and unasked(connection, session.id):
        raise NotAsked("no person was asked about the code")
    return approval.permitted_blocks(request, sent.blocks, asked=asked)


def begin(
    connection: Connection, sent: CodeToStart, rules: SessionRules, interpreter: str, now: float
) -> StartedCode | RunResult:
    """The blocks that may run, noted as sent to a sandbox: from now on no leave to run them is of any use again.

    An approval lapses when the variables that the code builds on are not those of the `interpreter`.
    """
    rows.lock_session(connection, sent.session)
    if dropped := sent_before(connection, sent.session, sent.turn):
        return dropped
    permitted = permitted_code(connection, sent, rules, now)
    if isinstance(permitted, str):
        return rejected(permitted)
    request = requests.approval_of(connection, sent.session, sent.turn)
    if request and approval.builds_on_lost(request, interpreter):
        requests.lapse(connection, request, f"{request.who} decided, but {_TOO_LATE}", now)
        return rejected(approval.LAPSED, "lost")
    runs.start(connection, sent.session, sent.turn, permitted, now)
    return StartedCode(permitted, approved=request is not None)


def sent_before(connection: Connection, session_id: str, turn: int) -> RunResult | None:
    """Why the code of a turn is never sent again, if it was sent or dropped."""
    state = runs.state(connection, session_id, turn)
    return _NEVER_AGAIN.get(state) if state else None


def rejected(why: str, variables: Variables = "") -> RunResult:
    """The result of code that did not run, and what has become of the variables that it would have found."""
    return RunResult(-1, "", 0, "rejected", f"{why.rstrip('.')}. It was not run.", variables=variables)
