"""`roundtable audit`: who did what, where and when, read from the tables, also beside a Roundtable that runs."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from rich.console import Console

from bot.adapters.console.show import clean
from bot.commands import points_in_time
from bot.domain import json_codec
from bot.domain.audit_facts import (
    KINDS,
    NOWHERE,
    AuditRecord,
    BudgetRaised,
    CodeRan,
    CodeSent,
    DecisionMade,
    Disbelieved,
    Ended,
    Erased,
    Fact,
    Halted,
    ModelReplaced,
    Muted,
    Paused,
    RulesRead,
    Started,
    TurnedDown,
)
from bot.domain.errors import OperatorError
from bot.settings import Settings
from bot.store import audit as rows
from bot.store.audit import AuditFilter
from bot.store.database import Database

_SHORT = 12


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """What the command was asked for, as it was typed; "" and () do not narrow."""

    session: str = ""
    who: str = ""
    kinds: Sequence[str] = ()
    since: str = ""
    until: str = ""


async def audit(settings: Settings, asked: AuditQuery, jsonl: str, console: Console) -> None:
    """Print rows as a table, or write them to the file `jsonl` ("-" is standard output), page by page."""
    which = _filter(asked, time.time())
    async with Database(settings.database_url) as database:
        if jsonl:
            count = await _export(_pages(database, which), jsonl)
            if jsonl != "-":
                console.print(f"{count} rows of the audit are in {jsonl}.", markup=False, soft_wrap=True)
        else:
            await _print(_pages(database, which), console)


def _filter(asked: AuditQuery, now: float) -> AuditFilter:
    for kind in asked.kinds:
        if kind not in KINDS:
            raise OperatorError(f"There is no kind {kind!r} in the audit. Kinds: {', '.join(KINDS)}.")
    since = points_in_time.since(asked.since, now) if asked.since else None
    until = points_in_time.until(asked.until, now) if asked.until else None
    if since is not None and until is not None and since >= until:
        raise OperatorError("--since must lie before --until.")
    return AuditFilter(asked.session, asked.who, asked.kinds, since, until)


async def _pages(database: Database, which: AuditFilter) -> AsyncIterator[list[AuditRecord]]:
    after = 0
    while page := await database.read(rows.page, which, after):
        yield page
        after = page[-1].id


async def _print(pages: AsyncIterator[list[AuditRecord]], console: Console) -> None:
    found = False
    async for page in pages:
        found = True
        for record in page:
            console.print(clean(line(record)), markup=False, soft_wrap=True)
    if not found:
        console.print("Nothing in the audit matches.")


async def _export(pages: AsyncIterator[list[AuditRecord]], target: str) -> int:
    count = 0
    try:
        with await asyncio.to_thread(_open, target) as file:
            async for page in pages:
                await asyncio.to_thread(file.writelines, [f"{to_json(record)}\n" for record in page])
                count += len(page)
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        raise OperatorError(f"--jsonl {target} cannot be written ({error.strerror}): name another file.") from None
    return count


def _open(target: str) -> AbstractContextManager[TextIO]:
    return nullcontext(sys.stdout) if target == "-" else Path(target).open("w", encoding="utf-8")


def to_json(record: AuditRecord) -> str:
    """A row as one line of JSON; `at` is in UTC."""
    row = {
        "id": record.id,
        "at": datetime.fromtimestamp(record.at, UTC).isoformat(timespec="milliseconds"),
        "kind": record.what.kind,
        "session": record.session,
        "thread": asdict(record.thread),
        "who": {"id": record.who.id, "name": record.who.name},
        "what": json.loads(json_codec.to_json(json_codec.fact, record.what)),
    }
    return json.dumps(row, ensure_ascii=False)


def line(record: AuditRecord) -> str:
    """A row for people, in their own time zone."""
    at = datetime.fromtimestamp(record.at).astimezone()
    who = f"{record.who.name} ({record.who.id})" if record.who.id else record.who.name
    where = f"{record.thread.platform}:{record.thread.channel}" if record.thread != NOWHERE else "-"
    start = f"{at:%Y-%m-%d %H:%M:%S}  {record.session or '-':<11}  {where:<18}  {who:<20}"
    return f"{start}  {sentence(record.what)}"


def sentence(fact: Fact) -> str:
    """What was done, in words."""
    match fact:
        case Started(team, again):
            return f"went on with the team {team}" if again else f"started a session with the team {team}"
        case Ended(outcome):
            return f"ended the session: {outcome}"
        case Paused(until):
            return "let the session wait for a person" if until is None else "let the session wait"
        case Halted():
            return "stopped the team"
        case Muted(muted):
            return "muted the team" if muted else "unmuted the team"
        case TurnedDown(asked, why):
            return f"was refused a {asked}: {why}"
        case CodeSent(turn, code):
            return f"turn {turn}: code {_short(code)} goes to the sandbox"
        case RulesRead(in_force):
            return "read the rules again" if in_force else "read the rules again, and kept the old ones"
        case CodeRan() | DecisionMade() | BudgetRaised() | Erased() | Disbelieved() | ModelReplaced():
            return _longer(fact)


def _longer(fact: CodeRan | DecisionMade | BudgetRaised | Erased | Disbelieved | ModelReplaced) -> str:
    match fact:
        case CodeRan(turn, code, results):
            endings = ", ".join(
                f"killed: {ran.killed}" if ran.killed else f"exit {ran.exit_code}" for ran in results
            )
            files = [digest for ran in results for digest in ran.files]
            return f"turn {turn}: code {_short(code)} ran: {endings}" + (
                f"; files {_short(files)}" if files else ""
            )
        case DecisionMade("expire", "", about=about):
            return f"let the {about} expire"
        case DecisionMade(decision, ""):
            return f"let the team {decision}"
        case DecisionMade(decision, code, edited, builds_on=earlier):
            becomes = f" becomes {_short([edited])}" if edited else ""
            return f"{decision}: code {_short([code])}{becomes}" + (
                f", after {_short([earlier])}" if earlier else ""
            )
        case BudgetRaised(cap, unit, old, new):
            return f"raised the budget of the {cap} from {old:,.10g} to {new:,.10g} {unit}"
        case Erased(why, count, files):
            because = "on request" if why == "asked" else "because of its age"
            return f"deleted the session {because}: {count} rows, {files} files"
        case Disbelieved(turn, agent, model, tokens):
            return f"turn {turn}: did not believe what {model} reported of {agent}'s call: {tokens:,} tokens count"
        case ModelReplaced(turn, agent, model, fallback):
            return f"turn {turn}: {model} did not answer {agent}: {fallback} takes over for this session"


def _short(digests: Sequence[str]) -> str:
    return " ".join(digest[:_SHORT] for digest in digests) or "none"
