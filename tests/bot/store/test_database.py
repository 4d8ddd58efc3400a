"""Opening, sharing and losing the tables."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine, text

from bot.domain import json_codec
from bot.domain.errors import OperatorError
from bot.domain.posts import StatusPost
from bot.store.database import Database
from bot.store.schema import metadata
from tests.bot.store.rows import counts, message, take
from tests.platforms import postgres


async def test_the_migrations_make_the_tables_that_the_code_describes(database: Database) -> None:
    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    assert await database.read(differences) == []


async def test_tables_are_kept_and_migrated_only_once(url: str) -> None:
    async with Database(url) as database:
        await take(database, message())
    async with Database(url) as database:
        assert (await database.read(counts))["sessions"] == 1


def test_posts_of_an_older_version_get_their_kind(url: str) -> None:
    def upgrade(connection: Connection, to: str) -> None:
        config = Config()
        config.set_main_option("script_location", "bot.store:migrations")
        config.set_main_option("path_separator", "os")
        config.attributes["connection"] = connection
        command.upgrade(config, to)

    engine = create_engine(url)
    with engine.begin() as connection:
        upgrade(connection, "0006")
        connection.execute(
            text(
                "INSERT INTO sessions (id, platform, workspace, channel, thread, team, title, starter_id, "
                "starter_name, status, why_paused, seq, turns, tokens, opened_at, opened_turns, opened_tokens, "
                "last_error, errors_in_row, created, updated) "
                "VALUES ('s1', 'web', '', '', '', '', '', '', '', 'ended', '', 1, 0, 0, 0, 0, 0, '', 0, 0, 0)"
            )
        )
        connection.execute(
            text("INSERT INTO posts (session, seq, post, at, delivered) VALUES ('s1', 1, :post, 0, :no)"),
            {"post": json_codec.to_json(json_codec.post, StatusPost("Hello.")), "no": False},
        )
        upgrade(connection, "head")
        assert connection.scalar(text("SELECT kind FROM posts")) == "status"
    engine.dispose()


async def test_tables_of_a_newer_version_are_not_touched(url: str) -> None:
    async with Database(url) as database:
        await database.write(
            lambda connection: connection.execute(text("UPDATE alembic_version SET version_num='9'"))
        )
    with pytest.raises(OperatorError, match=r"was made by a newer Roundtable: start that one, or set") as refused:
        async with Database(url):
            pass
    assert "\n" not in str(refused.value)


async def test_a_transaction_that_fails_changes_nothing(database: Database) -> None:
    def fail(connection: Connection) -> None:
        connection.execute(text("INSERT INTO blobs (session, digest, data) SELECT id, 'd', 'x' FROM sessions"))
        raise ZeroDivisionError

    await take(database, message())
    with pytest.raises(ZeroDivisionError):
        await database.write(fail)
    assert (await database.read(counts))["blobs"] == 0


async def test_a_write_survives_the_cancellation_of_its_caller(database: Database) -> None:
    session = (await take(database, message())).session
    begun, go_on = threading.Event(), threading.Event()

    def slow(connection: Connection) -> None:
        begun.set()
        go_on.wait()
        connection.execute(text("INSERT INTO blobs (session, digest, data) VALUES (:s, 'd', 'x')"), {"s": session})

    writing = asyncio.create_task(database.write(slow))
    await asyncio.to_thread(begun.wait)
    writing.cancel()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await writing
    await database.__aexit__()
    async with Database(database.url) as again:
        assert (await again.read(counts))["blobs"] == 1


async def test_a_foreign_key_that_leads_nowhere_is_refused(database: Database) -> None:
    with pytest.raises(Exception, match=r"(?i)foreign key"):
        await database.write(
            lambda connection: connection.execute(
                text("INSERT INTO blobs (session, digest, data) VALUES ('x','d','')")
            )
        )


def _sqlite(path: Path) -> str:
    return f"sqlite:///{path}"


async def _refusal(url: str) -> str:
    with pytest.raises(OperatorError) as refused:
        async with Database(url):
            pass
    return str(refused.value)


async def test_a_file_that_is_not_a_database(tmp_path: Path) -> None:
    path = tmp_path / "notes.sqlite"
    path.write_text("these are my notes, and they are long enough to be read " * 40)
    sentence = await _refusal(_sqlite(path))
    assert sentence == (
        f"The database {path} cannot be written (file is not a database). "
        "Make the file and its folder writable, or set ROUNDTABLE_WORK_DIR or ROUNDTABLE_DATABASE_URL."
    )


@pytest.mark.parametrize("kind", ["a folder", "under a file", "read-only"])
async def test_a_place_that_cannot_be_written(tmp_path: Path, kind: str) -> None:
    match kind:
        case "a folder":
            path = tmp_path
        case "under a file":
            (tmp_path / "file").touch()
            path = tmp_path / "file" / "x.sqlite"
        case _:
            path = Path("/proc/roundtable.sqlite")
    sentence = await _refusal(_sqlite(path))
    assert sentence.startswith(f"The database {path} cannot be written (")
    assert sentence.endswith("or set ROUNDTABLE_WORK_DIR or ROUNDTABLE_DATABASE_URL.")
    assert "\n" not in sentence


async def test_a_silent_server_is_named_without_its_password(tmp_path: Path) -> None:
    sentence = await _refusal(f"postgresql+psycopg://ann:secret@/x?host={tmp_path}")
    assert sentence.startswith("The database postgresql+psycopg://ann:***@/x?host=")
    assert sentence.endswith("Check ROUNDTABLE_DATABASE_URL and the server.")
    assert "secret" not in sentence


@pytest.mark.postgres
async def test_one_process_claims_a_postgresql_database(cluster: postgres.Cluster) -> None:
    url = cluster.database()
    async with Database(url) as first, Database(url) as second:
        await first.claim()
        with pytest.raises(OperatorError, match="Another Roundtable already works on postgresql"):
            await second.claim()
    async with Database(url) as third:
        await third.claim()


@pytest.mark.postgres
async def test_a_claim_is_lost_with_its_connection_and_that_is_noticed(cluster: postgres.Cluster) -> None:
    url = cluster.database()
    async with Database(url) as database:
        await database.claim()
        watching = asyncio.create_task(database.kept(every=0.01))
        await take(database, message())
        assert not watching.done()
        assert await database.write(postgres.end_claims) == 1
        with pytest.raises(OperatorError, match="for this Roundtable alone was lost") as lost:
            await watching
        assert "\n" not in str(lost.value)
        async with Database(url) as other:
            await other.claim()
        assert (await database.read(counts))["sessions"] == 1


async def test_the_claim_on_a_file_lasts(tmp_path: Path) -> None:
    async with Database(_sqlite(tmp_path / "x.sqlite")) as database:
        await database.claim()
        watching = asyncio.create_task(database.kept(every=0))
        await take(database, message())
        assert not watching.done()
        watching.cancel()
        await asyncio.wait([watching])


async def test_one_process_claims_an_sqlite_database(tmp_path: Path) -> None:
    async with Database(_sqlite(tmp_path / "a" / "b" / "x.sqlite")) as first, Database(first.url) as second:
        await first.claim()
        with pytest.raises(OperatorError, match="Another Roundtable already works on sqlite"):
            await second.claim()
    async with Database(first.url) as third:
        await third.claim()


async def test_sqlite_is_as_durable_as_promised(tmp_path: Path) -> None:
    async with Database(_sqlite(tmp_path / "x.sqlite")) as database:

        def pragmas(connection: Connection) -> list[object]:
            names = ("journal_mode", "synchronous", "foreign_keys")
            return [connection.scalar(text(f"PRAGMA {name}")) for name in names]

        assert await database.read(pragmas) == ["wal", 2, 1]
        assert await database.write(pragmas) == ["wal", 2, 1]


async def test_urgent_writes_go_before_all_that_wait(tmp_path: Path) -> None:
    async with Database(_sqlite(tmp_path / "x.sqlite")) as database:
        begun, go_on, order = threading.Event(), threading.Event(), list[str]()

        def slow(connection: Connection) -> None:
            begun.set()
            go_on.wait()

        def note(connection: Connection, name: str) -> None:
            order.append(name)

        writing = [asyncio.create_task(database.write(slow))]
        await asyncio.to_thread(begun.wait)
        writing += [asyncio.create_task(database.write(note, f"later {number}")) for number in range(20)]
        await asyncio.sleep(0)
        writing.append(asyncio.create_task(database.write_first(note, "first")))
        await asyncio.sleep(0)
        go_on.set()
        await asyncio.gather(*writing)
        assert order[0] == "first"
        assert len(order) == 21


async def test_readers_do_not_wait_for_a_writer(tmp_path: Path) -> None:
    async with Database(_sqlite(tmp_path / "x.sqlite")) as database:
        begun, go_on = threading.Event(), threading.Event()

        def slow(connection: Connection) -> None:
            begun.set()
            go_on.wait()

        writing = asyncio.create_task(database.write(slow))
        await asyncio.to_thread(begun.wait)
        assert (await database.read(counts))["sessions"] == 0
        go_on.set()
        await writing
