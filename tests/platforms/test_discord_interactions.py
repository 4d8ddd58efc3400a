"""Commands, buttons, forms and their time limits in the played Discord, driven by the real client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import discord
import pytest

from tests.platforms import discord as played
from tests.platforms.discord.client import Client, connected
from tests.platforms.discord.server import Discord
from tests.platforms.discord.world import Channel


@pytest.fixture
async def server() -> AsyncIterator[Discord]:
    async with played.play() as server:
        yield server


@pytest.fixture
def general(server: Discord) -> Channel:
    return server.channel("general")


async def test_a_command_is_synced_used_and_answered_privately(server: Discord, general: Channel) -> None:
    ana, client = server.person("Ana"), Client()

    @client.tree.command(description="Says it.")
    async def echo(interaction: discord.Interaction, text: str, file: discord.Attachment) -> None:
        data = await file.read()
        await interaction.response.send_message(f"{text} {data.decode()}", ephemeral=True)

    async with connected(server, client):
        await client.tree.sync()
        answer = await ana.uses(general, "echo", text="hi", file=("a.txt", b"there"))
    assert (answer.text, answer.private) == ("hi there", True)
    assert general.messages == []


async def test_a_late_answer_is_refused(server: Discord, general: Channel) -> None:
    ana, client = server.person("Ana"), Client()
    late: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    @client.tree.command(description="Is late.")
    async def slow(interaction: discord.Interaction) -> None:
        now = server.world.clock()
        server.world.clock = lambda: now + 4
        try:
            await interaction.response.send_message("too late")
        except discord.NotFound as error:
            late.set_result(error.code)

    async with connected(server, client):
        await client.tree.sync()
        ana.tries(general, "slow")
        assert await late == 10062


async def test_buttons_modals_and_followups(server: Discord, general: Channel) -> None:
    ana, client = server.person("Ana"), Client()

    class Say(discord.ui.Modal, title="Say"):
        words: discord.ui.TextInput[Say] = discord.ui.TextInput(label="What?", custom_id="words")

        async def on_submit(self, interaction: discord.Interaction) -> None:
            await interaction.response.defer(ephemeral=True, thinking=True)
            await interaction.followup.send(f"heard {self.words.value}")

    class Buttons(discord.ui.View):
        @discord.ui.button(label="Reply", custom_id="reply")
        async def reply(self, interaction: discord.Interaction, _: discord.ui.Button[Buttons]) -> None:
            await interaction.response.send_modal(Say())

    async with connected(server, client) as client:
        await client.room(general).send("?", view=Buttons(timeout=None))
        shown = await ana.clicks(await general.button("Reply"), "Reply")
        sent = ana.fills(shown, "hello")
        done = asyncio.create_task(sent)
        await server.world.until(
            lambda: any(made.followups or made.response for made in server.rest.interactions.all.values())
        )
        done.cancel()
    texts = [each.words for made in server.rest.interactions.all.values() for each in made.followups]
    assert texts == ["heard hello"]


async def test_after_fifteen_minutes_an_interaction_is_over(server: Discord, general: Channel) -> None:
    ana, client = server.person("Ana"), Client()
    over: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    @client.tree.command(description="Talks for long.")
    async def talk(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("first")
        await interaction.followup.send("second")
        now = server.world.clock()
        server.world.clock = lambda: now + 901
        try:
            await interaction.followup.send("third")
        except discord.HTTPException as error:
            over.set_result(error.code)

    async with connected(server, client):
        await client.tree.sync()
        ana.tries(general, "talk")
        assert await over == 50027
    assert general.texts == ["first", "second"]
