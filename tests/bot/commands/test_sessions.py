"""`roundtable sessions`, over tables that were written before."""

from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console

from bot.commands.sessions import provenance
from bot.domain.events import CodeBlock
from bot.domain.turn_results import Code, Ran, RunResult, Usage
from bot.domain.workspace_files import Artifact
from bot.settings import load
from bot.store import runs
from bot.store.database import Database
from tests.bot.store.rows import Turns, message, take

WROTE, MINE = CodeBlock("python", "one()"), CodeBlock("python", "two()")


async def test_provenance_says_which_model_wrote_the_code_of_a_file(tmp_path: Path) -> None:
    settings = load(None, roundtable_work_dir=tmp_path)
    async with Database(settings.database_url) as database:
        session = (await take(database, message())).session
        turns = Turns(database, session)
        # The first attempt may have been paid; the last one brought the code.
        attempts = [Usage("coder", "openai/first", 1, 1), Usage("coder", "openai/second", 1, 1)]
        await turns.commit(Code("```python\none()\n```", (WROTE,)), costs=[(usage, 0.1) for usage in attempts])
        await database.write(runs.start, session, 2, [WROTE, MINE], 1.0)
        made = [Artifact(f"{name}.png", "c" * 64, 9, "image/png") for name in ("a", "b")]
        results = (RunResult(0, "", 1, files=(file,), interpreter="i", variables="kept") for file in made)
        await turns.commit(Ran(tuple(results)))

    screen = io.StringIO()
    await provenance(settings, session, Console(file=screen, width=200))
    rows = [line.split("  ") for line in screen.getvalue().splitlines()]
    cells = [[cell.strip() for cell in row if cell.strip()] for row in rows]

    head = ["turn", "block", "file", "content", "code", "model", "workspace before", "builds on", "image"]
    assert cells[0] == head
    assert [(row[2], row[5]) for row in cells[1:]] == [
        ("a.png", "openai/second"),
        ("b.png", "changed by a person"),
    ]
    assert [row[7:] for row in cells[1:]] == [[], ["2.1"]]
