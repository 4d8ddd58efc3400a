"""`roundtable run`: one session in the terminal, here or in the process that already runs."""

from __future__ import annotations

import getpass
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from bot import app, app_adapters
from bot.adapters.console.feed import Feed
from bot.adapters.console.terminal import Terminal
from bot.domain.errors import BadInput, OperatorError
from bot.domain.participants import Person
from bot.domain.policy import ADMIN, OPERATOR
from bot.settings import Settings
from bot.store.lock import DatabaseInUse, hold


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What to do: a new task, or with `session` a reply in that session; without words it is only followed."""

    text: str
    files: Sequence[Path] = ()
    team: str | None = None
    session: str | None = None


async def run(settings: Settings, order: RunOptions, console: Console, *, as_json: bool, out: Path | None) -> int:
    """Carry an order out in the terminal; returns the exit code."""
    if out is not None:
        _make(out)
    waits = None
    async with feed_of(settings) as feed:
        try:
            if order.session is None:
                session = await feed.start(order.text, order.files, order.team)
            else:
                session = order.session
                waits = await feed.skip(session)
                if order.text or order.files:
                    await feed.reply(session, order.text, order.files)
        except BadInput as error:
            raise OperatorError(str(error)) from None
        return await Terminal(feed, console, as_json, out, waits, sys.stdin.isatty()).follow(session)


def _make(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OperatorError(f"--out {out} cannot be a folder ({error.strerror}): name another.") from None


@asynccontextmanager
async def feed_of(settings: Settings) -> AsyncIterator[Feed]:
    """The sessions of this process or, when another works on them, of that one."""
    async with AsyncExitStack() as stack:
        try:
            stack.enter_context(hold(settings.roundtable_work_dir))
        except DatabaseInUse as held:
            if not held.holder.url:
                raise
            yield await stack.enter_async_context(app_adapters.rest_feed(settings, held.holder.url))
        else:
            yield await stack.enter_async_context(_local(settings))


@asynccontextmanager
async def _local(settings: Settings) -> AsyncIterator[Feed]:
    async with app.base(settings) as base:
        console = app_adapters.console(base)
        adapters = {"console": console, "web": console}
        async with (
            app.sandboxes(base) as sandboxes,
            app.engine(base, adapters, sandboxes, alone=True) as engine,
        ):
            yield app_adapters.local_feed(
                base, engine, console, Person("terminal", getpass.getuser(), (ADMIN, OPERATOR))
            )
