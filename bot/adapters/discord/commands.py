"""The commands that Discord shows; they are registered only when they have changed."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from pathlib import Path

import aiohttp
import discord
from discord import app_commands

from bot.adapters.discord import answers
from bot.adapters.discord.context import AdapterContext, session_at
from bot.adapters.discord.interactions import Interactions, broken, whisper
from bot.files import private

log = logging.getLogger(__name__)

MENU = "Ask Roundtable about this"
_describe = app_commands.describe


class Tree(app_commands.CommandTree[discord.Client]):
    """All commands, in servers and in private; a failure is told to whoever used one."""

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
        return answers.choices(context.teams, typed)

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
            await answers.show(interaction, await answers.sessions(context, interaction))

    @tree.command(name="usage", description="Show what the agents have used.")
    async def usage(interaction: discord.Interaction) -> None:
        if await interactions.welcomes(interaction):
            await answers.show(interaction, await answers.usage(context, await interactions.here(interaction)))


def _about(tree: Tree, context: AdapterContext, interactions: Interactions) -> None:
    @tree.command(name="teams", description="List the teams.")
    async def teams(interaction: discord.Interaction) -> None:
        if await interactions.welcomes(interaction):
            await answers.show(interaction, answers.teams(context))

    @tree.command(name="help", description="Say what Roundtable is and how to use it.")
    async def help_(interaction: discord.Interaction) -> None:
        if await interactions.welcomes(interaction):
            await answers.show(interaction, answers.HELP)


def _files(tree: Tree, context: AdapterContext, interactions: Interactions) -> None:
    @tree.command(name="files", description="List the files of this thread's session, or fetch one.")
    @_describe(name="A file to fetch.")
    async def files(interaction: discord.Interaction, name: str | None = None) -> None:
        if not await interactions.welcomes(interaction):
            return
        thread = await interactions.here(interaction)
        if thread is None:
            await whisper(interaction, "There is no session here: use this command in the thread of one.")
            return
        await answers.show(interaction, *await answers.files(context, thread, name, interaction.filesize_limit))

    @files.autocomplete("name")
    async def known_files(interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        thread = await interactions.here(interaction)
        if thread is None or await interactions.unwelcome(interaction):
            return []
        view = await session_at(context, thread)
        found = await context.reader.files(view.id) if view else []
        return answers.choices((each.file.path for each in found), typed)


async def sync(tree: Tree, kept: Path) -> None:
    """Register the commands, unless they are as they were the last time for this application."""
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
