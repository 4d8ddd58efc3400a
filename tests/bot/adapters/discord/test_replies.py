"""Talk in a session's thread: what steers the team, what does not, with the message content intent and without."""

from __future__ import annotations

from pathlib import Path

from tests.bot.adapters.discord.harness import DiscordHarness, harness
from tests.fakes.team import FakeTeams, Held, asks, finished
from tests.platforms.discord import Discord
from tests.platforms.discord.people import Person
from tests.platforms.discord.world import Channel

_EXPLAINED = "I cannot read plain replies here"


async def _asked(it: DiscordHarness, general: Channel, who: Person) -> Channel:
    """A thread in which a team waits for an answer."""
    thread = await who.says(general, "@Roundtable plot it").opens()
    await thread.reads("Which?")
    await it.became("waiting")
    return thread


async def test_a_plain_reply_answers_the_team(
    server: Discord, general: Channel, ana: Person, ben: Person, tmp_path: Path
) -> None:
    teams = FakeTeams([asks("Which?"), finished()])
    async with harness(server, tmp_path, teams) as it:
        thread = await _asked(it, general, ana)
        ben.says(thread, "the first")
        await thread.reads("Finished")
    assert teams.heard == [["plot it"], ["the first"]]


async def test_files_of_a_reply_come_along_byte_by_byte(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    teams = FakeTeams([asks("Which?"), finished()])
    data = bytes(range(256)) * 100
    async with harness(server, tmp_path, teams) as it:
        thread = await _asked(it, general, ana)
        ana.says(thread, "", {"data.bin": data})
        await thread.reads("Finished")
        (file,) = await it.reader.files((await it.session()).id)
        assert it.shelf.read(file.file.digest) == data
    assert teams.heard == [["plot it"], ["[data.bin]"]]


async def test_a_file_that_is_too_large_is_refused_in_a_sentence(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    async with harness(server, tmp_path, FakeTeams([])) as it:
        ana.says(general, "@Roundtable plot it", {"big.csv": bytes(1_000_001)})
        await ana.dm.reads("big.csv is larger than 1 MB")
        assert await it.reader.sessions() == []


async def test_a_muted_team_hears_mentions_only(
    server: Discord, general: Channel, ana: Person, ben: Person, tmp_path: Path
) -> None:
    teams = FakeTeams([asks("Which?"), finished()])
    async with harness(server, tmp_path, teams) as it:
        thread = await _asked(it, general, ana)
        ben.says(thread, "mute")
        await thread.reads("Muted by Ben")
        ana.says(thread, "what do you think, Ben?")
        ana.says(thread, "@Roundtable the first")
        await thread.reads("Finished")
    assert teams.heard == [["plot it"], ["the first"]]


async def test_a_reply_counts_as_last_edited_and_not_once_deleted(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    held = Held()
    teams = FakeTeams([held, finished()])
    async with harness(server, tmp_path, teams) as it:
        thread = await ana.says(general, "@Roundtable plot it").opens()
        await held.arrived.wait()
        first, second = ana.says(thread, "in rde"), ana.says(thread, "no, blue")
        ana.edits(first, "in red")
        ana.deletes(second)
        last = ana.says(thread, "please")
        await it.hears(last)
        held.released.set()
        await thread.reads("Finished")
    assert teams.heard == [["plot it"], ["in red", "please"]]


async def test_a_reply_after_the_end_goes_on_with_a_new_card(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    held = Held(finished("Again."))
    teams = FakeTeams([finished(), held])
    async with harness(server, tmp_path, teams):
        thread = await ana.says(general, "@Roundtable plot it").opens()
        await thread.reads("Finished")
        await thread.reads("pair: finished")
        ana.says(thread, "now as a table")
        await thread.button("Stop")
        held.released.set()
        await thread.reads("pair: finished", times=2)
        await thread.reads("Again.")
    assert teams.heard == [["plot it"], ["now as a table"]]
    assert [message.buttons for message in thread.said] == [{}] * len(thread.said)


async def test_without_the_intent_the_bot_says_so_and_offers_a_form(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    server.gateway.allowed = 0
    teams = FakeTeams([asks("Which?"), finished()])
    async with harness(server, tmp_path, teams) as it:
        thread = await _asked(it, general, ana)
        ana.says(thread, "the first")
        explained = await thread.reads(_EXPLAINED)
        ana.says(thread, "hello?")
        form = await ana.clicks(explained, "Reply")
        repeated = await ana.fills(form, "the *first*")
        await thread.reads("Finished")
    assert teams.heard == [["plot it"], ["the *first*"]]
    assert sum(_EXPLAINED in text for text in thread.texts) == 1
    assert repeated.text == "**Ana**:\nthe \\*first\\*"
    assert not repeated.private


async def test_it_says_so_once_across_a_restart(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    server.gateway.allowed = 0
    teams = FakeTeams([asks("Which?"), finished()])
    async with harness(server, tmp_path, teams) as it:
        thread = await _asked(it, general, ana)
        ana.says(thread, "the first")
        await thread.reads(_EXPLAINED)
    async with harness(server, tmp_path, teams):
        ana.says(thread, "hello?")
        ana.says(thread, "@Roundtable the first")
        await thread.reads("Finished")
    assert sum(_EXPLAINED in text for text in thread.texts) == 1


async def test_without_the_intent_the_reply_command_takes_files(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    server.gateway.allowed = 0
    teams = FakeTeams([asks("Which?"), finished()])
    async with harness(server, tmp_path, teams) as it:
        thread = await _asked(it, general, ana)
        answer = await ana.uses(thread, "reply", text="this one", file=("a.csv", b"a\n1\n"))
        await thread.reads("Finished")
    assert teams.heard == [["plot it"], ["this one [a.csv]"]]
    assert answer.text == "**Ana** (with a.csv):\nthis one"


async def test_the_reply_command_needs_a_session(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    async with harness(server, tmp_path, FakeTeams([])) as it:
        answer = await ana.uses(general, "reply", text="hello")
        assert await it.reader.sessions() == []
    assert answer.private
    assert "There is no session here: use this command" in answer.text


async def test_a_question_is_answered_by_its_button_once(
    server: Discord, general: Channel, ana: Person, ben: Person, tmp_path: Path
) -> None:
    held = Held(finished())
    teams = FakeTeams([asks("Which?"), held])
    async with harness(server, tmp_path, teams) as it:
        thread = await _asked(it, general, ana)
        question = await thread.button("Reply")
        button = question.buttons["Reply"]
        form = await ben.clicks(question, "Reply")
        await ana.fills(await ana.clicks(question, "Reply"), "the first")
        late = await ben.fills(form, "the second")
        stale = await ben.presses(question, button).answer()
        held.released.set()
        await thread.reads("Finished")
    assert teams.heard == [["plot it"], ["the first"]]
    for answer in (late, stale):
        assert answer.private
        assert "no longer open" in answer.text


async def test_without_the_intent_a_task_for_the_role_is_asked_again(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    server.gateway.allowed = 0
    async with harness(server, tmp_path, FakeTeams([])) as it:
        ana.says(general, "@&Roundtable plot it")
        await ana.dm.reads("Mention me by my own name")
        assert await it.reader.sessions() == []
    assert not any("empty" in text for text in ana.dm.texts)


async def test_without_the_intent_an_edit_that_names_the_bot_counts(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    server.gateway.allowed = 0
    teams = FakeTeams([asks("Which?"), finished()])
    async with harness(server, tmp_path, teams) as it:
        thread = await _asked(it, general, ana)
        said = ana.says(thread, "the first")
        await thread.reads(_EXPLAINED)
        ana.edits(said, "@Roundtable the first")
        await thread.reads("Finished")
    assert teams.heard == [["plot it"], ["the first"]]
