"""Sentences that only one person sees."""

from __future__ import annotations

from urllib.parse import urlsplit

from bot.adapters.slack.files import is_ours
from bot.adapters.slack.mrkdwn import escape
from bot.adapters.slack.web import Web, sent


class EphemeralMessages:
    """By ephemeral message, by response URL, or in the direct messages."""

    def __init__(self, web: Web) -> None:
        self._web = web

    async def ephemeral(self, channel: str, user: str, thread: str, sentence: str) -> None:
        """Say it in the thread, to that person alone."""
        await sent(
            self._web.client.chat_postEphemeral(
                channel=channel, user=user, thread_ts=thread, text=escape(sentence)
            )
        )

    async def respond(self, url: str, user: str, sentence: str) -> None:
        """Say it where the person clicked, or in direct messages where that is not possible."""
        if not urlsplit(url).netloc or not is_ours(url, self._web.access):
            await self.direct(user, sentence)
            return
        body = {"response_type": "ephemeral", "replace_original": False, "text": escape(sentence)}
        async with self._web.connections() as http, http.post(url, json=body, proxy=self._web.client.proxy):
            return

    async def direct(self, user: str, sentence: str) -> None:
        """Say it in the direct messages of the app."""
        await sent(
            self._web.client.chat_postMessage(
                channel=user, text=escape(sentence), unfurl_links=False, unfurl_media=False
            )
        )
