"""What the played people of a task do next: pure, over the state of the session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from bot.domain.events import Verdict
from bot.domain.posts import ApprovalPost, BudgetPost, CheckPost, QuestionPost, RequestCard
from bot.domain.views import Entry, SessionView
from bot.evaluate.eval_tasks import EvalTask, RunBudget, ScriptedReply
from bot.evaluate.stalls import ANSWERED, Cut


@dataclass(frozen=True, slots=True)
class KeepWaiting:
    """The team works, or tries again by itself."""


@dataclass(frozen=True, slots=True)
class Say:
    """Say the reply of this number, 2 for the task's first one."""

    number: int
    reply: ScriptedReply


@dataclass(frozen=True, slots=True)
class Decide:
    """Decide about a card that blocks any kind of team."""

    card: RequestCard
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class RunOver:
    """The run is over: the session's outcome, or what it rests at."""

    outcome: str


@dataclass(frozen=True, slots=True)
class BudgetUsedUp:
    """The run has used up what its task allows."""

    cut: Cut


Step: TypeAlias = KeepWaiting | Say | Decide | RunOver | BudgetUsedUp


@dataclass(frozen=True, slots=True)
class RunUsage:
    """What a run has used so far: turns, tokens with calls under way at their worst, seconds."""

    turns: int
    tokens: int
    seconds: float


def step(task: EvalTask, view: SessionView, entries: Sequence[Entry], said: Sequence[int], used: RunUsage) -> Step:
    """The next step; `said` are the numbers of what was said so far, 1 for the task."""
    match view.status:
        case "running":
            return _within(task.budget, used)
        case "paused":
            return RunOver("paused") if view.wake_at is None else _within(task.budget, used)
        case "waiting":
            return _waiting(task, entries, said) or _within(task.budget, used)
        case "ended":
            outcome = view.outcome or "ended"
            reply = next_reply(task, said, "rests") if outcome in ANSWERED else None
            return reply or RunOver(outcome)


def _within(budget: RunBudget, used: RunUsage) -> Step:
    if used.seconds >= budget.seconds:
        return BudgetUsedUp("seconds")
    if used.turns >= budget.turns:
        return BudgetUsedUp("turns")
    return BudgetUsedUp("tokens") if used.tokens >= budget.tokens else KeepWaiting()


def _waiting(task: EvalTask, entries: Sequence[Entry], said: Sequence[int]) -> Step | None:
    cards = [entry.item for entry in entries if isinstance(entry.item, RequestCard) and entry.item.decided is None]
    match cards[-1] if cards else None:
        case QuestionPost():
            return next_reply(task, said, "asks") or RunOver("asked")
        case CheckPost(finishing=finishing) as card:
            return Decide(card, "finish" if finishing else "go_on")
        case ApprovalPost() as card:
            return Decide(card, "approve")
        case BudgetPost():
            return BudgetUsedUp("tokens")
    return None


def next_reply(task: EvalTask, said: Sequence[int], at: Literal["asks", "rests"]) -> Say | None:
    """The next reply, if it is for this moment; replies to questions that were not asked are left out."""
    for number, reply in enumerate(task.replies, 2):
        if number <= max(said):
            continue
        if reply.when in (at, "either"):
            return Say(number, reply)
        if reply.when == "rests":
            return None
    return None
