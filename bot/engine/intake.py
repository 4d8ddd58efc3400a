"""Where every event enters: checked, stored in one transaction, and only then answered."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TypeVar

from sqlalchemy.exc import IntegrityError

from bot.domain.errors import BadInput, Unheard
from bot.domain.events import (
    CodeBlock,
    CostAsked,
    Decision,
    Deleted,
    Edited,
    Erase,
    Event,
    Message,
    Mute,
    RemoteFile,
    Stop,
)
from bot.domain.policy import Policy
from bot.engine.admission import Admission, is_addressed
from bot.engine.changes import Changes
from bot.engine.decisions import MAX_CODE
from bot.engine.intake_transaction import Stored, apply_event
from bot.engine.thread_commands import ThreadCommand, code_edit, thread_command, urgent_text
from bot.store import audit, requests
from bot.store.database import Database
from bot.text.asides import is_aside
from bot.text.code_blocks import blocks_in, is_fenced


@dataclass(frozen=True, slots=True)
class Intake:
    """Takes events in for every adapter.

    `wake` is told of each session that has something new, `posted` of each that has an answer to deliver.
    `starters`: by platform, who may start sessions where the policy does not say; everyone unless named.
    """

    database: Database
    changes: Changes
    teams: Collection[str]
    default_team: str
    file_limit: int
    wake: Callable[[str], Awaitable[None]]
    posted: Callable[[str], None]
    policy: Callable[[], Policy] = Policy
    starters: Mapping[str, Collection[str]] = field(default_factory=dict)
    clock: Callable[[], float] = time.time

    async def __call__(self, event: Event) -> str:
        """Store one event, once, and return its session's id; what raises BadInput or Unheard is not stored."""
        checked = check(event, self.teams, self.file_limit)
        try:
            self._admission().check_place(checked)
            # The caller may be gone before the event is stored: its session must be woken all the same.
            return await asyncio.shield(self._take(checked))
        except BadInput as refusal:
            with suppress(IntegrityError):  # another process has noted it meanwhile
                repeated = await self.database.write(audit.refused, checked, str(refusal), self.clock())
                # Talk in a thread is refused with a sentence only once; a mention or a stop gets one each time.
                is_talk = not is_addressed(checked) and not isinstance(checked, Stop)
                refusal.again = repeated == "event" or (repeated == "sentence" and is_talk)
            raise

    async def _take(self, event: Event) -> str:
        try:
            stored = await self._store(event)
        except IntegrityError:
            # The same event, or the same thread's first one, was stored by another process meanwhile.
            stored = await self._store(event)
        if stored.fresh:
            self.changes.tell(stored.session)
            await self.wake(stored.session)
            if isinstance(event, Decision) and event.verdict == "raise":
                for session_id in await self.database.read(requests.sharing_budget, event.request):
                    await self.wake(session_id)
            # There may be an answer, or a card that looks different now.
            self.posted(stored.session)
        return stored.session

    async def _store(self, event: Event) -> Stored:
        return await self.database.write_first(apply_event, event, self._admission(), self.clock())

    def _admission(self) -> Admission:
        return Admission(self.policy(), self.teams, self.default_team, self.starters)


def check(event: Event, teams: Collection[str], file_limit: int) -> Event:
    """The event as it will be stored: words that are orders become such; raises BadInput or Unheard."""
    event = replace(event, who=replace(event.who, name=_printable(event.who.name)))
    match event:
        case Decision(verdict="stop"):
            return Stop(event.key, event.thread, event.who, request=_text(event.request))
        case Stop() | Mute() | Deleted() | CostAsked() | Erase():
            return event
        case Decision():
            return replace(
                event,
                request=_text(event.request),
                digest=_text(event.digest),
                reason=_text(event.reason),
                blocks=tuple(_block(each) for each in event.blocks),
            )
        case Edited():
            if thread_command(event.text) == "stop":
                return Stop(event.key, event.thread, event.who, addressed=False, message=event.message)
            return _clean(event)
        case Message() if not event.files and (meant := thread_command(event.text)):
            return _order(event, meant)
        case Message() if edit := code_edit(_text(event.text)):
            return _edit(event, *edit)
        case Message() if not event.addressed and is_aside(event.text):
            raise Unheard("people talk among themselves")
    _check_message(event, teams, file_limit)
    files = tuple(_named(file) for file in event.files)
    order_now = urgent_text(event.text)
    text = event.text if order_now is None else order_now
    context = _text(event.context)
    return _clean(replace(event, text=text, now=order_now is not None, changed=(), context=context, files=files))


def _order(message: Message, meant: ThreadCommand) -> Event:
    if meant == "stop":
        return Stop(message.key, message.thread, message.who, addressed=message.addressed)
    if meant == "cost":
        return CostAsked(message.key, message.thread, message.who, addressed=message.addressed)
    return Mute(message.key, message.thread, message.who, meant == "mute", addressed=message.addressed)


def _edit(message: Message, request: str, code: str) -> Decision:
    """The code that takes another's place: in the message itself or, attached, to be fetched later."""
    decision = Decision(message.key, message.thread, message.who, request, "edit")
    if not message.files:
        return replace(decision, blocks=blocks_in(code))
    if is_fenced(code):
        raise BadInput("Send the code in the message or as a file, not both; nothing was decided.")
    if sum(file.size for file in message.files) > MAX_CODE:
        raise BadInput(f"Code may have {MAX_CODE:,} bytes; nothing was decided.")
    return replace(decision, files=tuple(_named(file) for file in message.files))


_Texted = TypeVar("_Texted", Message, Edited)


def _clean(event: _Texted) -> _Texted:
    return replace(event, text=_text(event.text))


def _named(file: RemoteFile) -> RemoteFile:
    return replace(file, name=_text(file.name))


def _block(block: CodeBlock) -> CodeBlock:
    return CodeBlock(_text(block.language), _text(block.code))


def _text(raw: str) -> str:
    """Halves of characters, which platforms that count in UTF-16 send, and NUL cannot be stored everywhere."""
    return raw.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").replace("\0", "\ufffd")


def _printable(raw: str) -> str:
    return "".join(character for character in _text(raw) if character.isprintable())


def _check_message(message: Message, teams: Collection[str], file_limit: int) -> None:
    if not message.text.strip() and not message.files:
        raise BadInput("The task is empty: say what the team should do, or attach a file.")
    if message.team is not None and message.team not in teams:
        raise BadInput(f"There is no team {message.team!r}. Teams: {', '.join(sorted(teams))}.")
    for file in message.files:
        if file.size > file_limit:
            limit = f"{file_limit / 1_000_000:g} MB"
            raise BadInput(f"{file.name} is larger than {limit}; attach a smaller file or a sample of it.")
