"""An engine of its own for an evaluation: with tables, files and sandboxes that are removed when it is done."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from agents.models.asker import PATIENCE
from agents.models.attempts import Backoff
from agents.team_factory import TeamFactory
from bot import app, app_adapters
from bot.domain.errors import OperatorError, SandboxUnavailable
from bot.engine.changes import Changes
from bot.evaluate.live_sessions import LiveSessions
from bot.evaluate.run_conversation import Patience
from bot.evaluate.run_matrix import EvaluationRun
from bot.files import private, work_dir
from bot.files.policy_file import PolicyFile
from bot.sandbox.docker import DockerSandboxes
from bot.settings import Settings, model_name
from bot.store.database import Database
from bot.store.lock import DatabaseInUse, locked
from bot.store.reader import SessionReader

_SCOPES = ("user", "channel", "day", "installation", "session")
_BOUNDLESS = "\n".join(f"[budget.{scope}]\ndollars = inf" for scope in _SCOPES) + "\nturns = inf\nhours = inf\n"
_KEPT = "installation"
"""What names the sandboxes of a process that was killed, so that they are found and removed."""
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
    except DatabaseInUse as other:
        raise OperatorError(
            f"Another evaluation (process {other.holder.pid}) already writes to {out}: wait for it, or name "
            "another folder with --out."
        ) from None


@dataclass(frozen=True, slots=True)
class TemporaryEngine:
    """Where the engines of an evaluation work: a folder of ours, one with the files of the teams, and its runs."""

    settings: Settings
    work: Path
    teams: Path
    runs: Sequence[EvaluationRun]
    parallel: int | None = None


def policy(runs: Iterable[EvaluationRun]) -> str:
    """The rules: a run may use the tokens of its task and not one more; there is no person to raise that."""
    tokens = {run.channel: run.case.task.budget.tokens for run in runs}
    return _BOUNDLESS + "".join(f"[channel.{name}]\nbudget.tokens = {cap}\n" for name, cap in tokens.items())


def settings_for(room: TemporaryEngine, model: str) -> Settings:
    """The settings of the engine that has this model, with nothing of the person's own tables, files or rules."""
    settings = room.settings
    folder = room.work / re.sub(r"\W+", "-", model)
    private.make_folder(folder)
    rules = room.work / "policy.toml"
    rules.write_text(policy(room.runs), encoding="utf-8")
    at_once = room.parallel or max(1, settings.roundtable_sandbox_pool)
    return settings.model_copy(
        update={
            "roundtable_model": checked(model),
            "roundtable_work_dir": folder,
            "roundtable_database_url": "",
            "roundtable_policy": rules,
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
async def sessions(settings: Settings, teams: Path) -> AsyncIterator[LiveSessions]:
    """A running engine with the teams of a folder; when all went well, nothing of it is left."""
    await asyncio.to_thread(_remove_old, settings.roundtable_work_dir)
    roster = TeamFactory(settings, teams)
    rules = PolicyFile(settings.roundtable_policy, roster.names())
    async with Database(settings.database_url) as database:
        try:
            base = app.Base(settings, database, SessionReader(database), Changes(), roster, rules)
            console = app_adapters.console(base)
            async with (
                app.sandboxes(base) as sandboxes,
                app.engine(base, {console.name: console}, sandboxes, alone=True) as engine,
            ):
                await _check(sandboxes)
                yield LiveSessions(
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


def _remove_old(folder: Path) -> None:
    """Remove the tables and files of a process that was killed: its sessions would go on, and be paid again."""
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != _KEPT:
            path.unlink()


def patience(settings: Settings) -> Patience:
    """For how long nothing may be seen to happen: one answer with its retries, asked twice, and code after it."""
    answer = settings.roundtable_model_timeout * PATIENCE + Backoff().seconds
    return Patience(turn=_ASKED * answer + settings.roundtable_sandbox_timeout)


async def _check(sandboxes: DockerSandboxes) -> None:
    try:
        await sandboxes.check()
    except SandboxUnavailable as error:
        raise OperatorError(str(error)) from None
