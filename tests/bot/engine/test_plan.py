"""The decisions of the engine, as tables."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.errors import (
    BadInput,
    ModelRefused,
    ModelUnavailable,
    SandboxUnavailable,
    Stopped,
    TokenCapReached,
    TurnCrashed,
)
from bot.domain.events import CodeBlock, Message, Stop
from bot.domain.participants import Person, ThreadRef
from bot.domain.posts import (
    AgentPost,
    ApprovalPost,
    CodePost,
    FilesPost,
    OutputPost,
    QuestionPost,
)
from bot.domain.turn_results import Asks, Code, Finished, Ran, RunResult, Said, StateDelta, TurnResult, What
from bot.domain.views import Status
from bot.domain.workspace_files import Artifact
from bot.engine.plan import Ask, CloseRequest, Delete, End, Idle, Step, TakeTurn, TurnOutcome, after, plan
from bot.engine.session_rules import SessionRules
from bot.engine.session_snapshot import SessionSnapshot
from bot.engine.turn_errors import MODEL_AGAIN, SANDBOX_AGAIN, PauseSession, consequence
from bot.store.inbox import PendingEvent
from bot.store.requests import OpenRequest, RequestDraft, Resolution
from bot.store.sessions import Session
from tests.fakes.team import Limits

ANN, BEN = Person("1", "Ann"), Person("2", "Ben")
THREAD = ThreadRef("chat", "", "general", "1")
SESSION = Session(
    id="s1",
    thread=THREAD,
    team="pair",
    starter=ANN,
    status="running",
    outcome=None,
    why_paused="",
    wake_at=None,
    turns=5,
    tokens=1000,
    opened_at=100.0,
    opened_turns=2,
    opened_tokens=400,
    last_error="",
    errors_in_row=0,
)
HOUR = 3600.0
LIMITS = Limits(max_turns=10, token_cap=5000)
HELLO = Message("m1", THREAD, ANN, "hello")
MORE = Message("m2", THREAD, BEN, "more")


def _turn(*messages: tuple[int, Message]) -> TakeTurn:
    return TakeTurn(messages)


PAUSED = replace(SESSION, status="paused", wake_at=50.0)
STOPPED = Resolution("withdrawn", "Stopped by Ben.")
USED_TURNS = End("limit", "The team has used its 10 turns. Reply to let it go on.")
USED_TOKENS = End("limit", "The team has used its 5,000 tokens. Reply to let it go on.")
SAME_ERROR = End("failed", "The same error came 3 times: KeyError: x. Reply with a hint to go on.")


@pytest.mark.parametrize(
    ("session", "pending", "now", "step"),
    [
        (SESSION, [], 0, _turn()),
        (SESSION, [PendingEvent(1, HELLO), PendingEvent(2, MORE)], 0, _turn((1, HELLO), (2, MORE))),
        (
            SESSION,
            [PendingEvent(1, HELLO), PendingEvent(2, Stop("x", THREAD, BEN))],
            0,
            End("stopped", "Stopped by Ben.", STOPPED),
        ),
        (
            SESSION,
            [PendingEvent(2, Stop("x", THREAD, BEN)), PendingEvent(3, HELLO)],
            0,
            End("stopped", "Stopped by Ben.", STOPPED),
        ),
        (replace(SESSION, status="waiting"), [], 0, Idle()),
        (
            replace(SESSION, status="waiting"),
            [PendingEvent(2, Stop("x", THREAD, BEN))],
            0,
            End("stopped", "Stopped by Ben.", STOPPED),
        ),
        (replace(SESSION, status="ended"), [PendingEvent(1, HELLO)], 0, Idle()),
        (PAUSED, [], 49.9, Idle()),
        (PAUSED, [], 50.0, _turn()),
        (replace(PAUSED, wake_at=None), [], 1e12, Idle()),
        (PAUSED, [PendingEvent(2, Stop("x", THREAD, BEN))], 0, End("stopped", "Stopped by Ben.", STOPPED)),
        (replace(SESSION, turns=11), [], 0, _turn()),
        (replace(SESSION, turns=12), [], 0, USED_TURNS),
        (replace(SESSION, turns=12), [PendingEvent(1, HELLO)], 0, USED_TURNS),
        (replace(SESSION, tokens=5399), [], 0, _turn()),
        (replace(SESSION, tokens=5400), [], 0, USED_TOKENS),
        (replace(SESSION, errors_in_row=2, last_error="KeyError: x"), [], 0, _turn()),
        (replace(SESSION, errors_in_row=3, last_error="KeyError: x"), [], 0, SAME_ERROR),
        (replace(SESSION, errors_in_row=3), [PendingEvent(1, HELLO)], 0, _turn((1, HELLO))),
    ],
)
def test_the_next_step(session: Session, pending: list[PendingEvent], now: float, step: Step) -> None:
    assert plan(SessionSnapshot(session, pending), LIMITS, SessionRules(), now) == step


@pytest.mark.parametrize(
    ("status", "pending", "step"),
    [
        ("ended", [], Delete()),
        ("ended", [PendingEvent(3, HELLO)], Delete()),
        ("waiting", [PendingEvent(2, Stop("x", THREAD, BEN))], End("stopped", "Stopped by Ben.", STOPPED)),
        ("running", [], _turn()),
    ],
)
def test_an_unwanted_session_is_deleted_once_it_has_ended(
    status: Status, pending: list[PendingEvent], step: Step
) -> None:
    snapshot = SessionSnapshot(replace(SESSION, status=status), pending, is_unwanted=True)
    assert plan(snapshot, LIMITS, SessionRules(), 0) == step


def test_without_limits_the_turn_itself_says_what_is_wrong() -> None:
    spent = replace(SESSION, turns=1000, tokens=10**9)
    assert plan(SessionSnapshot(spent, [PendingEvent(1, HELLO)]), None, SessionRules(), 0) == _turn((1, HELLO))


@pytest.mark.parametrize(("message", "asked"), [(HELLO, True), (replace(HELLO, now=True), False)])
def test_unasked_code_is_asked_about_unless_an_order_drops_it(message: Message, asked: bool) -> None:
    code = Code("", (CodeBlock("python", "x\n"),))
    snapshot = SessionSnapshot(SESSION, [PendingEvent(1, message)], unasked=("coder", code))
    assert isinstance(plan(snapshot, LIMITS, SessionRules(approval=True), 0), Ask) == asked


LATE = ApprovalPost("coder", (CodeBlock("python", "x\n"),), "d1", expires_at=7.0)


@pytest.mark.parametrize(
    ("pending", "step"),
    [
        ([], End),
        ([PendingEvent(1, HELLO)], CloseRequest),
        ([PendingEvent(1, HELLO), PendingEvent(2, Stop("x", THREAD, BEN))], End),
    ],
)
def test_words_while_code_waited_continue_after_it_expires(pending: list[PendingEvent], step: type[Step]) -> None:
    waiting = replace(SESSION, status="waiting")
    request = OpenRequest("q1", "s1", 6, LATE, 1, "open", None, 7.0)
    assert isinstance(
        plan(SessionSnapshot(waiting, pending, request), LIMITS, SessionRules(approval=True), 7.0), step
    )


OK = RunResult(0, "fine\n", 0.1)
BAD = RunResult(1, "Traceback\nKeyError: 12\n", 0.1)
STOPPED_RUN = RunResult(137, "row 1\n", 0.1, "stopped")
INTERRUPTED_RUN = RunResult(-1, "", 0, "interrupted")
LOST_RUN = RunResult(137, "row 1\n", 0.1, "lost")
CHART = Artifact("chart.png", "d1", 10, "image/png")
CHART_AGAIN = Artifact("chart.png", "d2", 12, "image/png")
TABLE = Artifact("table.csv", "d3", 3, "text/csv")
BLOCKS = (CodeBlock("python", "x\n"),)


def _after(what: What, session: Session = SESSION) -> TurnOutcome:
    return after(session, TurnResult("coder", what, StateDelta("{}", {})), SessionRules(), 0)


@pytest.mark.parametrize(
    ("what", "posts"),
    [
        (Said("hi"), (AgentPost("coder", "hi"),)),
        (Code("text", BLOCKS), (CodePost("coder", "text", BLOCKS),)),
        (Ran((OK,)), (OutputPost("coder", (OK,)),)),
        (Ran(()), (OutputPost("coder", ()),)),
    ],
)
def test_a_turn_that_goes_on(what: What, posts: tuple[object, ...]) -> None:
    followed = _after(what)
    assert (followed.status, followed.outcome, followed.posts) == ("running", None, posts)


def test_a_question_waits() -> None:
    followed = _after(Asks("I looked.", "Which?"))
    assert (followed.outcome, followed.posts) == (None, ())
    assert followed.asks == RequestDraft(
        QuestionPost("coder", "I looked.", "Which?", expires_at=72 * HOUR), 4 * HOUR
    )


@pytest.mark.parametrize(("text", "posts"), [("42.", (AgentPost("coder", "42.", final=True),)), ("", ())])
def test_the_end_ends_and_an_empty_text_is_not_posted(text: str, posts: tuple[object, ...]) -> None:
    followed = _after(Finished(text))
    assert (followed.status, followed.outcome, followed.posts) == ("ended", "finished", posts)


def test_files_are_posted_once_in_their_last_version() -> None:
    ran = Ran((replace(OK, files=(CHART, TABLE)), replace(OK, files=(CHART_AGAIN,))))
    assert _after(ran).posts == (OutputPost("coder", ran.results), FilesPost("coder", (CHART_AGAIN, TABLE)))


@pytest.mark.parametrize(
    ("before", "count", "results", "error", "errors_in_row"),
    [
        ("", 0, (OK,), "", 0),
        ("", 0, (BAD,), "KeyError: #", 1),
        ("", 0, (OK, BAD), "KeyError: #", 1),
        ("KeyError: #", 1, (BAD,), "KeyError: #", 2),
        ("KeyError: #", 2, (replace(BAD, output="KeyError: 99"),), "KeyError: #", 3),
        ("NameError: x", 2, (BAD,), "KeyError: #", 1),
        ("KeyError: #", 2, (OK,), "", 0),
        ("", 0, (), "", 0),
        ("KeyError: #", 2, (OK, STOPPED_RUN), "KeyError: #", 2),
        ("", 0, (STOPPED_RUN,), "", 0),
        ("KeyError: #", 2, (INTERRUPTED_RUN,), "KeyError: #", 2),
        ("KeyError: #", 2, (OK, LOST_RUN), "KeyError: #", 2),
        ("killed: time", 2, (replace(BAD, killed="time"),), "killed: time", 3),
    ],
)
def test_errors_are_counted_as_long_as_they_are_the_same(
    before: str, count: int, results: tuple[RunResult, ...], error: str, errors_in_row: int
) -> None:
    session = replace(SESSION, last_error=before, errors_in_row=count)
    followed = _after(Ran(results), session)
    assert (followed.last_error, followed.errors_in_row) == (error, errors_in_row)


def test_talk_between_two_runs_does_not_reset_the_count() -> None:
    session = replace(SESSION, last_error="KeyError: x", errors_in_row=2)
    for what in (Said("hm"), Code("again", BLOCKS), Asks("", "Help?")):
        followed = _after(what, session)
        assert (followed.last_error, followed.errors_in_row) == ("KeyError: x", 2)


@pytest.mark.parametrize(
    ("error", "follows"),
    [
        (Stopped("stopped"), None),
        (
            TokenCapReached("Too much.", needed=101),
            End(
                "limit",
                "This conversation is too long by now: the next call could take 101 tokens, the team's cap is "
                "100. Start a new thread, or raise token_cap in the team's file.",
            ),
        ),
        (TokenCapReached("Too much.", needed=100), End("limit", "Too much. Reply to let the team go on.")),
        (
            SandboxUnavailable("Docker is away."),
            PauseSession(
                "Docker is away. The session continues by itself as soon as the sandbox is back.",
                7 + SANDBOX_AGAIN,
            ),
        ),
        (
            ModelUnavailable("Busy."),
            PauseSession(
                "Busy. Nothing is lost: I try again in 5 minutes, or as soon as you reply.", 7 + MODEL_AGAIN
            ),
        ),
        (
            ModelRefused("Wrong key."),
            PauseSession("Wrong key. Nothing is lost: reply when that is fixed, and the session continues.", None),
        ),
        (
            BadInput("No such team."),
            PauseSession(
                "No such team. Nothing is lost: reply when that is fixed, and the session continues.", None
            ),
        ),
    ],
)
def test_a_setback(error: Exception, follows: object) -> None:
    assert consequence(SESSION, error, now=7, token_cap=100, rules=SessionRules()) == follows


@pytest.mark.parametrize("error", [TurnCrashed("secret"), RuntimeError("secret"), KeyError("secret")])
def test_what_no_rule_knows_is_logged_and_not_shown(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    follows = consequence(SESSION, error, now=7, token_cap=100, rules=SessionRules())
    assert isinstance(follows, PauseSession)
    assert follows.wake_at is None
    assert "secret" not in follows.text
    assert "secret" in caplog.text
    assert "s1" in caplog.text
