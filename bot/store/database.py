"""The connection to the tables: transactions run as plain functions on threads of their own."""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, Concatenate, ParamSpec, Self, TypeVar

from alembic.util import CommandError
from sqlalchemy import Connection, Engine, create_engine, event, func, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from bot.domain.errors import OperatorError
from bot.files import private
from bot.store import migrations

_CLAIM = 0x526F756E64
_STILL_CLAIMED = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()")
_BESIDE = ("", "-wal", "-shm", "-journal", ".lock")
"""How the names of an SQLite database's files end."""
_SILENCE = 15_000
"""Milliseconds after which a PostgreSQL server that does not confirm what it was sent counts as gone."""

P = ParamSpec("P")
T = TypeVar("T")


class Database:
    """One database, SQLite or PostgreSQL. Every call is one transaction; SQLite has one writer at a time.

    `patience`: seconds that SQLite waits for other programs which use the file.
    """

    def __init__(self, url: str, patience: float = 30.0) -> None:
        self.url = url
        self._sqlite = url.startswith("sqlite")
        self._engine = _sqlite_engine(url, patience) if self._sqlite else _postgresql_engine(url)
        writers = 1 if self._sqlite else 4
        self._writers = ThreadPoolExecutor(writers, "roundtable-write")
        self._ordinary = asyncio.Semaphore(writers)
        self._readers = ThreadPoolExecutor(2, "roundtable-read")
        self._claimed: Connection | BinaryIO | None = None
        self._scrubbing = asyncio.Lock()
        self._to_scrub = 0
        self._scrubbed = 0

    async def __aenter__(self) -> Self:
        """Connect and bring the tables up to date; raises OperatorError when either cannot be done."""
        try:
            await self._on(self._writers, self._migrate)
        except CommandError:
            self._shut()
            raise OperatorError(
                f"The database {_name(self.url)} was made by a newer Roundtable: start that one, or set "
                "ROUNDTABLE_DATABASE_URL to another database."
            ) from None
        except (SQLAlchemyError, OSError) as error:
            self._shut()
            raise OperatorError(_cannot_open(self.url, error)) from None
        return self

    @property
    def shown_url(self) -> str:
        """The database's address without its password."""
        return make_url(self.url).render_as_string(hide_password=True)

    async def claim(self) -> None:
        """Be the only process on this database until it is closed; raises OperatorError.

        The work directory has a lock of its own, but two of them may name one database.
        """
        await self._on(self._writers, self._claim_file if self._sqlite else self._claim)

    async def kept(self, every: float = 5.0) -> None:
        """Never returns: raises OperatorError once the claim is lost, checking every so many seconds.

        A file's lock lasts as long as its process; a server's goes with its connection.
        """
        if self._sqlite:
            await asyncio.Event().wait()
        while await self._on(self._writers, self._is_claimed):  # noqa: ASYNC110  (nothing tells)
            await asyncio.sleep(every)
        raise OperatorError(
            f"The connection that kept {_name(self.url)} for this Roundtable alone was lost; nothing else is: "
            "start it again, and every session goes on."
        )

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self._shut)

    async def write(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `work` in one transaction that writes; once begun it is carried through even when cancelled."""
        async with self._ordinary:
            return await self.write_first(work, *args, **kwargs)

    async def write_first(
        self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Like `write`, but before all that wait there: for events that a platform expects an answer to soon."""

        def transaction() -> T:
            with self._engine.execution_options(writes=True).begin() as connection:
                return work(connection, *args, **kwargs)

        return await self._on(self._writers, transaction)

    async def read(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `work` in one transaction that only reads."""

        def transaction() -> T:
            with self._engine.begin() as connection:
                return work(connection, *args, **kwargs)

        return await self._on(self._readers, transaction)

    async def scrub(self) -> None:
        """Leave nothing in an SQLite file of what was deleted before; calls that wait share one go.

        It takes about a second for every 200 MB of tables, in which nothing else is written. Raises OperatorError
        when another program reads the tables for too long.
        """
        self._to_scrub += 1
        mine = self._to_scrub
        async with self._scrubbing:
            if self._sqlite and self._scrubbed < mine:
                covers = self._to_scrub
                await self._on(self._writers, self._vacuum)
                self._scrubbed = covers

    async def _on(self, pool: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(pool, work)

    def _migrate(self) -> None:
        path = _file(self.url) if self._sqlite else None
        if path:
            _make_file(path)
        with self._engine.execution_options(writes=True).begin() as connection:
            migrations.upgrade(connection)
        if path:
            private.close_files(Path(f"{path}{ending}") for ending in _BESIDE)

    def _vacuum(self) -> None:
        # secure_delete alone leaves copies in the gaps of pages whose rows have moved; the log has the old pages.
        with self._engine.connect() as connection:
            cursor = connection.connection.cursor()
            cursor.execute("VACUUM")
            (busy, *_) = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise OperatorError(
                f"Another program reads {_name(self.url)}, so what was deleted is still in its log: end that "
                "program, and the rest is done by itself."
            )

    def _claim(self) -> None:
        connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        if not connection.scalar(select(func.pg_try_advisory_lock(_CLAIM))):
            connection.close()
            raise OperatorError(_taken(self.url))
        self._claimed = connection

    def _is_claimed(self) -> bool:
        assert isinstance(self._claimed, Connection)
        try:
            return bool(self._claimed.scalar(_STILL_CLAIMED))
        except SQLAlchemyError:
            return False

    def _claim_file(self) -> None:
        file = private.create(Path(f"{make_url(self.url).database}.lock"))
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            raise OperatorError(_taken(self.url)) from None
        self._claimed = file

    def _shut(self) -> None:
        if self._claimed is not None:
            self._claimed.close()
        self._writers.shutdown()
        self._readers.shutdown()
        self._engine.dispose()


def _file(url: str) -> Path | None:
    """The file of an SQLite database; None for one in memory, and for a name that only SQLite can read."""
    name = make_url(url).database
    return Path(name).resolve() if name and not name.startswith((":", "file:")) else None


def _make_file(path: Path) -> None:
    """Make a database's file private to its owner: its log gets the same mode from SQLite."""
    if not path.parent.exists():
        private.make_folder(path.parent)
    # What is wrong here SQLite says as well.
    with suppress(OSError):
        private.make_file(path)


def _taken(url: str) -> str:
    return (
        f"Another Roundtable already works on {_name(url)}. Stop it first, or set "
        "ROUNDTABLE_DATABASE_URL to a database of its own."
    )


def _postgresql_engine(url: str) -> Engine:
    return create_engine(url, pool_pre_ping=True, connect_args={"tcp_user_timeout": _SILENCE})


def _sqlite_engine(url: str, patience: float) -> Engine:
    engine = create_engine(url, connect_args={"check_same_thread": False, "timeout": patience})

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _cannot_open(url: str, error: Exception) -> str:
    cause = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
    if not url.startswith("sqlite"):
        return f"The database {_name(url)} cannot be used: {cause}. Check ROUNDTABLE_DATABASE_URL and the server."
    path = Path(make_url(url).database or "")
    if path.exists() and not os.access(path, os.W_OK):
        cause = "it is read-only"
    return (
        f"The database {path} cannot be written ({cause}). "
        "Make the file and its folder writable, or set ROUNDTABLE_WORK_DIR or ROUNDTABLE_DATABASE_URL."
    )


def _name(url: str) -> str:
    return make_url(url).render_as_string(hide_password=True)
