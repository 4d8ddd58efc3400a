"""What `roundtable doctor` says about Discord."""

from __future__ import annotations

import pytest

from bot.adapters.discord import check
from bot.domain.errors import OperatorError
from tests.platforms.discord import Discord, permissions
from tests.platforms.discord.world import Channel


async def _checked(server: Discord, token: str = "") -> str:
    return await check.check(token or server.token, server.api, server.gateway_url)


async def test_all_is_well_and_the_invite_link_asks_for_what_is_used(server: Discord, general: Channel) -> None:
    said = await _checked(server)
    assert "Roundtable is in Analysts" in said
    wanted = (
        permissions.VIEW_CHANNEL
        | permissions.SEND_MESSAGES
        | permissions.SEND_MESSAGES_IN_THREADS
        | permissions.CREATE_PUBLIC_THREADS
        | permissions.EMBED_LINKS
        | permissions.ATTACH_FILES
        | permissions.READ_MESSAGE_HISTORY
    )
    link = said.rpartition(" ")[2]
    assert f"client_id={server.world.bot.id}" in link
    assert f"permissions={wanted}" in link
    assert "bot+applications.commands" in link.replace("%20", "+")


async def test_each_fault_is_one_sentence_with_its_fix(server: Discord, general: Channel) -> None:
    with pytest.raises(OperatorError, match="refuses DISCORD_BOT_TOKEN: reset it"):
        await _checked(server, "wrong")
    server.deny(general, permissions.ATTACH_FILES | permissions.CREATE_PUBLIC_THREADS)
    with pytest.raises(OperatorError, match=r"#general of Analysts \((create_public_threads|attach_files), "):
        await _checked(server)
    server.gateway.allowed = 0
    with pytest.raises(OperatorError, match="message content intent is off"):
        await _checked(server)
    server.gateway.allowed = 1 << 15
    server.kick()
    with pytest.raises(OperatorError, match="in no server yet; invite it: https://discord"):
        await _checked(server)


async def test_a_discord_that_is_not_there_is_said() -> None:
    with pytest.raises(OperatorError, match="Discord cannot be reached"):
        await check.check("token", "http://127.0.0.1:1/api/v10", "")
