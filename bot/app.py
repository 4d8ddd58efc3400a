"""The composition root: the only file that names concrete classes."""

from __future__ import annotations

import asyncio
import importlib
import shutil
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from agents.models.prices import cost as listed
from agents.roster import Roster
from bot import uploads
from bot.adapters.console.adapter import ConsoleAdapter
from bot.adapters.console.local import LocalFeed
from bot.adapters.console.rest import RestFeed
from bot.adapters.discord.adapter import DiscordAdapter
from bot.adapters.discord.desk import Desk as DiscordDesk
from bot.adapters.slack.access import Access, access
from bot.adapters.web.adapter import WebAdapter
from bot.adapters.web.desk import About
from bot.dispatch.local import LocalDispatcher
from bot.engine.budget import priced
from bot.engine.changes import Changes
from bot.engine.courier import Courier
from bot.engine.erasing import Eraser
from bot.engine.housekeeping import Housekeeping
from bot.engine.intake import Intake
from bot.engine.notebooks import Notebooks
from bot.engine.runner import Runner
from bot.errors import OperatorError
from bot.events import Artifact, Person, Usage
from bot.lanes import Lanes
from bot.policy import ADMIN, Policy, PolicyFile
from bot.ports import ChatAdapter
from bot.sandbox import naming
from bot.sandbox.battery import memory
from bot.sandbox.battery.run import battery
from bot.sandbox.docker import DockerSandboxes
from bot.sandbox.workspace import Blobs, artifact, session_folder
from bot.settings import Settings, prices
from bot.store import deletions, outbox, sessions
from bot.store.database import Database
from bot.store.reader import Reader
from bot.store.threads import Threads

if TYPE_CHECKING:
    from bot.adapters.slack.adapter import SlackAdapter

_TURN_GRACE = 5.0
"""Seconds a turn may take to end by itself when the process closes; the rest of ten is for cleaning up."""
_LAST_WORDS = 5.0
"""Seconds in which a session that is to be deleted may still say who stopped it."""


@dataclass(frozen=True, slots=True)
class Base:
    """What every command that touches sessions needs."""

    settings: Settings
    database: Database
    reader: Reader
    changes: Changes
    roster: Roster
    rules: PolicyFile

    @property
    def policy(self) -> Policy:
        """The rules in force."""
        return self.rules.current

    def blob(self, session_id: str, digest: str) -> Path | None:
        """Where the bytes of a session's file are."""
        path = blobs(self.settings, session_id).path(digest)
        return path if path.is_file() else None


@dataclass(frozen=True, slots=True)
class Engine:
    """A running engine: events go in through `intake`."""

    intake: Intake
    resume: Callable[[], Awaitable[None]]
    """Goes on with every session, every post and every deletion that an earlier process left unfinished."""
    keep_house: Callable[[], Coroutine[None, None, None]]
    """Deletes what is too old or of no use, now and every day, until cancelled."""
    check: Callable[[], Awaitable[None]]
    """Makes one sandbox and looks how strong it is; raises OperatorError when it is too weak, else
    SandboxUnavailable when there is none."""
    supply: Callable[[], str]
    """How the supply of sandboxes has done so far, in words."""


@asynccontextmanager
async def base(settings: Settings) -> AsyncIterator[Base]:
    """Open the tables and read the teams; raises OperatorError."""
    roster = Roster(settings)
    if settings.roundtable_team not in roster.names():
        known = ", ".join(sorted(roster.names()))
        raise OperatorError(f"ROUNDTABLE_TEAM names no team {settings.roundtable_team!r}. Teams: {known}.")
    rules = PolicyFile(settings.roundtable_policy, roster.names())
    async with Database(settings.database_url) as database:
        try:
            yield Base(settings, database, Reader(database), Changes(), roster, rules)
        finally:
            await roster.close()


