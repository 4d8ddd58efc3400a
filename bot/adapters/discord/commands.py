"""The commands that Discord shows, and what they answer to one person; registered only when they have changed."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import logging
import time
from collections.abc import Iterable
from pathlib import Path

import aiohttp
import discord
from discord import app_commands

from bot.adapters.common import overview
from bot.adapters.common.figures import session_facts
from bot.adapters.common.overview import Markup
from bot.adapters.common.session_lookup import session_at
from bot.adapters.discord.context import PLATFORM, AdapterContext
from bot.adapters.discord.interactions import Interactions, broken, tell_privately
from bot.adapters.discord.markdown import escaped, inline
from bot.adapters.discord.split import split
from bot.domain.participants import ThreadRef
from bot.domain.views import FileView, SessionView
from bot.files import private

log = logging.getLogger(__name__)

MENU = "Ask Roundtable about this"
_SESSIONS = 15
_FILES = 40
_MARKUP = Markup(escaped, "**", "- ")
_HELP = overview.help_text(
    _MARKUP,
    "Mention me with a task, or use `/ask`.",
    "🛑 or ❌ as a reaction, the Stop button and `/stop`",
    [
        "`/reply` replies where your messages cannot be read.",
        "`/teams` lists the teams; `/sessions`, `/files` and `/usage` show what there is.",
        f"In a message's menu: Apps → {MENU}.",
    ],
)
_describe = app_commands.describe


class Tree(app_commands.CommandTree[discord.Client]):
    """All commands, in servers and in direct messages; a failure is told to the user."""

    def __init__(self, client: discord.Client) -> None:
        super().__init__(
            client,
            allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
            allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=False),
        )

    async def on_error(self, interaction: discord.Interaction, error: app_commands.AppCommandError, /) -> None:
        log.error("Discord: a command failed", exc_info=error)
        await broken(interaction)


def build(tree: Tree, context: AdapterContext, interactions: Interactions) -> None:
    """Put every command on the tree."""
    _talk(tree, context, interactions)
    _look(tree, context, interactions)
    _files(tree, context, interactions)
    _about(tree, context, interactions)


def _talk(tree: Tree, context: AdapterContext, interactions: Interactions) -> None:
    @tree.command(name="ask", description="Give a team of agents a task.")
    @_describe(task="What the team should do.", file="Data to work on.", team="Which team; see /teams.")
    async def ask(
        interaction: discord.Interaction,
        task: str,
        file: discord.Attachment | None = None,
        team: str | None = None,
    ) -> None:
        await interactions.ask(interaction, task, file, team)

    @ask.autocomplete("team")
    async def known_teams(_: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return _matching(context.teams, typed)

    @tree.command(name="reply", description="Say something to the team of this thread.")
    @_describe(text="What the team should know or do.", file="A file for the team.")
    async def reply(interaction: discord.Interaction, text: str, file: discord.Attachment | None = None) -> None:
        await interactions.reply(interaction, text, file)

    @tree.command(name="stop", description="Stop the team of this thread at once.")
    async def stop(interaction: discord.Interaction) -> None:
        await interactions.stop(interaction)

    @tree.context_menu(name=MENU)
    async def ask_about(interaction: discord.Interaction, message: discord.Message) -> None:
        await interactions.ask_about(interaction, message)


def _look(tree: Tree, context: AdapterContext, interactions: Interactions) -> None:
    @tree.command(name="sessions", description="List the newest sessions.")
    async def sessions(interaction: discord.Interaction) -> None:
        if await interactions.welcomes(interaction):
            await _show(interaction, await _sessions(context, interaction))

    @tree.command(name="usage", description="Show what the agents have used.")
    async def usage(interaction: discord.Interaction) -> None:
        if await interactions.welcomes(interaction):
            await _show(interaction, await _usage(context, await interactions.here(interaction)))


def _about(tree: Tree, context: AdapterContext, interactions: Interactions) -> None:
    @tree.command(name="teams", description="List the teams.")
    async def teams(interaction: discord.Interaction) -> None:
        if await interactions.welcomes(interaction):
            await _show(interaction, overview.teams(_MARKUP, context.teams, context.team))

    @tree.command(name="help", description="Say what Roundtable is and how to use it.")
    async def help_(interaction: discord.Interaction) -> None:
        if await interactions.welcomes(interaction):
            await _show(interaction, _HELP)


def _files(tree: Tree, context: AdapterContext, interactions: Interactions) -> None:
    @tree.command(name="files", description="List the files of this thread's session, or fetch one.")
    @_describe(name="A file to fetch.")
    async def files(interaction: discord.Interaction, name: str | None = None) -> None:
        if not await interactions.welcomes(interaction):
            return
        thread = await interactions.here(interaction)
        if thread is None:
            await tell_privately(interaction, "There is no session here: use this command in the thread of one.")
            return
        await _show(interaction, *await _found_files(context, thread, name, interaction.filesize_limit))

    @files.autocomplete("name")
    async def known_files(interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        thread = await interactions.here(interaction)
        if thread is None or await interactions.unwelcome(interaction):
            return []
        view = await session_at(context.reader, thread)
        found = await context.reader.files(view.id) if view else []
        return _matching((each.file.path for each in found), typed)


async def sync(tree: Tree, kept: Path) -> None:
    """Register the commands if they have changed since they were last registered for this application."""
    application = tree.client.application_id
    commands = [command.to_dict(tree) for command in tree.get_commands()]
    now = hashlib.sha256(json.dumps([application, commands], sort_keys=True).encode()).hexdigest()
    if await asyncio.to_thread(_read, kept) == now:
        return
    try:
        await tree.sync()
    except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
        log.warning("Discord: the commands could not be registered: %s", error)
        return
    await asyncio.to_thread(private.write_text, kept, now)


def _read(path: Path) -> str:
    return path.read_text("ascii") if path.exists() else ""


async def _sessions(context: AdapterContext, interaction: discord.Interaction) -> str:
    """The newest sessions in channels that this person can see."""
    views = [view for view in await context.reader.sessions(1000) if _visible(view, interaction)][:_SESSIONS]
    return _MARKUP.items(map(_line, views)) or "There are no sessions here yet: mention me with a task."


def _visible(view: SessionView, interaction: discord.Interaction) -> bool:
    thread = view.thread
    if thread.platform != PLATFORM or thread.workspace != str(interaction.guild_id or ""):
        return False
    if not thread.workspace:
        return thread.channel == str(interaction.channel_id)
    if interaction.guild is None:
        return False
    opened = interaction.guild.get_thread(int(thread.thread)) if thread.thread.isdecimal() else None
    if opened is not None and opened.is_private():
        return opened.id == interaction.channel_id
    channel, user = interaction.guild.get_channel(int(thread.channel)), interaction.user
    return channel is not None and isinstance(user, discord.Member) and channel.permissions_for(user).view_channel


def _line(view: SessionView) -> str:
    where = f"<#{view.thread.thread}>" if view.thread.thread.isdecimal() else "a thread that is not open yet"
    return f"{where} {escaped(view.title)}: {escaped(session_facts(view))}"


async def _usage(context: AdapterContext, thread: ThreadRef | None) -> str:
    """What this thread's session has used by agent and turn, or what all sessions have cost lately."""
    view = await session_at(context.reader, thread) if thread else None
    if view is None:
        return await overview.usage(context.reader, time.time())
    return escaped(await overview.session_cost(context.reader, view))


