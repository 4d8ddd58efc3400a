from __future__ import annotations

from dataclasses import replace

from bot.domain.events import CodeBlock
from bot.domain.posts import StatusPost
from bot.domain.turn_results import Ran, RunResult
from bot.domain.views import Version
from bot.domain.workspace_files import Artifact
from bot.store import artifacts, outbox, runs
from bot.store.database import Database
from tests.bot.store.rows import Turns, message, take

DATA = Artifact("data.csv", "d" * 64, 3, "text/csv")
CHART = Artifact("chart.png", "c" * 64, 9, "image/png")
FIRST, SECOND = CodeBlock("python", "one()"), CodeBlock("python", "two()")


async def test_each_version_of_a_file_knows_where_it_came_from(database: Database) -> None:
    session = (await take(database, message())).session
    turns = Turns(database, session)
    await turns.commit(attached=[DATA])
    await database.write(runs.start, session, 2, [FIRST, SECOND], 1.0)
    newer = Artifact("chart.png", "e" * 64, 8, "image/png")
    await turns.commit(
        Ran(
            (
                RunResult(0, "", 1, files=(CHART,), image="sha256:i"),
                RunResult(0, "", 1, files=(newer,), removed=("data.csv",), image="sha256:i"),
            )
        )
    )
    attached, first, second = await database.read(artifacts.versions, session)
    assert attached == Version(DATA, 1, artifacts.ATTACHED)
    assert first == Version(
        CHART, 2, 1, artifacts._sha256("one()"), artifacts.digest({"data.csv": "d" * 64}), "sha256:i"
    )
    both = {"data.csv": "d" * 64, "chart.png": "c" * 64}
    assert (second.file, second.block, second.inputs) == (newer, 2, artifacts.digest(both))


async def test_what_a_turn_has_said_already_is_not_said_again(database: Database) -> None:
    session = (await take(database, message())).session
    one, two = StatusPost("one"), StatusPost("two")
    assert await database.write(outbox.add_once, session, [one], 1, 1.0)
    assert not await database.write(outbox.add_once, session, [one], 1, 1.0)
    assert await database.write(outbox.add_once, session, [one, two], 1, 1.0)
    assert await database.write(outbox.add_once, session, [one], 10, 1.0), "a later message, said anew"


async def test_a_file_knows_the_blocks_whose_variables_its_code_found(database: Database) -> None:
    session = (await take(database, message())).session
    turns = Turns(database, session)

    async def run(turn: int, *results: RunResult) -> None:
        await database.write(runs.start, session, turn, [FIRST, SECOND], 1.0)
        await turns.commit(Ran(results))

    kept = RunResult(0, "", 1, interpreter="a", variables="kept")
    await run(1, kept, RunResult(1, "", 1, interpreter="a", variables="restored"))
    await run(2, replace(kept, files=(CHART,)))
    await run(3, replace(kept, files=(DATA,), interpreter="b"))
    chart, data = await database.read(artifacts.versions, session)
    assert [(each.turn, each.block, each.line, each.undone) for each in chart.builds_on] == [
        (1, 1, "one()", False),
        (1, 2, "two()", True),
    ]
    assert data.builds_on == ()
