"""The played Discord with a channel and two people."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.platforms import discord
from tests.platforms.discord import Discord
from tests.platforms.discord.people import Person
from tests.platforms.discord.world import Channel


@pytest.fixture
async def server() -> AsyncIterator[Discord]:
    async with discord.play() as server:
        yield server


@pytest.fixture
def general(server: Discord) -> Channel:
    return server.channel("general")


@pytest.fixture
def ana(server: Discord) -> Person:
    return server.person("Ana")


@pytest.fixture
def ben(server: Discord) -> Person:
    return server.person("Ben")
