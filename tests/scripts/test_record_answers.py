"""What is recorded of a run: what the model wrote, and what had happened before."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.events import CodeBlock, Message, RemoteFile
from bot.domain.participants import Person, ThreadRef
from bot.domain.posts import (
    HOST,
    AgentPost,
    CodePost,
    OutputPost,
    Post,
    QuestionPost,
    SummaryPost,
)
from bot.domain.turn_results import RunResult
from bot.domain.views import Entry
from bot.evaluate.record import RunRecord
from scripts.record_answers import answers
from tests.agents.recorded import Situation

TASK = Message(
    "1", ThreadRef("console", "", "e", "1"), Person("u", "Ann"), "Which?", (RemoteFile("a.csv", 1, "r"),)
)
CODE = "```python\nprint(1)\n```"
CODE_POST = CodePost("analyst", CODE, (CodeBlock("python", "print(1)\n"),))
ANSWERED = SummaryPost("answered", "The team has answered.", 1, 1, 1, None)
FINISHED = SummaryPost("finished", "The team has finished.", 1, 1, 1, None)
FRESH = Situation(1, "analyst", "Which?", files=True, report="none", reminded=False)


def _run(*items: Message | Post) -> list[tuple[str, Situation | None]]:
    record = RunRecord(
        task="t",
        kind="total",
        language="en",
        hold_out=False,
        task_digest="d",
        team="analyst",
        team_digest="d",
        setup_digest="d",
        model="m",
        repeat=1,
        outcome="answered",
        finished=True,
        right=True,
        failed=(),
        stalled="",
        why="",
        turns=1,
        tokens_in=1,
        tokens_out=1,
        dollars=None,
        began=0.0,
        seconds=1.0,
        entries=tuple(Entry(number, 0.0, item) for number, item in enumerate(items)),
    )
    return [(found.answer, found.situation) for found in answers(record)]


def test_each_answer_has_what_happened_since_a_person_spoke() -> None:
    ran = replace(FRESH, report="ok", program=CODE, output="42\n")
    assert _run(
        TASK,
        AgentPost(HOST, "a profile"),
        AgentPost("analyst", "I look:"),
        CODE_POST,
        OutputPost("executor", (RunResult(0, "42\n", 1),)),
        AgentPost("analyst", "It is 42.", final=True),
        ANSWERED,
        replace(TASK, text="Thanks", files=()),
        AgentPost("analyst", "Gladly.", final=True),
        ANSWERED,
    ) == [
        ("I look:", FRESH),
        (CODE, replace(FRESH, reminded=True)),
        ("It is 42.", ran),
        ("Gladly.", replace(FRESH, task="Thanks", files=False)),
    ]


def test_words_that_people_are_not_shown_are_there_again() -> None:
    assert [text for text, _ in _run(TASK, AgentPost("analyst", "42.", final=True), FINISHED)] == ["42. TERMINATE"]
    assert [text for text, _ in _run(TASK, QuestionPost("analyst", "Hm.", "Which year?"))] == [
        "Hm.\nASK: Which year?"
    ]


def test_what_names_a_path_of_the_machine_is_left_out() -> None:
    assert _run(TASK, AgentPost("analyst", "See /home/ann/a.csv", final=True)) == []
