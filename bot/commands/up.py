"""`roundtable up`: the web page and every session, until the process is told to end."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable, Coroutine, Mapping
from functools import partial

from agents.models.choice import banner, way_out
from agents.models.local_ollama import ollama_models
from agents.models.prices import cost
from bot import app, app_adapters
from bot.aio import shutdown
from bot.aio.background import running_beside
from bot.aio.cancellation import end
from bot.aio.race import first_done
from bot.app_engine import Engine
from bot.domain.errors import SandboxUnavailable
from bot.domain.turn_results import Usage
from bot.ports import ChatAdapter, Intake
from bot.sandbox.docker import DockerSandboxes
from bot.settings import Settings
from bot.store.lock import ProcessLock, hold

log = logging.getLogger(__name__)

_ADAPTER_AGAIN = 5.0
_SANDBOX_AGAIN = 5.0
_LAST_REQUESTS = 3.0
"""Seconds that adapters have to end, once they are told to."""


async def up(settings: Settings, say: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT; raises OperatorError when it cannot start."""
    again = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, again.set)
    with hold(settings.roundtable_work_dir) as lock:
        async with app.base(settings) as base:
            await _serve(base, lock, again, say)


async def _serve(base: app.Base, lock: ProcessLock, again: asyncio.Event, say: Callable[[str], None]) -> None:
    """Serve until told to end; the policy is read again whenever `again` is set."""
    model = base.roster.default_model
    demo = model.provider == "demo"
    ollama = await ollama_models(base.settings.ollama_host) if demo else []
    started: asyncio.Event = asyncio.Event()

    def serving(url: str) -> None:
        lock.announce(url)
        say(f"Roundtable is at {url}  (Ctrl-C ends it)")
        started.set()

    state: dict[str, str] = {"database": "ok", "sandbox": "still starting", "agents": "still loading"}
    slack = app_adapters.slack(base)

    def ready() -> Mapping[str, str]:
        return state | ({"slack": str(slack.health)} if slack else {})

    web = app_adapters.web(base, [way_out(ollama)] if demo else [], ready=ready, serving=serving, slack=slack)
    # Sessions begun in a terminal go on here when that terminal is gone; the page shows them.
    adapters: dict[str, ChatAdapter] = {"web": web, "console": web}
    if discord := app_adapters.discord(base, partial(state.__setitem__, "discord")):
        state["discord"] = "not connected yet"
        adapters["discord"] = discord
    if slack:
        adapters["slack"] = slack
    async with app.sandboxes(base) as sandboxes, app.engine(base, adapters, sandboxes) as engine:
        say(banner(model, ollama, base.roster.default_fallback))
        async with running_beside(engine.house.run()):
            others = [_lasting(adapter, engine.intake) for adapter in (slack, discord) if adapter]
            watching = base.database.kept(), _reload_policy(base, engine, again, say)
            warming = _warm(base, engine, sandboxes, started, state)
            await _until_told(web.run(engine.intake), *others, *watching, warming)


async def _reload_policy(base: app.Base, engine: Engine, again: asyncio.Event, say: Callable[[str], None]) -> None:
    """Read the policy again whenever that is wanted, and say how it went, until cancelled."""
    while True:
        await again.wait()
        again.clear()
        try:
            say(await app.reload_policy(base, engine))
        except Exception:
            log.exception("the policy cannot be read again")


async def _warm(
    base: app.Base, engine: Engine, sandboxes: DockerSandboxes, started: asyncio.Event, state: dict[str, str]
) -> None:
    """Once the page is served: check a sandbox, resume what was left unfinished, and import what is slow.

    Then watches the supply of sandboxes until cancelled. Raises OperatorError when they are weaker than asked for.
    """
    await started.wait()
    state["sandbox"] = await _check_sandbox(sandboxes)
    await _load(base, engine, state)
    while True:
        await asyncio.sleep(_SANDBOX_AGAIN)
        if state["sandbox"].startswith("ok"):
            state["sandbox"] = f"ok: {sandboxes.supply}"
        else:
            state["sandbox"] = await _check_sandbox(sandboxes)


async def _check_sandbox(sandboxes: DockerSandboxes) -> str:
    """The word ok and figures, or why there is none."""
    try:
        await sandboxes.check()
    except SandboxUnavailable as error:
        return str(error)
    return f"ok: {sandboxes.supply}"


async def _load(base: app.Base, engine: Engine, state: dict[str, str]) -> None:
    try:
        await engine.resume()
        await base.roster.load()
    except Exception:
        log.exception("unfinished sessions cannot be resumed")
        state["agents"] = "unfinished sessions cannot be resumed; the log says why"
        return
    if base.roster.default_model.provider not in ("demo", "ollama"):
        await asyncio.to_thread(cost, Usage("", str(base.roster.default_model), 0, 0))
    state["agents"] = "ok"


async def _lasting(adapter: ChatAdapter, intake: Intake) -> None:
    """Run a platform's adapter, again and again: what breaks there must not end the rest."""
    while True:
        try:
            await adapter.run(intake)
        except Exception:
            log.exception("the adapter of %s failed; it starts again in %g s", adapter.name, _ADAPTER_AGAIN)
            await asyncio.sleep(_ADAPTER_AGAIN)


async def _until_told(*serving: Coroutine[None, None, None]) -> None:
    """Run until SIGTERM or SIGINT, or until one of them ends or fails by itself."""
    told, loop, deadline = asyncio.Event(), asyncio.get_running_loop(), shutdown.Deadline()

    def leave() -> None:
        deadline.begin(0)
        loop.call_soon_threadsafe(told.set)

    tasks = [asyncio.create_task(work) for work in serving]
    try:
        with shutdown.on_signals({signal.SIGTERM: leave, signal.SIGINT: leave}):
            await first_done(told.wait(), *tasks)
            for task in filter(asyncio.Task.done, tasks):
                task.result()
    finally:
        await end(*tasks, within=_LAST_REQUESTS)
