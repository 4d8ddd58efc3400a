"""Who talks where: threads, people, and what is shown there for a moment."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ThreadRef:
    """Where a conversation lives; `workspace` is empty on platforms that have none."""

    platform: str
    workspace: str
    channel: str
    thread: str


@dataclass(frozen=True, slots=True)
class Person:
    """Who did something: the platform's stable `id` decides, `name` is only shown.

    `groups`: ids of the person's roles, and the words "admin", "guest" (no full member of the workspace) and
    "external" (of another workspace), where the platform knows.
    """

    id: str
    name: str
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hint:
    """Something fleeting to show while a session runs: which agent works. An empty `agent` means none does.

    `doing` is a few words to show with the name, such as who has written in the mean time.
    """

    agent: str
    doing: str = ""
    may_pass: bool = False
    """It may be over in a moment: a thread sees it only when it has stood for a while."""


@dataclass(frozen=True, slots=True)
class MessageRef:
    """What a platform calls one message of ours."""

    channel: str
    id: str
