"""What people do: every event that an adapter hands in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from bot.domain.participants import Person, ThreadRef
from bot.domain.workspace_files import FileProfile


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file a person attached: `size` is declared in bytes, `ref` is what the adapter needs to fetch it.

    Once it has arrived, `card` says what is in it.
    """

    name: str
    size: int
    ref: str
    card: FileProfile | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """A person said something in a thread; `key` is the same whenever the platform repeats the event.

    `id` is what the platform calls the message, "" where it has no name. One that is not `addressed` to us is
    taken in only where a session listens. `context` is what was said in the thread before, untrusted; it goes up
    to `context_until`, as the platform names that moment, "" for the message itself. One that is meant for
    `now` interrupts the current turn. `changed` is code that this person had run in place of
    an agent's; the engine alone sets it.
    """

    key: str
    thread: ThreadRef
    who: Person
    text: str
    files: tuple[RemoteFile, ...] = ()
    team: str | None = None
    id: str = ""
    addressed: bool = True
    context: str = ""
    context_until: str = ""
    now: bool = False
    changed: tuple[CodeBlock, ...] = ()
    kind: Literal["message"] = "message"


@dataclass(frozen=True, slots=True)
class Stop:
    """A person stopped the session of a thread: a word, a reaction, a button, the API or the terminal.

    A word that is not `addressed` to us means something only where a session is. With a `request` it is a button
    of that card, which stops nothing once the card is decided. With a `message` that one was edited into the word,
    and what it said before reaches no turn.
    """

    key: str
    thread: ThreadRef
    who: Person
    addressed: bool = True
    request: str = ""
    message: str = ""
    kind: Literal["stop"] = "stop"


@dataclass(frozen=True, slots=True)
class Mute:
    """A person told the team not to listen to what is said in the thread or, `muted` off, to listen again."""

    key: str
    thread: ThreadRef
    who: Person
    muted: bool
    addressed: bool = True
    kind: Literal["mute"] = "mute"


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """One fenced block an agent wrote; `language` is the fence's tag in lower case, "" without one."""

    language: str
    code: str


Verdict: TypeAlias = Literal["approve", "approve_all", "reject", "edit", "raise", "go_on", "finish", "stop"]


@dataclass(frozen=True, slots=True)
class Decision:
    """A person decided about one request, which its id names.

    `digest` is that of the code which the person saw: approving needs it. `blocks` is the code that is to run
    after an edit, or `files` hold it, to be read later; `amount` is what a raise adds, in the card's unit; 0 is
    what the card offers.
    """

    key: str
    thread: ThreadRef
    who: Person
    request: str
    verdict: Verdict
    digest: str = ""
    reason: str = ""
    blocks: tuple[CodeBlock, ...] = ()
    amount: float = 0.0
    files: tuple[RemoteFile, ...] = ()
    kind: Literal["decision"] = "decision"

    @property
    def is_unread(self) -> bool:
        """Whether the code is still where it was attached."""
        return bool(self.files) and not self.blocks


@dataclass(frozen=True, slots=True)
class CostAsked:
    """A person wants to know where the money went: the word cost, or a command."""

    key: str
    thread: ThreadRef
    who: Person
    addressed: bool = True
    kind: Literal["cost"] = "cost"


@dataclass(frozen=True, slots=True)
class Edited:
    """A person changed the text of the message that the platform calls `message`."""

    key: str
    thread: ThreadRef
    who: Person
    message: str
    text: str
    kind: Literal["edited"] = "edited"


@dataclass(frozen=True, slots=True)
class Deleted:
    """A person deleted the message that the platform calls `message`."""

    key: str
    thread: ThreadRef
    who: Person
    message: str
    kind: Literal["deleted"] = "deleted"


@dataclass(frozen=True, slots=True)
class Erase:
    """A person wants the session of a thread deleted, with everything in it, or it has reached its `age`."""

    key: str
    thread: ThreadRef
    who: Person
    why: Literal["asked", "age"] = "asked"
    kind: Literal["erase"] = "erase"


InboxEvent: TypeAlias = Message | Stop | Mute | Decision | CostAsked
"""What is kept in the inbox and shown in the timeline."""

Event: TypeAlias = InboxEvent | Edited | Deleted | Erase
"""What adapters hand in."""
