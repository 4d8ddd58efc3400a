"""Answers about sessions, teams, files and costs, for one person."""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import Iterable

import discord

from bot.adapters.discord.context import PLATFORM, AdapterContext, session_at
from bot.adapters.discord.markdown import escaped, inline
from bot.adapters.discord.split import split
from bot.domain.budgets import DAY
from bot.domain.events import ThreadRef
from bot.domain.posts import CostLine
from bot.domain.views import FileView, SessionView

_SESSIONS = 15
_FILES = 40
HELP = """**Roundtable**: a team of agents that write code, run it in a sandbox and show you the result.
- Mention me with a task, or use `/ask`; attach files to either. I open a thread and the team works there.
- Reply in the thread to answer or to steer; `/reply` does the same.
- `stop`, 🛑, the button or `/stop` ends the team's work at once; a reply goes on from there.
- `mute` lets you talk among yourselves, `unmute` ends that; a message that begins with `aside` is not heard.
- `NAME: task` chooses a team, `/teams` lists them. `/sessions`, `/files` and `/usage` show what there is.
- In a message's menu: Apps → Ask Roundtable about this."""


async def sessions(context: AdapterContext, interaction: discord.Interaction) -> str:
    """The newest sessions in channels that this person can see."""
    views = [view for view in await context.reader.sessions(1000) if _visible(view, interaction)][:_SESSIONS]
    return "\n".join(_line(view) for view in views) or "There are no sessions here yet: mention me with a task."


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
    where = f"<#{view.thread.thread}>" if view.thread.thread.isdecimal() else "a thread to come"
    cost = "" if not view.cost else f", ${view.cost:.4f}"
    return f"- {where} {escaped(view.title)}: {view.outcome or view.status}, {view.turns} turns{cost}"


def teams(context: AdapterContext) -> str:
    """The teams, the default one marked."""
    return "\n".join(
        f"- **{escaped(name)}**{' (default)' if name == context.team else ''}: {escaped(text)}"
        for name, text in context.teams.items()
    )


async def usage(context: AdapterContext, thread: ThreadRef | None) -> str:
    """What this thread's session has used by agent and turn, or what all sessions have cost lately."""
    view = await session_at(context, thread) if thread else None
    if view is None:
        today, month = [_money(await context.reader.cost_since(time.time() - days * DAY)) for days in (1, 30)]
        return f"All sessions: {today} in the last 24 hours, {month} in the last 30 days."
    spent = await context.reader.where_it_went(view.id)
    lines = [_line_of(line) for line in (spent.total, *spent.agents, *spent.turns)]
    return "\n".join([f"**{escaped(view.title)}**: {view.turns} turns", *lines])


def _line_of(line: CostLine) -> str:
    return f"- {escaped(line.name)}: {line.calls:,} calls, {line.tokens:,} tokens, {_money(line.cost)}"


def _money(cost: float | None) -> str:
    return "at an unknown price" if cost is None else f"${cost:.4f}"


async def files(
    context: AdapterContext, thread: ThreadRef, name: str | None, limit: int
) -> tuple[str, discord.File | None]:
    """The files of this thread's session, or one of them."""
    view = await session_at(context, thread)
    found = await context.reader.files(view.id) if view else []
    if name is None or view is None:
        lines = [f"- {inline(each.file.path)} ({each.file.size:,} bytes)" for each in found[:_FILES]]
        more = [f"… and {len(found) - _FILES} more"] if len(found) > _FILES else []
        return "\n".join(lines + more) or "There are no files in this session yet.", None
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


def choices(names: Iterable[str], typed: str) -> list[discord.app_commands.Choice[str]]:
    """At most 25 names that fit what is being typed."""
    fit = [name for name in names if typed.lower() in name.lower() and len(name) <= 100]
    return [discord.app_commands.Choice(name=name, value=name) for name in fit[:25]]


async def show(interaction: discord.Interaction, text: str, file: discord.File | None = None) -> None:
    """Answer this person alone, in one message."""
    (first, *rest) = split(text, 1900)
    shown = f"{first}\n…" if rest else first
    if file is None:
        await interaction.response.send_message(shown, ephemeral=True, suppress_embeds=True)
    else:
        await interaction.response.send_message(shown, ephemeral=True, file=file)
