"""The app's tokens, and who the bot is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from bot.domain.errors import OperatorError

PATH = "/slack/events"
"""Where Slack calls us when there is no socket."""
DEFAULT_URL = "https://slack.com/api/"


@dataclass(frozen=True, slots=True)
class Credentials:
    """Tokens and where the Web API is. With an app token events come over a socket, else over HTTP."""

    bot_token: str = field(repr=False)
    app_token: str = field(default="", repr=False)
    signing_secret: str = field(default="", repr=False)
    api_url: str = DEFAULT_URL

    @property
    def mode(self) -> Literal["socket", "http"]:
        return "socket" if self.app_token else "http"

    @property
    def api_host(self) -> str:
        """Host and port of the Web API."""
        return urlsplit(self.api_url).netloc.lower()


def credentials(bot_token: str, app_token: str, signing_secret: str, api_url: str) -> Credentials | None:
    """The credentials in the settings, None without Slack; raises OperatorError when some are missing."""
    if not bot_token:
        if app_token or signing_secret:
            raise OperatorError(
                "SLACK_BOT_TOKEN is missing: it begins with xoxb- and is on the app's page, "
                "under OAuth & Permissions."
            )
        return None
    if not bot_token.startswith("xoxb-"):
        raise OperatorError("SLACK_BOT_TOKEN is no bot token: it begins with xoxb-.")
    if app_token and not app_token.startswith("xapp-"):
        raise OperatorError(
            "SLACK_APP_TOKEN is no app-level token: it begins with xapp-, under Basic Information."
        )
    if not app_token and not signing_secret:
        raise OperatorError(
            "Slack needs SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP) beside SLACK_BOT_TOKEN."
        )
    if api_url and not api_url.startswith(("https://", "http://")):
        raise OperatorError("SLACK_API_URL must be the base of a Web API, like https://slack.com/api/.")
    return Credentials(bot_token, app_token, signing_secret, api_url or DEFAULT_URL)


@dataclass(frozen=True, slots=True)
class BotIdentity:
    """Who the bot is, as auth.test says: ids, the workspace's address, the scopes that were granted."""

    team: str
    user: str
    bot: str
    url: str
    scopes: frozenset[str] = frozenset()

    def key(self, *parts: str) -> str:
        """A key that is the same when Slack repeats an event, and different for another app or workspace."""
        return ":".join(("slack", self.bot, self.team, *parts))
