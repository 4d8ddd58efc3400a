"""What Roundtable shows in a thread: a closed union of values, rendered by each adapter in its own way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from bot.domain.events import CodeBlock
from bot.domain.turn_results import CodeBasis, RunResult
from bot.domain.workspace_files import Artifact

HOST = "roundtable"
"""Who speaks where it is none of the team."""


@dataclass(frozen=True, slots=True)
class AgentPost:
    """An agent's prose, in Markdown. Untrusted text. `final`: the result, the team has finished or answered."""

    agent: str
    text: str
    final: bool = False
    kind: Literal["agent"] = "agent"


@dataclass(frozen=True, slots=True)
class CodePost:
    """An agent's message with code in it; `text` is the whole Markdown, `blocks` what will be run."""

    agent: str
    text: str
    blocks: tuple[CodeBlock, ...]
    kind: Literal["code"] = "code"


@dataclass(frozen=True, slots=True)
class OutputPost:
    """What the code printed and how it ended, one result a block."""

    agent: str
    results: tuple[RunResult, ...]
    kind: Literal["output"] = "output"


@dataclass(frozen=True, slots=True)
class FilesPost:
    """Files that code made or changed, to be attached."""

    agent: str
    files: tuple[Artifact, ...]
    kind: Literal["files"] = "files"


Outcome: TypeAlias = (
    Literal["approved", "approved_all", "edited", "rejected"]
    | Literal["raised", "went_on", "finished", "answered"]
    | Literal["expired", "withdrawn", "lapsed"]
)
"""How a request ended; the last three without a decision: no answer, a stop or an order, no longer needed."""


@dataclass(frozen=True, slots=True)
class Decided:
    """How a request ended: a sentence to show on its card, and when, in epoch seconds."""

    outcome: Outcome
    text: str
    at: float


@dataclass(frozen=True, slots=True)
class QuestionPost:
    """An agent asks; the session waits for a reply in the thread until `expires_at` (epoch seconds)."""

    agent: str
    text: str
    question: str
    request: str = ""
    expires_at: float = 0.0
    decided: Decided | None = None
    kind: Literal["question"] = "question"


@dataclass(frozen=True, slots=True)
class ApprovalPost:
    """An agent's code, all of it, that runs only when a person allows it: approve, approve all, reject or edit.

    `digest` is the code's SHA-256 in hex; a decision names it and `request`. After `expires_at` (epoch seconds) it
    is too late. To approve all allows this and later code of the session for `all_for` seconds. The decision holds
    only as long as the variables are there that the code `builds_on`.
    """

    agent: str
    blocks: tuple[CodeBlock, ...]
    digest: str
    request: str = ""
    expires_at: float = 0.0
    all_for: float = 0.0
    decided: Decided | None = None
    builds_on: CodeBasis = CodeBasis()  # noqa: RUF009  (frozen)
    kind: Literal["approval"] = "approval"


Scope: TypeAlias = Literal["session", "user", "channel", "day", "installation"]
Unit: TypeAlias = Literal["dollars", "tokens", "turns", "hours"]


@dataclass(frozen=True, slots=True)
class BudgetPost:
    """The session waits at a cap: raise it by `step` or another amount, finish with what there is, or stop.

    `text` says which cap it is and what was spent, in words; `needed` is what the next step could take at worst.
    """

    text: str
    scope: Scope
    unit: Unit
    spent: float
    cap: float
    needed: float
    step: float
    request: str = ""
    expires_at: float = 0.0
    decided: Decided | None = None
    kind: Literal["budget"] = "budget"


@dataclass(frozen=True, slots=True)
class CheckPost:
    """The team waits for a person before it goes on or, `finishing`, before it ends.

    To decide: go on (or finish), stop; or a person says in the thread what is to change.
    """

    text: str
    finishing: bool
    request: str = ""
    expires_at: float = 0.0
    decided: Decided | None = None
    kind: Literal["check"] = "check"


@dataclass(frozen=True, slots=True)
class CostLine:
    """What one agent or one turn has used: calls, tokens, and dollars where the price is known."""

    name: str
    calls: int
    tokens: int
    cost: float | None


@dataclass(frozen=True, slots=True)
class CostPost:
    """Where a session's money went: in all, by agent with its model, and by turn."""

    total: CostLine
    agents: tuple[CostLine, ...]
    turns: tuple[CostLine, ...]
    kind: Literal["cost_answer"] = "cost_answer"


@dataclass(frozen=True, slots=True)
class StatusPost:
    """One sentence from Roundtable itself to the people in the thread."""

    text: str
    kind: Literal["status"] = "status"


Ending: TypeAlias = Literal["finished", "answered", "unfinished", "stopped", "limit", "failed"]
"""How a session ends; it decides colours and exit codes."""


@dataclass(frozen=True, slots=True)
class SummaryPost:
    """How the session ended; `text` is the sentence to show.

    `seconds`, `turns`, `tokens` and `cost` (US dollars, None when a price is unknown) count since the session
    was last opened.
    """

    outcome: Ending
    text: str
    seconds: float
    turns: int
    tokens: int
    cost: float | None
    kind: Literal["summary"] = "summary"


RequestCard: TypeAlias = ApprovalPost | BudgetPost | CheckPost | QuestionPost
"""What waits for a person; the same post is shown anew, with `decided` set, once that is over."""

Post: TypeAlias = AgentPost | CodePost | OutputPost | FilesPost | StatusPost | SummaryPost | CostPost | RequestCard


@dataclass(frozen=True, slots=True)
class Part:
    """One message or one upload on a platform: the unit of delivery, of order and of reading back.

    `id` is unique and stable across restarts, so that the platform can be asked for it; `body` is JSON
    that only the adapter which rendered it understands. `memo` is what the adapter noted while delivering it.
    """

    id: str
    session: str
    body: str
    memo: str = ""
