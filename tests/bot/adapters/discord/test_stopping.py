"""Every way to stop a team, and what a click or reaction of an earlier day means."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from tests.bot.adapters.discord.harness import harness
from tests.fakes.team import FakeTeams, Held, finished, said
from tests.platforms.discord import Discord
from tests.platforms.discord.people import Person
from tests.platforms.discord.world import Channel, Message

Stops: TypeAlias = Callable[[Person, Channel, Message], Awaitable[None]]


async def _button(who: Person, thread: Channel, _: Message) -> None:
    answer = await who.clicks(await thread.button("Stop"), "Stop")
    assert answer.private
    assert "Stopping the team" in answer.text


async def _command(who: Person, thread: Channel, _: Message) -> None:
    answer = await who.uses(thread, "stop")
    assert answer.private


def _word(text: str) -> Stops:
    async def say(who: Person, thread: Channel, _: Message) -> None:
        who.says(thread, text)

    return say


def _reaction(emoji: str, *, on_task: bool = False) -> Stops:
    async def react(who: Person, thread: Channel, asked: Message) -> None:
        who.reacts(asked if on_task else await thread.reads("I look."), emoji)

    return react


@pytest.mark.parametrize(
    "stops",
    [
        _button,
        _command,
        _word("stop"),
        _word("TERMINATE"),
        _word("@Roundtable stop!"),
        _reaction("🛑"),
        _reaction("❌"),
        _reaction(":terminate:123"),
        _reaction("🛑", on_task=True),
    ],
)
async def test_a_person_stops_the_team(
    server: Discord, ana: Person, ben: Person, tmp_path: Path, stops: Stops
) -> None:
    general = server.channel("analysis")
    held = Held()
    async with harness(server, tmp_path, FakeTeams([said("I look."), held])) as it:
        asked = ana.says(general, "@Roundtable plot it")
        thread = await asked.opens()
        await held.arrived.wait()
        await stops(ben, thread, asked)
        await thread.reads("Stopped by Ben")
        assert (await it.became("ended")).outcome == "stopped"


async def test_a_reaction_on_the_card_stops_as_well(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    held = Held()
    async with harness(server, tmp_path, FakeTeams([held])):
        thread = await ana.says(general, "@Roundtable plot it").opens()
        ana.reacts(await thread.button("Stop"), "🛑")
        await thread.reads("Stopped by Ana")


async def test_other_reactions_and_other_messages_stop_nothing(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    held = Held(finished())
    async with harness(server, tmp_path, FakeTeams([held])) as it:
        aside = ana.says(general, "by the way")
        thread = await ana.says(general, "@Roundtable plot it").opens()
        await held.arrived.wait()
        ana.reacts(aside, "🛑")
        ana.reacts(await thread.button("Stop"), "👍")
        held.released.set()
        await thread.reads("Finished")
        assert (await it.session()).outcome == "finished"


async def test_the_button_works_after_a_restart(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    held = Held()
    teams = FakeTeams([held])
    async with harness(server, tmp_path, teams):
        thread = await ana.says(general, "@Roundtable plot it").opens()
        card = await thread.button("Stop")
        await held.arrived.wait()
    held.arrived.clear()
    async with harness(server, tmp_path, teams):
        await held.arrived.wait()
        await ana.clicks(card, "Stop")
        await thread.reads("Stopped by Ana")
    assert sum("Stop" in message.buttons for message in thread.said) <= 1


async def test_a_button_of_an_earlier_run_stops_nothing(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    held = Held(finished())
    async with harness(server, tmp_path, FakeTeams([finished(), held])) as it:
        thread = await ana.says(general, "@Roundtable plot it").opens()
        card = await thread.button("Stop")
        stop = card.buttons["Stop"]
        await thread.reads("Finished")
        ended = await ana.presses(card, stop).answer()
        ana.says(thread, "again")
        await held.arrived.wait()
        stale = await ana.presses(card, stop).answer()
        held.released.set()
        await thread.reads("Finished", times=2)
        assert (await it.session()).outcome == "finished"
    for answer in (ended, stale):
        assert answer.private
        assert "nothing was stopped" in answer.text


async def test_the_same_reaction_stops_a_later_run_too(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    first, second = Held(), Held()
    async with harness(server, tmp_path, FakeTeams([first, second])):
        asked = ana.says(general, "@Roundtable plot it")
        thread = await asked.opens()
        await first.arrived.wait()
        ana.reacts(asked, "🛑")
        await thread.reads("Stopped by Ana")
        ana.unreacts(asked, "🛑")
        first.released.set()
        ana.says(thread, "go on")
        await second.arrived.wait()
        ana.reacts(asked, "🛑")
        await thread.reads("Stopped by Ana", times=2)


async def test_there_must_be_something_to_stop(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    async with harness(server, tmp_path, FakeTeams([])):
        answer = await ana.uses(general, "stop")
        ana.says(general, "@Roundtable stop")
        await ana.dm.reads("no session here to stop")
    assert answer.private
    assert "no session here to stop" in answer.text


async def test_a_program_that_reacts_stops_nothing(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    poll = server.person("Poll")
    poll.user.bot = True
    held = Held()
    async with harness(server, tmp_path, FakeTeams([held, finished()])) as it:
        asked = ana.says(general, "@Roundtable plot it")
        thread = await asked.opens()
        await held.arrived.wait()
        poll.reacts(asked, "❌")
        last = ana.says(thread, "quickly")
        await it.hears(last)
        held.released.set()
        await thread.reads("Finished")
        assert (await it.session()).outcome == "finished"
