"""The audit: a row with everything that counts, in the same transaction, and never changed again."""

from __future__ import annotations

from typing import get_args

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from bot.domain.audit_facts import (
    KINDS,
    NOWHERE,
    ROUNDTABLE,
    AuditRecord,
    BlockRan,
    BudgetRaised,
    CodeRan,
    CodeSent,
    DecisionMade,
    Ended,
    Fact,
    Halted,
    Muted,
    RulesRead,
    Started,
    TurnedDown,
    digest,
)
from bot.domain.events import CodeBlock, Mute
from bot.domain.participants import Person
from bot.domain.turn_results import Code, Ran, RunResult, Said
from bot.domain.workspace_files import Artifact
from bot.store import audit, runs, sessions
from bot.store.audit import AuditFilter
from bot.store.database import Database
from tests.bot.store.rows import ANN, BEN, THREAD, Turns, counts, message, stop, take

CODE = CodeBlock("python", "print(1)\n")


EVERYTHING = AuditFilter()


async def _facts(database: Database, which: AuditFilter = EVERYTHING) -> list[Fact]:
    return [record.what for record in await database.read(audit.page, which)]


def test_every_kind_of_fact_can_be_asked_for() -> None:
    assert tuple(fact.__dataclass_fields__["kind"].default for fact in get_args(Fact)) == KINDS


async def test_a_row_says_who_did_what_where_and_when(database: Database) -> None:
    session = (await take(database, message(), now=5.0)).session
    assert await database.read(audit.page, AuditFilter()) == [
        AuditRecord(1, 5.0, session, THREAD, ANN, Started("pair"))
    ]


async def test_orders_are_noted_and_what_people_say_is_not(database: Database) -> None:
    await take(database, message("Plot my secret"))
    await take(database, message("In blue, secretly"))
    await take(database, Mute("k1", THREAD, BEN, muted=True))
    await take(database, stop())
    await take(database, stop())
    assert await _facts(database) == [Started("pair"), Muted(True), Halted(), Halted()]
    written = await database.read(lambda connection: connection.execute(text("SELECT * FROM audit")).all())
    assert "secret" not in str(written)


async def test_the_same_event_twice_is_one_row(database: Database) -> None:
    await take(database, message(key="k"))
    await take(database, message(key="k"))
    again = Mute("m", THREAD, BEN, muted=True)
    await take(database, again)
    await take(database, again)
    assert await _facts(database) == [Started("pair"), Muted(True)]


async def test_a_run_is_noted_when_sent_and_when_committed(database: Database) -> None:
    session = Turns(database, (await take(database, message())).session)
    await session.commit(Code("text", (CODE,)))
    await database.write(runs.start, session.session, 2, [CODE], 3.0)
    chart = Artifact("my secret.png", "d" * 64, 10, "image/png")
    await session.commit(Ran((RunResult(1, "my secret", 0.25, files=(chart,)),)), now=4.0)
    sent, ran = (await database.read(audit.page, AuditFilter()))[1:]
    assert (sent.at, sent.who, sent.what) == (3.0, Person("", "coder"), CodeSent(2, (digest(CODE),)))
    result = BlockRan(1, None, 0.25, ("d" * 64,))
    assert (ran.at, ran.what) == (4.0, CodeRan(2, (digest(CODE),), (result,)))


async def test_an_end_and_whose_message_opened_the_session_again(database: Database) -> None:
    session = Turns(database, (await take(database, message())).session)
    await session.commit(Said("Done."), consumed=[1], status="ended", outcome="finished")
    await take(database, message("And now?"))
    assert await _facts(database) == [Started("pair"), Ended("finished"), Started("pair", again=True)]


async def test_a_message_while_the_team_finished_reopens_the_session(database: Database) -> None:
    session = Turns(database, (await take(database, message())).session)
    await take(database, message("Wait"))
    await session.commit(Said("Done."), consumed=[1], status="ended", outcome="finished")
    *_, end, start = await database.read(audit.page, AuditFilter())
    assert (end.who, end.what) == (Person("", "coder"), Ended("finished"))
    assert (start.who, start.what) == (ANN, Started("pair", again=True))


async def test_a_refusal_is_noted_once_with_its_session_or_without(database: Database) -> None:
    asked = message(key="k")
    await database.write(audit.refused, asked, "You may not.", 1.0)
    await database.write(audit.refused, asked, "You may not.", 2.0)
    session = (await take(database, message())).session
    await database.write(audit.refused, message(), "You may not.", 3.0)
    refusals = await database.read(audit.page, AuditFilter(kinds=["refusal"]))
    assert [(each.at, each.session, each.what) for each in refusals] == [
        (1.0, "", TurnedDown("message", "You may not.")),
        (3.0, session, TurnedDown("message", "You may not.")),
    ]


