"""`roundtable sessions`: reads the tables, also beside a Roundtable that runs, and deletes."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Column, Table

from bot import app
from bot.adapters.console.show import clean
from bot.adapters.console.terminal import save_files
from bot.commands.run import feed_of
from bot.domain.errors import BadInput, OperatorError
from bot.domain.turn_results import EarlierBlock
from bot.domain.views import FileView
from bot.settings import Settings

_SHOWN = 12
"""Characters of a digest."""


async def save(settings: Settings, session_id: str, out: Path, console: Console) -> None:
    """Copy what a session's code made into a folder."""
    async with app.base(settings) as base:
        await app.known(base, session_id)
        await save_files(await base.reader.files(session_id), partial(_read, base, session_id), out, console)


async def delete(settings: Settings, session_id: str, console: Console) -> None:
    """Delete a session with everything in it, here or in the process that works on it."""
    async with feed_of(settings) as feed:
        try:
            await feed.delete(session_id)
        except BadInput as error:
            raise OperatorError(str(error)) from None
    console.print(f"Session {session_id} is deleted.", markup=False)


async def notebook(settings: Settings, session_id: str, out: Path, console: Console) -> None:
    """Write a session's notebook as it is now into a folder."""
    async with app.base(settings) as base:
        await app.known(base, session_id)
        made = await app.notebooks(base).as_it_is_now(session_id)
        if made is None:
            raise OperatorError(f"No code was run in session {session_id}, so there is nothing for a notebook.")
        view = FileView(made, 0, attached=False)
        await save_files([view], partial(_read, base, session_id), out, console)


async def provenance(settings: Settings, session_id: str, console: Console) -> None:
    """Print where every version of every file came from."""
    # A narrow terminal may cut digests, never the name of a file.
    name = Column("file", no_wrap=True)
    table = Table(
        "turn", "block", name, "content", "code", "model", "workspace before", "builds on", "image", box=None
    )
    async with app.base(settings) as base:
        await app.known(base, session_id)
        for it in await base.reader.versions(session_id):
            block = str(it.block) if it.block else "attached"
            image = it.image.removeprefix("sha256:")
            content, code, inputs, image = (
                digest[:_SHOWN] for digest in (it.file.digest, it.code, it.inputs, image)
            )
            model = clean(it.model) if it.model or not it.block else "changed by a person"
            earlier = ", ".join(map(_place, it.builds_on))
            table.add_row(str(it.turn), block, clean(it.file.path), content, code, model, inputs, earlier, image)
    console.print(table)


def _place(block: EarlierBlock) -> str:
    """Where a block ran: its turn, and its number there."""
    return f"{block.turn}.{block.block}{' undone' if block.undone else ''}"


async def listed(settings: Settings, console: Console) -> None:
    """Print the newest sessions."""
    table = Table("session", "status", "team", "turns", "task", box=None)
    async with app.base(settings) as base:
        for view in await base.reader.sessions():
            status = view.outcome if view.status == "ended" and view.outcome else view.status
            table.add_row(view.id, status, view.team, str(view.turns), clean(view.title))
    console.print(table)


async def _read(base: app.Base, session_id: str, view: FileView) -> bytes:
    path = base.blob(session_id, view.file.digest)
    if path is None:
        raise OperatorError(f"The bytes of {view.file.path} are no longer in the work directory.")
    return await asyncio.to_thread(path.read_bytes)
