"""A status card for each run of a session, edited as it proceeds, and typing while an agent is at work."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from dataclasses import dataclass

import aiohttp
import discord

from bot.adapters.common.figures import turns
from bot.adapters.common.session_lookup import session_at
from bot.adapters.discord.body import nonce
from bot.adapters.discord.buttons import card_view, ids
from bot.adapters.discord.context import AdapterContext
from bot.adapters.discord.markdown import escaped
from bot.adapters.discord.session_threads import SessionThreads
from bot.aio.keyed_workers import KeyedWorkers
from bot.domain.participants import Hint, ThreadRef
from bot.domain.views import SessionView

log = logging.getLogger(__name__)

_EVERY = 1.1
"""Seconds between edits of one card."""
_TYPING = 8.0
_TOO_OLD = 55 * 60.0
"""Seconds; Discord limits edits of messages that are older than an hour."""
_SIGNS = {"running": "🟢", "waiting": "💬", "paused": "⏸️", "ended": "⚪"}


@dataclass(slots=True)
class _Card:
    """What is shown in a thread. `begun`: an event came that may open a new run."""

    thread: ThreadRef
    agent: str = ""
    doing: str = ""
    begun: bool = False
    run: int = 0
    message: int | None = None
    made: float = 0.0
    shown: str = ""


class StatusCards:
    """The status cards of threads. Nothing here is stored: a card that is lost is made again."""

    def __init__(
        self, client: discord.Client, context: AdapterContext, session_threads: SessionThreads, *, reply: bool
    ) -> None:
        self._client = client
        self._context = context
        self._session_threads = session_threads
        self._reply = reply
        self._cards: dict[str, _Card] = {}
        self.workers = KeyedWorkers(self._show)

    def begin(self, thread: ThreadRef) -> None:
        """An event came for a session: show its card, a new one after an end."""
        self._card(thread).begun = True
        self.workers.wake(thread.thread)

    def learn(self, thread: ThreadRef) -> None:
        """A post of a session was shown: its card may have to change."""
        self._card(thread)
        self.workers.wake(thread.thread)

    def hint(self, thread: ThreadRef, hint: Hint) -> None:
        """An agent is at work, or none is."""
        card = self._card(thread)
        card.agent, card.doing = hint.agent, hint.doing
        self.workers.wake(thread.thread)

    def _card(self, thread: ThreadRef) -> _Card:
        return self._cards.setdefault(thread.thread, _Card(thread))

    async def _show(self, key: str, woken: asyncio.Event) -> None:
        """Keep a thread's card and typing up to date until no agent is at work there."""
        while card := self._cards.get(key):
            woken.clear()
            try:
                over = await self._once(card)
            except (discord.DiscordException, aiohttp.ClientError, OSError, RuntimeError) as error:
                log.debug("the card of %s could not be shown: %s", key, error)
                return
            if not card.agent and not woken.is_set():
                if over:
                    del self._cards[key]
                return
            await asyncio.sleep(_EVERY)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_TYPING - _EVERY):
                    await woken.wait()

    async def _once(self, card: _Card) -> bool:
        """Update the card and type; returns whether there is nothing more to show."""
        view = await session_at(self._context.reader, card.thread)
        if view is None:
            return True
        channel = self._client.get_partial_messageable(
            await self._session_threads.open(card.thread, view.id),
            guild_id=int(card.thread.workspace or 0) or None,
        )
        if card.agent:
            await channel.typing()
        await self._update(card, view, channel)
        return view.status == "ended"

    async def _update(self, card: _Card, view: SessionView, channel: discord.PartialMessageable) -> None:
        ended = view.status == "ended"
        if card.begun or card.message is None:
            wanted = (card.begun or bool(card.agent)) and not ended
            await self._take_up(card, view, channel, wanted=wanted)
        elif card.agent and _is_old(card):
            await self._make(card, view, channel)
        text = _text(view, card)
        if card.message is None or text == card.shown or _is_old(card):
            return
        buttons = None if ended else card_view(view.id, card.run, reply=self._reply)
        message = channel.get_partial_message(card.message)
        await message.edit(content=text, view=buttons, allowed_mentions=discord.AllowedMentions.none())
        card.shown = text

    async def _take_up(
        self, card: _Card, view: SessionView, channel: discord.PartialMessageable, *, wanted: bool
    ) -> None:
        """Use the card of the current or last run; make one if there is none and it is wanted."""
        card.begun = False
        run = await self._context.reader.times_ended(view.id) - (view.status == "ended")
        if card.message is not None and card.run == run:
            return
        card.run, card.message = run, None
        if not await self._adopt(card, view, channel) and wanted:
            await self._make(card, view, channel)

    async def _make(self, card: _Card, view: SessionView, channel: discord.PartialMessageable) -> None:
        number = 0 if card.message is None else int(time.time() // _TOO_OLD)
        message = await channel.send(
            _text(view, card),
            nonce=nonce(f"card-{view.id}-{card.run}-{number}"),
            view=card_view(view.id, card.run, reply=self._reply),
            suppress_embeds=True,
            silent=True,
        )
        _is_now(card, message)

    async def _adopt(self, card: _Card, view: SessionView, channel: discord.PartialMessageable) -> bool:
        """Use this run's card if an earlier process made one; returns whether it did."""
        wanted = f"stop:{view.id}:{card.run}"
        async for message in channel.history(limit=100):
            if message.author.id == (self._client.user and self._client.user.id) and wanted in ids(message):
                _is_now(card, message)
                return True
        return False


def _is_now(card: _Card, message: discord.Message) -> None:
    card.message, card.shown = message.id, message.content
    card.made = message.created_at.timestamp()


def _is_old(card: _Card) -> bool:
    return time.time() - card.made > _TOO_OLD


def _text(view: SessionView, card: _Card) -> str:
    """A session in one line."""
    match view.status:
        case "running" if card.agent:
            doing = f"**{escaped(card.agent)}** {escaped(card.doing) or 'is at work'}"
        case "running":
            doing = "at work"
        case "waiting":
            doing = "waiting for your answer"
        case "paused":
            doing = "paused; nothing is lost"
        case "ended":
            doing = view.outcome or "ended"
    cost = "" if not view.cost else f" · ${view.cost:.4f}"
    return f"{_SIGNS[view.status]} {escaped(view.team)}: {doing} · {turns(view.turns)}{cost}"
