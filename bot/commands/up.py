"""`roundtable up`: the web page and every session, until the process is told to end."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any

from agents.models.choice import banner, way_out
from agents.models.local import ollama_models
from agents.models.prices import cost
from bot import app
from bot.errors import SandboxUnavailable
from bot.events import Usage
from bot.settings import Settings
from bot.store.lock import Lock, hold

log = logging.getLogger(__name__)

_LOOK_AGAIN = 5.0


@dataclass(slots=True)
class Health:
    """What /readyz says of each component: "ok", perhaps with figures, or what it lacks."""

    sandbox: str = "still starting"
    agents: str = "still loading"
    supply: Callable[[], str] = str

    def __call__(self) -> Mapping[str, str]:
        sandbox = f"ok: {self.supply()}" if self.sandbox == "ok" else self.sandbox
        return {"database": "ok", "sandbox": sandbox, "agents": self.agents}


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

    health = Health()
    web = app.web(base, [way_out(ollama)] if demo else [], ready=health, serving=serving)
    # Sessions begun in a terminal go on here when that terminal is gone; the page shows them.
    async with app.engine(base, {"web": web, "console": web}) as engine:
        say(banner(model, ollama))
        health.supply = engine.supply
        warming = asyncio.create_task(_warm(base, engine, started, health))
        try:
            await _until_told(web.run(engine.intake), warming)
        finally:
            warming.cancel()
            await asyncio.wait([warming])


async def _warm(base: app.Base, engine: app.Engine, started: asyncio.Event, health: Health) -> None:
    """Once the page is served: look at a sandbox, go on with what was left, import what is slow.

    Raises OperatorError when sandboxes are weaker than asked for.
    """
    await started.wait()
    await _look_at_a_sandbox(engine, health)
    await _load(base, engine, health)
    while health.sandbox != "ok":
        await asyncio.sleep(_LOOK_AGAIN)
        await _look_at_a_sandbox(engine, health)


async def _look_at_a_sandbox(engine: app.Engine, health: Health) -> None:
    try:
        await engine.check()
        health.sandbox = "ok"
    except SandboxUnavailable as error:
        health.sandbox = str(error)


async def _load(base: app.Base, engine: app.Engine, health: Health) -> None:
    try:
        await engine.resume()
        await base.roster.load()
    except Exception:
        log.exception("unfinished sessions cannot be gone on with")
        health.agents = "unfinished sessions cannot be gone on with; the log says why"
        return
    if base.roster.default_model.provider not in ("demo", "ollama"):
        await asyncio.to_thread(cost, Usage("", str(base.roster.default_model), 0, 0))
    health.agents = "ok"


async def _until_told(serving: Coroutine[None, None, None], warming: asyncio.Task[None]) -> None:
    """Run until SIGTERM or SIGINT, or until it fails by itself or while it gets warm."""
    told, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    server, waiter = asyncio.create_task(serving), asyncio.create_task(told.wait())
    tasks: set[asyncio.Task[Any]] = {server, waiter, warming}
    try:
        while not server.done() and not waiter.done():
            done, tasks = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
        for task in (server, waiter):
            task.cancel()
        await asyncio.wait({server, waiter})
