"""The seams of Roundtable: what the engine asks of a platform, a sandbox, a team and a dispatcher."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import PurePosixPath
from typing import Any, Literal, Protocol, TypeAlias

from bot.aio.wait_queue import Ahead
from bot.domain.events import CodeBlock, Event, Message, RemoteFile
from bot.domain.participants import Hint, MessageRef, ThreadRef
from bot.domain.posts import Part, Post
from bot.domain.turn_results import RunResult, TurnResult, Usage
from bot.domain.views import OpenThread
from bot.domain.workspace_files import Artifact, FileProfile, WorkspaceChanges

Intake: TypeAlias = Callable[[Event], Awaitable[str]]
"""Takes one event in, durably, and returns its session's id. The same key twice is one event.

Raises BadInput (Denied included), which its person should be told, and Unheard, which nobody needs to know.
"""

TeamState: TypeAlias = Mapping[str, Any]
"""A team's whole state as JSON values."""

HumanInputMode: TypeAlias = Literal["ALWAYS", "TERMINATE", "NEVER"]
"""When a team waits for a person unasked: after every turn, before it finishes, or never."""

Keep: TypeAlias = Callable[[str, PurePosixPath, bytes], Awaitable[Artifact]]
"""Stores the bytes of a session's file, fsynced and by content, and returns what names them.

Raises BadInput when the session has as much on disk as it may.
"""

Read: TypeAlias = Callable[[str, str], Awaitable[bytes | None]]
"""The bytes of a session's file, by its digest; None when they are gone."""


Remember: TypeAlias = Callable[[str], Awaitable[None]]
"""Keeps a note with a part, durably, while it is being delivered."""


Notebook: TypeAlias = Callable[[str, Sequence[Post]], Awaitable[Artifact | None]]
"""Makes the notebook of a session as it stands, with posts that are about to follow, and stores it.

None when no code was run in it since the last one.
"""


async def read_nothing(_session_id: str, _digest: str) -> None:
    """Has no bytes."""


async def no_notebook(_session_id: str, _more: Sequence[Post]) -> None:
    """Makes none."""


class ThreadLookup(Protocol):
    """Which threads have sessions, for adapters that must find them."""

    async def holding(self, platform: str, workspace: str, channel: str, message: str) -> ThreadRef | None:
        """The thread of the session that a message belongs to: its first, a person's, or one of ours."""

    async def open(self, platform: str, since: float) -> Sequence[OpenThread]:
        """Threads whose session goes on, or rests since that time (epoch seconds) at the earliest."""

    async def move(self, thread: ThreadRef, to: ThreadRef) -> None:
        """The session of a thread lives in another from now on, unless that has a session of its own."""


class ChatAdapter(Protocol):
    """A platform people talk on."""

    name: str

    async def run(self, intake: Intake) -> None:
        """Take events in until cancelled."""

    def render(self, session: str, thread: ThreadRef, post_id: str, post: Post) -> tuple[Part, ...]:
        """The messages and uploads that show a post, none where the thread does not want it.

        Pure, with part ids made from `post_id`, which is unique.
        """

    def plain(self, part: Part) -> Part | None:
        """A refused part as a message of plain text under the same id; None when there is nothing simpler."""

    async def deliver(self, thread: ThreadRef, part: Part, remember: Remember) -> MessageRef:
        """Send a part; raises Refused, Unknown or RetryAfter.

        What it lets `remember` keep is in `part.memo` when the part is looked for or sent again.
        """

    async def find(self, thread: ThreadRef, part: Part) -> MessageRef | None:
        """The message of a part that was sent with unknown outcome, if the platform has it.

        Raises Unknown or RetryAfter when the platform cannot be asked now.
        """

    async def edit(self, message: MessageRef, part: Part) -> None:
        """Show a part anew in the message that it was delivered as; raises Refused, Unknown or RetryAfter."""

    async def hint(self, thread: ThreadRef, hint: Hint) -> None:
        """Show who is at work; may be lost, never raises."""

    async def fetch(self, file: RemoteFile, limit: int) -> bytes:
        """The bytes of an attached file; raises BadInput when there are more than `limit`, or none to be had."""


