"""`roundtable up`: the web page and every session, until the process is told to end."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import partial

from agents.models.choice import banner, way_out
from agents.models.local import ollama_models
from agents.models.prices import cost
from bot import app
from bot.errors import OperatorError
from bot.events import Usage
from bot.policy import PolicyFile
from bot.ports import ChatAdapter
from bot.settings import Settings
from bot.store.lock import Lock, hold

log = logging.getLogger(__name__)


async def up(settings: Settings, say: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT; raises OperatorError when it cannot start."""
    with hold(settings.roundtable_work_dir) as lock:
        async with app.base(settings) as base:
            await _serve(base, lock, say)


async def _serve(base: app.Base, lock: Lock, say: Callable[[str], None]) -> None:
    model = base.roster.default_model
    demo = model.provider == "demo"
    ollama = await ollama_models(base.settings.ollama_host) if demo else []
    started: asyncio.Event = asyncio.Event()

    def serving(url: str) -> None:
        lock.announce(url)
        say(f"Roundtable is at {url}  (Ctrl-C ends it)")
        started.set()

    state: dict[str, str] = {"database": "ok", "agents": "still loading"}
    web = app.web(base, [way_out(ollama)] if demo else [], ready=lambda: state, serving=serving)
    # Sessions begun in a terminal go on here when that terminal is gone; the page shows them.
    adapters: dict[str, ChatAdapter] = {"web": web, "console": web}
    if discord := app.discord(base, partial(state.__setitem__, "discord")):
        state["discord"] = "not connected yet"
        adapters["discord"] = discord
    async with app.engine(base, adapters) as engine:
        say(banner(model, ollama))
        with _told_again(base.rules, say):
            async with _alongside(_warm(base, engine, started, state)), _alongside(engine.keep_house()):
                runs = [adapter.run(engine.intake) for name, adapter in adapters.items() if name != "console"]
                await _until_told(_together(runs), base.database.kept())


@contextmanager
def _told_again(rules: PolicyFile, say: Callable[[str], None]) -> Iterator[None]:
    """SIGHUP reads the policy again, and says how that went, while the body runs."""
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGHUP, lambda: say(rules.reload()))
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGHUP)


@asynccontextmanager
async def _alongside(work: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Do `work`, which says by itself when it fails, while the body runs; it is cancelled when the body ends."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def _warm(base: app.Base, engine: app.Engine, started: asyncio.Event, state: dict[str, str]) -> None:
    """Once the page is served: go on with what was left, and import what is slow before somebody waits for it."""
    await started.wait()
    try:
        await engine.resume()
        await base.roster.load()
    except Exception:
        log.exception("unfinished sessions cannot be gone on with")
        state["agents"] = "unfinished sessions cannot be gone on with; the log says why"
        return
    if base.roster.default_model.provider not in ("demo", "ollama"):
        await asyncio.to_thread(cost, Usage("", str(base.roster.default_model), 0, 0))
    state["agents"] = "ok"


async def _together(runs: Sequence[Coroutine[None, None, None]]) -> None:
    """Run every platform until one fails, which ends the others."""
    try:
        async with asyncio.TaskGroup() as group:
            for run in runs:
                group.create_task(run)
    except* OperatorError as failed:
        raise failed.exceptions[0] from None


async def _until_told(*serving: Coroutine[None, None, None]) -> None:
    """Run until SIGTERM or SIGINT, or until one of them ends or fails by itself."""
    told, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    tasks = {asyncio.create_task(work) for work in serving}
    waiter = asyncio.create_task(told.wait())
    try:
        done, _ = await asyncio.wait({*tasks, waiter}, return_when=asyncio.FIRST_COMPLETED)
        for task in done & tasks:
            task.result()
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
        for task in (*tasks, waiter):
            task.cancel()
        await asyncio.wait({*tasks, waiter})
