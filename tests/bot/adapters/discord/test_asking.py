"""The ways to give a task: a mention, the bot's role, a command, a message's menu, a direct message."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.domain.policy import ADMIN, Policy
from tests.bot.adapters.discord.harness import harness
from tests.fakes.team import FakeTeams, Held, asks, finished, said
from tests.platforms.discord import Discord, permissions
from tests.platforms.discord.faults import Cut, Status
from tests.platforms.discord.people import Person
from tests.platforms.discord.world import DM, NEWS, TEXT, THREAD, VOICE, Channel


async def test_the_role_that_discord_made_for_the_bot_names_it_too(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    teams = FakeTeams([finished()])
    async with harness(server, tmp_path, teams):
        thread = await ana.says(general, "plot it, @&Roundtable please").opens()
        await thread.reads("Finished")
    assert teams.heard == [["plot it, please"]]


async def test_talk_in_a_channel_is_not_heard(
    server: Discord, general: Channel, ana: Person, ben: Person, tmp_path: Path
) -> None:
    teams = FakeTeams([finished()])
    async with harness(server, tmp_path, teams) as it:
        ana.says(general, "lunch?")
        ana.says(general, f"<@{ben.user.id}> stop")
        await (await ana.says(general, "@Roundtable go").opens()).reads("Finished")
        assert len(await it.reader.sessions()) == 1
    assert teams.heard == [["go"]]


async def test_what_programs_say_is_not_heard(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    other = server.person("Other")
    other.user.bot = True
    teams = FakeTeams([finished()])
    async with harness(server, tmp_path, teams) as it:
        other.says(general, "@Roundtable do it")
        await (await ana.says(general, "@Roundtable go").opens()).reads("Finished")
        assert len(await it.reader.sessions()) == 1


async def test_names_in_a_task_are_spelt_out(
    server: Discord, general: Channel, ana: Person, ben: Person, tmp_path: Path
) -> None:
    teams = FakeTeams([finished()])
    text = f"@Roundtable compare <@{ben.user.id}> with <#{general.id}> <:chart:123>"
    async with harness(server, tmp_path, teams):
        await (await ana.says(general, text).opens()).reads("Finished")
    assert teams.heard == [["compare @Ben with #general :chart:"]]


async def test_a_command_opens_a_thread_named_after_the_task(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    teams = FakeTeams([finished()], known={"pair": "two agents", "crew": "four agents"})
    async with harness(server, tmp_path, teams) as it:
        assert await ana.completes(general, "ask", "team", "cr") == ["crew"]
        answer = await ana.uses(general, "ask", task="plot it", team="crew", file=("sales.csv", b"a,b\n1,2\n"))
        assert answer.response is not None
        thread = await answer.response.opens()
        await thread.reads("Finished")
        view = await it.session()
    assert "plot it" in answer.text
    assert "Ana" in answer.text
    assert not answer.private
    assert (thread.name, thread.parent) == ("plot it", general.id)
    assert (view.team, view.thread.thread) == ("crew", str(thread.id))
    assert teams.heard == [["plot it [sales.csv]"]]


async def test_a_command_whose_answer_failed_still_gets_its_thread(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    teams = FakeTeams([finished("It is 42.")])
    async with harness(server, tmp_path, teams) as it:
        server.faults.add("POST .*/callback", Status(503))
        ana.tries(general, "ask", task="plot it")
        thread = await general.opens("plot it")
        await thread.reads("It is 42.")
        assert (await it.session()).thread.thread == str(thread.id)
    assert len([channel for channel in server.world.channels.values() if channel.kind == THREAD]) == 1


async def test_a_command_answered_before_a_crash_keeps_its_answer(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    held = Held(finished("It is 42."))
    teams = FakeTeams([held])
    async with harness(server, tmp_path, teams):
        # The answer is there, but the thread is not when the process ends.
        server.faults.always("POST .*/threads", Status(503))
        answer = await ana.uses(general, "ask", task="plot it")
        await held.arrived.wait()
    server.faults.clear()
    held.released.set()
    async with harness(server, tmp_path, teams) as it:
        assert answer.response is not None
        thread = await answer.response.opens()
        await thread.reads("It is 42.")
        assert (await it.session()).thread.thread == str(thread.id)


async def test_a_message_of_somebody_becomes_a_task_by_its_menu(
    server: Discord, general: Channel, ana: Person, ben: Person, tmp_path: Path
) -> None:
    teams = FakeTeams([finished()])
    async with harness(server, tmp_path, teams):
        said = ben.says(general, "sales fell in May", {"may.csv": b"a\n1\n"})
        answer = await ana.picks(said, "Ask Roundtable about this")
        await (await said.opens()).reads("Finished")
    assert answer.private
    assert str(said.id) in answer.text
    assert teams.heard == [["sales fell in May [may.csv]"]]


async def test_a_mention_in_a_thread_takes_its_messages_as_context(
    server: Discord, general: Channel, ana: Person, ben: Person, tmp_path: Path
) -> None:
    teams = FakeTeams([finished()])
    talk = server.world.channel(THREAD, "May", general.guild, parent=general.id, owner=ben.user)
    ben.says(talk, "Sales fell in May.", {"may.csv": b"1,2"})
    async with harness(server, tmp_path, teams) as it:
        asked = ana.says(talk, "@Roundtable why?")
        await talk.reads("Finished")
        (entry,) = [each.item for each in await it.reader.timeline((await it.session()).id) if each.seq == 1]
    assert asked.thread is None
    assert getattr(entry, "context", "") == "Ben: Sales fell in May. [attached may.csv]"
    assert teams.heard == [["why? [may.csv]"]]


async def test_what_a_mention_answers_is_its_context(
    server: Discord, general: Channel, ana: Person, ben: Person, tmp_path: Path
) -> None:
    async with harness(server, tmp_path, FakeTeams([finished()])) as it:
        said = ben.says(general, "Sales fell in May.")
        thread = await ana.says(general, "@Roundtable why?", answering=said).opens()
        await thread.reads("Finished")
        (entry,) = [each.item for each in await it.reader.timeline((await it.session()).id) if each.seq == 1]
    assert getattr(entry, "context", "") == "Ben: Sales fell in May."


async def test_a_direct_message_is_its_own_thread(server: Discord, ana: Person, tmp_path: Path) -> None:
    teams = FakeTeams([asks("Which?"), finished("The first.")])
    async with harness(server, tmp_path, teams):
        ana.says(ana.dm, "plot it")
        await ana.dm.reads("Which?")
        ana.says(ana.dm, "the first")
        await ana.dm.reads("The first.")
    assert ana.dm.kind == DM
    assert teams.heard == [["plot it"], ["the first"]]


async def test_a_command_works_in_private_and_in_a_thread(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    teams = FakeTeams([finished("Done here.")])
    talk = server.world.channel(THREAD, "May", general.guild, parent=general.id, owner=ana.user)
    async with harness(server, tmp_path, teams) as it:
        for where in (ana.dm, talk):
            await ana.uses(where, "ask", task="plot it")
            await where.reads("Done here.")
        assert len(await it.reader.sessions()) == 2


async def test_where_no_thread_can_be_opened_the_person_is_told(
    server: Discord, ana: Person, tmp_path: Path
) -> None:
    lounge = server.channel("lounge", VOICE)
    async with harness(server, tmp_path, FakeTeams([])) as it:
        ana.says(lounge, "@Roundtable plot it")
        await ana.dm.reads("I cannot open a thread in this channel")
        answer = await ana.uses(lounge, "ask", task="plot it")
        assert await it.reader.sessions() == []
    assert answer.private
    assert "I cannot open a thread here" in answer.text


async def test_news_channels_have_threads_as_well(server: Discord, ana: Person, tmp_path: Path) -> None:
    news = server.channel("news", NEWS)
    async with harness(server, tmp_path, FakeTeams([finished()])):
        await (await ana.says(news, "@Roundtable go").opens()).reads("Finished")


async def test_only_admins_start_until_the_policy_allows_others(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    boss = server.person("Boss", permissions.MANAGE_GUILD)
    async with harness(server, tmp_path, FakeTeams([finished()]), starters=(ADMIN,)) as it:
        asked = ana.says(general, "@Roundtable go")
        told = await ana.dm.reads("policy.toml")
        answer = await ana.uses(general, "ask", task="go")
        assert await it.reader.sessions() == []
        await (await boss.says(general, "@Roundtable go").opens()).reads("Finished")
        boss.says(boss.dm, "go")
        await boss.dm.reads("Finished")
        opened = await boss.uses(general, "ask", task="by command")
        assert opened.response is not None
        await (await opened.response.opens()).reads("Finished")
    assert "You may not start sessions here" in told.content
    assert "You may not start sessions here" in answer.text
    assert answer.private
    assert asked.thread is None


async def test_roles_may_start_also_in_private(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    role = server.role("analysts", ana)
    policy = Policy.model_validate({"allow": {"start": [str(role.id)]}})
    async with harness(server, tmp_path, FakeTeams([finished()]), policy=policy):
        await (await ana.says(general, "@Roundtable go").opens()).reads("Finished")
        ana.says(ana.dm, "go")
        await ana.dm.reads("Finished")


async def test_who_takes_no_direct_messages_is_told_in_the_channel(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    ana.user.takes_dms = False
    async with harness(server, tmp_path, FakeTeams([]), starters=(ADMIN,)):
        asked = ana.says(general, "@Roundtable go")
        told = await general.reads("You may not start sessions here")
    assert told.reference is asked
    assert not told.pinged


@pytest.mark.parametrize("text", ["@Roundtable", "@Roundtable   "])
async def test_a_bare_mention_is_answered_with_what_to_do(
    server: Discord, general: Channel, ana: Person, tmp_path: Path, text: str
) -> None:
    async with harness(server, tmp_path, FakeTeams([])):
        ana.says(general, text)
        await ana.dm.reads("say what the team should do")


async def test_a_thread_that_is_there_already_is_used(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    async with harness(server, tmp_path, FakeTeams([finished()])):
        server.faults.add("POST .*/threads", Cut(after=True))
        thread = await ana.says(general, "@Roundtable go").opens()
        await thread.reads("Finished")


async def test_a_task_whose_message_is_deleted_gets_its_own_thread(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    held = Held(finished("It is 42."))
    async with harness(server, tmp_path, FakeTeams([said("I look."), held])) as it:
        server.faults.always("POST .*/messages/.*/threads", Status(503))
        asked = ana.says(general, "@Roundtable plot it")
        await held.arrived.wait()
        ana.deletes(asked)
        server.faults.clear()
        held.released.set()
        thread = await general.opens("plot it")
        await thread.reads("It is 42.")
        assert (await it.session()).thread.thread == str(thread.id)


async def test_an_edit_that_names_the_bot_gives_the_task_once(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    teams = FakeTeams([finished()])
    async with harness(server, tmp_path, teams) as it:
        said = ana.says(general, "plot it")
        ana.edits(said, "@Roundtable plot it")
        thread = await said.opens()
        await thread.reads("Finished")
        ana.edits(said, "@Roundtable plot it, please")
        ana.edits(said, "@Roundtable plot it, now")
        await (await ana.says(general, "@Roundtable go").opens()).reads("Finished")
        assert len(await it.reader.sessions()) == 2
    assert teams.heard == [["plot it"], ["go"]]


async def test_an_old_edit_is_no_task_when_the_message_is_updated(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    said = ana.says(general, "plot it")
    ana.edits(said, "@Roundtable plot it")
    said.edited = server.world.clock() - 86_400
    teams = FakeTeams([finished()])
    async with harness(server, tmp_path, teams) as it:
        # Somebody pins it: Discord tells of a change and names the edit of that time.
        server.world.emit("MESSAGE_UPDATE", server.rest.messages.event(said), general, said)
        await (await ana.says(general, "@Roundtable go").opens()).reads("Finished")
        assert len(await it.reader.sessions()) == 1


async def test_a_channel_that_discord_has_not_told_us_of_is_asked_for(
    server: Discord, ana: Person, tmp_path: Path
) -> None:
    async with harness(server, tmp_path, FakeTeams([finished()])):
        fresh = server.world.channel(TEXT, "fresh", server.guild.id)
        await (await ana.says(fresh, "@Roundtable go").opens()).reads("Finished")


async def test_a_command_that_comes_twice_gives_one_task(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    teams = FakeTeams([finished()])
    async with harness(server, tmp_path, teams) as it:
        answer = await ana.uses(general, "ask", task="plot it")
        assert answer.response is not None
        thread = await answer.response.opens()
        await thread.reads("Finished")
        server.gateway.repeat("INTERACTION_CREATE")
        await (await ana.says(general, "@Roundtable go").opens()).reads("Finished")
        assert len(await it.reader.sessions()) == 2
    assert teams.heard == [["plot it"], ["go"]]
    assert len([channel for channel in server.world.channels.values() if channel.kind == THREAD]) == 2


async def test_a_command_answered_too_late_is_still_done(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    async with harness(server, tmp_path, FakeTeams([finished("It is 42.")])):
        made = ana.tries(general, "ask", task="plot it")
        made.began -= 4
        thread = await general.opens("plot it")
        await thread.reads("It is 42.")
    assert made.answered is None