@asynccontextmanager
async def engine(base: Base, adapters: Mapping[str, ChatAdapter], *, alone: bool = False) -> AsyncIterator[Engine]:
    """Run sessions and deliver posts while the body runs.

    With `alone`, as in a terminal, only sessions that something comes for in this process are run.

    Raises OperatorError when another process already works on the database.
    """
    settings, database = base.settings, base.database
    work_dir = settings.roundtable_work_dir
    courier = Courier(database, adapters)
    await database.claim()
    async with (
        DockerSandboxes(settings, work_dir, installation(work_dir)) as sandboxes,
        Lanes(courier.deliver) as deliveries,
    ):
        runner = _runner(base, adapters, sandboxes, deliveries.wake)
        eraser = Eraser(
            database,
            base.changes,
            runner.run,
            hush=partial(deliveries.end, grace=_LAST_WORDS),
            remove=partial(_remove, settings),
        )
        mine: set[str] = set()
        among = mine if alone else None
        dispatcher = LocalDispatcher(
            eraser.work, due=lambda now: database.read(sessions.due, now, adapters, among)
        )
        intake = Intake(
            database,
            base.changes,
            base.roster.names(),
            settings.roundtable_team,
            settings.roundtable_file_limit,
            partial(_wake, dispatcher, mine),
            deliveries.wake,
            policy=lambda: base.policy,
            starters=_starters(base),
        )
        house = Housekeeping(
            database,
            settings.roundtable_retention_days,
            dispatcher.wake,
            partial(_sweep, settings),
        )
        async with dispatcher.started(_TURN_GRACE):
            try:
                resume = partial(_resume, database, dispatcher, deliveries)
                yield Engine(intake, resume, house.run, sandboxes.check, lambda: str(sandboxes.supply))
            finally:
                runner.closing = True
        await deliveries.close(grace=1)


def _runner(
    base: Base, adapters: Mapping[str, ChatAdapter], sandboxes: DockerSandboxes, posted: Callable[[str], None]
) -> Runner:
    settings = base.settings
    return Runner(
        database=base.database,
        teams=base.roster,
        sandboxes=sandboxes,
        adapters=adapters,
        changes=base.changes,
        keep=partial(keep, settings),
        price=price(settings),
        posted=posted,
        file_limit=settings.roundtable_file_limit,
        run_timeout=settings.roundtable_sandbox_timeout,
        notebook=notebooks(base),
        workspace_limit=settings.roundtable_sandbox_workspace_mb * 1_000_000,
        at_once=settings.roundtable_sessions_at_once,
        heard=partial(_drop_uploads, settings),
        policy=lambda: base.policy,
    )


def price(settings: Settings) -> Callable[[Usage], float | None]:
    """What an attempt at a model call costs, in dollars; None when nobody knows."""
    return priced(prices(settings.roundtable_prices), listed)


async def _wake(dispatcher: LocalDispatcher, mine: set[str], session_id: str) -> None:
    """Wake a session that something has come for in this process."""
    mine.add(session_id)
    await dispatcher.wake(session_id)


async def _resume(database: Database, dispatcher: LocalDispatcher, deliveries: Lanes) -> None:
    for which in (sessions.running, deletions.wished):
        for session_id in await database.read(which):
            await dispatcher.wake(session_id)
    for session_id in await database.read(outbox.waiting):
        deliveries.wake(session_id)


def web(
    base: Base,
    notes: Sequence[str],
    *,
    ready: Callable[[], Mapping[str, str]],
    serving: Callable[[str], None],
    slack: SlackAdapter | None = None,
) -> WebAdapter:
    """The web page and the REST API; `serving` is told the address once it answers. Slack may call there too."""
    model = base.roster.default_model
    return WebAdapter(
        settings=base.settings,
        reader=base.reader,
        blob=base.blob,
        changes=base.changes,
        about=About(
            base.roster.names(),
            base.settings.roundtable_team,
            str(model),
            demo=model.provider == "demo",
            notes=tuple(notes),
        ),
        ready=ready,
        serving=serving,
        mounts=slack.mounts if slack else {},
    )


def slack(base: Base) -> SlackAdapter | None:
    """Slack, when its tokens are set; raises OperatorError for half of them."""
    allowed = slack_access(base.settings)
    if allowed is None:
        return None
    # Slack's libraries take half a second, which nobody without tokens should wait for.
    module: Any = importlib.import_module("bot.adapters.slack.adapter")
    adapter: SlackAdapter = module.SlackAdapter(
        allowed,
        reader=base.reader,
        threads=Threads(base.database),
        policy=lambda: base.policy,
        blob=base.blob,
        teams=base.roster.names(),
        default_team=base.settings.roundtable_team,
        file_limit=base.settings.roundtable_file_limit,
    )
    return adapter


def slack_access(settings: Settings) -> Access | None:
    """What the settings say of Slack."""
    return access(
        settings.slack_bot_token.get_secret_value(),
        settings.slack_app_token.get_secret_value(),
        settings.slack_signing_secret.get_secret_value(),
        settings.slack_api_url,
    )


def discord(base: Base, report: Callable[[str], None]) -> DiscordAdapter | None:
    """Discord, when its token is set; `report` is told how it stands there, "ok" or a sentence."""
    settings = base.settings
    token = settings.discord_bot_token.get_secret_value()
    if not token:
        return None
    return DiscordAdapter(
        DiscordDesk(
            token=token,
            api=settings.discord_api_url.rstrip("/"),
            gateway=settings.discord_gateway_url,
            reader=base.reader,
            threads=Threads(base.database),
            blob=base.blob,
            policy=lambda: base.policy,
            teams=base.roster.names(),
            team=settings.roundtable_team,
            kept=settings.roundtable_work_dir / "discord-commands",
            report=report,
        )
    )


