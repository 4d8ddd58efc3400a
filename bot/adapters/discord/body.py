"""One message on Discord, as it is kept between rendering and sending."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from pydantic import TypeAdapter

from bot.adapters.common.request_choices import Mood
from bot.adapters.common.upload_parts import Upload
from bot.domain.posts import Part

MESSAGE = 2000
"""The most characters of one message."""


@dataclass(frozen=True, slots=True)
class StatusCard:
    """An embed: a title and facts; `mood` decides its colour."""

    title: str
    facts: tuple[tuple[str, str], ...]
    mood: Mood


@dataclass(frozen=True, slots=True)
class DecisionButton:
    """A button that decides something; its `id` says what."""

    label: str
    mood: Mood
    id: str


@dataclass(frozen=True, slots=True)
class Body:
    """One message. `question` names what its Reply button answers, `offers` are the buttons of a card that waits.

    `plain`: it cannot be made any simpler.
    """

    text: str
    files: tuple[Upload, ...] = ()
    card: StatusCard | None = None
    question: str = ""
    offers: tuple[DecisionButton, ...] = ()
    plain: bool = False


_JSON = TypeAdapter(Body)


def pack(part_id: str, session: str, body: Body) -> Part:
    """A body as a part."""
    return Part(part_id, session, _JSON.dump_json(body).decode())


def unpack(part: Part) -> Body:
    """The body of a part."""
    return _JSON.validate_json(part.body)


def nonce(name: str) -> str:
    """A nonce of at most 25 characters, always the same for the same part."""
    return hashlib.sha256(name.encode()).hexdigest()[:24]


def question_id(agent: str, question: str) -> str:
    """The id of a question in a button."""
    return hashlib.sha256(f"{agent}\n{question}".encode()).hexdigest()[:16]
