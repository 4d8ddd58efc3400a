"""`roundtable doctor`: tries what Roundtable needs, one thing after the other, and names the fix."""

from __future__ import annotations

import importlib
import socket
from collections.abc import Awaitable, Callable

from rich.console import Console

from agents.models.choice import banner, choose, choose_fallback
from agents.models.local_ollama import ollama_models
from agents.team_factory import TeamFactory
from bot import app, app_adapters
from bot.domain.budgets import counts_tokens, unpriced
from bot.domain.errors import OperatorError, RoundtableError
from bot.domain.turn_results import Usage
from bot.engine.budget import amount
from bot.settings import Settings
from bot.store.lock import DatabaseInUse, hold

Check = Callable[[Settings], Awaitable[str]]


async def doctor(settings: Settings, console: Console) -> int:
    """Run every check and print how it went; returns 0 when all is well, else 1."""
    wrong: list[str] = []
    for name, check in _CHECKS.items():
        try:
            console.print(f"[green]ok[/]    {name}: {await check(settings)}", soft_wrap=True)
        except RoundtableError as error:
            if str(error) in wrong:
                console.print(f"[yellow]?[/]     {name}: not tried until that is fixed")
                continue
            wrong.append(str(error))
            console.print(f"[red]wrong[/] {name}: ", end="")
            console.print(str(error), markup=False, soft_wrap=True)
    console.print(
        "All is well." if not wrong else f"{len(wrong)} of {len(_CHECKS)} checks found something to fix."
    )
    return 1 if wrong else 0


async def _database(settings: Settings) -> str:
    async with app.base(settings) as base:
        await base.reader.sessions(1)
        return f"{base.database.shown_url} can be written"


async def _teams(settings: Settings) -> str:
    roster = TeamFactory(settings)
    try:
        app.rules(settings, roster)
        return f"{', '.join(roster.names())}; new tasks go to {settings.roundtable_team}"
    finally:
        await roster.close()


async def _model(settings: Settings) -> str:
    choice = choose(settings)
    if choice.provider == "demo":
        return banner(choice, await ollama_models(settings.ollama_host))
    check = importlib.import_module("agents.models.connectivity").check
    await check(choice, settings)
    if fallback := choose_fallback(settings, choice):
        await check(fallback, settings)
        return f"{choice} answers, and so does {fallback}, which takes over when it does not"
    return f"{choice} answers"


async def _budgets(settings: Settings) -> str:
    async with app.base(settings) as base:
        model = str(base.roster.default_model)
        caps = base.policy.budget.caps()
        if app.price(settings)(Usage("", model, 1, 1)) is None and not counts_tokens(caps):
            raise OperatorError(unpriced(model))
        told = ", ".join(f"{cap.scope} {amount(cap.amount, cap.unit)}" for cap in caps)
        return told or "no caps: nothing bounds what models cost"


async def _web(settings: Settings) -> str:
    host, port = settings.roundtable_web_host, settings.roundtable_web_port
    try:
        with hold(settings.roundtable_work_dir):
            _free(host, port)
            return f"port {port} on {host} is free"
    except DatabaseInUse as held:
        return f"a Roundtable runs already, at {held.holder.url or 'no address yet'}"


def _free(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise OperatorError(
                f"port {port} on {host} cannot be had ({error.strerror}): set ROUNDTABLE_WEB_PORT to another."
            ) from None


async def _discord(settings: Settings) -> str:
    return await app_adapters.try_discord(settings)


async def _slack(settings: Settings) -> str:
    access = app_adapters.slack_access(settings)
    if access is None:
        return "not set up; SLACK_BOT_TOKEN is empty"
    slack = importlib.import_module("bot.adapters.slack.check")
    try:
        with hold(settings.roundtable_work_dir):
            return str(await slack.check(access))
    except DatabaseInUse:
        # A second socket would be given events of the Roundtable that runs.
        return str(await slack.check(access, connect=False))


async def _sandbox(settings: Settings) -> str:
    return await app.try_sandbox(settings)


_CHECKS: dict[str, Check] = {
    "teams and rules": _teams,
    "database": _database,
    "model": _model,
    "budgets": _budgets,
    "web page": _web,
    "Discord": _discord,
    "Slack": _slack,
    "sandbox": _sandbox,
}
