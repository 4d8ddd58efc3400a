"""What whoever plays a task's people does at every point of its session."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.participants import Person, ThreadRef
from bot.domain.posts import (
    AgentPost,
    ApprovalPost,
    BudgetPost,
    CheckPost,
    Decided,
    Post,
    QuestionPost,
)
from bot.domain.views import SessionView
from bot.evaluate.eval_tasks import EvalTask, Figure, RunBudget, ScriptedReply, Wanted
from bot.evaluate.people_steps import BudgetUsedUp, Decide, KeepWaiting, RunOver, RunUsage, Say, Step, step
from tests.bot.evaluate.made import timeline

ASKED = ScriptedReply(text="Units, please.", when="asks")
RESTS = ScriptedReply(text="And East?", when="rests")
EITHER = ScriptedReply(text="Well?", who="Ben")
QUESTION = QuestionPost("analyst", "", "Which?")
DONE = Decided("answered", "Answered.", 1.0)


def task(*replies: ScriptedReply) -> EvalTask:
    wanted = Wanted(figures=(Figure(value=3),))
    budget = RunBudget(turns=10, tokens=1000, seconds=60)
    return EvalTask(name="count", kind="total", task="How many?", replies=replies, wanted=wanted, budget=budget)


def view(status: Any, outcome: str | None = None, wake_at: float | None = None) -> SessionView:
    ann = Person("a", "Ann")
    thread = ThreadRef("console", "", "", "1")
    return SessionView("s", thread, "analyst", "t", ann, status, outcome, 0, 0, 3, 100, 0.0, wake_at)


def taken(
    the_task: EvalTask,
    the_view: SessionView,
    *posts: Post,
    said: tuple[int, ...] = (1,),
    used: RunUsage | None = None,
) -> Step:
    return step(the_task, the_view, timeline("How many?", *posts), said, used or RunUsage(3, 100, 5.0))


def test_a_team_that_works_is_left_alone() -> None:
    assert taken(task(RESTS), view("running")) == KeepWaiting()
    assert taken(task(), view("paused", wake_at=9.0)) == KeepWaiting()


@pytest.mark.parametrize(
    ("used", "cut"),
    [(RunUsage(10, 0, 0), "turns"), (RunUsage(0, 1000, 0), "tokens"), (RunUsage(0, 0, 60.0), "seconds")],
)
@pytest.mark.parametrize("status", [view("running"), view("paused", wake_at=9.0), view("waiting")])
def test_a_run_is_stopped_at_its_budget(used: RunUsage, cut: Any, status: SessionView) -> None:
    assert taken(task(), status, used=used) == BudgetUsedUp(cut)


@pytest.mark.parametrize("outcome", ["finished", "answered"])
def test_an_answer_gets_the_next_reply_and_the_last_ends_the_run(outcome: str) -> None:
    assert taken(task(RESTS), view("ended", outcome)) == Say(2, RESTS)
    assert taken(task(RESTS), view("ended", outcome), said=(1, 2)) == RunOver(outcome)
    assert taken(task(EITHER, RESTS), view("ended", outcome), said=(1, 2)) == Say(3, RESTS)


def test_replies_to_questions_that_nobody_asked_are_left_out() -> None:
    assert taken(task(ASKED, RESTS), view("ended", "finished")) == Say(3, RESTS)
    assert taken(task(ASKED), view("ended", "finished")) == RunOver("finished")


@pytest.mark.parametrize("outcome", ["unfinished", "failed", "limit", "stopped", "vanished"])
def test_no_reply_is_given_where_there_is_no_answer(outcome: str) -> None:
    assert taken(task(RESTS), view("ended", outcome)) == RunOver(outcome)


def test_a_question_gets_its_reply_or_ends_the_run() -> None:
    assert taken(task(ASKED), view("waiting"), QUESTION) == Say(2, ASKED)
    assert taken(task(EITHER), view("waiting"), QUESTION) == Say(2, EITHER)
    assert taken(task(RESTS), view("waiting"), QUESTION) == RunOver("asked"), "a follow-up is no answer"
    assert taken(task(ASKED), view("waiting"), QUESTION, said=(1, 2)) == RunOver("asked")


def test_a_card_that_is_decided_is_not_waited_for() -> None:
    decided = QuestionPost("analyst", "", "Which?", decided=DONE)
    assert taken(task(ASKED), view("waiting"), decided) == KeepWaiting()


def test_teams_that_wait_for_people_are_let_go_on() -> None:
    going, finishing = CheckPost("x", finishing=False), CheckPost("x", finishing=True)
    code = ApprovalPost("analyst", (), "digest")
    assert taken(task(), view("waiting"), AgentPost("analyst", "x"), going) == Decide(going, "go_on")
    assert taken(task(), view("waiting"), finishing) == Decide(finishing, "finish")
    assert taken(task(), view("waiting"), code) == Decide(code, "approve")


def test_a_budget_and_a_pause_without_end_end_the_run() -> None:
    assert taken(task(), view("waiting"), BudgetPost("x", "session", "tokens", 1, 1, 1, 1)) == BudgetUsedUp(
        "tokens"
    )
    assert taken(task(RESTS), view("paused")) == RunOver("paused")


def test_an_end_without_an_outcome_is_an_end() -> None:
    assert taken(task(), view("ended")) == RunOver("ended")
