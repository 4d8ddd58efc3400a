"""What Slack sends is stored before it is acknowledged, and once, whatever is lost, repeated or out of order."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from functools import partial
from pathlib import Path

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.turn_results import Said, What
from bot.ports import TurnPort
from tests.bot.adapters.slack.harness import harness, played
from tests.fakes.team import Held, asks, finished
from tests.platforms.slack import Channel, Status, User
from tests.platforms.slack.state import APP_TOKEN
from tests.platforms.slack.world import BOT_USER


@pytest.mark.parametrize("mention_first", [True, False])
async def test_a_mention_is_one_event_in_either_order(tmp_path: Path, mention_first: bool) -> None:
    async with harness(tmp_path, finished()) as it:
        it.workspace.state.mention_first = mention_first
        task = await it.workspace.says("U1", "@roundtable plot")
        await it.ended(task)
        await it.rest()
        assert it.teams.heard == [["plot"]]
        assert len(await it.reader.sessions()) == 1
        assert it.workspace.sockets.log.retries == 0


async def test_what_slack_repeats_is_taken_once(tmp_path: Path) -> None:
    async with harness(tmp_path, asks("Which?"), finished()) as it:
        slack = it.workspace
        task = await slack.says("U1", "@roundtable plot")
        await slack.reply_in(task, containing="Which?")
        for _ in range(3):
            slack.emit(slack.state.message_event(task))
        reply = await slack.says("U2", "both", thread=task)
        slack.emit(slack.state.message_event(reply))
        await it.ended(task)
        await it.rest()
        assert it.teams.heard == [["plot"], ["both"]]


async def test_what_could_not_be_stored_is_not_acknowledged(tmp_path: Path) -> None:
    async with harness(tmp_path, finished()) as it:
        slack = it.workspace
        slack.sockets.ack_time = 0.2
        slack.fault("users.info", Status(503), Status(503), Status(503))
        task = await slack.says("U1", "@roundtable plot")
        await it.ended(task)
        await it.rest()
        assert slack.sockets.log.retries >= 2
        assert it.teams.heard == [["plot"]]


async def test_a_reply_before_its_task_is_stored_is_read_after_it(tmp_path: Path) -> None:
    held = Held(finished())
    async with harness(tmp_path, held, finished()) as it:
        slack = it.workspace
        slack.sockets.ack_time = 0.5
        slack.fault("users.info", Status(503), Status(503))
        task = await slack.says("U1", "@roundtable plot")
        await slack.until(lambda: True if len(slack.calls("users.info")) >= 2 else None)
        await slack.says("U2", "in blue", thread=task)
        await held.arrived.wait()
        await slack.until(lambda: True if len(it.events) >= 2 else None)
        held.released.set()
        await it.ended(task)
        assert [text for heard in it.teams.heard for text in heard] == ["plot", "in blue"]


async def test_the_acknowledgement_waits_for_the_transaction(tmp_path: Path) -> None:
    async with harness(tmp_path, finished()) as it:
        other = sqlite3.connect(tmp_path / "stage.sqlite", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        task = await it.workspace.says("U1", "@roundtable plot")
        await it.workspace.until(lambda: True if it.workspace.calls("users.info") else None)
        await asyncio.sleep(0.3)
        assert it.workspace.sockets.log.acks == []
        other.execute("ROLLBACK")
        other.close()
        await it.ended(task)
        await it.workspace.settled()
        assert len(it.workspace.sockets.log.acks) >= 2


async def test_nothing_is_acknowledged_while_the_token_is_refused(tmp_path: Path) -> None:
    async with harness(tmp_path, finished()) as it:
        slack = it.workspace
        slack.sockets.ack_time = 0.2
        slack.state.revoked = "token_revoked"
        task = await slack.says("U1", "@roundtable plot")
        log = slack.sockets.log
        await slack.until(lambda: True if log.acks or log.retries >= 2 else None)
        assert log.acks == []
        slack.sockets.ack_time = 3.0
        slack.state.revoked = ""
        await it.ended(task)


async def test_payloads_that_do_not_concern_us_are_acknowledged(tmp_path: Path) -> None:
    async with harness(tmp_path) as it:
        slack = it.workspace
        slack.state.events = None
        slack.emit({"type": "channel_rename", "channel": {"id": "C1", "name": "new"}})
        slack.emit({"type": "member_joined_channel", "channel": "C1", "user": "U1"})
        await slack.says("U1", "just talk")
        await slack.commands("U1", "/roundtable help")
        await slack.runs_shortcut("U1", "somebody_elses", await slack.says("U2", "more talk"))
        await it.rest()
        assert (slack.sockets.log.retries, slack.sockets.log.lost, it.events) == (0, [], [])


async def test_bots_are_not_listened_to(tmp_path: Path) -> None:
    async with harness(tmp_path, asks("Which?")) as it:
        slack = it.workspace
        slack.world.users["U9"] = User("U9", "Robot", bot=True)
        task = await slack.says("U1", "@roundtable plot")
        await slack.reply_in(task, containing="Which?")
        await slack.says("U9", "@roundtable plot", thread=task)
        await slack.says("U9", "@roundtable plot")
        other = slack.state.person_message("C1", "U9", f"<@{BOT_USER}> stop", task.ts)
        other.bot_id, other.subtype = "B9", "bot_message"
        slack.state.add(other)
        await slack.reacts("U9", task, "x")
        await slack.reacts(BOT_USER, task, "x")
        await it.rest()
        assert (await it.session(task)).status == "waiting"
        assert len(await it.reader.sessions()) == 1


async def test_what_was_missed_is_taken_in_once_after_downtime(tmp_path: Path) -> None:
    async with played() as slack:
        async with harness(tmp_path, asks("Which?"), workspace=slack) as it:
            task = await slack.says("U1", "@roundtable plot")
            await slack.reply_in(task, containing="Which?")
            await slack.says("U1", "aside: coffee?", thread=task)
            await it.rest()
        await slack.says("U2", "the first", thread=task, files=[("first.csv", b"1")])
        await slack.says("U3", "in blue", thread=task)
        script = (asks("Which?"), asks("Why?"))
        async with harness(tmp_path, *script, workspace=slack) as it:
            await slack.reply_in(task, containing="Why?")
            await it.rest()
            heard = [line for turn in it.teams.heard for line in turn]
            assert heard == ["the first [first.csv]", "in blue"]
        async with harness(tmp_path, *script, workspace=slack) as it:
            await slack.until(lambda: True if len(slack.calls("conversations.replies")) > 1 else None)
            await it.rest()
            assert it.teams.heard == []


async def test_a_thread_that_cannot_be_read_back_delays_no_other(
    tmp_path: Path,
) -> None:
    async with played() as slack:
        async with harness(tmp_path, asks("Which?"), workspace=slack) as it:
            first, second = [await slack.says("U1", f"@roundtable plot {number}") for number in range(2)]
            for task in (first, second):
                await slack.reply_in(task, containing="Which?")
            await it.rest()
        for task in (first, second):
            await slack.says("U2", "in blue", thread=task)
        read = len(slack.calls("conversations.replies"))
        slack.fault("conversations.replies", Status(503))
        slack.fault("users.info", Status(503))
        async with harness(tmp_path, asks("Which?"), asks("Why?"), workspace=slack) as it:
            for task in (first, second):
                await slack.reply_in(task, containing="Why?")
            threads = [call["ts"] for call in slack.calls("conversations.replies")[read:]]
            assert threads[0] != threads[1]


async def test_a_stop_reaction_that_was_missed_stops_once(tmp_path: Path) -> None:
    held = Held()
    async with played() as slack:
        async with harness(tmp_path, held, workspace=slack) as it:
            task = await slack.says("U1", "@roundtable think")
            await held.arrived.wait()
        await slack.reacts("U2", task, "octagonal_sign")
        again = Held(asks("More?"))
        async with harness(tmp_path, again, workspace=slack) as it:
            await slack.reply_in(task, containing="Stopped by Ben")
            await it.rest()
            again.arrived.clear()
            await slack.says("U1", "go on", thread=task)
            await again.arrived.wait()
            again.released.set()
            await slack.reply_in(task, containing="More?")
            await it.rest()
        async with harness(tmp_path, again, workspace=slack) as it:
            await slack.until(lambda: True if len(slack.calls("conversations.replies")) > 1 else None)
            await it.rest()
            assert (await it.session(task)).status == "waiting"


async def test_after_a_lost_socket_missed_messages_are_read_back(tmp_path: Path) -> None:
    async with harness(tmp_path, asks("Which?"), finished()) as it:
        slack = it.workspace
        assert str(it.adapter.health) == "ok"
        task = await slack.says("U1", "@roundtable plot")
        await slack.reply_in(task, containing="Which?")
        await it.rest()
        slack.sockets.drop()
        await slack.says("U2", "both", thread=task)
        await it.ended(task)
        assert slack.sockets.opened == 2
        assert str(it.adapter.health) == "ok"
        assert len(slack.sockets.log.lost) == 1


async def test_it_says_when_slack_cannot_be_reached(tmp_path: Path) -> None:
    async with harness(tmp_path) as it:
        it.workspace.fault("apps.connections.open", *[Status(503)] * 2)
        it.workspace.sockets.drop()
        opened = it.workspace.sockets.opened
        await it.workspace.until(lambda: True if it.workspace.state.faults["apps.connections.open"] else None)
        while "again" not in str(it.adapter.health):  # noqa: ASYNC110  nothing else tells
            await asyncio.sleep(0.01)
        await it.workspace.until(lambda: True if it.workspace.sockets.opened > opened else None)
        while str(it.adapter.health) != "ok":  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_too_many_sockets_are_waited_out(tmp_path: Path) -> None:
    async with played() as slack, aiohttp.ClientSession() as http:
        client = AsyncWebClient(base_url=slack.url)
        others = []
        for _ in range(10):
            answer = await client.apps_connections_open(app_token=APP_TOKEN)
            others.append(await http.ws_connect(str(answer["url"])))
        await slack.connected(10)
        async with harness(tmp_path, finished(), workspace=slack, connected=False) as it:
            while "too_many_websockets" not in str(it.adapter.health):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            for other in others:
                await other.close()
            await slack.until(lambda: True if slack.sockets.opened == 11 else None)
            task = await slack.says("U1", "@roundtable plot")
            await it.ended(task)


async def test_a_refresh_leaves_no_gap(tmp_path: Path) -> None:
    async with harness(tmp_path, asks("Which?"), finished()) as it:
        slack = it.workspace
        task = await slack.says("U1", "@roundtable plot")
        await slack.reply_in(task, containing="Which?")
        refreshing = asyncio.create_task(slack.sockets.refresh())
        await slack.says("U2", "both", thread=task)
        await refreshing
        await it.ended(task)
        await it.rest()
        assert slack.sockets.log.lost == []
        assert slack.sockets.opened == 2


async def test_events_are_acknowledged_in_time_beside_fifty_sessions(tmp_path: Path) -> None:
    async def thinks(_turn: TurnPort) -> What:
        await asyncio.sleep(random.uniform(2, 5))
        return Said("One more step.")

    async with harness(tmp_path, *[thinks] * 200, at_once=50, policy={"sessions_per_user": 100}) as it:
        slack = it.workspace
        tasks = [await slack.says("U1", f"@roundtable job {number}", channel="C2") for number in range(50)]
        await slack.until(lambda: True if all(slack.replies_in(task) for task in tasks) else None)
        slack.sockets.log.acks.clear()
        for number in range(20):
            await slack.says("U2", f"@roundtable one more {number}")
            await slack.settled()
        assert len(slack.sockets.log.acks) >= 40
        assert len([view for view in await it.reader.sessions() if view.status == "running"]) >= 50
        assert (slack.sockets.log.retries, slack.sockets.log.lost) == (0, [])


@pytest.mark.parametrize(
    ("person", "sentence"),
    [
        (User("U8", "Guest", guest=True), "full members"),
        (User("U8", "Stranger", team="T9"), "people of this workspace"),
    ],
)
async def test_guests_and_strangers_are_refused_privately(tmp_path: Path, person: User, sentence: str) -> None:
    async with harness(tmp_path, asks("Which?")) as it:
        slack = it.workspace
        slack.world.users["U8"] = person
        refused = await slack.says("U8", "@roundtable plot")
        whisper = await slack.whisper_to("U8", sentence)
        assert (whisper.channel, whisper.thread) == ("C1", refused.ts)
        task = await slack.says("U1", "@roundtable plot")
        await slack.reply_in(task, containing="Which?")
        await slack.says("U8", "both", thread=task)
        await slack.reacts("U8", task, "x")
        await it.rest()
        assert (await it.session(task)).status == "waiting"
        assert slack.replies_in(refused) == []
        # Once for the mention, once for the reaction; nothing for talk that was not addressed to us.
        assert [whisper.user for whisper in slack.state.ephemeral] == ["U8", "U8"]


@pytest.mark.parametrize("person", [User("U8", "Guest", guest=True), User("U8", "Stranger", team="T9")])
async def test_guests_and_strangers_see_no_sessions_in_lists(tmp_path: Path, person: User) -> None:
    policy = {"channel": {"C2": {"guests": True, "external": True}}, "allow": {"channels": ["C1", "C2"]}}
    async with harness(tmp_path, asks("Which?"), policy=policy) as it:
        slack = it.workspace
        slack.world.users["U8"] = person
        task = await slack.says("U1", "@roundtable count secret sheep")
        await slack.reply_in(task, containing="Which?")
        await slack.runs_shortcut("U8", "cost_of_session", task)
        assert "policy.toml" in (await slack.whisper_to("U8")).text
        for words in ("sessions", "usage", "teams"):
            assert "policy.toml" in str((await slack.commands("U8", f"/roundtable {words}")).blocks)
        assert "secret sheep" in str((await slack.commands("U1", "/roundtable sessions")).blocks)
        assert "crew" in str((await slack.commands("U8", "/roundtable teams", channel="C2")).blocks)
        assert "secret" not in str((await slack.commands("U8", "/roundtable sessions", channel="C2")).blocks)
        for user, shown in (("U8", False), ("U1", True)):
            await slack.opens_home(user)
            home = await slack.until(partial(slack.state.homes.get, user))
            assert ("secret sheep" in str(home), "policy.toml" in str(home)) == (shown, not shown)


async def test_guests_and_strangers_may_where_the_policy_says_so(tmp_path: Path) -> None:
    policy = {"channel": {"C2": {"guests": True, "external": True}}}
    async with harness(tmp_path, finished(), policy=policy) as it:
        slack = it.workspace
        slack.world.users["U8"] = User("U8", "Guest", guest=True)
        slack.world.users["U9"] = User("U9", "Stranger", team="T9")
        for user in ("U8", "U9"):
            await it.ended(await slack.says(user, "@roundtable plot", channel="C2"))


async def test_only_user_groups_that_the_policy_names_are_requested(
    tmp_path: Path,
) -> None:
    async with harness(tmp_path, finished(), policy={"allow": {"start": ["S0ANALYSTS", "S0GONE"]}}) as it:
        slack = it.workspace
        slack.world.user_groups = {"S0ANALYSTS": {"U2"}, "S0OTHERS": {"U1"}}
        await slack.says("U1", "@roundtable plot")
        await slack.whisper_to("U1", "may not start")
        await it.ended(await slack.says("U2", "@roundtable plot"))
        asked = [call.args["usergroup"] for call in slack.state.calls if call.method == "usergroups.users.list"]
    assert asked.count("S0ANALYSTS") == 1, "it is remembered"
    assert set(asked) == {"S0ANALYSTS", "S0GONE"}


async def test_without_the_scope_for_groups_all_are_refused(tmp_path: Path) -> None:
    async with harness(tmp_path, finished(), policy={"deny": {"groups": ["S0DENIED"]}}) as it:
        it.workspace.state.scopes.discard("usergroups:read")
        await it.workspace.says("U1", "@roundtable plot")
        await it.workspace.whisper_to("U1", "lacks the scope usergroups:read")


async def test_a_user_who_may_not_start_is_refused_privately(tmp_path: Path) -> None:
    async with harness(tmp_path, finished(), policy={"channel": {"C1": {"start": ["U2"]}}}) as it:
        await it.workspace.says("U1", "@roundtable plot")
        await it.workspace.whisper_to("U1", "may not start")
        await it.ended(await it.workspace.says("U2", "@roundtable plot"))


async def test_without_the_scope_for_users_all_are_refused(tmp_path: Path) -> None:
    async with harness(tmp_path, spoil=lambda slack: slack.state.scopes.discard("users:read")) as it:
        await it.workspace.says("U1", "@roundtable plot")
        await it.workspace.whisper_to("U1", "users:read")
        assert await it.reader.sessions() == []


async def test_an_empty_mention_and_a_stop_of_nothing_get_an_answer(tmp_path: Path) -> None:
    async with harness(tmp_path) as it:
        await it.workspace.says("U1", "@roundtable")
        await it.workspace.whisper_to("U1", "say what the team should do")
        await it.workspace.says("U2", "@roundtable stop")
        await it.workspace.whisper_to("U2", "no session here to stop")


async def test_private_channels_and_group_messages_work_as_channels_do(tmp_path: Path) -> None:
    async with harness(tmp_path, finished()) as it:
        for kind in ("group", "mpim"):
            it.workspace.world.add_channel(Channel(f"G-{kind}", kind, {BOT_USER, "U1"}))
            await it.ended(await it.workspace.says("U1", "@roundtable plot", channel=f"G-{kind}"))


async def test_messages_of_one_thread_arrive_in_order(tmp_path: Path) -> None:
    held = Held(asks("More?"))
    async with harness(tmp_path, held, finished()) as it:
        task = await it.workspace.says("U1", "@roundtable think")
        await held.arrived.wait()
        for number in range(20):
            await it.workspace.says(f"U{number % 3 + 1}", f"line {number}", thread=task)
        await it.workspace.settled()
        held.released.set()
        await it.ended(task)
        assert it.teams.heard[1] == [f"line {number}" for number in range(20)]
