"""Rows of the audit as people and programs read them."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console
from sqlalchemy import Connection

from bot.commands.audit import AuditQuery, audit, line, sentence, to_json
from bot.domain.audit_facts import (
    ROUNDTABLE,
    AuditRecord,
    BlockRan,
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
from bot.domain.participants import Person, ThreadRef
from bot.settings import load
from bot.store import audit as rows
from bot.store.database import Database
from tests.bot.store.rows import message

A, B = "a" * 64, "b" * 64
THREAD = ThreadRef("slack", "T1", "C1", "1.2")


@pytest.mark.parametrize(
    ("fact", "words"),
    [
        (Started("crew"), "started a session with the team crew"),
        (Started("crew", again=True), "went on with the team crew"),
        (Ended("finished"), "ended the session: finished"),
        (Paused(None), "let the session wait for a person"),
        (Paused(7.0), "let the session wait"),
        (Halted(), "stopped the team"),
        (Muted(True), "muted the team"),
        (Muted(False), "unmuted the team"),
        (TurnedDown("stop", "You may not."), "was refused a stop: You may not."),
        (CodeSent(2, (A, B)), "turn 2: code aaaaaaaaaaaa bbbbbbbbbbbb goes to the sandbox"),
        (CodeRan(2, (A,), (BlockRan(1, None, 0.5),)), "turn 2: code aaaaaaaaaaaa ran: exit 1"),
        (
            CodeRan(2, (A,), (BlockRan(0, None, 1, (B,)), BlockRan(-1, "time", 9))),
            "turn 2: code aaaaaaaaaaaa ran: exit 0, killed: time; files bbbbbbbbbbbb",
        ),
        (CodeRan(2, (), (BlockRan(-1, "stopped", 0),)), "turn 2: code none ran: killed: stopped"),
        (DecisionMade("approve", A), "approve: code aaaaaaaaaaaa"),
        (DecisionMade("expire", about="budget"), "let the budget expire"),
        (RulesRead(True), "read the rules again"),
        (RulesRead(False), "read the rules again, and kept the old ones"),
        (
            Disbelieved(3, "coder", "openai/some", 5_120),
            "turn 3: did not believe what openai/some reported of coder's call: 5,120 tokens count",
        ),
        (
            ModelReplaced(3, "coder", "openai/some", "anthropic/other"),
            "turn 3: openai/some did not answer coder: anthropic/other takes over for this session",
        ),
        (DecisionMade("edit", A, B), "edit: code aaaaaaaaaaaa becomes bbbbbbbbbbbb"),
        (DecisionMade("go on"), "let the team go on"),
        (DecisionMade("finish"), "let the team finish"),
        (BudgetRaised("day", "dollars", 1.5, 20), "raised the budget of the day from 1.5 to 20 dollars"),
        (
            BudgetRaised("session", "tokens", 9e5, 1e6),
            "raised the budget of the session from 900,000 to 1,000,000 tokens",
        ),
        (Erased("asked", 12, 3), "deleted the session on request: 12 rows, 3 files"),
        (Erased("age", 12, 3), "deleted the session because of its age: 12 rows, 3 files"),
    ],
)
def test_every_fact_in_words(fact: Fact, words: str) -> None:
    assert sentence(fact) == words


def test_a_line_says_who_where_and_which_session() -> None:
    text = line(AuditRecord(1, 0.0, "s1", THREAD, Person("U1", "Ann"), Halted()))
    assert text.split()[2:] == ["s1", "slack:C1", "Ann", "(U1)", "stopped", "the", "team"]
    assert "Roundtable" in line(AuditRecord(1, 0.0, "", THREAD, ROUNDTABLE, Halted()))


def test_a_row_as_json_has_everything() -> None:
    row = json.loads(
        to_json(AuditRecord(7, 1.5, "s1", THREAD, Person("U1", "Änn", ("admin",)), CodeSent(2, (A,))))
    )
    assert row == {
        "id": 7,
        "at": "1970-01-01T00:00:01.500+00:00",
        "kind": "code",
        "session": "s1",
        "thread": {"platform": "slack", "workspace": "T1", "channel": "C1", "thread": "1.2"},
        "who": {"id": "U1", "name": "Änn"},
        "what": {"turn": 2, "code": [A], "kind": "code"},
    }


async def test_more_rows_than_a_page_are_all_exported_in_order(tmp_path: Path) -> None:
    chosen = load(None, roundtable_work_dir=tmp_path)
    count = 2 * rows.PAGE + 1

    def many(connection: Connection) -> None:
        for number in range(count):
            rows.refused(connection, message(), "You may not.", float(number))

    async with Database(chosen.database_url) as database:
        await database.write(many)
    said = io.StringIO()
    await audit(chosen, AuditQuery(kinds=["refusal"]), str(tmp_path / "out.jsonl"), Console(file=said))
    assert said.getvalue() == f"{count} rows of the audit are in {tmp_path / 'out.jsonl'}.\n"
    with (tmp_path / "out.jsonl").open(encoding="utf-8") as file:
        assert [json.loads(line)["id"] for line in file] == list(range(1, count + 1))
