"""The main job through Discord, with real processes: a task with a file, code in the sandbox, a chart, a crash."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.process import ROOT, command, up
from tests.platforms import discord, openai
from tests.platforms.discord import Discord
from tests.platforms.discord.faults import Hold
from tests.platforms.script import Script

pytestmark = pytest.mark.docker

SALES = (ROOT / "examples" / "sales.csv").read_bytes()
PNG = b"\x89PNG\r\n\x1a\n"
_CODE = (
    "Here is the code.\n\n```python\nimport pathlib\npathlib.Path('made.txt').write_text('x')\nprint('made')\n```"
)


@pytest.fixture
async def server() -> AsyncIterator[Discord]:
    async with discord.play() as server:
        yield server


def _settings(server: Discord, provider: Script | None = None) -> dict[str, str]:
    settings = {
        "DISCORD_BOT_TOKEN": server.token,
        "DISCORD_API_URL": server.api,
        "DISCORD_GATEWAY_URL": server.gateway_url,
    }
    if provider is not None:
        settings |= {"OPENAI_API_KEY": "sk-test", "OPENAI_BASE_URL": f"{provider.url}/v1"}
        settings["ROUNDTABLE_MODEL"] = "openai/scripted"
    return settings


async def test_a_file_becomes_a_chart_and_a_finding_in_a_thread(server: Discord, tmp_path: Path) -> None:
    general, ana = server.channel("general"), server.person("Ana")
    async with up(tmp_path, **_settings(server)):
        await server.gateway.connected()
        thread = await ana.says(general, "@Roundtable Plot the revenue by region", {"sales.csv": SALES}).opens()
        await thread.reads("Finished")
        charts = [file for message in thread.said for file in message.attachments if file.name.endswith(".png")]
        assert charts
        assert charts[0].data.startswith(PNG)
        ana.says(thread, "Show the revenue per month")
        await thread.reads("Finished", times=2)
    assert thread.name == "Plot the revenue by region"
    assert not any(message.pinged for message in thread.said)


async def test_a_kill_while_a_message_is_on_its_way_loses_and_doubles_nothing(
    server: Discord, tmp_path: Path
) -> None:
    general, ana, ben = server.channel("general"), server.person("Ana"), server.person("Ben", 1 << 5)
    async with openai.play() as provider:
        provider.say(_CODE)
        held = provider.hold("Never heard.")
        async with up(tmp_path, **_settings(server, provider)) as roundtable:
            await server.gateway.connected()
            ana.says(general, "@Roundtable make a file")
            await ana.dm.reads("You may not start sessions here")
            sent = Hold()
            thread = await ben.says(general, "@Roundtable make a file").opens()
            await thread.button("Stop")
            server.faults.add(r"POST .*/channels/\d+/messages$", sent)
            await sent.arrived.wait()
            await held.arrived.wait()
            await roundtable.kill()
            sent.released.set()
        ana.says(thread, "and be quick")
        provider.say("It is made.\n\nTERMINATE")
        async with up(tmp_path, **_settings(server, provider)):
            await thread.reads("Finished")
    said = [message for message in thread.said if message.content.startswith("**")]
    heads = [message.content.split("\n")[0].partition(" ·")[0].partition("`")[0] for message in said]
    assert heads == [
        "**analyst**",
        "**executor** ✅ exit code 0",
        "**executor** made ",
        "**analyst**",
        "**roundtable** made ",
    ]
    attached = [file.name for message in said for file in message.attachments]
    assert attached == ["made.txt", "roundtable-session.ipynb"]
    assert "and be quick" in str(provider.calls[-1]["messages"][-1])


async def test_without_discord_the_page_works_and_says_so(server: Discord, tmp_path: Path) -> None:
    settings = _settings(server) | {"DISCORD_BOT_TOKEN": "wrong"}
    async with up(tmp_path, **settings) as roundtable:
        await server.world.until(lambda: any("/users/@me" in request for request in server.rest.requests))
        session = await roundtable.start("```python\nprint(6 * 7)\n```")
        await roundtable.ended(session)
        state = (await roundtable.http.get("/readyz")).json()
        assert await roundtable.terminate() == 0
    assert state["discord"].startswith("Discord refuses DISCORD_BOT_TOKEN")
    assert "wrong" not in "".join(roundtable.said).replace("went wrong", "")


async def test_it_leaves_discord_when_it_is_told_to_end(server: Discord, tmp_path: Path) -> None:
    async with up(tmp_path, **_settings(server)) as roundtable:
        await server.gateway.connected()
        assert await roundtable.terminate() == 0
        await server.world.until(lambda: not server.gateway.sessions)


async def test_doctor_checks_discord(server: Discord, tmp_path: Path) -> None:
    server.channel("general")
    settings: dict[str, Any] = _settings(server)
    _, shown, err = await command(tmp_path, "doctor", **settings)
    assert "ok    Discord: Roundtable is in Analysts" in shown, shown + err
    assert "https://discord.com/oauth2/authorize" in shown.replace("\n", "")
