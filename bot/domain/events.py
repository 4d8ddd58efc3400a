"""The values that flow through Roundtable: what people do, what a turn brings, what code leaves behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias


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
    """Somebody said something in a thread; `key` is the same whenever the platform repeats the event.

    `id` is what the platform calls the message, "" where it has no name. One that is not `addressed` to us is
    heard only where a session is that listens. `context` is what was said in the thread before, untrusted; it goes
    up to `context_until`, as the platform names that moment, "" for the message itself. One that is meant for
    `now` interrupts the turn that is on. `changed` is code that this person had run in place of
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
    """Somebody stopped the session of a thread: a word, a reaction, a button, the API or the terminal.

    A word that is not `addressed` to us means something only where a session is. With a `request` it is a button
    of that card, which stops nothing once the card is decided. With a `message` that one was edited into the word,
    and what it said before is not to be heard.
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
    """Somebody told the team not to listen to what is said in the thread or, `muted` off, to listen again."""

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
    """Somebody decided about one request, which its id names.

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
    """Somebody wants to know where the money went: the word cost, or a command."""

    key: str
    thread: ThreadRef
    who: Person
    addressed: bool = True
    kind: Literal["cost"] = "cost"


@dataclass(frozen=True, slots=True)
class Edited:
    """Somebody changed the text of the message that the platform calls `message`."""

    key: str
    thread: ThreadRef
    who: Person
    message: str
    text: str
    kind: Literal["edited"] = "edited"


@dataclass(frozen=True, slots=True)
class Deleted:
    """Somebody deleted the message that the platform calls `message`."""

    key: str
    thread: ThreadRef
    who: Person
    message: str
    kind: Literal["deleted"] = "deleted"


@dataclass(frozen=True, slots=True)
class Erase:
    """Somebody wants the session of a thread deleted, with everything in it, or it has reached its `age`."""

    key: str
    thread: ThreadRef
    who: Person
    why: Literal["asked", "age"] = "asked"
    kind: Literal["erase"] = "erase"


InboxEvent: TypeAlias = Message | Stop | Mute | Decision | CostAsked
"""What is kept in the inbox and shown in the timeline."""

Event: TypeAlias = InboxEvent | Edited | Deleted | Erase
"""What adapters hand in."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file in the workspace whose bytes are already stored.

    `path` is relative, POSIX, cleaned; `digest` is the SHA-256 of the content in hex, `size` in bytes.
    """

    path: str
    digest: str
    size: int
    media_type: str


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """One column of a table; `nulls` values are missing."""

    name: str
    type: str
    nulls: int


@dataclass(frozen=True, slots=True)
class TableProfile:
    """A table or a sheet; `first` are the first rows as text, `more_columns` are not told of.

    So many lines above its header were `skipped`.
    """

    name: str
    rows: int
    columns: tuple[ColumnProfile, ...] = ()
    more_columns: int = 0
    first: tuple[tuple[str, ...], ...] = ()
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class FileProfile:
    """What is in a file, by its content and not by its name; a `problem` is why that cannot be said.

    `size` is in bytes, `encoding` and `separator` are guesses, `note` is anything else worth knowing.
    """

    path: str
    size: int
    kind: str
    encoding: str = ""
    separator: str = ""
    tables: tuple[TableProfile, ...] = ()
    more_tables: int = 0
    note: str = ""
    problem: str = ""


Killed: TypeAlias = Literal[
    "time", "memory", "output", "disk", "stopped", "interrupted", "lost", "language", "rejected"
]
"""What ended a program from outside; one that was rejected never began."""


