"""Users decide on request cards in Slack; what all platforms share is in the table of scenarios."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.common.request_choices import Choice
from bot.adapters.slack.session_locator import NO_SESSION
from bot.domain.events import CodeBlock, Decision
from bot.domain.posts import ApprovalPost
from bot.domain.turn_results import Code
from tests.bot.adapters.slack.harness import SlackHarness, harness, played
from tests.fakes.team import FakeTeams, Held, Limits, asks, code, finished, said
from tests.platforms.slack import Fail, Message, Slow, Status
from tests.platforms.slack.limits import buttons

_ALWAYS = {"code_approval": "always"}


async def card(it: SlackHarness, task: Message, after: Message | None = None) -> Message:
    """The card in a thread that waits for a decision."""
    return await it.workspace.reply_in(task, containing="request q", after=after)


async def test_a_click_is_stored_before_it_is_answered(tmp_path: Path) -> None:
    async with harness(tmp_path, code("x()"), finished("It is 42."), policy=_ALWAYS) as it:
        task = await it.workspace.says("U1", "@roundtable go")
        shown = await card(it, task)
        status = it.workspace.state.sessions["C1", task.ts]
        await it.workspace.until(lambda: True if status[-1] == "suspended" else None)
        assert it.sandboxes.ran == []
        assert await it.workspace.clicks("U1", "Approve", shown) == {}
        entries = await it.reader.timeline((await it.session(task)).id)
        assert any(isinstance(entry.item, Decision) for entry in entries)
        await it.workspace.reply_in(task, containing="It is 42.")
        await it.rest()
        assert it.sandboxes.ran == ["x()"]
        assert list(buttons(shown.blocks)) == []
        assert "Approved by Ada." in shown.shown_text


@pytest.mark.parametrize("how", ["Approve", "Reject"])
async def test_a_click_or_form_is_answered_after_the_transaction(tmp_path: Path, how: str) -> None:
    async with harness(tmp_path, code("x()"), finished(), policy=_ALWAYS) as it:
        slack = it.workspace
        task = await slack.says("U1", "@roundtable go")
        shown = await card(it, task)
        await slack.clicks("U1", "Reject", shown)
        form = await slack.form_of("U1")
        await it.rest()
        other = sqlite3.connect(tmp_path / "stage.sqlite", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        slack.sockets.ack_time = 0.3
        did = slack.clicks("U1", how, shown) if how == "Approve" else slack.sends(form, "no")
        assert await did is None, "what is not stored is not answered"
        other.execute("ROLLBACK")
        other.close()


async def test_a_form_opens_at_once_and_a_slow_slack_is_reported(tmp_path: Path) -> None:
    async with harness(tmp_path, code("x()"), finished(), policy=_ALWAYS) as it:
        slack = it.workspace
        task = await slack.says("U1", "@roundtable go")
        shown = await card(it, task)
        slow = Slow()
        slack.fault("views.open", slow)
        assert await slack.clicks("U1", "Reject", shown) == {}, "the click is answered before the form is there"
        await slow.arrived.wait()
        slow.released.set()
        await slack.form_of("U1")
        for fault in (Fail("expired_trigger_id"), Status(500)):
            slack.fault("views.open", fault)
            assert await slack.clicks("U1", "Edit", shown) == {}
        await slack.until(
            lambda: True if sum("in time" in whisper.text for whisper in slack.state.ephemeral) == 2 else None
        )
        slack.state.trigger_life = 0
        await slack.clicks("U1", "Edit", shown)
        await slack.until(
            lambda: True if sum("in time" in whisper.text for whisper in slack.state.ephemeral) == 3 else None
        )
        assert not any(isinstance(event, Decision) for event in it.events)
        assert it.sandboxes.ran == []


async def test_what_is_wrong_with_a_form_is_shown_in_the_form(tmp_path: Path) -> None:
    policy = {"budget": {"session": {"turns": 2}}}
    async with harness(tmp_path, said("One."), said("Two."), said("Three."), finished(), policy=policy) as it:
        slack = it.workspace
        task = await slack.says("U1", "@roundtable go")
        shown = await card(it, task)
        await slack.clicks("U1", "Raise by another amount", shown)
        form = await slack.form_of("U1")
        for text in ("much", "-1", "0", "nan", "2,5"):
            answer = await slack.sends(form, text)
            assert answer["response_action"] == "errors"
            assert "number above 0" in answer["errors"]["field"]
        await it.rest()
        assert (await it.session(task)).status == "waiting"
        assert await slack.sends(form, "3") == {}
        await slack.reply_in(task, containing="Raised by 3 turns by Ada.")
        await slack.reply_in(task, containing="Three.")


async def test_a_form_that_is_sent_twice_decides_once(tmp_path: Path) -> None:
    async with harness(tmp_path, code("x()"), code("y()"), finished(), policy=_ALWAYS) as it:
        slack = it.workspace
        task = await slack.says("U1", "@roundtable go")
        shown = await card(it, task)
        await slack.clicks("U1", "Reject", shown)
        form = await slack.form_of("U1")
        assert [await slack.sends(form, "no"), await slack.sends(form, "no")] == [{}, {}]
        await slack.reply_in(task, containing="Rejected by Ada: no.")
        await card(it, task, after=shown)
        assert len([event for event in it.events if isinstance(event, Decision)]) == 2
        assert [result.note for result in it.teams.reports] == ["Ada rejected this code: no. It was not run."]


async def test_code_that_does_not_fit_into_a_form_is_edited_by_a_file(tmp_path: Path) -> None:
    long = Code("", (CodeBlock("python", "x()\n" + "# line\n" * 2_000),))
    async with harness(tmp_path, long, finished(), policy=_ALWAYS) as it:
        slack = it.workspace
        task = await slack.says("U1", "@roundtable go")
        shown = await card(it, task)
        attached = [reply for reply in slack.replies_in(task) if reply.files]
        assert [file.data.decode() for reply in attached for file in reply.files] == [long.blocks[0].code]
        assert attached[0].ts < shown.ts, "the code is there before anybody can approve it"
        assert await slack.clicks("U1", "Edit", shown) == {}
        told = (await slack.whisper_to("U1", "attached as a file")).text
        words = told[told.index("edit q") :].split()
        await slack.says("U1", " ".join(words[:2]), thread=task, files=[("new.py", b"y()\n")])
        await slack.reply_in(task, containing="Edited by Ada")
        await it.ended(task)
        assert it.sandboxes.ran == ["y()"]


async def test_cards_and_open_forms_outlive_the_process(tmp_path: Path) -> None:
    teams = FakeTeams([code("x()"), code("y()"), finished()], known={"pair": "", "crew": ""})
    async with played() as slack:
        async with harness(tmp_path, teams=teams, workspace=slack, policy=_ALWAYS) as it:
            task = await slack.says("U1", "@roundtable go")
            first = await card(it, task)
            await slack.clicks("U1", "Reject", first)
            form = await slack.form_of("U1")
        async with harness(tmp_path, teams=teams, workspace=slack, policy=_ALWAYS) as it:
            assert await slack.sends(form, "too slow") == {}
            second = await card(it, task, after=first)
        async with harness(tmp_path, teams=teams, workspace=slack, policy=_ALWAYS) as it:
            await slack.clicks("U1", "Approve", second)
            await it.ended(task)
            assert it.sandboxes.ran == ["y()"]
        assert "Rejected by Ada: too slow." in first.shown_text


async def test_a_card_without_blocks_can_still_be_decided(tmp_path: Path) -> None:
    async with harness(tmp_path, code("x()"), finished(), policy=_ALWAYS) as it:
        slack = it.workspace
        slack.fault("chat.postMessage", Status(429), Fail("invalid_blocks"), Fail("invalid_blocks"))
        task = await slack.says("U1", "@roundtable go")
        shown = await card(it, task)
        assert shown.blocks[0]["type"] == "rich_text" or "SHA-256" in shown.shown_text
        await slack.clicks("U1", "Approve", shown)
        await it.ended(task)
        assert it.sandboxes.ran == ["x()"]


@pytest.mark.parametrize(
    ("label", "told"),
    [
        ("Raise by 2 turns", "Raised by 2 turns by Ada."),
        ("Finish now", "Ada chose to finish"),
        ("Stop", "Stopped by"),
    ],
)
async def test_a_budget_that_is_used_up_is_decided_about(tmp_path: Path, label: str, told: str) -> None:
    policy = {"budget": {"session": {"turns": 2}}}
    async with harness(tmp_path, said("One."), said("Two."), said("Three."), finished(), policy=policy) as it:
        task = await it.workspace.says("U1", "@roundtable go")
        shown = await card(it, task)
        await it.workspace.clicks("U1", label, shown)
        await it.workspace.until(lambda: True if told in shown.shown_text else None)
        await it.workspace.reply_in(task, containing="tokens ·", after=shown)
        assert list(buttons(shown.blocks)) == []
        three = any("Three." in reply.shown_text for reply in it.workspace.replies_in(task))
        assert three == label.startswith("Raise")


@pytest.mark.parametrize(
    ("label", "told"),
    [("Finish", "Ben let the team finish."), ("Stop", "Stopped by Ben."), (None, "said something")],
)
async def test_a_team_that_waits_before_its_end(tmp_path: Path, label: str | None, told: str) -> None:
    limits = Limits(human_input_mode="TERMINATE")
    teams = FakeTeams([finished("It is 42."), asks("And?")], limits, known={"pair": "", "crew": ""})
    async with harness(tmp_path, teams=teams) as it:
        task = await it.workspace.says("U1", "@roundtable go")
        shown = await card(it, task)
        if label:
            await it.workspace.clicks("U2", label, shown)
        else:
            await it.workspace.says("U2", "more", thread=task)
        await it.workspace.until(lambda: True if told in shown.shown_text else None)
        assert list(buttons(shown.blocks)) == []


async def test_buttons_and_forms_of_a_deleted_session_say_so(tmp_path: Path) -> None:
    async with harness(tmp_path, code("x()"), policy=_ALWAYS) as it:
        slack = it.workspace
        shown = await card(it, await slack.says("U1", "@roundtable go"))
        other = replace(shown, blocks=json.loads(json.dumps(shown.blocks)))
        for button in buttons(other.blocks):
            button["value"] = Choice("deleted", "q1", "approve", "ab" * 32).id
        for user, label in (("U2", "Approve"), ("U3", "Reject")):
            assert await slack.clicks(user, label, other) == {}
            await slack.whisper_to(user, NO_SESSION)
        await slack.clicks("U1", "Reject", shown)
        form = await slack.form_of("U1")
        form.view["private_metadata"] = Choice("deleted", "q1", "reject").id
        assert NO_SESSION in str(await slack.sends(form, "no"))


async def test_the_stop_of_a_card_that_is_decided_stops_nothing(tmp_path: Path) -> None:
    held = Held(finished())
    teams = FakeTeams([said("One."), held], Limits(human_input_mode="ALWAYS"), known={"pair": "", "crew": ""})
    async with harness(tmp_path, teams=teams) as it:
        slack = it.workspace
        task = await slack.says("U1", "@roundtable go")
        shown = await card(it, task)
        old = replace(shown)
        await slack.clicks("U1", "Go on", shown)
        await held.arrived.wait()
        await it.workspace.until(lambda: True if not list(buttons(shown.blocks)) else None)
        assert await slack.clicks("U2", "Stop", old) == {}
        await slack.whisper_to("U2", "already decided (went on by Ada)")
        held.released.set()
        await slack.reply_in(task, containing="Done.")


async def test_a_question_says_who_answered_it(tmp_path: Path) -> None:
    async with harness(tmp_path, asks("Which?"), finished()) as it:
        task = await it.workspace.says("U1", "@roundtable compare")
        question = await it.workspace.reply_in(task, containing="Which?")
        await it.workspace.says("U2", "the first", thread=task)
        await it.ended(task)
        await it.workspace.until(lambda: True if "Answered by Ben." in question.shown_text else None)


async def test_the_native_status_says_what_a_reply_will_do(tmp_path: Path) -> None:
    held = Held(finished())
    async with harness(tmp_path, held) as it:
        slack = it.workspace
        task = await slack.says("U1", "@roundtable think")
        await held.arrived.wait()
        await slack.says("U2", "in blue", thread=task)
        told = "assistant will read Ben's message after this turn"
        await slack.until(lambda: True if slack.state.thinking.get(("C1", task.ts)) == told else None)
        held.released.set()


async def test_the_native_status_says_how_many_are_ahead(tmp_path: Path) -> None:
    held = Held(finished())
    async with harness(tmp_path, held, at_once=1) as it:
        slack = it.workspace
        await slack.says("U1", "@roundtable think")
        await held.arrived.wait()
        second = await slack.says("U2", "@roundtable think too")
        told = "the team is waiting for a free sandbox (0 ahead)"
        await slack.until(lambda: True if slack.state.thinking.get(("C1", second.ts)) == told else None)
        held.released.set()
        await it.ended(second)


async def test_the_cost_is_shown_to_the_user_who_asks(tmp_path: Path) -> None:
    async with harness(tmp_path, said("One."), finished()) as it:
        slack = it.workspace
        task = await slack.says("U1", "@roundtable count the rows")
        closing = await it.ended(task)
        wanted = (
            "count the rows",
            "assistant (fake/model): 2 calls, 30 tokens, $1.0000",
            "turn 2 (assistant): 1 call",
        )
        for command in ("usage", "cost"):
            answer = await slack.commands("U2", f"/roundtable {command}")
            told = "".join(block["text"]["text"] for block in answer.blocks)
            assert all(text in told for text in wanted), told
        await slack.runs_shortcut("U3", "cost_of_session", closing)
        whisper = await slack.whisper_to("U3", "count the rows")
        assert all(text in whisper.text for text in wanted)
        other = await slack.says("U1", "just talk", channel="C2")
        await slack.runs_shortcut("U3", "cost_of_session", other)
        await slack.whisper_to("U3", "There is no session here yet")
        assert len(slack.replies_in(task)) == 3, "nobody else sees it"


async def test_the_card_names_the_code_that_is_stored(tmp_path: Path) -> None:
    async with harness(tmp_path, code("x()"), finished(), policy=_ALWAYS) as it:
        task = await it.workspace.says("U1", "@roundtable go")
        shown = await card(it, task)
        entries: list[Any] = await it.reader.timeline((await it.session(task)).id)
        (post,) = [entry.item for entry in entries if isinstance(entry.item, ApprovalPost)]
        assert post.digest in shown.shown_text
        assert post.request in shown.shown_text
