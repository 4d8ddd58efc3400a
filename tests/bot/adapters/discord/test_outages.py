"""Discord fails while something is heard, not said: what people did is taken in all the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.domain.policy import ADMIN, Policy
from tests.bot.adapters.discord.harness import harness
from tests.fakes.team import FakeTeams, Held, asks, finished
from tests.platforms.discord import Discord, permissions
from tests.platforms.discord.faults import Cut, Fault, Hold, Status, TooMany
from tests.platforms.discord.people import Person
from tests.platforms.discord.world import THREAD, Channel

_TOO_LONG = TooMany(60)
"""More than discord.py is allowed to wait in silence: it raises."""


@pytest.mark.parametrize("fault", [Status(503), Cut(after=False), TooMany(via=False)], ids=str)
async def test_what_was_missed_is_read_back_once_discord_answers(
    server: Discord, general: Channel, ana: Person, tmp_path: Path, fault: Fault
) -> None:
    teams = FakeTeams([asks("Which?"), finished()])
    async with harness(server, tmp_path, teams) as it:
        thread = await ana.says(general, "@Roundtable go").opens()
        await it.became("waiting")
    ana.says(thread, "the first")
    server.faults.add(rf"GET .*/channels/{thread.id}/messages$", fault)
    async with harness(server, tmp_path, teams):
        await thread.reads("Finished")
    assert teams.heard == [["go"], ["the first"]]


async def test_a_thread_that_must_wait_does_not_delay_others(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    teams = FakeTeams([asks("Which?"), finished()])
    async with harness(server, tmp_path, teams):
        threads = [await ana.says(general, f"@Roundtable go {number}").opens() for number in range(2)]
        for thread in threads:
            await thread.reads("Which?")
    for thread in threads:
        ana.says(thread, "the first")
    server.faults.always(rf"GET .*/channels/{threads[0].id}/messages$", _TOO_LONG)
    async with harness(server, tmp_path, teams):
        await threads[1].reads("Finished")


async def test_more_messages_than_one_page_has_are_read_back_in_order(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    held = Held()
    teams = FakeTeams([asks("Which?"), held, finished()])
    async with harness(server, tmp_path, teams) as it:
        thread = await ana.says(general, "@Roundtable go").opens()
        await it.became("waiting")
    for number in range(612):
        last = ana.says(thread, f"line {number}")
    async with harness(server, tmp_path, teams) as it:
        await held.arrived.wait()
        await it.hears(last)
        held.released.set()
        await thread.reads("Finished")
    said = [text for heard in teams.heard[1:] for text in heard]
    assert said == [f"line {number}" for number in range(612)]


async def test_who_was_refused_is_told_so_once_across_restarts(
    server: Discord, general: Channel, ana: Person, ben: Person, tmp_path: Path
) -> None:
    role = server.role("team", ana)
    policy = Policy.model_validate({"allow": {"start": [str(role.id)], "steer": [str(role.id)]}})
    teams = FakeTeams([asks("Which?"), finished()])
    async with harness(server, tmp_path, teams, policy=policy) as it:
        thread = await ana.says(general, "@Roundtable go").opens()
        await it.became("waiting")
        ben.says(thread, "@Roundtable the second")
        await ben.dm.reads("You may not")
    async with harness(server, tmp_path, teams, policy=policy):
        ana.says(thread, "the first")
        await thread.reads("Finished")
    assert len(ben.dm.texts) == 1


@pytest.mark.parametrize("fault", [Status(503), Cut(after=False)], ids=str)
async def test_a_mention_counts_when_earlier_messages_cannot_be_read(
    server: Discord, general: Channel, ana: Person, tmp_path: Path, fault: Fault
) -> None:
    teams = FakeTeams([finished()])
    talk = server.world.channel(THREAD, "May", general.guild, parent=general.id, owner=ana.user)
    ana.says(talk, "Sales fell in May.")
    async with harness(server, tmp_path, teams):
        server.faults.add(rf"GET .*/channels/{talk.id}/messages$", fault)
        ana.says(talk, "@Roundtable why?")
        await talk.reads("Finished")
    assert teams.heard == [["why?"]]


@pytest.mark.parametrize("fault", [Status(503), Cut(after=False)], ids=str)
async def test_in_private_somebody_is_looked_up_again_when_that_failed(
    server: Discord, tmp_path: Path, fault: Fault
) -> None:
    boss = server.person("Boss", permissions.MANAGE_GUILD)
    async with harness(server, tmp_path, FakeTeams([finished()]), starters=(ADMIN,)):
        server.faults.add("GET .*/members/", fault)
        boss.says(boss.dm, "go")
        await boss.dm.reads("Finished")
    assert not any("You may not" in text for text in boss.dm.texts)


async def test_in_direct_messages_all_servers_are_asked_at_once(
    server: Discord, ana: Person, tmp_path: Path
) -> None:
    elsewhere = server.add_guild("Elsewhere")
    elsewhere.members[ana.user.id] = set()
    answers = [Hold(), Hold()]
    async with harness(server, tmp_path, FakeTeams([finished()])):
        server.faults.add("GET .*/members/", *answers)
        ana.tries(ana.dm, "ask", task="go")
        for answer in answers:
            await answer.arrived.wait()
        for answer in answers:
            answer.released.set()
        await ana.dm.reads("Finished")


async def test_a_stop_by_reaction_in_private_needs_no_look_up(
    server: Discord, ana: Person, tmp_path: Path
) -> None:
    held = Held()
    async with harness(server, tmp_path, FakeTeams([held])):
        asked = ana.says(ana.dm, "go")
        await held.arrived.wait()
        server.faults.always("GET .*/(users|members)/", Status(503))
        ana.reacts(asked, "🛑")
        await ana.dm.reads("Stopped by")


@pytest.mark.parametrize("fault", [_TOO_LONG, Cut(after=False)], ids=str)
async def test_commands_that_must_wait_do_not_keep_the_bot_away(
    server: Discord, general: Channel, ana: Person, tmp_path: Path, fault: Fault
) -> None:
    server.faults.always("PUT .*/commands", fault)
    async with harness(server, tmp_path, FakeTeams([finished()])):
        await (await ana.says(general, "@Roundtable go").opens()).reads("Finished")
    server.faults.clear()
    async with harness(server, tmp_path, FakeTeams([])):
        await server.world.until(lambda: server.rest.interactions.synced == 1)


@pytest.mark.parametrize("fault", [Status(503), Cut(after=False)], ids=str)
async def test_a_reply_by_command_is_shown_although_its_answer_failed(
    server: Discord, general: Channel, ana: Person, tmp_path: Path, fault: Fault
) -> None:
    teams = FakeTeams([asks("Which?"), finished()])
    async with harness(server, tmp_path, teams) as it:
        thread = await ana.says(general, "@Roundtable go").opens()
        await it.became("waiting")
        server.faults.add("POST .*/callback", fault)
        ana.tries(thread, "reply", text="the first")
        await thread.reads("**Ana**:\nthe first")
        await thread.reads("Finished")
    assert teams.heard == [["go"], ["the first"]]


async def test_a_person_is_no_admin_here_for_a_role_elsewhere(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    elsewhere = server.add_guild("Elsewhere")
    eve = server.person("Eve", permissions.MANAGE_GUILD, elsewhere)
    server.guild.members[eve.user.id] = set()
    policy = Policy.model_validate({"allow": {"start": ["everyone"], "steer": ["starter", "admin"]}})
    teams = FakeTeams([asks("Which?"), finished()])
    async with harness(server, tmp_path, teams, policy=policy) as it:
        thread = await ana.says(general, "@Roundtable go").opens()
        await it.became("waiting")
    eve.says(thread, "@Roundtable send me everything")
    async with harness(server, tmp_path, teams, policy=policy):
        await eve.dm.reads("You may not")
        ana.says(thread, "the first")
        await thread.reads("Finished")
    assert teams.heard == [["go"], ["the first"]]
