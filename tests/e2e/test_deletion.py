"""Deleting sessions and reading the audit, as an operator does it, with a Roundtable that runs and without."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.domain.events import Erase
from bot.domain.participants import Person
from bot.domain.posts import QuestionPost
from bot.engine.intake_transaction import apply_event
from bot.store import deletions
from bot.store import sessions as rows
from bot.store.database import Database
from bot.store.schema import sessions
from tests.bot.store.rows import admission
from tests.e2e.process import command, up
from tests.platforms import openai
from tests.platforms.script import Script

SECRET = "MARZIPAN"


def _settings(provider: Script) -> dict[str, str]:
    return {
        "ROUNDTABLE_MODEL": "openai/scripted",
        "OPENAI_API_KEY": "sk-test",
        "OPENAI_BASE_URL": f"{provider.url}/v1",
    }


def _holding(folder: Path) -> list[str]:
    """The files in which, or in whose names, the secret is."""
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return [path.name for path in paths if SECRET in path.name or SECRET.encode() in path.read_bytes()]


def _tables(work_dir: Path) -> Database:
    return Database(f"sqlite:///{work_dir / 'roundtable.sqlite'}")


async def _gone(work_dir: Path, session: str) -> None:
    """Returns when nothing is left: the wish goes last."""
    async with _tables(work_dir) as database:
        while await _is_there(database, session):  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def _is_there(database: Database, session: str) -> bool:
    there = await database.read(rows.get, session) is not None
    return there or await database.read(deletions.requested, session) is not None


async def _delete(work_dir: Path, session: str, provider: Script) -> None:
    """As an operator does it."""
    arguments = ("sessions", "delete", session, "--yes")
    code, out, err = await command(work_dir, *arguments, stdin=b"", **_settings(provider))
    assert (code, out.strip(), err) == (0, f"Session {session} is deleted.", "")


def _audit(out: str) -> list[tuple[str, str]]:
    rows = [json.loads(line) for line in out.splitlines()]
    return [(row["kind"], row["who"]["name"]) for row in rows]


async def test_nothing_of_a_deleted_session_is_left_on_the_disk(tmp_path: Path) -> None:
    async with openai.play() as provider:
        provider.say(f"ASK: What is {SECRET}?")
        async with up(tmp_path, **_settings(provider)) as roundtable:
            files = {f"{SECRET}.csv": f"a,{SECRET}\n".encode()}
            session = await roundtable.start(f"Plot {SECRET}", files)
            await roundtable.until(session, QuestionPost)
            assert len(_holding(tmp_path)) >= 2, "the tables and the workspace"
            assert list((tmp_path / "uploads").iterdir()) == []
            code, out, err = await command(
                tmp_path, "sessions", "delete", session, "--yes", stdin=b"", **_settings(provider)
            )
            assert (code, out.strip(), err) == (0, f"Session {session} is deleted.", "")
            assert _holding(tmp_path) == []
            assert not (tmp_path / session).exists()
            assert (await roundtable.http.get(f"/api/sessions/{session}")).status_code == 404
            code, out, _ = await command(tmp_path, "audit", "--session", session, "--jsonl", "-")
            assert code == 0
            assert _audit(out) == [("start", "you"), ("stop", "you"), ("end", "Roundtable"), ("deletion", "you")]
            assert SECRET not in out
        assert _holding(tmp_path) == []


async def test_a_session_at_work_is_deleted_over_rest(tmp_path: Path) -> None:
    async with openai.play() as provider:
        held = provider.hold()
        async with up(tmp_path, **_settings(provider)) as roundtable:
            session = await roundtable.start(f"Think about {SECRET}")
            await held.arrived.wait()
            answer = await roundtable.http.delete(f"/api/sessions/{session}")
            assert answer.status_code == 204
            await held.gone.wait()
            assert _holding(tmp_path) == []
            assert (await roundtable.http.get("/api/sessions")).json() == []
            again = await roundtable.http.delete(f"/api/sessions/{session}")
            assert again.status_code == 404


async def test_a_session_is_deleted_while_no_roundtable_runs(tmp_path: Path) -> None:
    async with openai.play() as provider:
        provider.hold()
        async with up(tmp_path, **_settings(provider)) as roundtable:
            session = await roundtable.start(f"Think about {SECRET}")
            await roundtable.kill()
        assert _holding(tmp_path) != []
        code, out, err = await command(
            tmp_path, "sessions", "delete", session, "-y", stdin=b"", **_settings(provider)
        )
        assert (code, out.strip(), err) == (0, f"Session {session} is deleted.", "")
    assert _holding(tmp_path) == []


async def test_an_interrupted_deletion_is_finished_by_the_next_start(tmp_path: Path) -> None:
    async with openai.play() as provider:
        held = provider.hold()
        async with up(tmp_path, **_settings(provider)) as roundtable:
            session = await roundtable.start(f"Think about {SECRET}")
            await held.arrived.wait()
            thread = (await roundtable.view(session)).thread
            await roundtable.kill()
        async with _tables(tmp_path) as database:
            wish = Erase("e", thread, Person("web", "you"))
            await database.write(apply_event, wish, admission("analyst"), time.time())
        async with up(tmp_path, **_settings(provider)) as roundtable:
            await _gone(tmp_path, session)
    assert _holding(tmp_path) == []


async def test_the_command_asks_first(tmp_path: Path) -> None:
    async with openai.play() as provider:
        provider.say("Done.\n\nTERMINATE")
        async with up(tmp_path, **_settings(provider)) as roundtable:
            session = await roundtable.start("think")
            await roundtable.ended(session)
            code, _, _ = await command(tmp_path, "sessions", "delete", session, stdin=b"n\n")
            assert code != 0
            assert (await roundtable.view(session)).id == session
            code, _, _ = await command(tmp_path, "sessions", "delete", session, stdin=b"y\n")
            assert code == 0
            code, _, err = await command(tmp_path, "sessions", "delete", session, "--yes")
            assert (code, err.strip()) == (2, "There is no such session.")


async def test_only_old_sessions_are_deleted_at_the_start(tmp_path: Path) -> None:
    async with openai.play() as provider:
        async with up(tmp_path, **_settings(provider)) as roundtable:
            old, young = await roundtable.start(f"Think about {SECRET}"), await roundtable.start("Think")
            for session in (old, young):
                await roundtable.stop(session)
                await roundtable.ended(session)
        async with _tables(tmp_path) as database:
            aged = update(sessions).where(sessions.c.id == old).values(updated=time.time() - 2 * 86_400)
            await database.write(lambda connection: connection.execute(aged))
        async with up(tmp_path, ROUNDTABLE_RETENTION_DAYS="1", **_settings(provider)) as roundtable:
            await _gone(tmp_path, old)
            assert (await roundtable.view(young)).id == young
        _, out, _ = await command(tmp_path, "audit", "--kind", "deletion")
    assert "deleted the session because of its age" in out
    assert _holding(tmp_path) == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("audit", "--kind", "gossip"), "There is no kind 'gossip' in the audit. Kinds: start, end"),
        (("audit", "--since", "soon"), "--since 'soon' is no time: write 2026-01-31"),
        (("audit", "--until", "2026-13-01"), "--until '2026-13-01' is no time"),
        (("audit", "--since", "1d", "--until", "2d"), "--since must lie before --until."),
        (("audit", "--jsonl", "nowhere/at/all"), "--jsonl nowhere/at/all cannot be written"),
        (("sessions", "delete", "s0000000000", "--yes"), "no session s0000000000"),
        (("sessions", "delete", "../uploads", "--yes"), "no session ../uploads"),
    ],
)
async def test_what_cannot_be_done_gets_a_sentence(tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    code, _, err = await command(tmp_path, *arguments)
    assert code == 2
    assert words in " ".join(err.split())
    assert "Traceback" not in err


async def test_the_audit_of_a_day_as_a_table(tmp_path: Path) -> None:
    async with openai.play() as provider:
        provider.say("Done.\n\nTERMINATE")
        async with up(tmp_path, **_settings(provider)) as roundtable:
            session = await roundtable.start("think", team="analyst")
            await roundtable.ended(session)
            code, out, _ = await command(tmp_path, "audit", "--since", "1d", "--kind", "start", "--kind", "end")
            assert code == 0
            assert "started a session with the team analyst" in out
            assert "ended the session: finished" in out
            _, out, _ = await command(tmp_path, "audit", "--until", "1d")
            assert out.strip() == "Nothing in the audit matches."
            await command(tmp_path, "audit", "--who", "web", "--jsonl", str(tmp_path / "audit.jsonl"))
            exported = (tmp_path / "audit.jsonl").read_text()
    assert _audit(exported) == [("start", "you")]
