"""What whoever plays a task's people does at every point of its session."""

from __future__ import annotations

from typing import Any

import pytest

from bot.evaluate.steps import Decide, Halt, Rest, Say, Step, Used, Wait, step
from bot.evaluate.tasks import Budget, Figure, Reply, Task, Wanted
from bot.events import Person, ThreadRef
from bot.posts import AgentPost, ApprovalPost, BudgetPost, CheckPost, Decided, Post, QuestionPost
from bot.views import SessionView
from tests.bot.evaluate.made import timeline

ASKED = Reply(text="Units, please.", when="asks")
RESTS = Reply(text="And East?", when="rests")
EITHER = Reply(text="Well?", who="Ben")
QUESTION = QuestionPost("analyst", "", "Which?")
DONE = Decided("answered", "Answered.", 1.0)


def task(*replies: Reply) -> Task:
    wanted = Wanted(figures=(Figure(value=3),))
    budget = Budget(turns=10, tokens=1000, seconds=60)
    return Task(name="count", kind="total", task="How many?", replies=replies, wanted=wanted, budget=budget)


def view(status: Any, outcome: str | None = None, wake_at: float | None = None) -> SessionView:
    ann = Person("a", "Ann")
    thread = ThreadRef("console", "", "", "1")
    return SessionView("s", thread, "analyst", "t", ann, status, outcome, 0, 0, 3, 100, 0.0, wake_at)


def taken(
    the_task: Task,
    the_view: SessionView,
    *posts: Post,
    said: tuple[int, ...] = (1,),
    used: Used | None = None,
) -> Step:
    return step(the_task, the_view, timeline("How many?", *posts), said, used or Used(3, 100, 5.0))


def test_a_team_that_works_is_left_alone() -> None:
    assert taken(task(RESTS), view("running")) == Wait()
    assert taken(task(), view("paused", wake_at=9.0)) == Wait()


@pytest.mark.parametrize(
    ("used", "cut"),
    [(Used(10, 0, 0), "turns"), (Used(0, 1000, 0), "tokens"), (Used(0, 0, 60.0), "seconds")],
)
@pytest.mark.parametrize("status", [view("running"), view("paused", wake_at=9.0), view("waiting")])
def test_a_run_is_stopped_at_its_budget(used: Used, cut: Any, status: SessionView) -> None:
    assert taken(task(), status, used=used) == Halt(cut)


@pytest.mark.parametrize("outcome", ["finished", "answered"])
def test_an_answer_gets_the_next_reply_and_the_last_ends_the_run(outcome: str) -> None:
    assert taken(task(RESTS), view("ended", outcome)) == Say(2, RESTS)
    assert taken(task(RESTS), view("ended", outcome), said=(1, 2)) == Rest(outcome)
    assert taken(task(EITHER, RESTS), view("ended", outcome), said=(1, 2)) == Say(3, RESTS)


def test_replies_to_questions_that_nobody_asked_are_left_out() -> None:
    assert taken(task(ASKED, RESTS), view("ended", "finished")) == Say(3, RESTS)
    assert taken(task(ASKED), view("ended", "finished")) == Rest("finished")


@pytest.mark.parametrize("outcome", ["unfinished", "failed", "limit", "stopped", "vanished"])
def test_no_reply_is_given_where_there_is_no_answer(outcome: str) -> None:
    assert taken(task(RESTS), view("ended", outcome)) == Rest(outcome)


def test_a_question_gets_its_reply_or_ends_the_run() -> None:
    assert taken(task(ASKED), view("waiting"), QUESTION) == Say(2, ASKED)
    assert taken(task(EITHER), view("waiting"), QUESTION) == Say(2, EITHER)
    assert taken(task(RESTS), view("waiting"), QUESTION) == Rest("asked"), "a follow-up is no answer"
    assert taken(task(ASKED), view("waiting"), QUESTION, said=(1, 2)) == Rest("asked")


def test_a_card_that_is_decided_is_not_waited_for() -> None:
    decided = QuestionPost("analyst", "", "Which?", decided=DONE)
    assert taken(task(ASKED), view("waiting"), decided) == Wait()


def test_teams_that_wait_for_people_are_let_go_on() -> None:
    going, finishing = CheckPost("x", finishing=False), CheckPost("x", finishing=True)
    code = ApprovalPost("analyst", (), "digest")
    assert taken(task(), view("waiting"), AgentPost("analyst", "x"), going) == Decide(going, "go_on")
    assert taken(task(), view("waiting"), finishing) == Decide(finishing, "finish")
    assert taken(task(), view("waiting"), code) == Decide(code, "approve")


def test_a_budget_and_a_pause_without_end_end_the_run() -> None:
    assert taken(task(), view("waiting"), BudgetPost("x", "session", "tokens", 1, 1, 1, 1)) == Halt("tokens")
    assert taken(task(RESTS), view("paused")) == Rest("paused")


def test_an_end_without_an_outcome_is_an_end() -> None:
    assert taken(task(), view("ended")) == Rest("ended")
