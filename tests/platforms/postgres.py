"""A throw-away PostgreSQL, as Debian installs it, for as long as the tests run."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from sqlalchemy import Connection, text

_OPTIONS = (
    "-c listen_addresses='' -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=60"
)


def programs() -> Path | None:
    """Where the server's programs are; None when none is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running server; one test at a time has its only database."""

    folder: Path

    def database(self) -> str:
        """The URL of an empty database; what was in it before is gone."""
        # A new one each time would be some 8 MB of files.
        with psycopg.connect(
            host=str(self.folder), user=_user(), dbname="postgres", autocommit=True
        ) as connection:
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")
        return f"postgresql+psycopg://{_user()}@/postgres?host={self.folder}"


def end_claims(connection: Connection) -> int:
    """Have the server end the connections that hold an advisory lock; returns how many."""
    ended = text("SELECT count(pg_terminate_backend(pid)) FROM pg_locks WHERE locktype = 'advisory'")
    return connection.scalar(ended) or 0


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Start a server on a socket in a temporary folder, and stop it by its own process id."""
    # Not pytest's folder: a socket's path has to be short, and the server's user has to get there.
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    try:
        if os.getuid() == 0:
            shutil.chown(folder, _user())
        _run("initdb", "-D", str(folder / "data"), "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C.UTF-8")
        options = f"{_OPTIONS} -k {folder}"
        _run("pg_ctl", "-D", str(folder / "data"), "-l", str(folder / "log"), "-o", options, "-w", "start")
        try:
            yield Cluster(folder)
        finally:
            _run("pg_ctl", "-D", str(folder / "data"), "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder)


def _user() -> str:
    """The server refuses to run as root."""
    return "postgres" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name


def _run(program: str, *arguments: str) -> None:
    folder = programs()
    assert folder is not None
    as_user = ["setpriv", f"--reuid={_user()}", f"--regid={_user()}", "--init-groups"] if os.getuid() == 0 else []
    done = subprocess.run(
        [*as_user, str(folder / program), *arguments],
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=False,
    )
    assert done.returncode == 0, f"{program}: {done.stderr.decode()}"