async def _found_files(
    context: AdapterContext, thread: ThreadRef, name: str | None, limit: int
) -> tuple[str, discord.File | None]:
    """The files of this thread's session, or one of them."""
    view = await session_at(context.reader, thread)
    found = await context.reader.files(view.id) if view else []
    if name is None or view is None:
        listed = _MARKUP.items(f"{inline(each.file.path)} ({each.file.size:,} bytes)" for each in found[:_FILES])
        more = f"\n… and {len(found) - _FILES} more" if len(found) > _FILES else ""
        return listed + more or "There are no files in this session yet.", None
    for each in found:
        if each.file.path == name:
            return await _file(context, view.id, each, limit)
    return f"There is no file {inline(name)} in this session; `/files` lists them.", None


async def _file(
    context: AdapterContext, session: str, view: FileView, limit: int
) -> tuple[str, discord.File | None]:
    path = context.blob(session, view.file.digest)
    if view.file.size > limit or path is None:
        return f"{inline(view.file.path)} is too large for Discord; it is on Roundtable's page.", None
    data = await asyncio.to_thread(path.read_bytes)
    return inline(view.file.path), discord.File(io.BytesIO(data), view.file.path.rpartition("/")[2])


def _matching(names: Iterable[str], typed: str) -> list[app_commands.Choice[str]]:
    """At most 25 names that contain what is being typed."""
    fit = [name for name in names if typed.lower() in name.lower() and len(name) <= 100]
    return [app_commands.Choice(name=name, value=name) for name in fit[:25]]


async def _show(interaction: discord.Interaction, text: str, file: discord.File | None = None) -> None:
    """Answer this person alone, in one message."""
    (first, *rest) = split(text, 1900)
    shown = f"{first}\n…" if rest else first
    if file is None:
        await interaction.response.send_message(shown, ephemeral=True, suppress_embeds=True)
    else:
        await interaction.response.send_message(shown, ephemeral=True, file=file)
