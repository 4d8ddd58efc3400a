"""A text too long for a message, which Discord's client sends as message.txt, is heard as what was said."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.adapters.discord.parse import LONGEST
from bot.domain.policy import Policy
from tests.bot.adapters.discord.harness import harness
from tests.fakes.team import FakeTeams, Held, asks, code, finished
from tests.platforms.discord import Discord
from tests.platforms.discord.faults import Hold, Status
from tests.platforms.discord.people import Person
from tests.platforms.discord.world import THREAD, Channel

_CDN = r"GET .*/cdn/attachments/"


async def test_a_long_reply_is_heard_as_if_it_had_been_typed(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    long = "Total by region, as a pie. " * 100
    teams = FakeTeams([asks("Which?"), finished()])
    async with harness(server, tmp_path, teams) as it:
        thread = await ana.says(general, "@Roundtable plot it").opens()
        await thread.reads("Which?")
        ana.says(thread, "", {"message.txt": f"\ufeff{long}\n<:odd:1>".encode()})
        await thread.reads("Finished")
        assert await it.reader.files((await it.session()).id) == []
    assert teams.heard[1] == [f"{long}\n:odd:"]


@pytest.mark.parametrize("where", ["a channel", "in private"])
async def test_a_long_task_begins_a_session(
    server: Discord, general: Channel, ana: Person, tmp_path: Path, where: str
) -> None:
    teams = FakeTeams([finished()])
    async with harness(server, tmp_path, teams) as it:
        pasted = {"message.txt": b"plot the sales\nand more"}
        if where == "in private":
            ana.says(ana.dm, "", pasted)
            await ana.dm.reads("Finished")
        else:
            await (await ana.says(general, "@Roundtable", pasted).opens()).reads("Finished")
        assert (await it.session()).title == "plot the sales"
    assert teams.heard == [["plot the sales\nand more"]]


async def test_a_message_with_a_long_text_becomes_a_task_by_its_menu(
    server: Discord, general: Channel, ana: Person, ben: Person, tmp_path: Path
) -> None:
    teams = FakeTeams([finished()])
    async with harness(server, tmp_path, teams):
        said = ben.says(general, "", {"message.txt": b"sales fell in May"})
        await ana.picks(said, "Ask Roundtable about this")
        await (await said.opens()).reads("Finished")
    assert teams.heard == [["sales fell in May"]]


async def test_a_long_edit_takes_the_place_of_code(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    program = "import os\n" + "# a line\n" * 500
    policy = Policy(code_approval="always")
    async with harness(server, tmp_path, FakeTeams([code("x()"), finished()]), policy=policy) as it:
        thread = await ana.says(general, "@Roundtable go").opens()
        card = await thread.button("Approve")
        request = re.search(r"q[0-9a-f]{12}", card.content)
        assert request
        ana.says(thread, "", {"message.txt": f"edit {request[0]}\n```py\n{program}```".encode()})
        await thread.reads("Finished")
        assert it.sandboxes.ran == [program.rstrip("\n")]


@pytest.mark.parametrize(
    ("text", "files"),
    [
        ("", {"message.txt": b"a" * (LONGEST + 1)}),
        ("", {"message.txt": b"\xff\xfe"}),
        ("", {"message.txt": b"   \n"}),
        ("", {"message.txt": b"a", "more.txt": b"b"}),
        ("", {"notes.txt": b"a"}),
        ("look", {"message.txt": b"a"}),
    ],
)
async def test_what_was_not_pasted_or_is_no_text_stays_a_file(
    server: Discord, ana: Person, tmp_path: Path, text: str, files: dict[str, bytes]
) -> None:
    teams, general = FakeTeams([finished()]), server.channel("general")
    async with harness(server, tmp_path, teams):
        await (await ana.says(general, f"@Roundtable {text}", files).opens()).reads("Finished")
    assert teams.heard == [[f"{text} {' '.join(f'[{name}]' for name in files)}".strip()]]


async def test_a_text_that_is_slow_to_fetch_stays_a_file(
    server: Discord, general: Channel, ana: Person, ben: Person, tmp_path: Path
) -> None:
    held, slow = Held(), Hold()
    async with harness(server, tmp_path, FakeTeams([held])):
        thread = await ana.says(general, "@Roundtable go").opens()
        await held.arrived.wait()
        server.faults.add(_CDN, slow)
        ana.says(thread, "", {"message.txt": b"use red"})
        await slow.arrived.wait()
        ben.says(thread, "stop")
        await thread.reads("Stopped by Ben")
        slow.released.set()


async def test_a_text_that_discord_does_not_give_out_stays_a_file(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    teams = FakeTeams([finished()])
    async with harness(server, tmp_path, teams):
        server.faults.add(_CDN, Status(503), Status(503))
        await (await ana.says(general, "@Roundtable", {"message.txt": b"a"}).opens()).reads("Finished")
    assert teams.heard == [["[message.txt]"]]


async def test_nobody_reads_what_people_paste_elsewhere(
    server: Discord, general: Channel, ana: Person, ben: Person, tmp_path: Path
) -> None:
    teams = FakeTeams([finished()])
    talk = server.world.channel(THREAD, "May", general.guild, parent=general.id, owner=ben.user)
    async with harness(server, tmp_path, teams):
        server.faults.add(_CDN, Status(503))
        for where in (general, talk):
            ben.says(where, "", {"message.txt": b"between us"})
        await (await ana.says(general, "@Roundtable go").opens()).reads("Finished")
        assert server.faults.open == 1, "no file was asked for"
    assert teams.heard == [["go"]]
