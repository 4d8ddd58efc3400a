"""How soon somebody who mentions the bot in Discord sees a first sign, while 20 sessions are at work.

    python -m bench.discord

Ours: mention -> typing, and -> stored on disk -> thread opened. Rival: a handler in the same running client
that only replies, and stores nothing. Both against the played Discord on loopback, in alternation. Then 100
mentions at once: every thread must have every message of its team, once, in order.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from pathlib import Path

import discord

from bot.adapters.discord.client import Client
from bot.domain.policy import Policy
from tests.bot.adapters.discord.harness import harness
from tests.fakes.team import FakeTeams, finished, said
from tests.platforms import discord as played
from tests.platforms.discord.people import Person
from tests.platforms.discord.world import Channel

AT_WORK = 20
ROUNDS = 30
AT_ONCE = 100
FREE = Policy(sessions_per_user=1000)
LINES = 5


class Endless:
    """A team's turn that never ends: the session stays at work."""

    async def __call__(self, _turn: object) -> object:
        await asyncio.Event().wait()
        raise AssertionError


def bare(client: Client) -> None:
    """Let the running client answer `!ping` as a bot that knows nothing else would."""
    ours = client.on_message

    async def on_message(message: discord.Message) -> None:
        if message.content.startswith("!ping"):
            await message.reply("pong")
        else:
            await ours(message)

    client.on_message = on_message  # type: ignore[method-assign]


async def first_signs(folder: Path) -> None:
    """Medians of both, and their ratio."""
    async with played.play() as server:
        general, ana = server.channel("general"), server.person("Ana")
        script = [said(f"Line {number}.") for number in range(LINES)]
        teams = FakeTeams([*script, Endless()])  # type: ignore[list-item]
        async with harness(server, folder, teams, at_once=AT_WORK * 4, policy=FREE) as it:
            for number in range(AT_WORK):
                await (await ana.says(general, f"@Roundtable work {number}").opens()).reads(f"Line {LINES - 1}.")
            client = it.adapter._line.connection
            assert isinstance(client, Client)
            bare(client)
            ours, theirs = [], []
            for number in range(ROUNDS):
                theirs.append(await _timed_reply(general, ana))
                ours.append(await _timed_thread(general, ana, number))
                await asyncio.sleep(0.3)
    rival = statistics.median(theirs) * 1000
    sign, opened = (statistics.median(times) * 1000 for times in zip(*ours, strict=True))
    print(f"with {AT_WORK} sessions at work: a bare handler's reply after {rival:.1f} ms")
    print(f"ours: typing after {sign:.1f} ms, ratio {sign / rival:.2f} (target: at most 3)")
    print(f"ours: stored, and the thread open, after {opened:.1f} ms")


async def _timed_reply(general: Channel, ana: Person) -> float:
    seen = sum("pong" in text for text in general.texts)
    began = time.perf_counter()
    ana.says(general, "!ping")
    await general.reads("pong", times=seen + 1)
    return time.perf_counter() - began


async def _timed_thread(general: Channel, ana: Person, number: int) -> tuple[float, float]:
    typed, began = general.typing, time.perf_counter()
    asked = ana.says(general, f"@Roundtable task {number}")
    await general.world.until(lambda: general.typing > typed)
    sign = time.perf_counter() - began
    await asked.opens()
    return sign, time.perf_counter() - began


async def all_at_once(folder: Path) -> None:
    """A hundred threads, each with all of its messages."""
    async with played.play() as server:
        general, ana = server.channel("general"), server.person("Ana")
        script = [said(f"Line {number}.") for number in range(LINES)]
        async with harness(server, folder, FakeTeams([*script, finished("Done.")]), at_once=AT_ONCE, policy=FREE):
            began = time.perf_counter()
            asked = [ana.says(general, f"@Roundtable task {number}") for number in range(AT_ONCE)]
            threads = [await message.opens() for message in asked]
            for thread in threads:
                await thread.reads("Finished")
            took = time.perf_counter() - began
        wrong = [thread.name for thread in threads if not _complete(thread)]
    sent = sum(len(thread.said) for thread in threads)
    print(
        f"{AT_ONCE} threads at once: {sent} messages in {took:.1f} s, {len(wrong)} threads not as they should be"
    )


def _complete(thread: Channel) -> bool:
    talk = [text for text in thread.texts if text.startswith("**")]
    return talk == [*(f"**assistant**\nLine {number}." for number in range(LINES)), "**assistant**\nDone."]


async def main() -> None:
    for measure in (first_signs, all_at_once):
        with tempfile.TemporaryDirectory() as folder:
            await measure(Path(folder))


if __name__ == "__main__":
    asyncio.run(main())
