"""How soon a person in Slack sees that they were heard, and whether a crowd is heard once each.

    python -m bench.slack

Ours: the real adapter, intake and store (SQLite, synchronous=FULL) while 20 sessions are at work, from the mention
to the reaction on it. Rival: a bare Bolt handler that only reacts, registered in the same running app and asked in
turn with ours. Both over a real WebSocket and real HTTP to a played Slack in this process: once with no latency,
where one durable transaction is many times what a handler without any does, and once with what a call to Slack
takes from near its servers. Then 100 threads at once.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from bot.domain.events import Message as Heard
from bot.domain.turn_results import Said, What
from bot.ports import TurnPort
from tests.bot.adapters.slack.harness import SlackHarness, harness
from tests.fakes.team import Line, finished
from tests.platforms.slack import Channel
from tests.platforms.slack.world import BOT_USER

AT_WORK = 20
FREE = {"sessions_per_user": 1000}
ROUNDS = 40
THREADS = 100
CHANNELS = 50
MODEL = 2.0
"""Seconds that a model takes to answer."""
LATENCY = 0.05
"""Seconds that a call of Slack's Web API takes."""
TARGET = 3.0


async def thinks(_turn: TurnPort) -> What:
    """A turn of an agent."""
    await asyncio.sleep(MODEL)
    return Said("One more step.")


async def sign_on(it: SlackHarness, text: str) -> float:
    """Seconds from a message to the first reaction on it."""
    began = time.perf_counter()
    message = await it.workspace.says("U1", text, channel="C2")
    await it.workspace.reaction_on(message)
    return time.perf_counter() - began


async def first_sign(folder: Path) -> None:
    script: list[Line] = [thinks] * 1_000
    async with harness(folder, *script, spoil=_no_agent, at_once=AT_WORK, gap=1.0, policy=FREE) as it:
        assert it.adapter.app is not None

        @it.adapter.app.message("bare")
        async def bare(client: Any, event: dict[str, Any]) -> None:
            await client.reactions_add(channel=event["channel"], timestamp=event["ts"], name="wave")

        for number in range(AT_WORK):
            await it.workspace.says("U2", f"@roundtable job {number}")
        await it.workspace.until(lambda: True if len(it.teams.heard) >= AT_WORK else None)
        for latency in (0.0, LATENCY):
            it.workspace.state.latency = latency
            ours, rival = [], []
            for number in range(ROUNDS):
                rival.append(await sign_on(it, f"bare {number} {latency}"))
                ours.append(await sign_on(it, f"@roundtable task {number} {latency}"))
            report(latency, ours, rival)


def report(latency: float, ours: list[float], rival: list[float]) -> None:
    """Print both and their ratio."""
    print(f"first sign, {AT_WORK} sessions at work, a call takes {latency * 1e3:.0f} ms ({ROUNDS} each):")
    for name, times in (("ours", ours), ("bare Bolt handler", rival)):
        ordered = sorted(times)
        middle, slow = statistics.median(ordered), ordered[int(len(ordered) * 0.95)]
        print(f"  {name:18} median {middle * 1e3:6.1f} ms   95 % within {slow * 1e3:6.1f} ms")
    target = f" (target: at most {TARGET:g})" if latency else ""
    print(f"  ratio of medians {statistics.median(ours) / statistics.median(rival):.2f}{target}")


async def crowd(folder: Path) -> None:
    async with harness(folder, finished(), at_once=AT_WORK, gap=1.0, policy=FREE) as it:
        channels = [f"C{number}" for number in range(100, 100 + CHANNELS)]
        for channel in channels:
            it.workspace.world.add_channel(Channel(channel, members={BOT_USER, "U1"}))
        began = time.perf_counter()
        tasks = [
            await it.workspace.says("U1", f"@roundtable task {number}", channel=channels[number % CHANNELS])
            for number in range(THREADS)
        ]
        await it.workspace.settled()
        heard = time.perf_counter() - began
        for task in tasks:
            await it.ended(task)
        done = time.perf_counter() - began
        await it.rest()
        log = it.workspace.sockets.log
        stored = Counter(event.key for event in it.events if isinstance(event, Heard))
        shown = Counter(len(it.workspace.replies_in(task)) for task in tasks)
        print(f"{THREADS} threads at once: all acknowledged after {heard:.2f} s, all ended after {done:.1f} s")
        print(f"  slowest acknowledgement {max(log.acks):.2f} s, {log.retries} events sent again by Slack")
        print(f"  heard {len(it.teams.heard)} tasks of {THREADS}, {len(stored)} of them different")
        print(f"  lost {len(log.lost)}, threads by number of replies {dict(shown)} (each should have 2)")
        assert (len(it.teams.heard), len(stored), log.lost) == (THREADS, THREADS, [])
        assert shown == {2: THREADS}


def _no_agent(workspace: Any) -> None:
    workspace.state.agent = False


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        await first_sign(Path(folder))
    with tempfile.TemporaryDirectory() as folder:
        await crowd(Path(folder))


if __name__ == "__main__":
    asyncio.run(main())