class Dispatcher(Protocol):
    """Decides which process runs a session, one at a time."""

    async def wake(self, session_id: str) -> None:
        """Something happened: the session is run, or, if it runs, looks again."""


class Sandbox(Protocol):
    """One session's container. Raises SandboxUnavailable when there is none to be had, and nothing else."""

    @property
    def interpreter(self) -> str:
        """Names the interpreter whose variables the next Python block finds; empty when it will find none."""

    async def run(self, code: str, language: str, timeout: float) -> RunResult:
        """Run one block; never raises for bad code. `files` and `removed` of the result are left empty."""

    async def put(self, path: PurePosixPath, data: bytes) -> None:
        """Write a file into the workspace; raises BadInput when it does not fit."""

    async def changed(self) -> WorkspaceChanges:
        """What became of the workspace since the last call; the bytes of its files are stored and fsynced."""

    async def card(self, path: PurePosixPath) -> FileProfile:
        """What is in a file of the workspace, computed inside; one that cannot be read has a card as well."""

    async def kill(self) -> None:
        """End every process now; a `run` under way returns what was printed, with killed="stopped".

        From a container that has to go for it no files come: the workspace is as after the last `changed`.
        """

    def discard(self) -> None:
        """Nothing in it may be used again: the next operation gets a clean container."""


class Sandboxes(Protocol):
    """Where sandboxes come from."""

    def open(
        self, session_id: str, files: Sequence[Artifact], ahead: Ahead = lambda _: None
    ) -> AbstractAsyncContextManager[Sandbox]:
        """A sandbox whose workspace holds `files`: the one that the session left, or a clean one.

        `ahead` is told how many others come first, while there is none free. When the context ends with an error,
        or what is in it was discarded, its container is gone; else it may be kept for the session for a while.
        """

    def forget(self, session_id: str) -> None:
        """Give up what is kept for a session that rests."""

    def interpreter(self, session_id: str) -> str:
        """The name of the interpreter that is kept for a session that rests; empty when there is none."""


class TurnPort(Protocol):
    """What the engine offers a team while a turn is on."""

    tokens_left: int
    """What the session's token cap still allows."""

    async def reserve(self, worst: Usage) -> None:
        """Book an attempt at a model call before it starts; it counts as spent until the turn says otherwise."""

    async def unbilled(self) -> None:
        """Take back what was booked last: the provider asks nothing for it."""

    async def run(self, blocks: Sequence[CodeBlock]) -> Sequence[RunResult]:
        """Run code in the session's sandbox, in order, up to the first block that fails."""

    async def picture(self, path: str, limit: int) -> bytes | None:
        """The bytes of a file of the workspace, with those of this turn; None when it is larger, or not there."""

    def speaking(self, agent: str, doing: str = "") -> None:
        """This agent is at work now, and at what, in a few words; shown as a hint."""

    async def stopped(self) -> None:
        """Returns when the turn must end at once, because a person has stopped it.

        Code that runs is killed, and a turn that ran it has a moment first, to end with what there is.
        """


class Team(Protocol):
    """Who sits at the table of one session. After an error the object is of no use: open a new one."""

    async def turn(self, heard: Sequence[Message], turn: TurnPort) -> TurnResult:
        """One agent speaks, or the executor runs code. Raises TurnError, Stopped included."""


class Teams(Protocol):
    """Where teams come from."""

    def names(self) -> Mapping[str, str]:
        """Every team's name and its description."""

    def limits(self, name: str) -> TeamLimits:
        """The bounds that the team's spec sets; raises BadInput for an unknown name."""

    async def open(self, name: str, state: TeamState | None) -> Team:
        """The team as it was after its last committed turn; `state` is None before the first."""


class TeamLimits(Protocol):
    """Bounds that a team's spec sets on a session, counted since it was last opened."""

    @property
    def max_turns(self) -> int: ...
    @property
    def token_cap(self) -> int: ...
    @property
    def human_input_mode(self) -> HumanInputMode: ...
