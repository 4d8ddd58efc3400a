"""Makes the edges where people are: the web page, Slack, Discord and the terminal."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agents.models.demo import known_sentences
from bot.adapters.console.adapter import ConsoleAdapter
from bot.adapters.console.local_feed import LocalFeed
from bot.adapters.console.rest_feed import RestFeed
from bot.adapters.discord.adapter import DiscordAdapter
from bot.adapters.discord.context import AdapterContext as DiscordContext
from bot.adapters.slack.credentials import Credentials, credentials
from bot.adapters.web.adapter import WebAdapter
from bot.adapters.web.context import ExampleTask, Installation
from bot.app import Base
from bot.app_engine import Engine
from bot.domain.participants import Person
from bot.files import work_dir
from bot.settings import Settings
from bot.store.threads import StoredThreads

if TYPE_CHECKING:
    from bot.adapters.slack.adapter import SlackAdapter

_EXAMPLES = Path(__file__).parents[1] / "examples"


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
        about=Installation(
            base.roster.names(),
            base.settings.roundtable_team,
            str(model),
            demo=model.provider == "demo",
            notes=tuple(notes),
            examples=tuple(_examples()),
        ),
        ready=ready,
        serving=serving,
        mounts=slack.mounts if slack else {},
    )


def _examples() -> Iterator[ExampleTask]:
    """What the demo knows, which suits other models as well; an example whose file is not shipped is left out."""
    for example in known_sentences.EXAMPLES:
        task, *follow_ups = example.sentences
        file = _EXAMPLES / example.file if example.file else None
        if file is None or file.is_file():
            yield ExampleTask(example.title, task, example.sign, file, tuple(follow_ups))


def slack(base: Base) -> SlackAdapter | None:
    """Slack, when its tokens are set; raises OperatorError for half of them."""
    allowed = slack_access(base.settings)
    if allowed is None:
        return None
    # Slack's libraries take half a second, which only those with tokens should wait for.
    module: Any = importlib.import_module("bot.adapters.slack.adapter")
    adapter: SlackAdapter = module.SlackAdapter(
        allowed,
        reader=base.reader,
        threads=StoredThreads(base.database),
        policy=lambda: base.policy,
        blob=base.blob,
        teams=base.roster.names(),
        default_team=base.settings.roundtable_team,
        file_limit=base.settings.roundtable_file_limit,
    )
    return adapter


def slack_access(settings: Settings) -> Credentials | None:
    """What the settings say of Slack."""
    return credentials(
        settings.slack_bot_token.get_secret_value(),
        settings.slack_app_token.get_secret_value(),
        settings.slack_signing_secret.get_secret_value(),
        settings.slack_api_url,
    )


def discord(base: Base, report: Callable[[str], None]) -> DiscordAdapter | None:
    """Discord, when its token is set; `report` is told its state there, "ok" or a sentence."""
    settings = base.settings
    token = settings.discord_bot_token.get_secret_value()
    if not token:
        return None
    return DiscordAdapter(
        DiscordContext(
            token=token,
            api=settings.discord_api_url.rstrip("/"),
            gateway=settings.discord_gateway_url,
            reader=base.reader,
            threads=StoredThreads(base.database),
            blob=base.blob,
            policy=lambda: base.policy,
            teams=base.roster.names(),
            team=settings.roundtable_team,
            kept=settings.roundtable_work_dir / "discord-commands",
            report=report,
        )
    )


async def try_discord(settings: Settings) -> str:
    """Log in to Discord and look at intents and permissions; says what it found."""
    token = settings.discord_bot_token.get_secret_value()
    if not token:
        return "not set up; DISCORD_BOT_TOKEN is empty"
    checks: Any = await asyncio.to_thread(importlib.import_module, "bot.adapters.discord.check")
    said: str = await checks.check(token, settings.discord_api_url.rstrip("/"), settings.discord_gateway_url)
    return said


def console(base: Base) -> ConsoleAdapter:
    """The terminal of this process."""
    return ConsoleAdapter(base.changes, work_dir.uploads_folder(base.settings))


def local_feed(base: Base, engine: Engine, adapter: ConsoleAdapter, who: Person) -> LocalFeed:
    """The sessions of this process, for its terminal."""
    return LocalFeed(
        adapter,
        base.reader,
        engine.intake,
        base.changes,
        base.blob,
        work_dir.uploads_folder(base.settings),
        base.settings.roundtable_file_limit,
        who,
    )


def rest_feed(settings: Settings, url: str) -> RestFeed:
    """The sessions of the process that serves at `url`, for this terminal."""
    return RestFeed(url, settings.roundtable_api_token.get_secret_value())
