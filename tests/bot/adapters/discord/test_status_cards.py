"""The status card and the typing: fleeting, never in the way, never too often."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.bot.adapters.discord.harness import harness
from tests.fakes.team import FakeTeams, Held, asks, finished, said
from tests.platforms.discord import Discord
from tests.platforms.discord.faults import Status
from tests.platforms.discord.people import Person
from tests.platforms.discord.world import Channel


async def test_a_card_shows_who_is_at_work_and_how_it_stands(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    held = Held(asks("Which?"))
    async with harness(server, tmp_path, FakeTeams([held, finished()])):
        thread = await ana.says(general, "@Roundtable go").opens()
        card = await thread.reads("**assistant** is at work · 0 turns")
        assert list(card.buttons) == ["Stop"]
        await server.world.until(lambda: thread.typing > 0)
        held.released.set()
        await thread.reads("waiting for your answer · 1 turn · $0.5000")
        ana.says(thread, "the first")
        await thread.reads("pair: finished · 2 turns · $1.0000")
    assert sum("pair:" in text for text in thread.texts) == 1
    assert card.buttons == {}


async def test_a_card_says_whom_the_team_has_heard(
    server: Discord, general: Channel, ana: Person, ben: Person, tmp_path: Path
) -> None:
    held = Held(finished())
    async with harness(server, tmp_path, FakeTeams([held])):
        thread = await ana.says(general, "@Roundtable go").opens()
        await thread.reads("**assistant** is at work")
        ben.says(thread, "in blue")
        await thread.reads("**assistant** will read Ben's message after this turn · 0 turns")
        held.released.set()


async def test_a_card_says_how_many_are_ahead(
    server: Discord, general: Channel, ana: Person, ben: Person, tmp_path: Path
) -> None:
    held = Held(finished())
    async with harness(server, tmp_path, FakeTeams([held]), at_once=1):
        await ana.says(general, "@Roundtable go").opens()
        await held.arrived.wait()
        thread = await ben.says(general, "@Roundtable go too").opens()
        shown = await thread.button("Stop")
        await server.world.until(
            lambda: "is waiting for a free sandbox (0 ahead)" in shown.content.replace("\\", "")
        )
        held.released.set()


async def test_a_card_is_edited_at_most_once_a_second(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    async with harness(server, tmp_path, FakeTeams([*(said(f"{number}") for number in range(15)), finished()])):
        began = asyncio.get_running_loop().time()
        thread = await ana.says(general, "@Roundtable go").opens()
        card = await thread.reads("pair: finished")
        took = asyncio.get_running_loop().time() - began
    assert card.edits <= took + 1


async def test_nobody_types_while_the_team_waits(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    async with harness(server, tmp_path, FakeTeams([asks("Which?")])) as it:
        thread = await ana.says(general, "@Roundtable go").opens()
        await it.became("waiting")
        await thread.reads("waiting for your answer")
        typed = thread.typing
        await asyncio.sleep(1.5)
        assert thread.typing == typed


async def test_a_card_that_cannot_be_shown_is_in_nobodys_way(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    server.faults.always("PATCH .*/messages/", Status(503))
    server.faults.always("POST .*/typing", Status(503))
    async with harness(server, tmp_path, FakeTeams([said("I look."), finished()])):
        thread = await ana.says(general, "@Roundtable go").opens()
        await thread.reads("Finished")
        assert "**assistant**\nI look." in thread.texts


async def test_a_card_older_than_an_hour_is_replaced_by_a_new_one(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    held = Held(finished())
    server.world.long_ago(4000)
    async with harness(server, tmp_path, FakeTeams([asks("Which?"), held])) as it:
        thread = await ana.says(general, "@Roundtable go").opens()
        old = await thread.button("Stop")
        await it.became("waiting")
        edits = old.edits
        server.world.long_ago(0)
        ana.says(thread, "the first")
        await held.arrived.wait()
        await server.world.until(lambda: thread.said[-1] is not old and "Stop" in thread.said[-1].buttons)
        new = thread.said[-1]
        held.released.set()
        await thread.reads("pair: finished")
    assert old.edits == edits
    assert new.edits


async def test_a_card_that_a_person_deleted_is_missed_by_nobody(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    held = Held(said("I look."))
    async with harness(server, tmp_path, FakeTeams([held, finished()])):
        thread = await ana.says(general, "@Roundtable go").opens()
        server.rest.messages.delete(await thread.button("Stop"))
        held.released.set()
        await thread.reads("Finished")


async def test_quick_answers_edit_a_card_no_more_often(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    rounds = 8
    async with harness(server, tmp_path, FakeTeams([*(asks(f"{n}?") for n in range(rounds)), finished()])):
        began = asyncio.get_running_loop().time()
        thread = await ana.says(general, "@Roundtable go").opens()
        card = await thread.button("Stop")
        for number in range(rounds):
            await thread.reads(f"{number}?")
            ana.says(thread, "yes")
        await thread.reads("Finished")
        edits, took = card.edits, asyncio.get_running_loop().time() - began
        await thread.reads("pair: finished")
    assert edits <= took + 1
