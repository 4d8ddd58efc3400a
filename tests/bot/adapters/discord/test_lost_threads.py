"""What cannot be done in Discord is said in one line where a person sees it, and the process lives on."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from tests.bot.adapters.discord.harness import harness
from tests.fakes.team import FakeTeams, Held, asks, finished, said
from tests.platforms.discord import Discord, permissions
from tests.platforms.discord.people import Person
from tests.platforms.discord.world import Channel


@pytest.mark.parametrize("denied", [permissions.CREATE_PUBLIC_THREADS, permissions.SEND_MESSAGES_IN_THREADS])
async def test_a_missing_permission_is_named_in_the_channel(
    server: Discord, general: Channel, ana: Person, tmp_path: Path, denied: int
) -> None:
    server.deny(general, denied)
    async with harness(server, tmp_path, FakeTeams([said("I look."), finished()])) as it:
        ana.says(general, "@Roundtable plot it")
        told = await general.reads("I lack a permission")
        assert (await it.became("ended")).outcome == "finished"
    assert "plot it" in told.content
    assert len(general.texts) == 1


async def test_a_forbidden_channel_is_reported_in_private(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    server.deny(general, permissions.SEND_MESSAGES | permissions.CREATE_PUBLIC_THREADS)
    async with harness(server, tmp_path, FakeTeams([finished()])):
        ana.says(general, "@Roundtable plot it")
        await ana.dm.reads("I lack a permission")
    assert general.texts == []


async def test_a_locked_thread_is_told_about(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    held = Held(said("I look."))
    async with harness(server, tmp_path, FakeTeams([held, finished()])):
        thread = await ana.says(general, "@Roundtable plot it").opens()
        await held.arrived.wait()
        server.archive(thread, locked=True)
        held.released.set()
        await general.reads("its thread is locked: unlock it")
    assert len(general.texts) == 1


async def test_a_bot_that_may_manage_threads_opens_a_locked_one(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    own = next(role for role in server.guild.roles.values() if role.managed)
    own.permissions |= permissions.MANAGE_THREADS
    held = Held(finished())
    async with harness(server, tmp_path, FakeTeams([held])):
        thread = await ana.says(general, "@Roundtable plot it").opens()
        await held.arrived.wait()
        server.archive(thread, locked=True)
        held.released.set()
        await thread.reads("Finished")
    assert general.texts == []


async def test_a_deleted_thread_stops_its_team_and_its_person_is_told(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    held = Held()
    async with harness(server, tmp_path, FakeTeams([held])) as it:
        thread = await ana.says(general, "@Roundtable plot it").opens()
        await held.arrived.wait()
        server.remove(thread)
        await general.reads("its thread is deleted")
        assert (await it.became("ended")).outcome == "stopped"


async def test_a_deleted_channel_is_told_in_private(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    held = Held(finished())
    async with harness(server, tmp_path, FakeTeams([held])):
        thread = await ana.says(general, "@Roundtable plot it").opens()
        await held.arrived.wait()
        server.remove(thread)
        server.remove(general)
        held.released.set()
        await ana.dm.reads("its thread is deleted")


async def test_being_thrown_out_is_logged_and_the_rest_goes_on(
    server: Discord, general: Channel, ana: Person, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    held = Held(finished())
    elsewhere = server.add_guild("Elsewhere")
    eve = server.person("Eve", guild=elsewhere)
    lobby = server.channel("lobby", guild=elsewhere)
    async with harness(server, tmp_path, FakeTeams([held])) as it:
        ana.says(general, "@Roundtable plot it")
        await held.arrived.wait()
        server.kick()
        held.released.set()
        await it.became("ended")
        await (await eve.says(lobby, "@Roundtable go").opens()).reads("Finished")
    assert "no longer in the server Analysts; invite it again" in caplog.text


async def test_a_wrong_token_is_said_and_does_not_end_the_process(
    server: Discord, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    given, server.token = server.token, "another"
    async with harness(server, tmp_path, FakeTeams([]), connected=False, token=given) as it:
        await it.reported("DISCORD_BOT_TOKEN")
    assert it.reports == [
        "Discord refuses DISCORD_BOT_TOKEN: reset it in the developer portal (Bot) and copy it into .env."
    ]
    assert given not in caplog.text


async def test_a_missing_intent_is_said_once_and_the_bot_does_without(
    server: Discord, general: Channel, ana: Person, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    server.gateway.allowed = 0
    caplog.set_level(logging.WARNING)
    async with harness(server, tmp_path, FakeTeams([asks("Which?")])) as it:
        await (await ana.says(general, "@Roundtable go").opens()).reads("Which?")
        assert it.reports[-1] == "ok"
    assert caplog.text.count("the message content intent is off") == 1


async def test_a_channel_that_is_hidden_meanwhile_is_told_in_private(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    held = Held(finished())
    async with harness(server, tmp_path, FakeTeams([held])) as it:
        ana.says(general, "@Roundtable plot it")
        await held.arrived.wait()
        server.deny(general, permissions.VIEW_CHANNEL)
        held.released.set()
        await ana.dm.reads("I cannot see its channel")
        assert (await it.became("ended")).outcome == "finished"


async def test_a_channel_deleted_with_its_threads_is_told_in_private(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    held = Held(finished())
    async with harness(server, tmp_path, FakeTeams([held])) as it:
        thread = await ana.says(general, "@Roundtable plot it").opens()
        await held.arrived.wait()
        # Discord tells of the channel alone.
        del server.world.channels[thread.id]
        server.remove(general)
        await ana.dm.reads("its thread is deleted")
        assert (await it.became("ended")).outcome == "stopped"
