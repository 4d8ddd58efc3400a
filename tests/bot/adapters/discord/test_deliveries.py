"""Posts on their way to a Discord that fails: nothing is lost, nothing doubled, everything in order."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.domain.turn_results import RunResult
from tests.bot.adapters.discord.harness import harness
from tests.fakes.scripted_sandbox import Does, Runs
from tests.fakes.team import FakeTeams, Held, code, finished, said
from tests.platforms.discord import Discord, permissions
from tests.platforms.discord.faults import Cut, Fault, Hold, Status, TooMany
from tests.platforms.discord.people import Person
from tests.platforms.discord.world import Channel

_SEND = r"POST .*/channels/\d+/messages$"
_TALK = ["**assistant**\nI look.", "**assistant**\nI look.", "**assistant**\nDone."]


@pytest.mark.parametrize(
    "faults",
    [
        [Status(503)],
        [Status(503)] * 3,
        [Status(502)],
        [Cut(after=True)],
        [Cut(after=False)],
        [Cut(after=True), Cut(after=True), Status(503)],
        [TooMany(0.01)],
        [TooMany(via=False)],
        [TooMany(0.01, everywhere=True)],
    ],
    ids=str,
)
async def test_whatever_goes_wrong_people_see_everything_once(
    server: Discord, ana: Person, tmp_path: Path, faults: list[Fault]
) -> None:
    held = Held(said("I look."))
    async with harness(server, tmp_path, FakeTeams([held, said("I look."), finished()])):
        thread = await ana.says(server.channel("general"), "@Roundtable go").opens()
        await thread.button("Stop")
        server.faults.add(_SEND, *faults)
        held.released.set()
        await thread.reads("Finished")
    assert [text for text in thread.texts if text.startswith("**")] == _TALK
    assert not server.faults.open


async def test_a_message_sent_before_a_crash_is_found_again(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    held, sent = Held(said("I look.")), Hold()
    teams = FakeTeams([held, said("I look."), finished()])
    async with harness(server, tmp_path, teams):
        thread = await ana.says(general, "@Roundtable go").opens()
        await thread.button("Stop")
        server.faults.add(_SEND, sent)
        held.released.set()
        await sent.arrived.wait()
    # Long enough ago for Discord to have forgotten the nonce.
    now = server.world.clock
    server.world.clock = lambda: now() + 600
    sent.released.set()
    async with harness(server, tmp_path, teams):
        await thread.reads("Finished")
    assert [text for text in thread.texts if text.startswith("**")] == _TALK


async def test_files_that_were_sent_are_not_sent_again(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    async with harness(server, tmp_path, FakeTeams([code("plot()"), finished()])) as it:
        runs = Runs(Does(RunResult(0, "", 0.1), {"a.png": b"one", "b.png": b"three"}), deaf=True)
        it.sandboxes.programs["plot()"] = runs
        thread = await ana.says(general, "@Roundtable go").opens()
        await thread.button("Stop")
        await runs.begun.wait()
        server.faults.add(_SEND, *[Cut(after=True)] * 4)
        runs.released.set()
        await thread.reads("Finished")
    assert [len(message.attachments) for message in thread.said if message.attachments] == [2]


async def test_what_discord_refuses_goes_as_plain_text(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    server.deny(general, permissions.ATTACH_FILES)
    async with harness(server, tmp_path, FakeTeams([code("plot()"), finished()])) as it:
        it.sandboxes.programs["plot()"] = Does(RunResult(0, "", 0.1), {"chart.png": b"png"})
        thread = await ana.says(general, "@Roundtable go").opens()
        await thread.reads("Finished")
        told = await general.reads("attach files")
    assert "**executor** made `chart.png`\n(not attached: `chart.png`)" in thread.texts
    assert "go" in told.content


async def test_files_larger_than_the_server_takes_are_named(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    files = {"small.csv": b"a", "large.csv": bytes(11_000_000), "middle.csv": bytes(9_000_000)}
    async with harness(server, tmp_path, FakeTeams([code("save()"), finished()])) as it:
        it.sandboxes.programs["save()"] = Does(RunResult(0, "", 0.1), files)
        thread = await ana.says(general, "@Roundtable go").opens()
        await thread.reads("Finished")
    assert {file.name for message in thread.said for file in message.attachments} == {"small.csv", "middle.csv"}
    assert any("`large.csv` (11 MB) is too large for this server" in text for text in thread.texts)


async def test_a_boosted_server_takes_larger_files(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    server.guild.premium_tier = 2
    async with harness(server, tmp_path, FakeTeams([code("save()"), finished()])) as it:
        it.sandboxes.programs["save()"] = Does(RunResult(0, "", 0.1), {"large.csv": bytes(11_000_000)})
        thread = await ana.says(general, "@Roundtable go").opens()
        await thread.reads("Finished")
    assert [file.name for message in thread.said for file in message.attachments] == ["large.csv"]


async def test_twelve_files_are_two_messages(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    files: dict[str, bytes | None] = {f"{number:02}.txt": b"x" for number in range(12)}
    async with harness(server, tmp_path, FakeTeams([code("save()"), finished()])) as it:
        it.sandboxes.programs["save()"] = Does(RunResult(0, "", 0.1), files)
        thread = await ana.says(general, "@Roundtable go").opens()
        await thread.reads("Finished")
    assert [len(message.attachments) for message in thread.said if message.attachments] == [10, 2]


async def test_rate_limits_are_kept_and_the_order_is_too(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    server.limits.set(_SEND.removeprefix(r"POST .*/channels/\d+"), 2, 0.3)
    async with harness(server, tmp_path, FakeTeams([*(said(f"Line {n}.") for n in range(5)), finished()])):
        thread = await ana.says(general, "@Roundtable go").opens()
        await thread.reads("Finished")
    talk = [text for text in thread.texts if text.startswith("**")]
    assert talk == [*(f"**assistant**\nLine {n}." for n in range(5)), "**assistant**\nDone."]
    assert server.limits.exceeded == 0


async def test_an_archived_thread_is_opened_by_what_is_said_in_it(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    held = Held(finished())
    async with harness(server, tmp_path, FakeTeams([held])):
        thread = await ana.says(general, "@Roundtable go").opens()
        await held.arrived.wait()
        server.archive(thread)
        held.released.set()
        await thread.reads("Finished")
    assert not thread.archived


async def test_nobody_is_ever_pinged(server: Discord, general: Channel, ana: Person, tmp_path: Path) -> None:
    bad = f"@everyone @here <@{ana.user.id}> <@&{server.guild.id}>"
    async with harness(server, tmp_path, FakeTeams([said(bad), code(f"print('{bad}')"), finished(bad)])) as it:
        it.sandboxes.programs[f"print('{bad}')"] = Does(RunResult(0, bad, 0.1))
        asked = await ana.uses(general, "ask", task=f"say {bad}")
        assert asked.response is not None
        thread = await asked.response.opens()
        await thread.reads("Finished")
        await asyncio.sleep(0)
    assert [message.pinged for message in [*general.said, *thread.said] if message.pinged] == []


@pytest.mark.parametrize(
    "faults",
    [[Cut(after=False)], [Cut(after=False), Cut(after=True), Status(503)]],
    ids=lambda each: str(len(each)),
)
async def test_a_file_whose_connection_breaks_on_the_way_arrives_once(
    server: Discord, general: Channel, ana: Person, tmp_path: Path, faults: list[Fault]
) -> None:
    data = bytes(range(256)) * 20_000
    async with harness(server, tmp_path, FakeTeams([code("save()"), finished()])) as it:
        runs = Runs(Does(RunResult(0, "", 0.1), {"large.bin": data}), deaf=True)
        it.sandboxes.programs["save()"] = runs
        thread = await ana.says(general, "@Roundtable go").opens()
        await thread.button("Stop")
        await runs.begun.wait()
        await thread.reads("save()")
        server.faults.add(_SEND, *faults)
        runs.released.set()
        await thread.reads("Finished")
    assert [file.data == data for message in thread.said for file in message.attachments] == [True]
    assert not server.faults.open
