"""The scenarios that all platforms share, on Slack."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.bot.adapters.slack.stage import played, stage
from tests.fakes.scripted_sandbox import ScriptedSandboxes
from tests.fakes.team import FakeTeams
from tests.platforms.slack import Lost, Message, Workspace
from tests.platforms.slack.world import User
from tests.scenarios.place import Place
from tests.scenarios.table import SCENARIOS, Scenario


@dataclass(slots=True)
class InSlack:
    """Implements `tests.scenarios.place.Place`; a thread is its first message."""

    workspace: Workspace
    folder: Path
    boxes: list[ScriptedSandboxes] = field(default_factory=list)

    @property
    def sandboxes(self) -> ScriptedSandboxes:
        return self.boxes[-1]

    @asynccontextmanager
    async def running(self, teams: FakeTeams) -> AsyncIterator[None]:
        async with stage(self.folder, teams=teams, workspace=self.workspace) as it:
            self.boxes.append(it.sandboxes)
            yield

    async def asks(self, who: str, task: str, files: Mapping[str, bytes] | None = None) -> Message:
        attached = list((files or {}).items())
        return await self.workspace.says(self._person(who), f"@roundtable {task}", files=attached)

    async def says(self, who: str, thread: Message, text: str, files: Mapping[str, bytes] | None = None) -> None:
        attached = list((files or {}).items())
        await self.workspace.says(self._person(who), text, thread=thread, files=attached)

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


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
async def test_in_slack(tmp_path: Path, scenario: Scenario) -> None:
    async with played() as workspace:
        place: Place = InSlack(workspace, tmp_path)
        await scenario(place)
