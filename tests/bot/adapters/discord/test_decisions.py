"""People decide on cards: about code, about money, and whether the team goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.domain.events import CodeBlock
from bot.domain.policy import Policy
from bot.domain.posts import ApprovalPost
from bot.domain.turn_results import Code
from tests.bot.adapters.discord.harness import harness
from tests.fakes.team import FakeTeams, Limits, code, finished, said
from tests.platforms.discord import Discord
from tests.platforms.discord.faults import Status
from tests.platforms.discord.people import Person
from tests.platforms.discord.world import Channel

_ALWAYS = Policy(code_approval="always")
_EDITS = r"PATCH .*/channels/\d+/messages/\d+$"


async def test_approved_code_runs_and_the_card_says_who_approved_it(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    async with harness(server, tmp_path, FakeTeams([code("x()"), finished("It is 42.")]), policy=_ALWAYS) as it:
        thread = await ana.says(general, "@Roundtable go").opens()
        card = await thread.button("Approve")
        assert it.sandboxes.ran == []
        answer = await ana.clicks(card, "Approve")
        await thread.reads("Approved by Ana.")
        await thread.reads("It is 42.")
        assert it.sandboxes.ran == ["x()"]
    assert answer.answered == 6
    assert card.buttons == {}
    assert "To change the code" not in card.content


async def test_all_code_that_follows_can_be_approved_at_once(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    teams = FakeTeams([code("x()"), code("y()"), finished("It is 42.")])
    async with harness(server, tmp_path, teams, policy=_ALWAYS) as it:
        thread = await ana.says(general, "@Roundtable go").opens()
        await ana.clicks(await thread.button("Approve all in this session"), "Approve all in this session")
        await thread.reads("It is 42.")
        assert it.sandboxes.ran == ["x()", "y()"]


async def test_who_rejects_code_is_asked_why_and_the_team_hears_it(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    teams = FakeTeams([code("x()"), finished("Never mind.")])
    async with harness(server, tmp_path, teams, policy=_ALWAYS) as it:
        thread = await ana.says(general, "@Roundtable go").opens()
        card = await thread.button("Reject")
        form = await ana.clicks(card, "Reject")
        assert "Reject" in card.buttons
        await ana.fills(form, "too slow")
        await thread.reads("Rejected by Ana: too slow. It was not run.")
        await thread.reads("Never mind.")
        assert it.sandboxes.ran == []
    assert [result.note for result in teams.reports] == ["Ana rejected this code: too slow. It was not run."]
    assert card.buttons == {}


async def test_no_reason_need_be_given(server: Discord, general: Channel, ana: Person, tmp_path: Path) -> None:
    async with harness(server, tmp_path, FakeTeams([code("x()"), finished()]), policy=_ALWAYS):
        thread = await ana.says(general, "@Roundtable go").opens()
        await ana.fills(await ana.clicks(await thread.button("Reject"), "Reject"), "")
        await thread.reads("Rejected by Ana. It was not run.")


async def test_code_is_changed_as_the_card_says(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    async with harness(server, tmp_path, FakeTeams([code("x()"), finished()]), policy=_ALWAYS) as it:
        thread = await ana.says(general, "@Roundtable go").opens()
        card = await thread.button("Approve")
        (how,) = (line for line in card.content.splitlines() if line.startswith("To change the code"))
        edit = how.split("`")[1]
        ana.says(thread, f"{edit}\n```python\ny()\n```")
        await thread.reads("Edited by Ana")
        await thread.reads("Finished")
        assert it.sandboxes.ran == ["y()"]
    assert card.buttons == {}


async def test_a_stranger_is_refused_in_private_and_nothing_is_decided(
    server: Discord, general: Channel, ana: Person, ben: Person, tmp_path: Path
) -> None:
    async with harness(server, tmp_path, FakeTeams([code("x()"), finished()]), policy=_ALWAYS) as it:
        thread = await ana.says(general, "@Roundtable go").opens()
        card = await thread.button("Approve")
        refused = [
            await ben.clicks(card, "Approve"),
            await ben.clicks(card, "Approve all in this session"),
            await ben.fills(await ben.clicks(card, "Reject"), "no"),
        ]
        assert it.sandboxes.ran == []
        assert "Approve" in card.buttons
        await ana.clicks(card, "Approve")
        await thread.reads("Approved by Ana.")
    for answer in refused:
        assert answer.private
        assert "You may not decide about code here" in answer.text


async def test_a_click_that_comes_too_late_is_told_so(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    async with harness(server, tmp_path, FakeTeams([code("x()"), finished()]), policy=_ALWAYS) as it:
        thread = await ana.says(general, "@Roundtable go").opens()
        card = await thread.button("Approve")
        form = await ana.clicks(card, "Reject")
        # The card cannot be changed for a while, so that its buttons are still there.
        server.faults.always(_EDITS, Status(503))
        await ana.clicks(card, "Approve")
        stale = [await ana.clicks(card, "Approve"), await ana.fills(form, "no")]
        server.faults.clear()
        await thread.reads("Approved by Ana.")
        await thread.reads("Finished")
        assert it.sandboxes.ran == ["x()"]
    for answer in stale:
        assert answer.private
        assert "Too late: that is already decided (approved by Ana)." in answer.text


async def test_a_button_that_names_other_code_approves_nothing(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    async with harness(server, tmp_path, FakeTeams([code("x()"), finished()]), policy=_ALWAYS) as it:
        thread = await ana.says(general, "@Roundtable go").opens()
        card = await thread.button("Approve")
        right = card.components[0]["components"][0]["custom_id"]
        wrong = card.components[0]["components"][0]["custom_id"] = f"{right[:-43]}{'A' * 43}"
        answer = await ana.presses(card, wrong).answer()
        assert it.sandboxes.ran == []
    assert answer.private
    assert "That is not the code of this card" in answer.text


async def test_code_too_long_for_a_form_is_edited_by_a_reply(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    long = Code("", (CodeBlock("python", "x()\n" + "# line\n" * 1_000),))
    async with harness(server, tmp_path, FakeTeams([long, finished()]), policy=_ALWAYS) as it:
        thread = await ana.says(general, "@Roundtable go").opens()
        card = await thread.button("Edit")
        (attached,) = [file for message in thread.said for file in message.attachments]
        assert attached.data.decode() == long.blocks[0].code
        answer = await ana.clicks(card, "Edit")
        assert answer.private
        assert "more than the 4,000 characters" in answer.text
        assert "or attached as a file" in answer.text
        assert it.sandboxes.ran == []


async def test_who_opens_a_form_too_late_is_told_so(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    async with harness(server, tmp_path, FakeTeams([code("x()"), finished()]), policy=_ALWAYS):
        thread = await ana.says(general, "@Roundtable go").opens()
        card = await thread.button("Approve")
        buttons = dict(card.buttons)
        await ana.clicks(card, "Approve")
        await thread.reads("Finished")
        for label in ("Edit", "Reject", "Approve"):
            answer = await ana.presses(card, buttons[label]).answer()
            assert answer.private
            assert "Too late: that is already decided" in answer.text


async def test_cards_and_open_forms_outlive_the_process(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    teams = FakeTeams([code("x()"), code("y()"), finished()])
    async with harness(server, tmp_path, teams, policy=_ALWAYS):
        thread = await ana.says(general, "@Roundtable go").opens()
        card = await thread.button("Approve")
        form = await ana.clicks(card, "Reject")
    async with harness(server, tmp_path, teams, policy=_ALWAYS):
        await ana.fills(form, "too slow")
        await thread.reads("Rejected by Ana: too slow.")
        second = await thread.button("Approve")
    async with harness(server, tmp_path, teams, policy=_ALWAYS) as it:
        await ana.clicks(second, "Approve")
        await thread.reads("Approved by Ana.")
        await thread.reads("Finished")
        assert it.sandboxes.ran == ["y()"]
    assert (card.buttons, second.buttons) == ({}, {})


async def test_a_card_in_a_thread_that_was_closed_is_still_decided(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    async with harness(server, tmp_path, FakeTeams([code("x()"), finished()]), policy=_ALWAYS) as it:
        thread = await ana.says(general, "@Roundtable go").opens()
        card = await thread.button("Approve")
        await it.became("waiting")
        thread.archived = True
        await ana.clicks(card, "Approve")
        await thread.reads("Approved by Ana.")
    assert card.buttons == {}


@pytest.mark.parametrize(
    "choice",
    [
        ("Raise by 2 turns", "Raised by 2 turns by Ana."),
        ("Finish now", "Ana chose to finish with what there is."),
        ("Stop", "Stopped by Ana"),
    ],
)
async def test_a_budget_that_is_used_up_is_decided_about(
    server: Discord, general: Channel, ana: Person, tmp_path: Path, choice: tuple[str, str]
) -> None:
    label, told = choice
    policy = Policy.model_validate({"budget": {"session": {"turns": 2}}})
    teams = FakeTeams([said("One."), said("Two."), said("Three."), finished()])
    async with harness(server, tmp_path, teams, policy=policy) as it:
        thread = await ana.says(general, "@Roundtable go").opens()
        card = await thread.button("Finish now")
        await ana.clicks(card, label)
        await thread.reads(told)
        await it.became("ended")
        await server.world.until(lambda: not card.buttons and any(text[0] in "🏁🛑" for text in thread.texts))
    assert ("Three." in "".join(thread.texts)) == label.startswith("Raise")


@pytest.mark.parametrize("choice", [("Finish", "Ana let the team finish."), ("Stop", "Stopped by Ana")])
async def test_a_team_that_waits_before_its_end_ends_when_told(
    server: Discord, general: Channel, ana: Person, tmp_path: Path, choice: tuple[str, str]
) -> None:
    label, told = choice
    teams = FakeTeams([finished("42.")], Limits(human_input_mode="TERMINATE"))
    async with harness(server, tmp_path, teams) as it:
        thread = await ana.says(general, "@Roundtable go").opens()
        card = await thread.button("Finish")
        await ana.clicks(card, label)
        await thread.reads(told)
        await it.became("ended")
        await server.world.until(lambda: not card.buttons)


async def test_a_team_that_waits_between_turns_goes_on_when_told(
    server: Discord, general: Channel, ana: Person, ben: Person, tmp_path: Path
) -> None:
    teams = FakeTeams([said("One."), said("Two."), finished()], Limits(human_input_mode="ALWAYS"))
    async with harness(server, tmp_path, teams):
        thread = await ana.says(general, "@Roundtable go").opens()
        await ben.clicks(await thread.button("Go on"), "Go on")
        await thread.reads("Ben let the team go on.")
        await thread.reads("Two.")


async def test_the_card_names_the_code_that_is_stored(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    async with harness(server, tmp_path, FakeTeams([code("x()"), finished()]), policy=_ALWAYS) as it:
        thread = await ana.says(general, "@Roundtable go").opens()
        card = await thread.button("Approve")
        entries = await it.reader.timeline((await it.session()).id)
        (post,) = [entry.item for entry in entries if isinstance(entry.item, ApprovalPost)]
    assert post.digest in card.content
    assert post.request in card.content
