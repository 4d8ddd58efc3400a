"""Work that does not end when it is told to: the session goes on without it, and it can do nothing any more."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from agents.team_factory import TeamFactory
from bot.domain.errors import Stopped
from bot.domain.events import RemoteFile
from bot.domain.participants import ThreadRef
from bot.domain.turn_results import Usage, What
from bot.ports import TurnPort
from bot.settings import load as settings
from bot.store import ledger
from tests.agents.scripted import Script
from tests.bot.engine.harness import EngineHarness, harness
from tests.fakes.chat import FakeChat, Slow
from tests.fakes.deaf import wait_on
from tests.fakes.scripted_sandbox import ScriptedSandboxes
from tests.fakes.team import SPEAKER, Deaf, FakeTeams, code, finished, said

OTHER = ThreadRef("chat", "team", "general", "2")
WORST = Usage(SPEAKER, "fake/model", 100, 50)


class Late:
    """Does all that a turn can do, when the turn is over; `refused` is what of it was refused."""

    def __init__(self) -> None:
        self.refused: list[str] = []

    async def __call__(self, turn: TurnPort) -> What:
        turn.speaking("a ghost")
        await self._refuses("reserve", turn.reserve(WORST))
        await self._refuses("unbilled", turn.unbilled())
        await self._refuses("run", turn.run(code("late()").blocks))
        return said("too late")

    async def _refuses(self, name: str, work: Awaitable[object]) -> None:
        try:
            await work
        except Stopped:
            self.refused.append(name)


@dataclass(slots=True)
class DeafChat(FakeChat):
    """Files come late, whoever does not wait for them any more; `fetched` is set when one has."""

    fetched: asyncio.Event = field(default_factory=asyncio.Event)

    async def fetch(self, file: RemoteFile, limit: int) -> bytes:
        assert self.fetching is not None
        self.fetching.arrived.set()
        await wait_on(self.fetching.released)
        self.fetched.set()
        return self.files[file.ref]


class Calls(Deaf):
    """Deaf in a call to a model that is booked."""

    async def __call__(self, turn: TurnPort) -> What:
        await turn.reserve(WORST)
        return await super().__call__(turn)


def first(deaf: Deaf, then: What) -> FakeTeams:
    """A team that is deaf in its first turn, and in no other."""

    async def speak(turn: TurnPort) -> What:
        return then if deaf.arrived.is_set() else await deaf(turn)

    return FakeTeams([speak])


async def _tokens(it: EngineHarness) -> int:
    return sum(line.tokens for line in await it.database.read(ledger.spend, (await it.view()).id))


async def test_after_a_stop_a_late_result_changes_nothing(
    tmp_path: Path, sandboxes: ScriptedSandboxes, caplog: pytest.LogCaptureFixture
) -> None:
    deaf = Calls(late=(late := Late()))
    async with harness(tmp_path, first(deaf, finished()), sandboxes=sandboxes) as it:
        await it.say("Go")
        await deaf.arrived.wait()
        with caplog.at_level(logging.WARNING):
            await it.stop()
            await it.rest()
        view, booked = await it.view(), await _tokens(it)
        deaf.released.set()
        await deaf.ended.wait()
        assert (await it.view(), await _tokens(it)) == (view, booked)
        thread, hints = it.thread(), it.chat.hints
        assert await it.talk("go on") == [*thread, "assistant: Done.", "finished: The team has finished."]

    assert thread == ["stopped: Stopped by Ben."]
    assert (view.status, view.outcome, view.turns) == ("ended", "stopped", 0)
    assert booked == WORST.tokens, "nobody knows what the call costs, so it counts as it was booked"
    assert late.refused == ["reserve", "unbilled", "run"]
    assert sandboxes.ran == []
    assert "a ghost" not in hints
    assert f"turn 1 of session {view.id} did not end when it was to: it is abandoned" in caplog.text


async def test_its_place_is_free_for_others(tmp_path: Path) -> None:
    deaf = Deaf()
    async with harness(tmp_path, first(deaf, finished()), at_once=1) as it:
        await it.say("first")
        await deaf.arrived.wait()
        await it.say("second", thread=OTHER)
        await it.stop()
        await it.rest()
        assert it.thread() == ["stopped: Stopped by Ben."]
        assert it.thread(OTHER) == ["assistant: Done.", "finished: The team has finished."]
        deaf.released.set()


async def test_an_order_begins_another_turn_with_a_team_of_its_own(
    tmp_path: Path, sandboxes: ScriptedSandboxes
) -> None:
    deaf = Deaf(late=(late := Late()))

    teams = first(deaf, finished("The median."))
    async with harness(tmp_path, teams, sandboxes=sandboxes) as it:
        await it.say("Go")
        await deaf.arrived.wait()
        thread = await it.talk("now: use the median")
        deaf.released.set()
        await deaf.ended.wait()

    assert thread == ["assistant: The median.", "finished: The team has finished."]
    assert teams.opened == [0, 0]
    assert late.refused == ["reserve", "unbilled", "run"]


async def test_a_deletion_is_done(tmp_path: Path) -> None:
    deaf = Deaf()
    async with harness(tmp_path, FakeTeams([deaf])) as it:
        session = await it.say("Go")
        await deaf.arrived.wait()
        await it.erase()
        await it.rest()
        assert await it.reader.sessions() == []
        assert set(it.removed) == {session}
        deaf.released.set()
        await deaf.ended.wait()
        assert await it.reader.sessions() == []


async def test_a_process_ends_at_once_and_the_next_one_resumes(tmp_path: Path) -> None:
    deaf = Calls()
    async with harness(tmp_path, FakeTeams([deaf]), grace=0) as it:
        await it.say("Go")
        await deaf.arrived.wait()
    async with harness(tmp_path, FakeTeams([finished("Here.")])) as it:
        await it.rest()
        assert it.thread() == ["assistant: Here.", "finished: The team has finished."]
    deaf.released.set()
    await deaf.ended.wait()


async def test_a_file_that_comes_too_late_is_put_nowhere(tmp_path: Path, sandboxes: ScriptedSandboxes) -> None:
    chat = DeafChat(files={"f": b"1"}, fetching=(slow := Slow()))
    async with harness(tmp_path, FakeTeams([finished()]), chat=chat, sandboxes=sandboxes) as it:
        await it.say("Go", files=[RemoteFile("a.csv", 1, "f")])
        await slow.arrived.wait()
        await it.stop()
        await it.rest()
        slow.released.set()
        await chat.fetched.wait()
        assert it.thread() == ["stopped: Stopped by Ben."]
    assert not sandboxes.opened.is_set()


async def test_a_call_that_hangs_inside_autogen(
    tmp_path: Path, sandboxes: ScriptedSandboxes, caplog: pytest.LogCaptureFixture
) -> None:
    deaf, before = Deaf(), asyncio.all_tasks()
    script = Script([deaf, "It is 391.\nTERMINATE"])
    roster = TeamFactory(settings(None, roundtable_model="openai/x", openai_api_key="sk-1"), create=script.create)
    async with harness(tmp_path, roster, sandboxes=sandboxes, at_once=1) as it:
        await it.say("Go")
        await deaf.arrived.wait()
        with caplog.at_level(logging.WARNING):
            await it.stop()
            await it.rest()
        view, tokens = await it.view(), await _tokens(it)
        deaf.released.set()
        await deaf.ended.wait()
        thread = await it.talk("What is 17*23?")
        assert await _tokens(it) == tokens + 120
    await roster.close()

    assert thread == ["stopped: Stopped by Ben.", "assistant: It is 391.", "finished: The team has finished."]
    assert (view.outcome, view.turns) == ("stopped", 0)
    assert tokens > 0, "the call may be billed"
    assert len(script.calls) == 2
    assert "AutoGen does not end a turn" in caplog.text
    assert asyncio.all_tasks() <= before