@dataclass(frozen=True, slots=True)
class RunResult:
    """What one code block did in the sandbox.

    `output` is stdout and stderr as they came, valid text, capped. `killed` says what ended the program from
    outside, if anything did; the exit code is then of no meaning. `note` is a sentence for the agents.
    `full_output` is the path in the workspace under which a long output can be read, "" for a short one; `files`
    has it too. `image` is the digest of the image it ran in, if it did.
    """

    exit_code: int
    output: str
    seconds: float
    killed: Killed | None = None
    note: str = ""
    files: tuple[Artifact, ...] = ()
    removed: tuple[str, ...] = ()
    full_output: str = ""
    image: str = ""

    @property
    def ok(self) -> bool:
        return self.exit_code == 0 and self.killed is None

    @property
    def is_unseen(self) -> bool:
        """Nobody saw it to its end: how long it ran, so that `seconds` is 0, and what it printed are not known."""
        return self.killed in ("interrupted", "stopped") and not self.seconds


@dataclass(frozen=True, slots=True)
class Said:
    """An agent spoke, and wrote no code; the team goes on."""

    text: str
    kind: Literal["said"] = "said"


@dataclass(frozen=True, slots=True)
class Code:
    """An agent wrote code; `text` is the whole message, fences included."""

    text: str
    blocks: tuple[CodeBlock, ...]
    kind: Literal["code"] = "code"


@dataclass(frozen=True, slots=True)
class Ran:
    """The executor ran code: one result a block, none after the first that failed."""

    results: tuple[RunResult, ...]
    kind: Literal["ran"] = "ran"


@dataclass(frozen=True, slots=True)
class Asks:
    """An agent needs a person; `text` is what it said before the question."""

    text: str
    question: str
    kind: Literal["asks"] = "asks"


@dataclass(frozen=True, slots=True)
class Finished:
    """An agent finished the task; `text` comes without the word TERMINATE."""

    text: str
    kind: Literal["finished"] = "finished"


@dataclass(frozen=True, slots=True)
class Answered:
    """Words that need nothing more: the team's answer, and the session rests until somebody replies."""

    text: str
    kind: Literal["answered"] = "answered"


@dataclass(frozen=True, slots=True)
class Unfinished:
    """Words that lead nowhere, also after the agents were told what to do: the session rests for a person."""

    text: str
    kind: Literal["unfinished"] = "unfinished"


What: TypeAlias = Said | Code | Ran | Asks | Finished | Answered | Unfinished


SELECTOR, SUMMARY = "selector", "summary"
"""Who pays for calls that no agent makes: to choose who speaks next, and to sum old turns up."""


@dataclass(frozen=True, slots=True)
class Usage:
    """One attempt at a model call. `estimated`: what it used is not known, so the figures are its worst case.

    `disbelieved`: the server reported figures that cannot be.

    `agent` is who pays for it: an agent at the table, SELECTOR or SUMMARY.
    `cache_read` and `cache_written`: those of the prompt's tokens that have prices of their own.
    """

    agent: str
    model: str
    prompt_tokens: int
    completion_tokens: int
    estimated: bool = False
    cache_read: int = 0
    cache_written: int = 0
    disbelieved: bool = False

    @property
    def tokens(self) -> int:
        return self.prompt_tokens + self.completion_tokens


@dataclass(frozen=True, slots=True)
class TookOver:
    """A model did not answer when `agent` asked it; to the session's end its `fallback` answers in its place."""

    agent: str
    model: str
    fallback: str


@dataclass(frozen=True, slots=True)
class ListDelta:
    """How one list of a team's state grew: keep the first `keep` items, then append the blobs named."""

    keep: int
    append: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StateDelta:
    """What one turn changed in a team's state, of a size that does not grow with the conversation.

    `skeleton` is the state as JSON with every list of messages left out, `lists` maps such a list's path to its
    change, `blobs` maps the SHA-256 of each new item to its JSON.
    """

    skeleton: str
    lists: Mapping[str, ListDelta]
    blobs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TurnResult:
    """What one turn brought. `who` is the agent's name as the team spec has it."""

    who: str
    what: What
    delta: StateDelta
    usage: Sequence[Usage] = ()
    took_over: Sequence[TookOver] = ()


@dataclass(frozen=True, slots=True)
class Hint:
    """Something fleeting to show while a session works: who is at it. An empty `agent` means nobody is.

    `doing` is a few words to show with the name, such as whom Roundtable has heard meanwhile.
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
