"""Commands, menus, buttons and forms: each is stored first, then answered."""

from __future__ import annotations

import contextlib
import functools
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ParamSpec

import aiohttp
import discord

from bot.adapters.common.request_choices import Choice
from bot.adapters.discord import parse
from bot.adapters.discord.body import nonce, question_id
from bot.adapters.discord.buttons import FORM, GENERAL, DecisionForm, ReplyForm, choice_sent, form_sent
from bot.adapters.discord.context import PLATFORM, AdapterContext
from bot.adapters.discord.markdown import escaped
from bot.adapters.discord.people import Members
from bot.adapters.discord.session_threads import SessionThreads, provisional, thread_name
from bot.adapters.discord.split import split
from bot.adapters.discord.status_cards import StatusCards
from bot.domain.errors import BadInput, Unheard
from bot.domain.events import Decision, Event, Message, Stop
from bot.domain.participants import Person, ThreadRef
from bot.domain.posts import QuestionPost
from bot.ports import Intake
from bot.text.request_forms import Filled, filled, form

if TYPE_CHECKING:
    from bot.adapters.discord.events import MessageEvents

log = logging.getLogger(__name__)

_NO_SESSION = "There is no session here: use this command in the thread of one."
_NO_THREADS = "I cannot open a thread here: use a text channel, a thread, or a message to me."
_GONE = "That session no longer exists."
_STALE_STOP = "That run has ended already; nothing was stopped. The Stop button on the newest card works."
_STALE_REPLY = "That question is no longer open; write in the thread what you want to say."
_BROKEN = "Something went wrong inside Roundtable; its log says what."
_SHOWN = 1500

P = ParamSpec("P")


def _told(act: Callable[P, Awaitable[None]]) -> Callable[P, Coroutine[Any, Any, None]]:
    """Tell the user when an action fails; discord.py would only log it."""

    @functools.wraps(act)
    async def acts(*args: P.args, **more: P.kwargs) -> None:
        try:
            await act(*args, **more)
        except Exception:
            log.exception("Discord: %s failed", act.__name__)
            for interaction in args:
                if isinstance(interaction, discord.Interaction):
                    await broken(interaction)

    return acts


