"""What can go wrong between Slack and its clients: one fault meets one call."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TypeAlias


class Refusal(Exception):
    """A method answers `ok: false` with this error and these fields."""

    def __init__(self, error: str, **fields: str) -> None:
        super().__init__(error)
        self.error = error
        self.fields = fields


@dataclass(frozen=True, slots=True)
class Fail:
    """`ok: false` with this error; nothing is done."""

    error: str


@dataclass(frozen=True, slots=True)
class Status:
    """An HTTP status without JSON; nothing is done. 429 comes with Retry-After in whole seconds."""

    code: int
    retry_after: int = 0


@dataclass(frozen=True, slots=True)
class Lost:
    """The connection breaks instead of an answer; the call was `accepted`, or never arrived."""

    accepted: bool


@dataclass(slots=True)
class Slow:
    """The call is under way from `arrived` on, and goes on once `released` is set."""

    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)


Fault: TypeAlias = Fail | Status | Lost | Slow