async def try_discord(settings: Settings) -> str:
    """Log in to Discord and look at intents and permissions; says how it stands."""
    token = settings.discord_bot_token.get_secret_value()
    if not token:
        return "not set up; DISCORD_BOT_TOKEN is empty"
    checks: Any = await asyncio.to_thread(importlib.import_module, "bot.adapters.discord.check")
    said: str = await checks.check(token, settings.discord_api_url.rstrip("/"), settings.discord_gateway_url)
    return said


def _starters(base: Base) -> Mapping[str, Collection[str]]:
    """Who may start sessions on a platform that strangers can be on: its admins, and everyone with the demo."""
    if base.roster.default_model.provider == "demo":
        return {}
    return {"discord": (ADMIN,)}


def console(base: Base) -> ConsoleAdapter:
    """The terminal of this process."""
    return ConsoleAdapter(base.changes, _uploads(base.settings))


def local_feed(base: Base, engine: Engine, adapter: ConsoleAdapter, who: Person) -> LocalFeed:
    """The sessions of this process, for its terminal."""
    return LocalFeed(
        adapter,
        base.reader,
        engine.intake,
        base.changes,
        base.blob,
        _uploads(base.settings),
        base.settings.roundtable_file_limit,
        who,
    )


def rest_feed(settings: Settings, url: str) -> RestFeed:
    """The sessions of the process that serves at `url`, for this terminal."""
    return RestFeed(url, settings.roundtable_api_token.get_secret_value())


async def _drop_uploads(settings: Settings, refs: Collection[str]) -> None:
    await asyncio.to_thread(uploads.remove, _uploads(settings), refs)


async def _sweep(settings: Settings, named: Collection[str], before: float) -> None:
    await asyncio.to_thread(uploads.sweep, _uploads(settings), named, before)


async def _remove(settings: Settings, session_id: str, refs: Collection[str]) -> None:
    """Remove every file of a session, and what was attached there."""
    await _drop_uploads(settings, refs)
    folder = session_folder(settings.roundtable_work_dir, session_id)
    await asyncio.to_thread(_remove_folder, folder)


def _remove_folder(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)


def _uploads(settings: Settings) -> Path:
    return settings.roundtable_work_dir / "uploads"


async def try_sandbox(settings: Settings) -> str:
    """Start a sandbox, check how strong it is and run a line of code in it; says how it went."""
    work_dir = settings.roundtable_work_dir
    async with DockerSandboxes(settings, work_dir, f"doctor-{uuid.uuid4().hex}") as sandboxes:
        await sandboxes.check()
        async with sandboxes.open("doctor", ()) as sandbox:
            result = await sandbox.run("import pandas; print('pandas', pandas.__version__)", "python", 60)
        passed = memory.key(await sandboxes.facts(), battery(settings))
    if not result.ok:
        raise OperatorError(f"code does not run in the sandbox: {result.output.strip() or result.note}")
    day = memory.held_on(work_dir, passed)
    attacked = f"held against every attack on {day}" if day else "try it yourself: roundtable doctor --attack"
    image = settings.roundtable_sandbox_image
    return f"{image} runs code without network or rights; {result.output.strip()}; {attacked}"


def notebooks(base: Base) -> Notebooks:
    """Makes notebooks of sessions."""
    return Notebooks(base.reader, base.blob, partial(keep, base.settings), naming.script)


async def known(base: Base, session_id: str) -> None:
    """Raises OperatorError when there is no such session."""
    if await base.reader.session(session_id) is None:
        raise OperatorError(f"There is no session {session_id}; `roundtable sessions list` shows them.")


def blobs(settings: Settings, session_id: str) -> Blobs:
    """Where a session's files are."""
    return Blobs(session_folder(settings.roundtable_work_dir, session_id))


async def keep(settings: Settings, session_id: str, path: PurePosixPath, data: bytes) -> Artifact:
    """Implements `bot.ports.Keep`."""
    digest = await asyncio.to_thread(blobs(settings, session_id).write, data)
    return artifact(str(path), digest, len(data))


def installation(work_dir: Path) -> str:
    """What names this installation's containers; made once, kept in the work directory."""
    path = work_dir / "installation"
    if not path.exists():
        path.write_text(uuid.uuid4().hex, encoding="ascii")
    return path.read_text(encoding="ascii").strip()