class Interactions:
    """Acts on interactions. Each must be answered within three seconds, so nothing slow comes first."""

    def __init__(
        self,
        context: AdapterContext,
        intake: Intake,
        *,
        session_threads: SessionThreads,
        cards: StatusCards,
        members: Members,
        message_events: MessageEvents,
    ) -> None:
        self._context = context
        self._intake = intake
        self._session_threads = session_threads
        self._cards = cards
        self._members = members
        self._message_events = message_events

    async def ask(
        self, interaction: discord.Interaction, task: str, file: discord.Attachment | None, team: str | None
    ) -> None:
        """Give a team a task: in a channel it gets a thread of its own, elsewhere the team works in place."""
        thread = thread_for(interaction)
        if thread is None:
            await tell_privately(interaction, _NO_THREADS)
            return
        event = await self._message(interaction, thread, task, file, team)
        if thread.thread != provisional(interaction.id):
            if await self._take(interaction, event):
                await self._repeat(interaction, event)
                self._cards.begin(thread)
            return
        async with self._session_threads.opening(thread):
            session = await self._take(interaction, event)
            if session is None:
                return
            thread = await self._opened(interaction, thread, event)
        self._cards.begin(thread)

    async def ask_about(self, interaction: discord.Interaction, message: discord.Message) -> None:
        """Give a team an existing message as its task."""
        thread = parse.thread_of(message)
        if thread is None:
            await tell_privately(interaction, _NO_THREADS)
            return
        text, files = await self._message_events.read(message)
        event = Message(f"i{interaction.id}", thread, await self._who(interaction), text, files)
        if await self._take(interaction, event):
            await tell_privately(
                interaction, f"The team is at work: <#{thread.thread}>" if thread.workspace else "On it."
            )
            self._cards.begin(thread)

    async def reply(self, interaction: discord.Interaction, text: str, file: discord.Attachment | None) -> None:
        """Say something to the team of this thread."""
        thread = await self.here(interaction)
        if thread is None:
            await tell_privately(interaction, _NO_SESSION)
            return
        event = await self._message(interaction, thread, text, file, None)
        if await self._take(interaction, event):
            await self._repeat(interaction, event)
            self._cards.begin(thread)

    async def stop(self, interaction: discord.Interaction) -> None:
        """Stop the team of this thread."""
        thread = await self.here(interaction)
        if thread is None:
            await tell_privately(interaction, "There is no session here to stop; to start one, describe a task.")
            return
        await self._stop(interaction, thread)

    @_told
    async def stop_pressed(self, interaction: discord.Interaction, session: str, run: int) -> None:
        """Stop one run of a session, and never a later one."""
        view = await self._context.reader.session(session)
        if view is None or view.status == "ended" or await self._context.reader.times_ended(session) != run:
            await tell_privately(interaction, _STALE_STOP)
            return
        await self._stop(interaction, view.thread)

    @_told
    async def reply_pressed(self, interaction: discord.Interaction, session: str, question: str) -> None:
        """Open the form for a reply."""
        if await self._thread_of_reply(session, question) is None:
            await tell_privately(interaction, _STALE_REPLY)
            return
        await interaction.response.send_modal(ReplyForm(session, question))

    @_told
    async def choice_pressed(self, interaction: discord.Interaction, choice: Choice) -> None:
        """Decide about a request, or first open the form that the decision needs."""
        if not choice.asks:
            await self._decide(interaction, choice, Filled())
            return
        try:
            asked = form(await self._context.reader.card(choice.session, choice.request), choice.verdict, FORM)
        except BadInput as why:
            await tell_privately(interaction, str(why))
        else:
            await interaction.response.send_modal(DecisionForm(choice, asked))

    @_told
    async def form(self, interaction: discord.Interaction) -> None:
        """A form was sent; its request may have been settled since it was opened."""
        if decided := choice_sent(interaction):
            choice, text = decided
            try:
                await self._decide(interaction, choice, filled(choice.verdict, text))
            except BadInput as why:
                await tell_privately(interaction, str(why))
            return
        sent = form_sent(interaction)
        if sent is None:
            return
        session, question, text = sent
        thread = await self._thread_of_reply(session, question)
        if thread is None:
            await tell_privately(interaction, _STALE_REPLY)
            return
        event = await self._message(interaction, thread, text, None, None)
        if await self._take(interaction, event):
            await self._repeat(interaction, event)
            self._cards.begin(thread)

    async def here(self, interaction: discord.Interaction) -> ThreadRef | None:
        """The thread of the session in which a command is used."""
        channel = str(interaction.channel_id)
        return await self._context.threads.holding(PLATFORM, str(interaction.guild_id or ""), channel, channel)

    async def unwelcome(self, interaction: discord.Interaction) -> str:
        """Why the policy does not admit this person here, "" when it does."""
        nowhere = ThreadRef(PLATFORM, str(interaction.guild_id or ""), str(interaction.channel_id), "")
        return self._context.policy().admits(thread_for(interaction) or nowhere, await self._who(interaction))

    async def welcomes(self, interaction: discord.Interaction) -> bool:
        """Whether the policy admits this person here; they are told why not."""
        if why := await self.unwelcome(interaction):
            await tell_privately(interaction, why)
        return not why

    async def _opened(self, interaction: discord.Interaction, thread: ThreadRef, event: Message) -> ThreadRef:
        """Answer a stored command and open a thread on the answer; if that fails, the first delivery opens it."""
        title = thread_name(event.text)
        try:
            answer = await interaction.response.send_message(
                f"**{escaped(title)}**\n-# asked by {escaped(event.who.name)}"
            )
            if answer.message_id is not None:
                return await self._session_threads.settle(thread, answer.message_id, title)
        except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
            log.warning("Discord: command %s could not be answered: %s", interaction.id, error)
        return thread

    async def _stop(self, interaction: discord.Interaction, thread: ThreadRef) -> None:
        if await self._take(interaction, Stop(f"i{interaction.id}", thread, await self._who(interaction))):
            await tell_privately(interaction, "Stopping the team. A reply continues from there.")

    async def _decide(self, interaction: discord.Interaction, choice: Choice, more: Filled) -> None:
        """Hand a decision in; nothing is answered, since the card will say for all who decided what."""
        view = await self._context.reader.session(choice.session)
        if view is None:
            await tell_privately(interaction, _GONE)
            return
        event = Decision(
            key=f"i{interaction.id}",
            thread=view.thread,
            who=await self._who(interaction),
            request=choice.request,
            verdict=choice.verdict,
            digest=choice.digest,
            reason=more.reason,
            blocks=more.blocks,
            amount=more.amount,
        )
        if await self._take(interaction, event):
            await interaction.response.defer()
            self._cards.learn(view.thread)

    async def _thread_of_reply(self, session: str, question: str) -> ThreadRef | None:
        view = await self._context.reader.session(session)
        if view is None:
            return None
        if question == GENERAL:
            return view.thread
        card = await self._context.reader.open_card(session)
        is_open = isinstance(card, QuestionPost) and question == question_id(card.agent, card.question)
        return view.thread if is_open else None

    async def _message(
        self,
        interaction: discord.Interaction,
        thread: ThreadRef,
        text: str,
        file: discord.Attachment | None,
        team: str | None,
    ) -> Message:
        files = (parse.attachment(file),) if file is not None else ()
        who = await self._who(interaction)
        return Message(f"i{interaction.id}", thread, who, parse.typed(text), files, team)

    async def _who(self, interaction: discord.Interaction) -> Person:
        if isinstance(interaction.user, discord.Member):
            return parse.person(interaction.user, admin=interaction.permissions.manage_guild)
        return await self._members.person(interaction.user, None)

    async def _take(self, interaction: discord.Interaction, event: Event) -> str | None:
        """The session that took an event in; else its person is told, privately, why none did."""
        try:
            return await self._intake(event)
        except (BadInput, Unheard) as why:
            await tell_privately(interaction, str(why))
            return None

    async def _repeat(self, interaction: discord.Interaction, event: Message) -> None:
        """Show in the thread what a person said with a command or in a form."""
        said = split(escaped(event.text), _SHOWN)
        names = "".join(f" (with {escaped(file.name)})" for file in event.files)
        shown = f"**{escaped(event.who.name)}**{names}:\n{said[0] if said else ''}{' …' if len(said) > 1 else ''}"
        try:
            await interaction.response.send_message(shown)
        except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
            log.warning("Discord: command %s could not be answered: %s", interaction.id, error)
            await _say_instead(interaction, shown)


