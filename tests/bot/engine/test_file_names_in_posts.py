"""What a thread shows where an agent has written a link to a file."""

from __future__ import annotations

from pathlib import Path

from bot.domain.events import RemoteFile
from bot.domain.posts import CodePost
from tests.bot.engine.harness import THREAD, harness
from tests.fakes.chat import FakeChat
from tests.fakes.scripted_sandbox import Does, ScriptedSandboxes
from tests.fakes.team import FakeTeams, asks, code, finished, said


async def test_links_to_files_come_to_the_thread_as_names_or_plain_text(
    tmp_path: Path, sandboxes: ScriptedSandboxes
) -> None:
    sandboxes.programs["draw()"] = Does(files={"chart.png": b"x"})
    teams = FakeTeams(
        [
            said("I read [it](sandbox:/mnt/data/sales.csv)."),
            code("draw()"),
            asks("Is [the chart](sandbox:/mnt/data/chart.png) right, or /mnt/data/no.png?"),
            finished("Here: ![Sales](attachment://chart.png), [the table](sandbox:/mnt/data/table.csv)."),
        ]
    )
    chat = FakeChat(files={"f": b"a\n1\n"})
    async with harness(tmp_path, teams, chat=chat, sandboxes=sandboxes) as it:
        await it.say("Draw it", files=[RemoteFile("sales.csv", 4, "f")])
        await it.rest()
        await it.talk("Yes.")
        thread = "\n".join(it.thread())
    assert "I read it (`sales.csv`)." in thread
    assert "asks: Is the chart (`chart.png`) right, or no.png?" in thread
    assert "Here: Sales (`chart.png`), the table." in thread
    assert "mnt/data" not in thread
    assert "attachment:" not in thread


async def test_code_is_shown_as_it_runs(tmp_path: Path, sandboxes: ScriptedSandboxes) -> None:
    teams = FakeTeams([code("save('/mnt/data/x.png')"), finished()])
    async with harness(tmp_path, teams, sandboxes=sandboxes) as it:
        await it.talk("Go")
        (post,) = [post for post in it.chat.posts(THREAD) if isinstance(post, CodePost)]
    assert "save('/mnt/data/x.png')" in post.text
    assert sandboxes.ran == ["save('/mnt/data/x.png')"]
