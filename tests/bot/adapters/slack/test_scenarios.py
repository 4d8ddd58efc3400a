"""The scenarios that all platforms share, on Slack."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.common.request_choices import chosen
from tests.bot.adapters.slack.harness import harness, played
from tests.fakes.scripted_sandbox import ScriptedSandboxes
from tests.fakes.team import FakeTeams
from tests.platforms.slack import Lost, Message, Workspace
from tests.platforms.slack.limits import buttons
from tests.platforms.slack.world import User
from tests.scenarios.harness import ChatHarness
from tests.scenarios.scenarios import SCENARIOS, Scenario


@dataclass(slots=True)
class InSlack:
    """Implements `tests.scenarios.harness.Place`; a thread is its first message."""

    workspace: Workspace
    folder: Path
    boxes: list[ScriptedSandboxes] = field(default_factory=list)
    spoken: dict[str, Message] = field(default_factory=dict)
    errors: list[tuple[str, str]] = field(default_factory=list)
    """What stood in a form, and over whose Slack it was open."""

    @property
    def sandboxes(self) -> ScriptedSandboxes:
        return self.boxes[-1]

    @asynccontextmanager
    async def running(self, teams: FakeTeams, policy: Mapping[str, Any] | None = None) -> AsyncIterator[None]:
        async with harness(self.folder, teams=teams, workspace=self.workspace, policy=policy) as it:
            self.boxes.append(it.sandboxes)
            yield

    async def asks(self, who: str, task: str, files: Mapping[str, bytes] | None = None) -> Message:
        attached = list((files or {}).items())
        return await self.workspace.says(self._person(who), f"@roundtable {task}", files=attached)

    async def says(self, who: str, thread: Message, text: str, files: Mapping[str, bytes] | None = None) -> None:
        attached = list((files or {}).items())
        self.spoken[who] = await self.workspace.says(self._person(who), text, thread=thread, files=attached)

    async def edits(self, who: str, text: str) -> None:
        await self.workspace.edits(self.spoken[who], text)

    async def card(self, thread: Message, label: str, times: int = 1) -> Message:
        def look() -> Message | None:
            asked = [reply for reply in self.workspace.replies_in(thread) if "request q" in reply.shown_text]
            return asked[times - 1] if len(asked) >= times and label in _labels(asked[times - 1]) else None

        return copy.deepcopy(await self.workspace.until(look))

    async def clicks(self, who: str, card: Message, label: str) -> None:
        assert await self.workspace.clicks(self._person(who), label, card) == {}

    async def fills(self, who: str, card: Message, label: str, text: str | None = None) -> str:
        await self.clicks(who, card, label)
        form = await self.workspace.form_of(self._person(who))
        stood = str(form.view["blocks"][0]["element"].get("initial_value", ""))
        answer = await self.workspace.sends(form, stood if text is None else text)
        if answer:
            self.errors.append((who, answer["errors"]["field"]))
            self.workspace.state.modals.pop(form.id)
        return stood

    async def ephemeral(self, who: str, text: str, times: int = 1) -> None:
        def told() -> bool | None:
            said = [(whisper.user, whisper.text) for whisper in self.workspace.state.ephemeral]
            said += [(self._person(name), error) for name, error in self.errors]
            count = sum(user == self._person(who) and text in sentence for user, sentence in said)
            return True if count >= times else None

        await self.workspace.until(told)

    def forged(self, card: Message, other: Message, *names: str) -> Message:
        made = copy.deepcopy(card)
        foreign = chosen(next(buttons(other.blocks))["value"])
        for button in buttons(made.blocks):
            own = chosen(button["value"])
            assert own is not None
            button["value"] = replace(own, **{name: getattr(foreign, name) for name in names}).id
        return made

    async def stops(self, who: str, thread: Message) -> None:
        await self.workspace.presses_stop(self._person(who), thread)

    async def reacts(self, who: str, thread: Message) -> None:
        await self.workspace.reacts(self._person(who), thread, "octagonal_sign")

    async def reads(self, thread: Message, text: str, times: int = 1) -> None:
        await self.workspace.until(lambda: True if self.told(thread).count(text) >= times else None)

    def told(self, thread: Message) -> str:
        replies = self.workspace.replies_in(thread)
        return "\n".join(f"{reply.shown_text} {[file.name for file in reply.files]}" for reply in replies)

    def files(self, thread: Message) -> Mapping[str, bytes]:
        return {file.name: file.data for reply in self.workspace.replies_in(thread) for file in reply.files}

    def loses(self, *, taken: bool) -> None:
        self.workspace.fault("chat.postMessage", Lost(accepted=taken))

    def _person(self, name: str) -> str:
        user = f"U{name.upper()}"
        self.workspace.world.users.setdefault(user, User(user, name))
        return user


def _labels(message: Message) -> list[str]:
    return [button["text"]["text"] for button in buttons(message.blocks)]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
async def test_in_slack(tmp_path: Path, scenario: Scenario) -> None:
    async with played() as workspace:
        harness: ChatHarness = InSlack(workspace, tmp_path)
        await scenario(harness)
