"""The engine over PostgreSQL, whose transactions really do overlap."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.domain.participants import ThreadRef
from bot.domain.posts import SummaryPost
from tests.bot.engine.harness import harness
from tests.fakes.scripted_sandbox import ScriptedSandboxes
from tests.fakes.team import FakeTeams, Line, asks, code, finished, said
from tests.platforms import postgres

pytestmark = pytest.mark.postgres

THREADS = [ThreadRef("chat", "team", "general", str(number)) for number in range(8)]


async def test_many_sessions_talk_and_are_talked_to_at_once(
    tmp_path: Path, cluster: postgres.Cluster, sandboxes: ScriptedSandboxes
) -> None:
    script: list[Line] = [said("1"), code("x()"), asks("Go on?"), *(said(str(number)) for number in range(8))]
    teams = FakeTeams([*script, *(finished() for _ in range(3))])
    async with harness(tmp_path, teams, sandboxes=sandboxes, url=cluster.database(), at_once=4) as it:
        await asyncio.gather(*(it.say("Go", thread=thread) for thread in THREADS))
        for number in range(6):
            await asyncio.gather(*(it.say(f"more {number}", thread=thread) for thread in THREADS))
        await asyncio.gather(*(it.stop("Ben", thread) for thread in THREADS[:4]))
        for _ in range(2):
            await asyncio.gather(*(it.say("go on", thread=thread) for thread in THREADS))
            await it.rest()
        views = {view.thread: view for view in await it.reader.sessions()}
        timelines = [await it.reader.timeline(views[thread].id) for thread in THREADS]

    for thread, timeline in zip(THREADS, timelines, strict=True):
        assert [entry.seq for entry in timeline] == list(range(1, len(timeline) + 1))
        assert views[thread].outcome == "finished"
        shown = [entry.item for entry in timeline if type(entry.item).__module__ == "bot.domain.posts"]
        assert shown == it.chat.posts(thread)
        assert isinstance(shown[-1], SummaryPost)
    assert len(sandboxes.ran) <= len(THREADS)


async def test_a_restart_goes_on(tmp_path: Path, cluster: postgres.Cluster) -> None:
    url = cluster.database()
    script: list[Line] = [said("I look."), asks("Which?"), finished("Done.")]
    async with harness(tmp_path, FakeTeams(script), url=url) as it:
        await it.talk("Go")
    teams = FakeTeams(script)
    async with harness(tmp_path, teams, url=url) as it:
        assert await it.talk("this") == ["assistant: Done.", "finished: The team has finished."]
    assert teams.opened == [3]