async def test_decisions_and_budgets_come_back_as_they_were(database: Database) -> None:
    session = (await take(database, message())).session
    facts: list[Fact] = [DecisionMade("edit", "a" * 64, "b" * 64), BudgetRaised("session", "dollars", 1.5, 2.0)]
    for fact in facts:
        await database.write(audit.add, session, BEN, fact, 2.0)
    assert await _facts(database, AuditFilter(who=BEN.id)) == facts


async def test_reading_the_rules_again_is_about_no_session(database: Database) -> None:
    for in_force in (True, False):
        await database.write(audit.rules_read, in_force, 2.0)
    records = await database.read(audit.page, AuditFilter(kinds=["policy"]))
    assert [(each.session, each.thread, each.who, each.what) for each in records] == [
        ("", NOWHERE, ROUNDTABLE, RulesRead(True)),
        ("", NOWHERE, ROUNDTABLE, RulesRead(False)),
    ]


async def test_what_fails_leaves_no_row(database: Database) -> None:
    def fail(connection: Connection) -> None:
        audit.add(connection, session, ANN, Halted(), 2.0)
        raise ZeroDivisionError

    session = (await take(database, message())).session
    with pytest.raises(ZeroDivisionError):
        await database.write(fail)
    assert (await database.read(counts))["audit"] == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET who_name = 'Nobody'",
        "UPDATE audit SET at = 0 WHERE id = 1",
        "DELETE FROM audit",
        "DELETE FROM audit WHERE id = 1",
        "TRUNCATE audit",
        "INSERT OR REPLACE INTO audit SELECT * FROM audit",
        "INSERT OR REPLACE INTO audit SELECT id + 7, key, 0, kind, '', '', '', '', '', '', '', what FROM audit",
        "REPLACE INTO audit SELECT * FROM audit",
    ],
)
async def test_the_database_itself_refuses_to_change_a_row(database: Database, statement: str) -> None:
    await database.write(audit.refused, message(), "You may not.", 1.0)
    before = await database.read(audit.page, AuditFilter())
    with pytest.raises(DBAPIError):
        await database.write(lambda connection: connection.execute(text(statement)))
    assert await database.read(audit.page, AuditFilter()) == before != []


async def test_the_filters(database: Database) -> None:
    one = (await take(database, message(), now=10.0)).session
    await take(database, stop(), now=20.0)
    await database.write(audit.add, one, ROUNDTABLE, Ended("stopped"), 30.0)
    cases = [
        (AuditFilter(), 3),
        (AuditFilter(session=one), 3),
        (AuditFilter(session="s"), 0),
        (AuditFilter(who=ANN.id), 1),
        (AuditFilter(who="Ann"), 0),
        (AuditFilter(kinds=["stop"]), 1),
        (AuditFilter(kinds=["start", "stop"]), 2),
        (AuditFilter(since=20.0), 2),
        (AuditFilter(until=20.0), 1),
        (AuditFilter(since=20.0, until=30.0, kinds=["stop"], who=BEN.id, session=one), 1),
    ]
    assert [len(await _facts(database, which)) for which, _ in cases] == [count for _, count in cases]


async def test_rows_are_read_page_by_page(database: Database) -> None:
    session = (await take(database, message())).session

    def many(connection: Connection) -> None:
        for number in range(audit.PAGE):
            audit.add(connection, session, ANN, Halted(), float(number))

    await database.write(many)
    first = await database.read(audit.page, AuditFilter())
    second = await database.read(audit.page, AuditFilter(), first[-1].id)
    assert (len(first), len(second)) == (audit.PAGE, 1)
    assert await database.read(audit.page, AuditFilter(), second[-1].id) == []


def test_what_is_noted_of_code_is_its_sha_256() -> None:
    assert digest(CODE) == "cc42155088fca5730758db72b2a5bca33112a941dfaa2d43098ec422ce4ea213"
    assert digest(CodeBlock("", "x = '\ud83d'")) != digest(CodeBlock("", "x = '?'"))


async def test_a_session_that_is_settled_says_whether_it_goes_on(database: Database) -> None:
    session = (await take(database, message())).session
    assert await database.write(sessions.set_status, session, "ended", "finished", now=2.0)
    assert not await database.write(sessions.set_status, session, "ended", "finished", now=2.0, after_seq=1)
