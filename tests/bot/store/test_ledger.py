"""What model calls used and cost."""

from __future__ import annotations

import pytest

from bot.domain.audit_facts import ROUNDTABLE, Disbelieved
from bot.domain.participants import ThreadRef
from bot.domain.turn_results import SELECTOR, SUMMARY, Usage
from bot.domain.views import Spend
from bot.store import audit, ledger, sessions
from bot.store.audit import AuditFilter
from bot.store.database import Database
from bot.store.reader import SessionReader
from tests.bot.store.rows import Turns, message, take

CODER, PLANNER = Usage("coder", "m1", 100, 20), Usage("planner", "m2", 7, 3, estimated=True)


async def test_costs_are_summed_since_a_time(database: Database) -> None:
    session = (await take(database, message())).session
    assert await database.read(ledger.cost, session) == 0
    await database.write(ledger.add, session, 1, [(CODER, 0.25), (PLANNER, 0.5)], 10.0)
    await database.write(ledger.add, session, 2, [(CODER, 1.0)], 20.0)
    assert await database.read(ledger.cost, session) == 1.75
    assert await database.read(ledger.cost, session, 20.0) == 1.0
    assert await database.read(ledger.cost, session, 21.0) == 0
    row = await database.read(sessions.get, session)
    assert row is not None
    assert row.tokens == 120 + 10 + 120


async def test_a_cost_is_unknown_as_long_as_one_price_is(database: Database) -> None:
    session = (await take(database, message())).session
    await database.write(ledger.add, session, 1, [(CODER, None), (PLANNER, 0.5)], 10.0)
    await database.write(ledger.add, session, 2, [(CODER, 1.0)], 20.0)
    assert await database.read(ledger.cost, session) is None
    assert await database.read(ledger.cost, session, 15.0) == 1.0


async def test_nothing_used_is_nothing_booked(database: Database) -> None:
    session = (await take(database, message())).session
    await database.write(ledger.add, session, 1, [], 10.0)
    assert await SessionReader(database).spend(session) == []


async def test_spending_is_told_by_agent_and_model(database: Database) -> None:
    session = (await take(database, message())).session
    await database.write(ledger.add, session, 1, [(PLANNER, 0.5), (CODER, 0.25), (CODER, 0.25)], 10.0)
    await database.write(ledger.add, session, 2, [(Usage("planner", "m3", 1, 1), None)], 20.0)
    assert await SessionReader(database).spend(session) == [
        Spend("coder", "m1", 2, 240, 0.5),
        Spend("planner", "m2", 1, 10, 0.5),
        Spend("planner", "m3", 1, 2, None),
    ]


async def test_a_turn_is_told_under_the_name_of_the_agent_whose_it_was(database: Database) -> None:
    session = (await take(database, message())).session
    choosing, summing = Usage(SELECTOR, "m", 1, 1), Usage(SUMMARY, "m", 1, 1)
    await Turns(database, session).commit(
        costs=[(choosing, 0.1), (Usage("adviser", "m", 1, 1), 0.1), (CODER, 0.1)]
    )
    await database.write(
        ledger.add, session, 2, [(choosing, 0.1), (summing, 0.1), (PLANNER, 0.1), (CODER, 0.1)], 9.0
    )
    await database.write(ledger.add, session, 3, [(choosing, 0.25)], 10.0)
    told = await SessionReader(database).cost_post(session)
    assert [(line.name, line.calls) for line in told.turns] == [
        ("turn 1 (coder)", 3),
        ("turn 2 (planner)", 4),
        ("turn 3 (selector)", 1),
    ]
    assert [line.cost for line in told.agents if line.name == "selector (m)"] == [pytest.approx(0.45)]
    assert told.total.cost == pytest.approx(0.95)


async def test_every_session_has_its_own_cost_in_the_list(database: Database) -> None:
    first = (await take(database, message())).session
    from_elsewhere = message(thread=ThreadRef("chat", "", "c", "2"))
    second = (await take(database, from_elsewhere, now=2.0)).session
    await database.write(ledger.add, first, 1, [(CODER, 0.25)], 10.0)
    views = {view.id: view for view in await SessionReader(database).sessions()}
    assert (views[first].cost, views[first].tokens) == (0.25, 120)
    assert (views[second].cost, views[second].tokens) == (0.0, 0)
    await database.write(ledger.add, second, 1, [(CODER, None)], 10.0)
    views = {view.id: view for view in await SessionReader(database).sessions()}
    assert views[second].cost is None
    view = await SessionReader(database).session(second)
    assert view == views[second]


async def test_a_reservation_counts_until_the_turn_says_what_was_used(database: Database) -> None:
    session = (await take(database, message())).session
    worst = Usage("coder", "m", 100, 50, estimated=True)
    booked = await database.write(ledger.reserve, ledger.Attempt(session, 1, worst, 3.0), 2.0)
    assert await _tokens(database, session) == 150
    assert await database.read(ledger.cost, session) == 3.0
    assert await database.read(ledger.cost, session, 0, [booked]) == 0.0
    turns = Turns(database, session)
    await turns.commit(costs=[(Usage("coder", "m", 10, 5), 0.5)], reserved=[booked])
    assert await _tokens(database, session) == 15
    assert await database.read(ledger.cost, session) == 0.5


async def test_what_another_process_reserved_stays_spent(database: Database) -> None:
    session = (await take(database, message())).session
    worst = Usage("coder", "m", 100, 50, estimated=True)
    await database.write(ledger.reserve, ledger.Attempt(session, 1, worst, 3.0), 2.0)
    await Turns(database, session).commit(costs=[(Usage("coder", "m", 10, 5), 0.5)])
    assert await _tokens(database, session) == 165
    assert await database.read(ledger.cost_since, 0) == 3.5


async def _tokens(database: Database, session: str) -> int:
    row = await database.read(sessions.get, session)
    assert row is not None
    return row.tokens


async def test_a_report_that_is_not_believed_is_in_the_audit(database: Database) -> None:
    session = (await take(database, message())).session
    wrong = Usage("coder", "openai/some", 5_000, 120, estimated=True, disbelieved=True)

    await database.write(ledger.add, session, 3, [(CODER, None), (wrong, None)], 10.0)

    [record] = await database.read(audit.page, AuditFilter(kinds=["usage"]))
    assert (record.session, record.who, record.what) == (
        session,
        ROUNDTABLE,
        Disbelieved(3, "coder", "openai/some", 5_120),
    )
