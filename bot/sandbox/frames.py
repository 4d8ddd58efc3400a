"""The bot's end of the wire to a driver: requests out, replies in. Pure.

The driver runs beside hostile code, so a reply is accepted only in one of the shapes below. A frame is 4
bytes length (big-endian, of what follows), 1 byte kind, body; docker wraps the driver's stdout and stderr into a
stream of its own, with a header of 8 bytes before each piece.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

MAX_BODY = 256 * 1024
CHUNK = 128 * 1024

_STRICT = ConfigDict(extra="forbid", strict=True)
_Count = Annotated[int, Field(ge=0, lt=2**63)]
_Names = Annotated[list[Annotated[str, Field(max_length=100)]], Field(max_length=100)]
Limit = Literal["memory", "processes", "cpu_percent", "workspace", "workspace_files", "open_files", "file_size"]
WhyLeftOut = Literal["large", "unreadable", "link", "special", "deep", "many", "full", "disk"]
"""Larger than a file may be; no right to read it; a link; a pipe or the like; a path that is too long; more files,
more bytes in the workspace, or more bytes on the bot's disk than may be kept.
"""
_Path = Annotated[str, Field(min_length=1, max_length=1000, pattern=r"^[\x01-\xff]+$")]


class BadFrame(Exception):
    """The driver broke the protocol: its container must be discarded."""


@dataclass(frozen=True, slots=True)
class Hello:
    """The driver is ready; what it says of its own container is compared with the profile asked for.

    `open_doors` are calls into the kernel that should be refused and are not; `limits` are those in effect.
    """

    user: _Count
    capabilities: _Count
    no_new_privileges: bool
    seccomp: _Count
    read_only_root: bool
    interfaces: _Names
    open_doors: _Names
    limits: dict[Limit, _Count]
    kind: Literal["hello"] = "hello"
    __pydantic_config__ = _STRICT


@dataclass(frozen=True, slots=True)
class ResourcesUsed:
    """What a program used: CPU time of all its processes, `memory` bytes in the largest of them, `printed` bytes.

    And what there was in the end: `disk` bytes in `inodes` files and folders of the workspace, `held` bytes of
    memory in the whole container, 0 when the kernel does not tell.
    """

    cpu_ms: _Count
    memory: _Count
    printed: _Count
    disk: _Count
    inodes: _Count
    held: _Count
    __pydantic_config__ = _STRICT


@dataclass(frozen=True, slots=True)
class RunReply:
    """A program and all it started are gone.

    `named`: the script was kept under the name that was wished for. `clean`: no interpreter was there to keep its
    variables. `variables`: what became of them.
    """

    exit_code: Annotated[int, Field(ge=0, le=255)]
    ended: Literal["itself", "time", "output", "stopped"]
    oom_kills: Annotated[int, Field(ge=-(2**31), lt=2**31)]
    full: bool
    named: bool
    clean: bool
    variables: Literal["kept", "restored", "lost"]
    used: ResourcesUsed
    kind: Literal["ran"] = "ran"
    __pydantic_config__ = _STRICT


@dataclass(frozen=True, slots=True)
class FilesReply:
    """A file that is new or has other bytes than before; `path` as its bytes read in Latin-1."""

    path: _Path
    size: _Count
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    kind: Literal["file"] = "file"
    __pydantic_config__ = _STRICT


@dataclass(frozen=True, slots=True)
class DriverGone:
    """A file that was there is no more."""

    path: _Path
    kind: Literal["gone"] = "gone"
    __pydantic_config__ = _STRICT


@dataclass(frozen=True, slots=True)
class LeftOutReply:
    """Something in the workspace cannot be kept as it is now; told once, not on every listing."""

    path: _Path
    why: WhyLeftOut
    kind: Literal["left_out"] = "left_out"
    __pydantic_config__ = _STRICT


@dataclass(frozen=True, slots=True)
class StrayReply:
    """A file that is new or has changed outside the workspace; `path` as its bytes read in Latin-1."""

    path: _Path
    kind: Literal["stray"] = "stray"
    __pydantic_config__ = _STRICT


@dataclass(frozen=True, slots=True)
class ListedReply:
    """The end of a listing: how many more files there were that are not named, and whether scratch was emptied."""

    more_left_out: _Count
    more_strays: _Count
    emptied: bool
    kind: Literal["listed"] = "listed"
    __pydantic_config__ = _STRICT


@dataclass(frozen=True, slots=True)
class BusyReply:
    """The answer is still being made."""

    kind: Literal["busy"] = "busy"
    __pydantic_config__ = _STRICT


@dataclass(frozen=True, slots=True)
class RefusedReply:
    """A file could not be written, or not be renamed."""

    why: Annotated[str, Field(max_length=200)]
    kind: Literal["refused"] = "refused"
    __pydantic_config__ = _STRICT


@dataclass(frozen=True, slots=True)
class DoneReply:
    """The last word of an answer."""

    kind: Literal["stored", "renamed", "sent", "pong"]
    __pydantic_config__ = _STRICT


@dataclass(frozen=True, slots=True)
class DataReply:
    """Output of a program, or a piece of a file; never empty, so that their number is bounded."""

    chunk: bytes


JsonReply: TypeAlias = (
    Hello
    | RunReply
    | FilesReply
    | DriverGone
    | LeftOutReply
    | StrayReply
    | ListedReply
    | BusyReply
    | RefusedReply
    | DoneReply
)
Reply: TypeAlias = JsonReply | DataReply

_REPLY: TypeAdapter[JsonReply] = TypeAdapter(Annotated[JsonReply, Field(discriminator="kind")])


class Replies:
    """Turns the bytes of the driver's stdout into replies, however they are cut."""

    def __init__(self) -> None:
        self._pending = bytearray()

    def feed(self, data: bytes) -> Iterator[Reply]:
        """The replies that are whole now; raises BadFrame."""
        self._pending += data
        while len(self._pending) >= 4:
            length = int.from_bytes(self._pending[:4], "big")
            if not 1 <= length <= MAX_BODY + 1:
                raise BadFrame(f"a frame of {length} bytes")
            if len(self._pending) < 4 + length:
                return
            kind, body = self._pending[4:5], bytes(self._pending[5 : 4 + length])
            del self._pending[: 4 + length]
            yield _reply(bytes(kind), body)


