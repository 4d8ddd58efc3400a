"""The scenarios that all platforms share, on Discord."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.bot.adapters.discord.room import room
from tests.fakes.scripted_sandbox import ScriptedSandboxes
from tests.fakes.team import FakeTeams
from tests.platforms.discord import Discord
from tests.platforms.discord.faults import Cut
from tests.platforms.discord.people import Person
from tests.platforms.discord.world import Channel
from tests.scenarios.place import Place
from tests.scenarios.table import SCENARIOS, Scenario


@dataclass(slots=True)
class InDiscord:
    """Implements `tests.scenarios.place.Place`; a thread is its channel."""

    server: Discord
    general: Channel
    folder: Path
    people: dict[str, Person] = field(default_factory=dict)
    boxes: list[ScriptedSandboxes] = field(default_factory=list)

    @property
    def sandboxes(self) -> ScriptedSandboxes:
        return self.boxes[-1]

    @asynccontextmanager
    async def running(self, teams: FakeTeams) -> AsyncIterator[None]:
        async with room(self.server, self.folder, teams) as it:
            self.boxes.append(it.sandboxes)
            yield

    async def asks(self, who: str, task: str, files: Mapping[str, bytes] | None = None) -> Channel:
        return await self._person(who).says(self.general, f"@Roundtable {task}", files).opens()

    async def says(self, who: str, thread: Channel, text: str, files: Mapping[str, bytes] | None = None) -> None:
        self._person(who).says(thread, text, files)

    async def stops(self, who: str, thread: Channel) -> None:
        await self._person(who).clicks(await thread.button("Stop"), "Stop")

    async def reacts(self, who: str, thread: Channel) -> None:
        self._person(who).reacts(self.server.world.messages[thread.id], "🛑")

    async def reads(self, thread: Channel, text: str, times: int = 1) -> None:
        await thread.reads(text, times)

    def told(self, thread: Channel) -> str:
        return "\n".join(thread.texts)

    def files(self, thread: Channel) -> Mapping[str, bytes]:
        return {file.name: file.data for message in thread.said for file in message.attachments}

    def loses(self, *, taken: bool) -> None:
        self.server.faults.add(r"POST .*/channels/\d+/messages$", Cut(after=taken))

    def _person(self, name: str) -> Person:
        if name not in self.people:
            self.people[name] = self.server.person(name)
        return self.people[name]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
async def test_in_discord(server: Discord, general: Channel, tmp_path: Path, scenario: Scenario) -> None:
    place: Place = InDiscord(server, general, tmp_path)
    await scenario(place)
