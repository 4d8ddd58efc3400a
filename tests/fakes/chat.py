"""A chat platform in memory, with everything that can go wrong between it and us."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.domain import json_codec
from bot.domain.errors import BadInput, Refused, RetryAfter, Unknown
from bot.domain.events import RemoteFile
from bot.domain.participants import Hint, MessageRef, ThreadRef
from bot.domain.posts import Part, Post, StatusPost
from bot.ports import Intake, Remember
from bot.text.plain_posts import plain


@dataclass(frozen=True, slots=True)
class Lost:
    """The answer to a call is lost: Unknown is raised, whether or not the message was `accepted`.

    `hidden`: for so many looks the platform does not show it yet.
    """

    accepted: bool
    hidden: int = 0


@dataclass(slots=True)
class Slow:
    """The platform takes its time: `arrived`, and the message is there when `released` is set."""

    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)


Fault = Lost | Slow | Refused | RetryAfter | Exception


@dataclass(slots=True)
class FakeChat:
    """Implements `bot.ports.ChatAdapter`. `faults` meet the calls of `deliver` in order; those of `find` likewise.

    With a `journal`, what people see outlives this process: a line a part.
    """

    name: str = "chat"
    faults: list[Fault | None] = field(default_factory=list)
    find_faults: list[Exception | None] = field(default_factory=list)
    refuse: set[str] = field(default_factory=set)
    """Kinds of posts that this platform refuses."""
    files: Mapping[str, bytes] = field(default_factory=dict)
    journal: Path | None = None
    seen: dict[ThreadRef, list[Part]] = field(default_factory=dict)
    hints: list[str] = field(default_factory=list)
    doings: list[str] = field(default_factory=list)
    memos: list[str] = field(default_factory=list)
    """The note that came with each call of `deliver`."""
    edit_faults: list[Exception | None] = field(default_factory=list)
    edits: int = 0
    calls: int = 0
    looks: int = 0
    fetching: Slow | None = None
    shown: asyncio.Event = field(default_factory=asyncio.Event)
    """Set whenever people see something new."""
    _hidden: dict[str, int] = field(default_factory=dict)

    async def run(self, intake: Intake) -> None:
        await asyncio.Event().wait()

    def render(self, session: str, thread: ThreadRef, post_id: str, post: Post) -> tuple[Part, ...]:
        return (Part(f"{session}-{post_id}", session, json_codec.to_json(json_codec.post, post)),)

    def plain(self, part: Part) -> Part | None:
        post = json_codec.post.validate_json(part.body)
        if isinstance(post, StatusPost):
            return None
        return replace(part, body=json_codec.to_json(json_codec.post, StatusPost(plain(post))))

    async def deliver(self, thread: ThreadRef, part: Part, remember: Remember) -> MessageRef:
        self.calls += 1
        self.memos.append(part.memo)
        await remember(f"try {self.calls}")
        fault = self.faults.pop(0) if self.faults else None
        if json_codec.post.validate_json(part.body).kind in self.refuse:
            fault = Refused("this platform shows no such thing")
        match fault:
            case Exception():
                raise fault
            case Lost(accepted, hidden):
                if accepted:
                    self._show(thread, part)
                    self._hidden[part.id] = hidden
                raise Unknown("the connection broke")
            case Slow():
                fault.arrived.set()
                await fault.released.wait()
        return self._show(thread, part)

    async def find(self, thread: ThreadRef, part: Part) -> MessageRef | None:
        self.looks += 1
        if self.find_faults and (fault := self.find_faults.pop(0)):
            raise fault
        if self._hidden.get(part.id, 0) > 0:
            self._hidden[part.id] -= 1
            return None
        there = any(part.id == other.id for other in self.seen.get(thread, ())) or part.id in self._journalled()
        return MessageRef(thread.channel, part.id) if there else None

    async def edit(self, message: MessageRef, part: Part) -> None:
        self.edits += 1
        if self.edit_faults and (fault := self.edit_faults.pop(0)):
            raise fault
        for parts in self.seen.values():
            for index, shown in enumerate(parts):
                if shown.id == message.id:
                    parts[index] = part
                    self.shown.set()

    async def hint(self, thread: ThreadRef, hint: Hint) -> None:
        self.hints.append(hint.agent)
        self.doings.append(hint.doing)
        self.shown.set()

    async def until_shown(self, *doings: str) -> None:
        """Returns when people have seen all these hints."""
        while not set(doings) <= set(self.doings):
            self.shown.clear()
            await self.shown.wait()

    async def fetch(self, file: RemoteFile, limit: int) -> bytes:
        if self.fetching:
            self.fetching.arrived.set()
            await self.fetching.released.wait()
        if file.ref not in self.files:
            raise BadInput(f"{file.name} cannot be had; attach it again.")
        if len(self.files[file.ref]) > limit:
            raise BadInput(f"{file.name} is larger than {limit} bytes.")
        return self.files[file.ref]

    def posts(self, thread: ThreadRef) -> list[Post]:
        """What people see in a thread."""
        return [json_codec.post.validate_json(part.body) for part in self.seen.get(thread, ())]

    def _show(self, thread: ThreadRef, part: Part) -> MessageRef:
        self.seen.setdefault(thread, []).append(part)
        self.shown.set()
        if self.journal:
            with self.journal.open("a", encoding="utf-8") as journal:
                journal.write(f"{part.id} {part.body}\n")
        return MessageRef(thread.channel, part.id)

    def _journalled(self) -> set[str]:
        if self.journal is None or not self.journal.exists():
            return set()
        return {line.partition(" ")[0] for line in self.journal.read_text(encoding="utf-8").splitlines()}
