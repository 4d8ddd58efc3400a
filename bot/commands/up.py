"""`roundtable up`: the web page and every session, until the process is told to end."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable, Coroutine

from agents.models.choice import banner, way_out
from agents.models.local import ollama_models
from agents.models.prices import cost
from bot import app
from bot.events import Usage
from bot.policy import PolicyFile
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
    async with app.engine(base, {"web": web, "console": web}) as engine:
        say(banner(model, ollama))
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, _reload, base.rules, say)
        warming = asyncio.create_task(_warm(base, engine, started, state))
        try:
            await _until_told(web.run(engine.intake))
        finally:
            warming.cancel()
            await asyncio.wait([warming])
            asyncio.get_running_loop().remove_signal_handler(signal.SIGHUP)


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


def _reload(rules: PolicyFile, say: Callable[[str], None]) -> None:
    said = rules.reload()
    log.info("%s", said)
    say(said)


async def _until_told(serving: Coroutine[None, None, None]) -> None:
    """Run until SIGTERM or SIGINT, or until it fails by itself."""
    told, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    server, waiter = asyncio.create_task(serving), asyncio.create_task(told.wait())
    try:
        await asyncio.wait({server, waiter}, return_when=asyncio.FIRST_COMPLETED)
        if server.done():
            server.result()
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
        for task in (server, waiter):
            task.cancel()
        await asyncio.wait({server, waiter})
