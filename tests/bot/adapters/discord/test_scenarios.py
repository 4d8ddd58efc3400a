"""The scenarios that all platforms share, on Discord."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.common.request_choices import chosen
from bot.domain.policy import Policy
from tests.bot.adapters.discord.harness import harness
from tests.fakes.scripted_sandbox import ScriptedSandboxes
from tests.fakes.team import FakeTeams
from tests.platforms.discord import Discord
from tests.platforms.discord.faults import Cut
from tests.platforms.discord.interactions import Interaction
from tests.platforms.discord.people import Person
from tests.platforms.discord.world import Channel, Message
from tests.scenarios.harness import ChatHarness
from tests.scenarios.scenarios import SCENARIOS, Scenario


@dataclass(frozen=True, slots=True)
class Card:
    """A card as it looked once, with the ids of its buttons by label."""

    message: Message
    buttons: Mapping[str, str]


@dataclass(slots=True)
class InDiscord:
    """Implements `tests.scenarios.harness.Place`; a thread is its channel."""

    server: Discord
    general: Channel
    folder: Path
    people: dict[str, Person] = field(default_factory=dict)
    boxes: list[ScriptedSandboxes] = field(default_factory=list)
    spoken: dict[str, Message] = field(default_factory=dict)
    private: list[tuple[str, str]] = field(default_factory=list)
    """What somebody was told alone, by name."""

    @property
    def sandboxes(self) -> ScriptedSandboxes:
        return self.boxes[-1]

    @asynccontextmanager
    async def running(self, teams: FakeTeams, policy: Mapping[str, Any] | None = None) -> AsyncIterator[None]:
        rules = Policy.model_validate(policy or {})
        async with harness(self.server, self.folder, teams, policy=rules) as it:
            self.boxes.append(it.sandboxes)
            yield

    async def asks(self, who: str, task: str, files: Mapping[str, bytes] | None = None) -> Channel:
        return await self._person(who).says(self.general, f"@Roundtable {task}", files).opens()

    async def says(self, who: str, thread: Channel, text: str, files: Mapping[str, bytes] | None = None) -> None:
        self.spoken[who] = self._person(who).says(thread, text, files)

    async def edits(self, who: str, text: str) -> None:
        self._person(who).edits(self.spoken[who], text)

    async def card(self, thread: Channel, label: str, times: int = 1) -> Card:
        asked: list[Message] = []

        def there() -> bool:
            asked[:] = [message for message in thread.said if "request `q" in message.content]
            return len(asked) >= times and label in asked[times - 1].buttons

        await self.server.world.until(there)
        return Card(asked[times - 1], dict(asked[times - 1].buttons))

    async def clicks(self, who: str, card: Card, label: str) -> None:
        self._hears(who, await self._person(who).presses(card.message, card.buttons[label]).answer())

    async def fills(self, who: str, card: Card, label: str, text: str | None = None) -> str:
        form = await self._person(who).presses(card.message, card.buttons[label]).answer()
        assert form.modal is not None
        row = form.modal["components"][0]
        stood = str((row.get("component") or row["components"][0]).get("value") or "")
        self._hears(who, await self._person(who).fills(form, stood if text is None else text))
        return stood

    async def ephemeral(self, who: str, text: str, times: int = 1) -> None:
        private = [message.content for message in self._person(who).dm.said]
        private += [sentence for name, sentence in self.private if name == who]
        assert sum(text in sentence for sentence in private) >= times, private

    def forged(self, card: Card, other: Card, *names: str) -> Card:
        foreign = chosen(next(iter(other.buttons.values())))
        made: dict[str, str] = {}
        for label, custom_id in card.buttons.items():
            own = chosen(custom_id)
            assert own is not None
            made[label] = replace(own, **{name: getattr(foreign, name) for name in names}).id
        return Card(card.message, made)

    def _hears(self, who: str, answer: Interaction) -> None:
        if answer.private:
            self.private.append((who, answer.text))

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
    harness: ChatHarness = InDiscord(server, general, tmp_path)
    await scenario(harness)
