"""What a decision does, whose it is to make, and when what a session waits for is over: rows in, verdicts out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.audit_facts import code_digest
from bot.domain.budgets import Cap
from bot.domain.errors import BadInput, BudgetReached, Denied
from bot.domain.events import CodeBlock, Decision, Message, Verdict
from bot.domain.participants import Person
from bot.domain.policy import Act
from bot.domain.posts import (
    ApprovalPost,
    BudgetPost,
    CheckPost,
    Outcome,
    QuestionPost,
    RequestCard,
    Scope,
)
from bot.engine import budget, decisions, questions
from bot.engine.approval import LAPSED, permitted_blocks
from bot.engine.session_rules import SessionRules
from bot.store.requests import OpenRequest, State
from bot.store.sessions import Session
from tests.bot.engine.harness import ANN, THREAD

CODE = (CodeBlock("python", "x()\n"),)
SAFER = (CodeBlock("python", "safer()\n"),)
APPROVAL = ApprovalPost("coder", CODE, code_digest(CODE), expires_at=100.0)
BUDGET = BudgetPost("Empty.", "session", "dollars", spent=1.0, cap=1.0, needed=0.5, step=1.0, expires_at=100.0)
CHECK = CheckPost("Go on?", finishing=False, expires_at=100.0)
FINISHING = replace(CHECK, finishing=True)
QUESTION = QuestionPost("coder", "", "Which?", expires_at=100.0)
SESSION = Session(
    "s1", THREAD, "pair", ANN, "waiting", None, "", None, 3, 0, opened_at=0.0, opened_turns=0, opened_tokens=0,
    last_error="", errors_in_row=0,
)  # fmt: skip


def _request(card: RequestCard, state: State = "open", session: str = "s1") -> OpenRequest:
    return OpenRequest(
        "q1", session, 4, card, 1, state, None, card.expires_at, who="" if state == "open" else "Ben"
    )


def _decision(verdict: Verdict, digest: str = APPROVAL.digest, **more: object) -> Decision:
    return replace(Decision("k", THREAD, ANN, "q1", verdict, digest), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("card", "verdict", "outcome"),
    [
        (APPROVAL, "approve", "approved"),
        (APPROVAL, "approve_all", "approved_all"),
        (APPROVAL, "reject", "rejected"),
        (BUDGET, "raise", "raised"),
        (BUDGET, "finish", "finished"),
        (CHECK, "go_on", "went_on"),
        (CHECK, "finish", "finished"),
        (FINISHING, "finish", "finished"),
    ],
)
def test_a_verdict_ends_the_request_in_its_persons_name(
    card: RequestCard, verdict: Verdict, outcome: Outcome
) -> None:
    resolution = decisions.resolve(_request(card), _decision(verdict))
    assert (resolution.outcome, resolution.who) == (outcome, ANN)
    assert ANN.name in resolution.text


@pytest.mark.parametrize(
    ("card", "verdict", "said"),
    [
        (APPROVAL, "raise", "it takes approve, approve all, reject, edit"),
        (APPROVAL, "go_on", "it takes approve"),
        (APPROVAL, "edit", "There is no code in the edit"),
        (BUDGET, "approve", "it takes raise, finish"),
        (CHECK, "raise", "it takes go on, finish"),
        (FINISHING, "go_on", "The team is done"),
        (QUESTION, "approve", "it takes a reply"),
    ],
)
def test_a_verdict_that_does_not_fit_decides_nothing(card: RequestCard, verdict: Verdict, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        decisions.resolve(_request(card), _decision(verdict))


@pytest.mark.parametrize("verdict", ["approve", "approve_all"])
def test_whoever_saw_other_code_has_approved_nothing(verdict: Verdict) -> None:
    with pytest.raises(Denied, match="not the code of this card"):
        decisions.resolve(_request(APPROVAL), _decision(verdict, "0" * 64))


@pytest.mark.parametrize("amount", [-1.0, float("inf"), float("nan"), 1e10])
def test_a_raise_is_a_number_of_sense(amount: float) -> None:
    with pytest.raises(BadInput, match="A raise is a number above 0"):
        decisions.resolve(_request(BUDGET), _decision("raise", amount=amount))


@pytest.mark.parametrize(
    ("request_", "now", "said"),
    [
        (None, 1.0, "no such request in this thread"),
        (_request(APPROVAL, session="s2"), 1.0, "no such request in this thread"),
        (_request(APPROVAL, "approved"), 1.0, r"already decided \(approved by Ben\)"),
        (_request(APPROVAL, "approved_all"), 1.0, r"already decided \(approved all by Ben\)"),
        (_request(APPROVAL), 100.0, "nobody decided in time, which counts as no"),
    ],
)
def test_what_does_not_stand_is_not_decided(request_: OpenRequest | None, now: float, said: str) -> None:
    with pytest.raises(Denied, match=said):
        decisions.require_open(request_, SESSION, now)


def test_what_stands_does_so_up_to_its_end() -> None:
    assert decisions.require_open(_request(APPROVAL), SESSION, 99.9).id == "q1"


@pytest.mark.parametrize(
    ("card", "verdict", "act"),
    [
        (APPROVAL, "approve", "approve"),
        (APPROVAL, "edit", "approve"),
        (BUDGET, "raise", "raise_budgets"),
        (BUDGET, "finish", "stop"),
        (CHECK, "go_on", "steer"),
        (CHECK, "finish", "stop"),
    ],
)
def test_what_somebody_must_be_allowed_to_do(card: RequestCard, verdict: Verdict, act: Act) -> None:
    assert decisions.required_act(_request(card), verdict) == act


@pytest.mark.parametrize(
    ("scope", "shared"),
    [("session", False), ("user", False), ("channel", True), ("day", True), ("installation", True)],
)
def test_a_raise_of_what_others_use_as_well_is_not_the_starters(scope: Scope, shared: bool) -> None:
    request = _request(replace(BUDGET, scope=scope))
    assert decisions.is_about_shared_budget(request, "raise") is shared
    assert not decisions.is_about_shared_budget(request, "finish")


@pytest.mark.parametrize(
    ("state", "permitted_blocksted"),
    [
        ("approved", CODE),
        ("approved_all", CODE),
        ("edited", SAFER),
        ("open", "Nobody has approved this code"),
        ("rejected", "Ben rejected this code: too slow"),
        ("expired", "Nobody approved this code in time"),
        ("withdrawn", "This code was dropped before anybody approved it"),
        ("lapsed", LAPSED),
    ],
)
def test_only_an_approval_lets_code_run(state: State, permitted_blocksted: tuple[CodeBlock, ...] | str) -> None:
    request = replace(_request(APPROVAL, state), reason="too slow", blocks=SAFER if state == "edited" else ())
    for asked in (True, False):
        assert permitted_blocks(request, CODE, asked=asked) == permitted_blocksted
        assert permitted_blocks(request, SAFER, asked=asked) == "This is not the code that was asked about"


def test_code_without_a_request_runs_only_without_approval() -> None:
    assert permitted_blocks(None, CODE, asked=False) == CODE
    assert permitted_blocks(None, CODE, asked=True) == "Nobody has approved this code"


@pytest.mark.parametrize(
    ("turns", "hours", "reached"),
    [(2, 1.0, None), (3, 1.0, "turns"), (2, 2.1, "hours"), (2, 2.0, None)],
)
def test_work_is_capped_at_turns_and_hours(turns: int, hours: float, reached: str | None) -> None:
    caps = [Cap("session", "turns", 3), Cap("session", "hours", 2)]
    found = budget.reached_work_cap(replace(SESSION, turns=turns, worked=hours * 3600), caps)
    assert (found.unit if found else None) == reached


@pytest.mark.parametrize(("spent", "needed", "step"), [(0.9, 0.5, 1.0), (1.0, 7.301, 7.31), (0.0, 1.5, 1.0)])
def test_the_raise_on_offer_is_enough(spent: float, needed: float, step: float) -> None:
    reached = BudgetReached("session", "dollars", spent=spent, cap=1.0, needed=needed)
    asking = budget.cap_request(SESSION, reached, "s1", SessionRules(remind=10, expire=100), 5.0)
    assert isinstance(asking.card, BudgetPost)
    assert asking.card.step == pytest.approx(step)
    assert asking.card.cap + asking.card.step >= spent + needed
    assert (asking.remind_at, asking.card.expires_at) == (15.0, 105.0)


@pytest.mark.parametrize(
    ("card", "now", "outcome", "is_order"),
    [
        (QUESTION, False, "answered", False),
        (CHECK, False, "answered", True),
        (FINISHING, False, "answered", True),
        (APPROVAL, False, None, False),
        (APPROVAL, True, "withdrawn", False),
        (BUDGET, False, None, False),
        (BUDGET, True, None, False),
    ],
)
def test_what_a_message_means_for_a_card(
    card: RequestCard, now: bool, outcome: Outcome | None, is_order: bool
) -> None:
    met = questions.effect(Message("k", THREAD, ANN, "hm", now=now), card)
    assert ((met.resolution.outcome if met.resolution else None), met.is_order) == (outcome, is_order)


@pytest.mark.parametrize("card", [APPROVAL, BUDGET, CHECK, FINISHING, QUESTION])
def test_every_request_expires_as_a_no_after_a_reminder(
    card: RequestCard,
) -> None:
    resolution, said = questions.expiry(_request(card))
    assert resolution.outcome == "expired"
    assert resolution.who is None
    assert said.endswith(("Reply to go on.", "once there is room.", "The team has finished."))
    assert "After 2 minutes without an answer" in questions.reminder(_request(card), -20.0)


@pytest.mark.parametrize(("remind", "expire", "at"), [(10, 100, 15.0), (100, 100, None), (200, 100, None)])
def test_nobody_is_reminded_of_what_is_over(remind: float, expire: float, at: float | None) -> None:
    assert SessionRules(remind=remind, expire=expire).remind_at(5.0) == at


def test_the_team_hears_of_an_edit_and_of_no_other_decision() -> None:
    edited = decisions.as_message(_decision("edit", blocks=SAFER))
    assert edited is not None
    assert edited.changed == SAFER
    assert decisions.as_message(_decision("approve")) is None
    assert Person("U-Ann", "Ann") == edited.who
