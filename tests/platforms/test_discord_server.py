"""The played Discord, driven by the real discord.py client."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator

import aiohttp
import discord
import pytest
from discord.http import Route

from tests.platforms import discord as played
from tests.platforms.discord import permissions
from tests.platforms.discord.client import Client, connected
from tests.platforms.discord.faults import Cut, Hold, Status, TooMany
from tests.platforms.discord.server import Discord
from tests.platforms.discord.world import Channel


@pytest.fixture
async def server() -> AsyncIterator[Discord]:
    async with played.play() as server:
        yield server


@pytest.fixture
def general(server: Discord) -> Channel:
    return server.channel("general")


async def test_a_mention_becomes_a_thread_with_an_answer(server: Discord, general: Channel) -> None:
    ana = server.person("Ana")
    async with connected(server) as client:
        asked = ana.says(general, "@Roundtable plot it", {"a b.csv": b"x,y"})
        heard = await client.heard.get()
        assert client.user in heard.mentions
        assert [await file.read() for file in heard.attachments] == [b"x,y"]
        thread = await heard.create_thread(name="plot it")
        await thread.send("Here", file=discord.File(io.BytesIO(b"png"), "chart.png"))
        opened = await asked.opens()
        shown = await opened.reads("Here")
    assert opened.id == asked.id
    assert [(file.name, file.data) for file in shown.attachments] == [("chart.png", b"png")]


async def test_the_same_nonce_is_one_message(server: Discord, general: Channel) -> None:
    async with connected(server) as client:
        first = await client.room(general).send("once", nonce="n1")
        again = await client.room(general).send("once", nonce="n1")
    assert first.id == again.id
    assert general.texts == ["once"]


async def test_a_connection_that_breaks_after_the_message_was_taken_leaves_one_message(
    server: Discord, general: Channel
) -> None:
    async with connected(server) as client:
        server.faults.add("POST .*/messages", Cut(after=True), Cut(after=False))
        for _ in range(2):
            with pytest.raises(aiohttp.ClientConnectionError):
                await client.room(general).send("once", nonce="n1")
        await client.room(general).send("once", nonce="n1")
    assert general.texts == ["once"]


async def test_discord_py_raises_on_503_and_on_a_429_of_cloudflare(server: Discord, general: Channel) -> None:
    async with connected(server) as client:
        server.faults.add("POST .*/messages", Status(503), TooMany(via=False), TooMany(0.01))
        for status in (503, 429):
            with pytest.raises(discord.HTTPException) as caught:
                await client.room(general).send("x")
            assert caught.value.status == status
        await client.room(general).send("x")
    assert general.texts == ["x"]
    assert not server.faults.open


async def test_rate_limits_are_told_and_kept(server: Discord, general: Channel) -> None:
    server.limits.set("POST .*/messages$", 2, 0.2)
    async with connected(server) as client:
        await asyncio.gather(*(client.room(general).send(str(number)) for number in range(5)))
    assert sorted(general.texts) == ["0", "1", "2", "3", "4"]


async def test_without_the_intent_only_mentions_and_direct_messages_have_content(
    server: Discord, general: Channel
) -> None:
    ana = server.person("Ana")
    async with connected(server, Client(content=False)) as client:
        for where, text in ((general, "plain"), (general, "@Roundtable hi"), (ana.dm, "direct")):
            ana.says(where, text)
        heard = [(await client.heard.get()).content for _ in range(3)]
    assert heard == ["", f"<@{server.world.bot.id}> hi", "direct"]


async def test_an_intent_that_is_not_switched_on_ends_the_connection(server: Discord) -> None:
    server.gateway.allowed = 0
    with pytest.raises(discord.PrivilegedIntentsRequired):
        async with connected(server):
            raise AssertionError("it connected")


async def test_a_wrong_token_is_no_login(server: Discord) -> None:
    with pytest.raises(discord.LoginFailure):
        Route.BASE = server.api
        async with Client() as client:
            await client.login("wrong")


async def test_a_resumed_session_gets_what_it_missed(server: Discord, general: Channel) -> None:
    ana = server.person("Ana")
    async with connected(server) as client:
        ana.says(general, "before")
        await client.heard.get()
        async with server.gateway.away():
            ana.says(general, "meanwhile")
        await client.resumed.wait()
        assert (await client.heard.get()).content == "meanwhile"
    assert (server.gateway.identified, server.gateway.resumed) == (1, 1)


@pytest.mark.parametrize("how", ["reconnect", "forget"])
async def test_op_7_resumes_and_a_forgotten_session_identifies_again(
    server: Discord, general: Channel, how: str
) -> None:
    async with connected(server):
        getattr(server.gateway, how)()
        await server.world.until(lambda: server.gateway.resumed + server.gateway.identified == 2)
        await server.gateway.connected()
    assert server.gateway.resumed == (how == "reconnect")


@pytest.mark.parametrize(
    ("denied", "error"),
    [(permissions.VIEW_CHANNEL, 50001), (permissions.SEND_MESSAGES, 50013), (permissions.ATTACH_FILES, 50013)],
)
async def test_a_missing_permission_is_refused(server: Discord, general: Channel, denied: int, error: int) -> None:
    server.deny(general, denied)
    async with connected(server) as client:
        with pytest.raises(discord.Forbidden) as caught:
            await client.room(general).send("x", file=discord.File(io.BytesIO(b"x"), "x"))
    assert caught.value.code == error


async def test_an_archived_thread_refuses_edits_and_opens_by_a_message(server: Discord, general: Channel) -> None:
    ana = server.person("Ana")
    async with connected(server) as client:
        ana.says(general, "@Roundtable hi")
        thread = await (await client.heard.get()).create_thread(name="hi")
        message = await thread.send("first")
        opened = server.world.channels[thread.id]
        server.archive(opened)
        with pytest.raises(discord.HTTPException) as caught:
            await message.edit(content="second")
        assert caught.value.code == 50083
        await thread.send("third")
        assert not opened.archived
        server.archive(opened, locked=True)
        with pytest.raises(discord.HTTPException) as caught:
            await thread.send("fourth")
    assert caught.value.code == 160005


async def test_a_mention_pings_only_whom_it_may(server: Discord, general: Channel) -> None:
    ana = server.person("Ana")
    text = f"@everyone <@{ana.user.id}>"
    async with connected(server) as client:
        await client.room(general).send(text, allowed_mentions=discord.AllowedMentions.none())
        message = await client.room(general).send(text)
        assert [said.pinged for said in general.said] == [set(), {"everyone", "Ana"}]
        await message.edit(content="@here", allowed_mentions=discord.AllowedMentions.none())


async def test_too_much_is_refused(server: Discord, general: Channel) -> None:
    async with connected(server) as client:
        for content, files, error in (
            ("x" * 2001, [], 50035),
            (" ", [], 50006),
            ("", [b"x"] * 11, 50035),
            ("", [b"x" * (10 * 2**20 + 1)], 40005),
            ("", [b"x" * (9 * 2**20)] * 3, 40005),
        ):
            attached = [discord.File(io.BytesIO(data), f"{number}") for number, data in enumerate(files)]
            with pytest.raises(discord.HTTPException) as caught:
                await client.http.send_message(
                    general.id,
                    params=discord.http.handle_message_parameters(content=content, files=attached),
                )
            assert caught.value.code == error
    assert general.texts == []


async def test_a_held_answer_comes_when_it_is_let_go(server: Discord, general: Channel) -> None:
    async with connected(server) as client:
        held = Hold()
        server.faults.add("POST .*/messages", held)
        sending = asyncio.create_task(client.room(general).send("x"))
        await held.arrived.wait()
        assert general.texts == ["x"]
        assert not sending.done()
        held.released.set()
        await sending


async def test_reactions_are_heard_and_listed(server: Discord, general: Channel) -> None:
    ana = server.person("Ana")
    async with connected(server) as client:
        said = ana.says(general, "hi")
        await client.heard.get()
        ana.reacts(said, "🛑")
        ana.reacts(said, ":terminate:123")
        assert {str((await client.heard.get()).emoji.name) for _ in range(2)} == {"🛑", "terminate"}
        message = await client.room(general).fetch_message(said.id)
        who = {str(each): [user.name async for user in each.users()] for each in message.reactions}
    assert who == {"🛑": ["Ana"], "<:terminate:123>": ["Ana"]}