def thread_for(interaction: discord.Interaction) -> ThreadRef | None:
    """The thread of a task that is given here; None where threads cannot be opened."""
    channel = interaction.channel
    if interaction.guild_id is None:
        return parse.private(interaction.channel_id) if interaction.channel_id else None
    here = ThreadRef(PLATFORM, str(interaction.guild_id), str(interaction.channel_id), provisional(interaction.id))
    if isinstance(channel, discord.Thread):
        return replace(here, channel=str(channel.parent_id), thread=str(channel.id))
    return here if isinstance(channel, discord.TextChannel) else None


async def _say_instead(interaction: discord.Interaction, text: str) -> None:
    """Say in the channel what the answer to an interaction was to say, unless the answer is there."""
    assert interaction.channel_id is not None
    with contextlib.suppress(discord.DiscordException, aiohttp.ClientError, OSError):
        try:
            await interaction.original_response()
        except discord.NotFound:
            channel = interaction.client.get_partial_messageable(interaction.channel_id)
            await channel.send(text, nonce=nonce(f"i{interaction.id}"))


async def broken(interaction: discord.Interaction) -> None:
    """Say that something failed, when nothing was said yet and it still can be."""
    if not interaction.response.is_done():
        with contextlib.suppress(discord.HTTPException, aiohttp.ClientError, OSError):
            await tell_privately(interaction, _BROKEN)


async def tell_privately(interaction: discord.Interaction, text: str) -> None:
    """An answer that only this person sees."""
    await interaction.response.send_message(text, ephemeral=True)