def _reply(kind: bytes, body: bytes) -> Reply:
    if kind == b"D" and body:
        return DataReply(body)
    if kind != b"J":
        raise BadFrame(f"a frame of kind {kind!r}")
    try:
        return _REPLY.validate_json(body)
    except ValidationError as error:
        raise BadFrame(f"not a reply: {body[:200]!r}") from error


class DockerStream:
    """Takes docker's headers out of an attach stream, however it is cut."""

    def __init__(self) -> None:
        self._header = bytearray()
        self._left = 0

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Pieces of the streams, as (1 for stdout or 2 for stderr, bytes); raises BadFrame."""
        view = memoryview(data)
        while view:
            if self._left == 0:
                taken = 8 - len(self._header)
                self._header += view[:taken]
                view = view[taken:]
                if len(self._header) == 8:
                    self._left = self._payload()
                continue
            piece, view = view[: self._left], view[self._left :]
            self._left -= len(piece)
            stream = self._header[0]
            if self._left == 0:
                self._header.clear()
            yield stream, bytes(piece)

    def _payload(self) -> int:
        stream, length = self._header[0], int.from_bytes(self._header[4:], "big")
        if stream not in (1, 2) or any(self._header[1:4]):
            raise BadFrame("not docker's stream")
        if length == 0:
            self._header.clear()
        return length


def request(do: str, **fields: object) -> bytes:
    """One request, ready to be sent."""
    return _frame(b"J", json.dumps({"do": do, **fields}).encode())


def data(content: bytes) -> Iterator[bytes]:
    """A file's bytes, ready to be sent piece by piece."""
    for start in range(0, len(content), CHUNK):
        yield _frame(b"D", content[start : start + CHUNK])


def _frame(kind: bytes, body: bytes) -> bytes:
    return (len(body) + 1).to_bytes(4, "big") + kind + body
