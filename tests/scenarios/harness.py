"""A platform with Roundtable on it, as a scenario sees it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from tests.fakes.scripted_sandbox import ScriptedSandboxes
from tests.fakes.team import FakeTeams


class ChatHarness(Protocol):
    """People are named Ana and Ben. What they say in a thread of their own is given by what `asks` returned."""

    @property
    def sandboxes(self) -> ScriptedSandboxes:
        """Where the code of the running Roundtable goes."""

    def running(
        self, teams: FakeTeams, policy: Mapping[str, Any] | None = None
    ) -> AbstractAsyncContextManager[None]:
        """A Roundtable that is connected; once more on the same platform and tables is a restart."""

    async def asks(self, who: str, task: str, files: Mapping[str, bytes] | None = None) -> Any:
        """Mention the bot with a task; returns the thread."""

    async def says(self, who: str, thread: Any, text: str, files: Mapping[str, bytes] | None = None) -> None:
        """Say something in a thread, without a mention."""

    async def edits(self, who: str, text: str) -> None:
        """Change what this person has said last."""

    async def card(self, thread: Any, label: str, times: int = 1) -> Any:
        """The card that waits with such a button, as it looks then; the second or third one in its thread."""

    async def clicks(self, who: str, card: Any, label: str) -> None:
        """Press a button of a card, which may look different by now."""

    async def fills(self, who: str, card: Any, label: str, text: str | None = None) -> str:
        """Press a button that opens a form, and send that with this in its field; returns what stood in it."""

    async def ephemeral(self, who: str, text: str, times: int = 1) -> None:
        """Comes back when this person alone was told something with this text so many times."""

    def forged(self, card: Any, other: Any, *names: str) -> Any:
        """A card whose buttons have something of another card's: its session, request or digest."""

    async def stops(self, who: str, thread: Any) -> None:
        """Press the platform's own Stop, or use its command."""

    async def reacts(self, who: str, thread: Any) -> None:
        """Put the stop sign on the task."""

    async def reads(self, thread: Any, text: str, times: int = 1) -> None:
        """Comes back when Roundtable's messages in the thread contain a text so many times."""

    def told(self, thread: Any) -> str:
        """Everything that Roundtable said in a thread, in order."""

    def files(self, thread: Any) -> Mapping[str, bytes]:
        """The files that Roundtable attached in a thread."""

    def loses(self, *, taken: bool) -> None:
        """The next message's answer is lost, whether or not the platform has taken the message."""
