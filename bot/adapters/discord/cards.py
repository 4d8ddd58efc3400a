"""A status card for each run of a session, edited as it goes, and typing while somebody is at work."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from dataclasses import dataclass, field

import aiohttp
import discord

from bot.adapters.discord import story
from bot.adapters.discord.body import nonce
from bot.adapters.discord.buttons import card_view
from bot.adapters.discord.desk import Desk, session_at
from bot.adapters.discord.markdown import escaped
from bot.adapters.discord.places import Places
from bot.events import Hint, ThreadRef
from bot.lanes import Lanes
from bot.views import SessionView

log = logging.getLogger(__name__)

_EVERY = 1.1
"""Seconds between edits of one card."""
_TYPING = 8.0
_TOO_OLD = 55 * 60.0
"""Discord limits edits of messages that are older than an hour."""
_AT_ONCE = 20
_SIGNS = {"running": "🟢", "waiting": "💬", "paused": "⏸️", "ended": "⚪"}


@dataclass(slots=True)
class _Card:
    thread: ThreadRef
    session: str = ""
    agent: str = ""
    run: int = 0
    message: int | None = None
    made: float = 0.0
    shown: str = ""
    begun: bool = field(default=False)


class Cards:
    """What is fleeting in a thread. Nothing here is kept: a card that is lost is made anew."""

    def __init__(self, client: discord.Client, desk: Desk, places: Places, *, reply: bool) -> None:
        self._client = client
        self._desk = desk
        self._places = places
        self._reply = reply
        self._cards: dict[str, _Card] = {}
        self.lanes = Lanes(self._show, _AT_ONCE)

    def begin(self, thread: ThreadRef) -> None:
        """Something came for a session: its card is shown, a new one after an end."""
        self._card(thread).begun = True
        self.lanes.wake(thread.thread)

    def learn(self, thread: ThreadRef) -> None:
        """Something of a session was shown: its card may have to change."""
        self._card(thread)
        self.lanes.wake(thread.thread)

    def hint(self, thread: ThreadRef, hint: Hint) -> None:
        """Somebody is at work, or nobody is."""
        self._card(thread).agent = hint.agent
        self.lanes.wake(thread.thread)

    def _card(self, thread: ThreadRef) -> _Card:
        return self._cards.setdefault(thread.thread, _Card(thread))

    async def _show(self, key: str, woken: asyncio.Event) -> None:
        """Keep one thread's card and typing up to date until nobody is at work there."""
        card = self._cards[key]
        while True:
            woken.clear()
            try:
                at_work = await self._once(card)
            except (discord.DiscordException, aiohttp.ClientError, OSError, RuntimeError) as error:
                log.debug("the card of %s could not be shown: %s", key, error)
                return
            if not at_work and not woken.is_set():
                return
            await asyncio.sleep(_EVERY)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_TYPING - _EVERY):
                    await woken.wait()

    async def _once(self, card: _Card) -> bool:
        """Show the card as it should be, and type; returns whether somebody is at work."""
        view = await session_at(self._desk, card.thread)
        if view is None:
            return False
        card.session = view.id
        channel = self._client.get_partial_messageable(
            await self._places.open(card.thread, card.session), guild_id=int(card.thread.workspace or 0) or None
        )
        if card.agent:
            await channel.typing()
        await self._update(card, view, channel)
        if view.status == "ended" and not card.agent:
            self._cards.pop(card.thread.thread, None)
        return bool(card.agent)

    async def _update(self, card: _Card, view: SessionView, channel: discord.PartialMessageable) -> None:
        ended = view.status == "ended"
        if card.message is None or (card.agent and time.time() - card.made > _TOO_OLD):
            if ended or not (card.begun or card.agent):
                return
            await self._find_or_make(card, view, channel)
            return
        text = _text(view, card.agent)
        if text == card.shown or time.time() - card.made > _TOO_OLD:
            return
        buttons = None if ended else card_view(card.session, card.run, reply=self._reply)
        message = channel.get_partial_message(card.message)
        await message.edit(content=text, view=buttons, allowed_mentions=discord.AllowedMentions.none())
        card.shown = text

    async def _find_or_make(self, card: _Card, view: SessionView, channel: discord.PartialMessageable) -> None:
        """The card of this run: of an earlier process, or a new one."""
        card.run = (await story.read(self._desk.reader, card.session)).run
        text = _text(view, card.agent)
        name = f"card-{card.session}-{card.run}-{int(time.time() // _TOO_OLD) if card.message else 0}"
        found = None if card.message else await self._found(card, channel)
        message = found or await channel.send(
            text,
            nonce=nonce(name),
            view=card_view(card.session, card.run, reply=self._reply),
            suppress_embeds=True,
            silent=True,
        )
        card.message, card.made = message.id, message.created_at.timestamp()
        card.shown = message.content

    async def _found(self, card: _Card, channel: discord.PartialMessageable) -> discord.Message | None:
        wanted = f"stop:{card.session}:{card.run}"
        async for message in channel.history(limit=100):
            if message.author.id == (self._client.user and self._client.user.id) and wanted in _ids(message):
                return message
        return None


def _ids(message: discord.Message) -> set[str]:
    rows = [row for row in message.components if isinstance(row, discord.ActionRow)]
    return {str(getattr(item, "custom_id", "")) for row in rows for item in row.children}


def _text(view: SessionView, agent: str) -> str:
    """A session in one line."""
    match view.status:
        case "running" if agent:
            doing = f"**{escaped(agent)}** is at work"
        case "running":
            doing = "at work"
        case "waiting":
            doing = "waiting for your answer"
        case "paused":
            doing = "paused; nothing is lost"
        case "ended":
            doing = view.outcome or "ended"
    cost = "" if not view.cost else f" · ${view.cost:.4f}"
    turns = f"{view.turns} turn{'' if view.turns == 1 else 's'}"
    return f"{_SIGNS[view.status]} {escaped(view.team)}: {doing} · {turns}{cost}"
