"""Connections that break and processes that start again: nothing said is missed, nothing heard twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.bot.adapters.discord.harness import harness
from tests.fakes.team import FakeTeams, Held, asks, finished, said
from tests.platforms.discord import Discord
from tests.platforms.discord.faults import Status
from tests.platforms.discord.people import Person
from tests.platforms.discord.world import THREAD, Channel


async def test_what_is_said_while_the_connection_is_away_is_replayed(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    teams = FakeTeams([asks("Which?"), finished()])
    async with harness(server, tmp_path, teams) as it:
        thread = await ana.says(general, "@Roundtable go").opens()
        await it.became("waiting")
        async with server.gateway.away():
            ana.says(thread, "the first")
        await thread.reads("Finished")
        assert it.reports[0] == it.reports[-1] == "ok"
    assert teams.heard == [["go"], ["the first"]]
    assert (server.gateway.identified, server.gateway.resumed) == (1, 1)


async def test_what_is_said_before_a_new_gateway_session_is_read_once(
    server: Discord, general: Channel, ana: Person, ben: Person, tmp_path: Path
) -> None:
    held = Held()
    teams = FakeTeams([asks("Which?"), held, finished()])
    async with harness(server, tmp_path, teams) as it:
        thread = await ana.says(general, "@Roundtable go").opens()
        await it.became("waiting")
        ana.says(thread, "one")
        await held.arrived.wait()
        async with server.gateway.away():
            server.gateway.sessions.clear()
            ana.says(thread, "two", {"two.csv": b"2"})
            ben.says(thread, "three")
        await server.world.until(lambda: server.gateway.identified == 2)
        await server.gateway.connected()
        last = ben.says(thread, "four")
        await it.hears(last)
        held.released.set()
        await thread.reads("Finished")
    assert teams.heard == [["go"], ["one"], ["two [two.csv]", "three", "four"]]


async def test_what_is_said_while_no_process_runs_is_read_back_once(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    teams = FakeTeams([asks("Which?"), asks("And then?"), finished()])
    async with harness(server, tmp_path, teams) as it:
        thread = await ana.says(general, "@Roundtable go").opens()
        await it.became("waiting")
    ana.says(thread, "the first")
    async with harness(server, tmp_path, teams) as it:
        await thread.reads("And then?")
        await it.became("waiting")
    async with harness(server, tmp_path, teams) as it:
        assert (await it.session()).status == "waiting"
        ana.says(thread, "the last")
        await thread.reads("Finished")
    assert teams.heard == [["go"], ["the first"], ["the last"]]


async def test_a_stop_by_reaction_while_no_process_runs_is_heard_once(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    teams = FakeTeams([asks("Which?"), asks("Really?"), finished()])
    async with harness(server, tmp_path, teams) as it:
        asked = ana.says(general, "@Roundtable go")
        thread = await asked.opens()
        await it.became("waiting")
    ana.reacts(asked, "🛑")
    async with harness(server, tmp_path, teams) as it:
        await thread.reads("🛑 Stopped by Ana")
        ana.says(thread, "go on")
        await thread.reads("Really?")
        await it.became("waiting")
    async with harness(server, tmp_path, teams) as it:
        ana.says(thread, "yes")
        await thread.reads("Finished")
        assert (await it.session()).outcome == "finished"
    assert sum("🛑 Stopped by" in text for text in thread.texts) == 1


async def test_a_reply_in_an_ended_thread_counts_after_downtime(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    teams = FakeTeams([finished(), finished("Again.")])
    async with harness(server, tmp_path, teams):
        thread = await ana.says(general, "@Roundtable go").opens()
        await thread.reads("Finished")
    ana.says(thread, "now as a table")
    async with harness(server, tmp_path, teams):
        await thread.reads("Again.")
    assert teams.heard == [["go"], ["now as a table"]]


async def test_direct_messages_are_read_back_too(server: Discord, ana: Person, tmp_path: Path) -> None:
    teams = FakeTeams([asks("Which?"), finished("The first.")])
    async with harness(server, tmp_path, teams) as it:
        ana.says(ana.dm, "go")
        await it.became("waiting")
    ana.says(ana.dm, "the first")
    async with harness(server, tmp_path, teams):
        await ana.dm.reads("The first.")
    assert teams.heard == [["go"], ["the first"]]


async def test_a_restarted_session_keeps_its_thread_and_its_card(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    held = Held(finished("It is 42."))
    teams = FakeTeams([said("I look."), held])
    async with harness(server, tmp_path, teams):
        thread = await ana.says(general, "@Roundtable go").opens()
        await thread.button("Stop")
        await held.arrived.wait()
    held.released.set()
    async with harness(server, tmp_path, teams):
        await thread.reads("Finished")
        await thread.reads("pair: finished")
    assert sum("pair:" in text for text in thread.texts) == 1
    assert [text for text in thread.texts if text.startswith("**")] == [
        "**assistant**\nI look.",
        "**assistant**\nIt is 42.",
    ]


async def test_the_very_first_connection_may_fail(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    server.gateway.refuse = 1
    async with harness(server, tmp_path, FakeTeams([finished()])) as it:
        await (await ana.says(general, "@Roundtable go").opens()).reads("Finished")
        assert "Discord cannot be reached" in it.reports[0]
        assert it.reports[-1] == "ok"


async def test_a_restart_asks_to_reconnect_are_resumed(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    async with harness(server, tmp_path, FakeTeams([finished()])):
        server.gateway.reconnect()
        await server.world.until(lambda: server.gateway.resumed == 1)
        await server.gateway.connected()
        await (await ana.says(general, "@Roundtable go").opens()).reads("Finished")


async def test_commands_are_registered_only_when_they_changed(
    server: Discord, ana: Person, tmp_path: Path
) -> None:
    for _ in range(2):
        async with harness(server, tmp_path, FakeTeams([])):
            pass
    assert server.rest.interactions.synced == 1
    (tmp_path / "commands").write_text("other commands")
    async with harness(server, tmp_path, FakeTeams([])):
        pass
    assert server.rest.interactions.synced == 2


async def test_the_bot_connects_when_commands_cannot_be_registered(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    server.faults.add("PUT .*/commands", Status(503))
    async with harness(server, tmp_path, FakeTeams([finished()])):
        await (await ana.says(general, "@Roundtable go").opens()).reads("Finished")
    async with harness(server, tmp_path, FakeTeams([])):
        pass
    assert server.rest.interactions.synced == 1


async def test_what_was_said_before_a_session_began_is_not_read_back(
    server: Discord, general: Channel, ana: Person, ben: Person, tmp_path: Path
) -> None:
    talk = server.world.channel(THREAD, "May", general.guild, parent=general.id, owner=ana.user)
    server.world.long_ago(7200)
    ben.says(talk, "lunch?")
    server.world.long_ago(0)
    teams = FakeTeams([asks("Which?"), finished()])
    async with harness(server, tmp_path, teams) as it:
        await ana.uses(talk, "ask", task="plot it")
        await it.became("waiting")
    async with harness(server, tmp_path, teams) as it:
        ana.says(talk, "the first")
        await talk.reads("Finished")
    assert teams.heard == [["plot it"], ["the first"]]


async def test_an_open_form_survives_a_restart(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    teams = FakeTeams([asks("Which?"), finished()])
    async with harness(server, tmp_path, teams) as it:
        thread = await ana.says(general, "@Roundtable go").opens()
        await thread.reads("Which?")
        form = await ana.clicks(await thread.button("Reply"), "Reply")
        await it.became("waiting")
    async with harness(server, tmp_path, teams):
        await ana.fills(form, "the first")
        await thread.reads("Finished")
    assert teams.heard == [["go"], ["the first"]]


async def test_a_silent_connection_is_given_up_and_resumed(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    server.gateway.heartbeat = 100
    teams = FakeTeams([asks("Which?"), finished()])
    async with harness(server, tmp_path, teams) as it:
        client: Any = it.adapter._line.connection
        client.ws._keep_alive.heartbeat_timeout = 0.5
        thread = await ana.says(general, "@Roundtable go").opens()
        await it.became("waiting")
        server.gateway.silent = True
        ana.says(thread, "the first")
        await server.world.until(lambda: server.gateway.resumed == 1)
        await thread.reads("Finished")
    assert teams.heard == [["go"], ["the first"]]
    assert server.gateway.identified == 1
