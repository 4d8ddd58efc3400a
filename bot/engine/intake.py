"""Where every event enters: checked, stored in one transaction, and only then answered."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TypeVar

from sqlalchemy.exc import IntegrityError

from bot.domain.errors import BadInput, Denied, Unheard
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
from bot.domain.policy import EVERYONE, Act, Policy
from bot.engine import intake_transaction
from bot.engine.changes import Changes
from bot.engine.decisions import MAX_CODE
from bot.engine.questions import meets
from bot.engine.thread_commands import ThreadCommand, chosen_team, code_edit, thread_command, urgent_text
from bot.store import audit, inbox, requests
from bot.store.database import Database
from bot.store.sessions import Session
from bot.text.asides import is_aside
from bot.text.code_blocks import blocks_in, is_fenced

_ACTS: Mapping[str, Act] = {"message": "steer", "mute": "steer", "stop": "stop", "erase": "delete"}


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
            return await self._admit(checked)
        except BadInput as refusal:
            with suppress(IntegrityError):  # another process has noted it meanwhile
                repeated = await self.database.write(audit.refused, checked, str(refusal), self.clock())
                # Whoever only talks on in a thread is told why nobody listens once; a mention wants an answer.
                talks_on = not _is_addressed(checked) and not isinstance(checked, Stop)
                refusal.again = repeated == "event" or (repeated == "sentence" and talks_on)
            raise

    async def _admit(self, event: Event) -> str:
        if not _is_by_nobody(event) and (why := self.policy().admits(event.thread, event.who)):
            raise Denied(why) if _is_addressed(event) else Unheard(why)
        # Whoever brought the event may be gone before it is stored: its session must be woken all the same.
        return await asyncio.shield(self._take(event))

    async def _take(self, event: Event) -> str:
        try:
            taken = await self._store(event)
        except IntegrityError:
            # The same event, or the same thread's first one, was stored by another process meanwhile.
            taken = await self._store(event)
        if taken.fresh:
            self.changes.tell(taken.session)
            await self.wake(taken.session)
            if isinstance(event, Decision) and event.verdict == "raise":
                for session_id in await self.database.read(requests.who_wait_too, event.request):
                    await self.wake(session_id)
            # There may be an answer, or a card that looks different now.
            self.posted(taken.session)
        return taken.session

    async def _store(self, event: Event) -> inbox.Stored:
        rules = inbox.Rules(self._opening, self._allowing, meets)
        return await self.database.write_first(
            intake_transaction.apply_event, event, rules, self.policy(), self.clock()
        )

    def _opening(self, message: Message) -> tuple[str, Message]:
        """The team of a new session, and its task; raises Denied."""
        policy = self.policy()
        if why := self._no_start(message):
            raise Denied(why)
        if message.team is None and (chosen := chosen_team(message.text, self.teams)):
            return chosen[0], replace(message, text=chosen[1])
        return message.team or policy.team(message.thread) or self.default_team, message

    def _allowing(self, session: Session, event: Event) -> None:
        """Raises Denied or Unheard for what this person may not do in a session of somebody else."""
        act = None if _is_by_nobody(event) else _ACTS.get(event.kind)
        if act and (why := self.policy().may(act, session.thread, event.who, session.starter)):
            # Whoever says stop must know that nothing has stopped.
            raise Denied(why) if _is_addressed(event) or isinstance(event, Stop) else Unheard(why)
        begins_anew = (
            isinstance(event, Message) and session.status == "ended" and event.who.id != session.starter.id
        )
        if begins_anew and (why := self._no_start(event)):
            raise Denied(f"The session has ended, and to go on is to start it again. {why}")

    def _no_start(self, message: Event) -> str:
        """Why the person of a message may not start a session there, "" when they may."""
        default = self.starters.get(message.thread.platform, (EVERYONE,))
        return self.policy().start(message.thread, message.who, default)


def _is_by_nobody(event: Event) -> bool:
    """Whether a platform tells of it without saying who did it, as of a thread that is gone."""
    return isinstance(event, Stop | Deleted) and not event.who.id


def _is_addressed(event: Event) -> bool:
    match event:
        case Message() | Stop() | Mute() | CostAsked():
            return event.addressed
        case Decision() | Erase():
            return True
        case Edited() | Deleted():
            return False


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
