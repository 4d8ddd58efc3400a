"""What a model is shown of a talk of any kind: bounded, in order, never without the task."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

import pytest
from autogen_core.models import AssistantMessage, LLMMessage, UserMessage
from hypothesis import given, settings
from hypothesis import strategies as st

from agents import wording
from agents.compaction import NEWEST, ContextLimits, Recap, advised, fold, summed_up, tokens, transcript, view
from bot.domain.turn_results import SUMMARY, RunResult

TABLE = ContextLimits(frozenset({"coder", "executor"}), "executor", 1_000)


def _say(who: str, text: str) -> LLMMessage:
    if who == "coder":
        return AssistantMessage(content=text, source=who)
    return UserMessage(content=text, source=who)


def _report(size: int, file: str = "") -> str:
    return wording.report([RunResult(0, "begin " + "x" * size + " end", 1.0, full_output=file)])


def _texts(messages: Sequence[LLMMessage]) -> list[str]:
    return [str(message.content) for message in messages]


def _grown(talk: Sequence[LLMMessage], text: str = "Sums.") -> tuple[list[list[LLMMessage]], list[int]]:
    """What is shown after each message of a talk, and where it was summed up."""
    shown, folds, recap = [], [], None
    for number in range(1, len(talk) + 1):
        while (through := fold(TABLE, talk[:number], recap)) is not None:
            recap = summed_up(TABLE, through, text)
            folds.append(through)
        shown.append(view(TABLE, talk[:number], recap))
    return shown, folds


def test_a_short_talk_is_shown_as_it_is() -> None:
    talk = [_say("Ann", "Plot it"), _say("coder", "Here."), _say("executor", _report(100))]
    assert view(TABLE, talk, None) == talk
    assert fold(TABLE, talk, None) is None


def test_only_the_newest_report_is_shown_at_length() -> None:
    table = ContextLimits(TABLE.agents, "executor", 20_000)
    talk = [_say("executor", _report(50_000, "run-2-output.txt")), _say("executor", _report(10_000))]
    old, new = _texts(view(table, talk, None))
    assert len(old) < 4_300
    assert old.startswith("exit code: 0 (1.0 s)\nall of the output: `run-2-output.txt`\noutput:\nbegin x")
    assert old.endswith("x end")
    assert "characters are left out here: all of it is in run-2-output.txt, read that with code …]" in old
    assert new == talk[1].content


def test_after_a_summary_people_keep_their_own_words() -> None:
    talk = [
        *(_say("Ann", "Plot it"), _say("Ben", "in blue"), _say("coder", "a" * 1900), _say("Eve", "and fast")),
        *(
            _say("coder", "b" * 1900),
            _say("coder", "c" * 400),
            _say("coder", "d"),
            _say("Ann", "e"),
            _say("coder", "f"),
        ),
    ]
    through = fold(TABLE, talk, None)
    assert through == 5
    shown = view(TABLE, talk, Recap(through, "Sums."))
    assert [text[:7] for text in _texts(shown)] == ["Plot it", "in blue", "The ear", "and fas", "c" * 7, *"def"]
    assert str(shown[2].content).endswith("\n\nSums.")
    assert getattr(shown[2], "source", "") == SUMMARY


def test_a_summary_is_made_of_the_last_one_and_what_came_since() -> None:
    talk = [_say("Ann", "Plot it"), _say("coder", "one"), _say("coder", "two"), _say("executor", "three")]
    assert transcript(TABLE, talk, None, 2) == "[Ann]\nPlot it\n\n[coder]\none"
    again = transcript(TABLE, talk, Recap(2, "Sums."), 4)
    assert again == "[Summary so far]\nSums.\n\n[coder]\ntwo\n\n[executor]\nthree"


def test_one_endless_message_is_not_summed_up_at_every_turn() -> None:
    talk = [_say("Ann", "x" * 100_000), *(_say("coder", f"{n} " + "word " * 100) for n in range(40))]
    _, folds = _grown(talk)
    assert 0 < len(folds) <= 8


def test_a_talk_that_came_much_too_long_is_summed_up_in_steps() -> None:
    talk = [_say("Ann", "Plot it"), *(_say("coder", f"{n} " + "word " * 100) for n in range(200))]
    talk[100] = _say("coder", "x" * 100_000)
    recap, steps = None, 0
    while (through := fold(TABLE, talk, recap)) is not None:
        text = transcript(TABLE, talk, recap, through)
        assert len(text) // 4 <= 2 * TABLE.limit
        recap, steps = summed_up(TABLE, through, "Sums."), steps + 1
    assert recap is not None
    assert recap.through >= 190
    assert steps > 20


def test_between_summaries_what_is_shown_only_grows_at_its_end() -> None:
    talk = [_say("Ann", "Plot it")]
    for number in range(30):
        talk += [_say("coder", f"{number} " + "code " * 40), _say("executor", _report(number * 7))]
        if number % 5 == 0:
            talk.append(_say("Ben", f"and {number}"))
    shown, folds = _grown(talk)
    changed = [n for n, (a, b) in enumerate(pairwise(shown), 1) if b[: len(a)] != a]
    assert len(changed) == len(folds) > 2


_MESSAGES = st.lists(
    st.tuples(
        st.sampled_from(["coder", "executor", "Ann", "Ben", "coder", "executor"]),
        st.text("aä \n#`", max_size=5),
        st.sampled_from([1, 10, 100, 1000, 5000]),
    ),
    max_size=60,
)


@settings(deadline=None)
@given(_MESSAGES, st.text(max_size=3000))
def test_what_is_shown_is_bounded_and_keeps_task_and_order(wild: list[tuple[str, str, int]], summary: str) -> None:
    said = [_say(who, f"<{n}>{text * times}") for n, (who, text, times) in enumerate(wild)]
    talk = [_say("Ann", "the task"), *said]
    shown, folds = _grown(talk, summary)
    assert folds == sorted(set(folds)), "the summary always covers more"
    for number, messages in enumerate(shown, 1):
        assert _texts(messages)[0] == "the task"
        order = [int(found[1]) for text in _texts(messages) if (found := re.match(r"<(\d+)>", text))]
        assert order == sorted(set(order))
        people = [m for m in messages if getattr(m, "source", "") in ("Ann", "Ben")]
        assert all(tokens([m]) <= TABLE.limit // 4 + 60 for m in people)
        assert tokens(messages) <= 2 * TABLE.limit + tokens(messages[-NEWEST:]) + 300
        assert _texts(talk[:number])[-1][:200] == _texts(messages)[-1][:200]


def test_a_much_too_long_task_is_shown_by_its_two_ends() -> None:
    table = ContextLimits(TABLE.agents, "executor", 16_000)
    talk = [_say("Ann", "first " + "é" * 200_000 + " last"), _say("coder", "Here."), _say("Ann", "go on")]
    for number in (1, 2, 3):
        task, *rest = view(table, talk[:number], None)
        assert rest == talk[1:number]
        assert str(task.content).startswith("first é")
        assert str(task.content).endswith("é last")
        assert "\n[… 192,006 characters are left out here: this message is too long to be" in str(task.content)
        assert tokens([task]) <= 16_000 // 4 + 60
    assert view(table, talk, Recap(2, "Sums."))[0] == view(table, talk[:1], None)[0]
    assert len(transcript(table, talk, None, 2)) < 9_000


def test_words_before_the_first_agent_are_the_task_within_the_room() -> None:
    said = [_say("Ann", "Plot it"), *(_say("Ben", f"{number} " + "word " * 180) for number in range(9))]
    talk = [*said, _say("coder", "Here.")]
    through = fold(TABLE, talk, None)
    assert through is not None
    shown = _texts(view(TABLE, talk, Recap(through, "Sums.")))
    assert [text[:7] for text in shown[:4]] == ["Plot it", "0 word ", "1 word ", "The ear"]
    assert shown[-1] == "Here."


@settings(deadline=None)
@given(st.text("x\n", max_size=50), st.integers(1, 20), st.integers(0, 100_000), st.integers(100, 20_000))
def test_a_shortened_report_is_short_and_keeps_every_exit_code(
    text: str, blocks: int, size: int, shown: int
) -> None:
    results = [RunResult(number, text + "y" * size, 1.0) for number in range(blocks)]
    short = wording.shorten(wording.report(results), shown)
    assert len(short) <= shown + 9 * 300
    if blocks <= 8 and shown >= 1000:
        assert all(f"exit code: {number} (1.0 s)" in short for number in range(blocks))


@pytest.mark.parametrize("size", [0, 2_900, 3_000, 10_000])
def test_what_was_cut_names_its_file_only_where_there_is_one(size: int) -> None:
    named = wording.report([RunResult(0, "x" * size, 1.0, full_output="run-1-output.txt" if size > 3000 else "")])
    short = wording.shorten(named, 4_000)
    assert ("run-1-output.txt, read that with code" in short) == (size > 4_000)
    assert "print less" not in short


def _program(text: str) -> LLMMessage:
    return _say("coder", f"```python\n{text}\n```")


def test_below_the_newest_report_stands_what_to_do_with_it() -> None:
    talk = [
        _say("Ann", "Hello"),
        _say("Ann", "Go on,\nplease"),
        _program("print(1)"),
        _say("executor", _report(1)),
    ]
    *before, last = advised(TABLE, talk)
    assert before == talk[:-1]
    assert 'The person asked: "Go on, please"' in str(last.content)
    assert str(last.content).startswith(str(talk[-1].content))
    assert "answer the person now" in str(last.content)


def test_of_the_same_program_twice_in_a_row_one_is_shown() -> None:
    first = [_say("Ann", "Go"), _program("print(1)"), _say("executor", _report(1))]
    shown = advised(TABLE, [*first, _program("print(1)"), _say("executor", _report(1))])
    assert len(shown) == len(first)
    assert "the same program twice" in str(shown[-1].content)
    assert len(advised(TABLE, [*first, _program("print(2)"), _say("executor", _report(2))])) == 5


def test_nothing_stands_below_what_is_no_report() -> None:
    talk = [_say("Ann", "Go"), _program("print(1)"), _say("executor", _report(1)), _say("Ann", "and now?")]
    assert advised(TABLE, talk) == talk
