"""An engine of its own for an evaluation: its tables, files and sandboxes are nobody's, and go when it is done."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from agents.models.asker import PATIENCE
from agents.models.attempts import Backoff
from agents.roster import Roster
from bot import app, edges, private, work_dir
from bot.engine.changes import Changes
from bot.errors import OperatorError, SandboxUnavailable
from bot.evaluate.conversation import Patience
from bot.evaluate.sessions import Sessions
from bot.policy_file import PolicyFile
from bot.settings import Settings, model_name
from bot.store.database import Database
from bot.store.lock import Held, locked
from bot.store.reader import Reader

_SCOPES = ("user", "channel", "day", "installation", "session")
_POLICY = "\n".join(f"[budget.{scope}]\ndollars = inf" for scope in _SCOPES) + "\nturns = inf\nhours = inf\n"
"""Tasks have budgets of their own, and nobody is there to raise another."""

_ASKED = 2
"""How often an answer is asked for that was cut."""


@contextmanager
def held(out: Path) -> Iterator[None]:
    """Be the only evaluation that writes to a folder, made as its owner makes folders; raises OperatorError."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OperatorError(f"{out} cannot be made ({error.strerror}): name another folder with --out.") from None
    try:
        with locked(out):
            yield
    except Held as other:
        raise OperatorError(
            f"Another evaluation (process {other.holder.pid}) already writes to {out}: wait for it, or name "
            "another folder with --out."
        ) from None


@dataclass(frozen=True, slots=True)
class Room:
    """Where the engines of an evaluation work: a folder of ours, and one with the files of the teams."""

    settings: Settings
    work: Path
    teams: Path
    parallel: int | None = None


def settings_for(room: Room, model: str) -> Settings:
    """The settings of the engine that has this model, with nothing of the person's own tables, files or rules."""
    settings = room.settings
    folder = room.work / re.sub(r"\W+", "-", model)
    private.make_folder(folder)
    policy = room.work / "policy.toml"
    policy.write_text(_POLICY, encoding="utf-8")
    at_once = room.parallel or max(1, settings.roundtable_sandbox_pool)
    return settings.model_copy(
        update={
            "roundtable_model": checked(model),
            "roundtable_work_dir": folder,
            "roundtable_database_url": "",
            "roundtable_policy": policy,
            "roundtable_team": next(room.teams.glob("*.toml")).stem,
            "roundtable_sessions_at_once": at_once,
            "roundtable_sandbox_pool": at_once,
            "roundtable_retention_days": 0,
        }
    )


def checked(model: str) -> str:
    """The name of a model; raises OperatorError."""
    try:
        return model_name(model)
    except ValueError as error:
        raise OperatorError(f"--model {model}: {error}.") from None


@asynccontextmanager
async def sessions(settings: Settings, teams: Path) -> AsyncIterator[Sessions]:
    """A running engine with the teams of a folder; when all went well, nothing of it is left."""
    roster = Roster(settings, teams)
    rules = PolicyFile(settings.roundtable_policy, roster.names())
    async with Database(settings.database_url) as database:
        try:
            base = app.Base(settings, database, Reader(database), Changes(), roster, rules)
            console = edges.console(base)
            async with app.engine(base, {console.name: console}, alone=True) as engine:
                await _check(engine)
                yield Sessions(
                    console.name,
                    database,
                    base.reader,
                    engine.intake,
                    base.changes,
                    base.blob,
                    work_dir.uploads_folder(settings),
                    settings.roundtable_file_limit,
                )
        finally:
            await roster.close()
    await asyncio.to_thread(shutil.rmtree, settings.roundtable_work_dir)


def patience(settings: Settings) -> Patience:
    """For how long nothing may be seen to happen: one answer with its retries, asked twice, and code after it."""
    answer = settings.roundtable_model_timeout * PATIENCE + Backoff().seconds
    return Patience(turn=_ASKED * answer + settings.roundtable_sandbox_timeout)


async def _check(engine: app.Engine) -> None:
    try:
        await engine.check()
    except SandboxUnavailable as error:
        raise OperatorError(str(error)) from None
