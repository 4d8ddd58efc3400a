"""The adapter as a whole: the contract, and what it costs the process to have it."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from bot.adapters.discord.adapter import DiscordAdapter
from bot.domain.errors import BadInput
from bot.domain.events import Event, RemoteFile
from bot.domain.participants import ThreadRef
from bot.domain.policy import Policy
from bot.ports import ChatAdapter
from bot.store.database import Database
from tests.bot.adapters.discord.harness import context
from tests.contracts.chat_adapter import Attach, ChatAdapterContract
from tests.fakes.team import FakeTeams
from tests.platforms.discord import Discord
from tests.platforms.discord.people import Person
from tests.platforms.discord.world import THREAD, Channel


class TestDiscordAdapter(ChatAdapterContract):
    @pytest.fixture
    async def adapter(self, server: Discord, tmp_path: Path) -> AsyncIterator[ChatAdapter]:
        """An adapter that is connected, as it is whenever something is delivered."""
        async with Database(f"sqlite:///{tmp_path / 'tables.sqlite'}") as database:
            given = context(server, tmp_path, database, teams=FakeTeams([]), policy=Policy(), reports=[])
            adapter = DiscordAdapter(given)
            running = asyncio.create_task(adapter.run(_take_nothing))
            await server.gateway.connected()
            yield adapter
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running

    @pytest.fixture
    def thread(self, server: Discord, general: Channel, ana: Person) -> ThreadRef:
        opened = server.world.channel(THREAD, "talk", general.guild, parent=general.id, owner=server.world.bot)
        return ThreadRef("discord", str(server.guild.id), str(general.id), str(opened.id))

    @pytest.fixture
    def attach(self, general: Channel, server: Discord, ana: Person) -> Attach:
        async def attach(data: bytes) -> RemoteFile:
            message = ana.says(general, "here", {"data.csv": data})
            (file,) = message.attachments
            expired = f"{server.rest.messages.base}/cdn/attachments/1/expired"
            return RemoteFile(file.name, len(data), f"{general.id}/{message.id}/{file.id} {expired}")

        return attach


def test_discord_py_is_not_loaded_before_it_is_needed() -> None:
    program = "import sys, bot.app_adapters; sys.exit('discord' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


async def _take_nothing(event: Event) -> str:
    raise BadInput("Nothing is taken here.")
