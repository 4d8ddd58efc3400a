"""When words are the answer, when they only promise work, and when they lead nowhere."""

from __future__ import annotations

import pytest

from agents import wording
from agents.message_parsing import read
from agents.spec import TeamSpec, load_all
from agents.talk import TalkMessage
from agents.word_meaning import finish, nudge, question, words
from bot.domain.events import RemoteFile
from bot.domain.posts import HOST
from bot.domain.turn_results import Answered, Asks, Finished, RunResult, Said, Unfinished, What
from bot.domain.workspace_files import Artifact

TEAMS = load_all()
CODE = "```python\nprint(1)\n```"
FILE = "Total?\n\n" + wording.attached([RemoteFile("sales.csv", 9, "r")])
OK = wording.report([RunResult(0, "42\n", 0.1)])
FAILED = wording.report([RunResult(1, "boom\n", 0.1)])
SILENT = wording.report([RunResult(0, "", 0.1)])
DREW = wording.report([RunResult(0, "", 0.1, files=(Artifact("a.png", "0", 9, "image/png"),))])

ann, file, again = ("Ann", "What is a median?"), ("Ann", FILE), ("Ann", "thanks")
shown = ("analyst", "The chart shows the two regions.")
code, promise, answer = ("analyst", CODE), ("analyst", "I look at the data:"), ("analyst", "It is 42.")
ok, failed, silent, drew = (("executor", report) for report in (OK, FAILED, SILENT, DREW))
rejected = ("executor", wording.report([RunResult(-1, "", 0, killed="rejected", note="Ann said no.")]))
reminder = (HOST, wording.reminder(None))

pm, coder, reviewer = (("product_manager", "The goal."), ("coder", "I begin."), ("reviewer", "Good."))
coded = ("coder", CODE)


def _lines(talk: tuple[tuple[str, str], ...]) -> list[TalkMessage]:
    return [TalkMessage(source, text) for source, text in talk]


@pytest.mark.parametrize(
    ("talk", "meaning"),
    [
        ((ann, answer), Answered),
        ((file, code, ok, answer), Answered),
        ((file, code, failed, code, ok, answer), Answered),
        ((file, code, drew, shown), Answered),
        ((file, code, drew, answer), Said),
        ((file, code, drew, answer, reminder, answer), Answered),
        ((file, code, ok, ("analyst", "It is 17.5 %, so 3 of 40.")), Said),
        ((file, code, ok, ("analyst", "It is about 41, or 2,000 in all.")), Answered),
        ((ann, code, ok, answer), Answered),
        ((file, code, ok, answer, again, answer), Said),
        ((file, code, ok, answer, again, answer, reminder, answer), Answered),
        ((ann, promise), Said),
        ((ann, promise, reminder, promise), Unfinished),
        ((ann, promise, reminder, answer), Answered),
        ((file, answer), Said),
        ((file, promise), Said),
        ((file, answer, reminder, answer), Unfinished),
        ((file, answer, reminder, code, ok, answer), Answered),
        ((file, code, failed, answer), Said),
        ((file, code, failed, answer, reminder, answer), Unfinished),
        ((file, code, rejected, answer), Answered),
        ((file, code, silent, answer), Said),
        ((file, code, silent, answer, reminder, answer), Answered),
        ((file, code, ok, promise), Said),
    ],
)
@pytest.mark.parametrize(("team", "name"), [("analyst", "analyst"), ("pair", "assistant")])
def test_words_of_a_single_speaker(
    team: str, name: str, talk: tuple[tuple[str, str], ...], meaning: type[What]
) -> None:
    lines = [TalkMessage(name if line.source == "analyst" else line.source, line.text) for line in _lines(talk)]
    assert words(TEAMS[team], lines) == meaning(lines[-1].text)  # type: ignore[call-arg, arg-type]


@pytest.mark.parametrize(
    ("talk", "meaning"),
    [
        ((ann, pm), Said),
        ((ann, pm, coder), Said),
        ((ann, pm, coder, reviewer), Said),
        ((ann, pm, coder, reviewer, reminder, coder), Answered),
        ((file, pm, coder, reviewer, reminder, coder), Unfinished),
        ((file, pm, coded, ok, reviewer), Said),
        ((file, pm, coded, ok, reviewer, coder), Said),
        ((file, pm, coded, ok, reviewer, coder, reminder, reviewer), Answered),
        ((file, pm, coded, ok, reviewer, coded, ok, reviewer), Said),
        ((file, pm, coder, coder, coder, coder, coder), Said),
    ],
)
def test_a_group_goes_on_until_every_agent_has_only_talked(
    talk: tuple[tuple[str, str], ...], meaning: type[What]
) -> None:
    assert words(TEAMS["crew"], _lines(talk)) == meaning(talk[-1][1])  # type: ignore[call-arg, arg-type]


@pytest.mark.parametrize(
    ("talk", "told"),
    [
        ((), None),
        ((ann,), None),
        ((file, code), None),
        ((file, code, ok), None),
        ((file, promise), wording.reminder(None)),
        ((file, code, failed, answer), wording.reminder(FAILED)),
        ((file, code, silent, answer), wording.reminder(SILENT)),
        ((file, code, ok, promise), wording.reminder(OK)),
        ((file, code, drew, answer), wording.NOT_PRINTED),
    ],
)
def test_who_only_talks_is_reminded_of_what_to_do(talk: tuple[tuple[str, str], ...], told: str | None) -> None:
    assert nudge(TEAMS["analyst"], _lines(talk)) == told


def test_a_group_is_reminded_when_the_round_is_over() -> None:
    spec: TeamSpec = TEAMS["crew"]
    assert nudge(spec, _lines((file, pm, coder))) is None
    assert nudge(spec, _lines((file, pm, coder, reviewer))) == wording.reminder(None)


@pytest.mark.parametrize(
    ("talk", "meaning"),
    [
        ((ann, ("analyst", "It is 42.\nTERMINATE")), Finished),
        ((ann, ("analyst", "TERMINATE")), Said),
        ((ann, ("analyst", "TERMINATE"), (HOST, wording.NO_ANSWER), ("analyst", "TERMINATE")), Finished),
        ((file, code, ok, ("analyst", "TERMINATE")), Said),
        ((file, code, ok, ("analyst", "It is 42.\nTERMINATE")), Finished),
        ((file, ("analyst", "It is 42.\nTERMINATE")), Said),
        ((file, ("analyst", "It is 42.\nTERMINATE"), reminder, ("analyst", "It is 42.\nTERMINATE")), Finished),
        ((file, code, ok, ("analyst", "It is 42."), again, ("analyst", "Gladly.\nTERMINATE")), Finished),
    ],
)
def test_an_end_needs_an_answer_and_one_about_files_a_run(
    talk: tuple[tuple[str, str], ...], meaning: type[What]
) -> None:
    end = read(talk[-1][1])
    assert isinstance(end, Finished)
    assert isinstance(finish(TEAMS["analyst"], _lines(talk), end), meaning)


def test_who_ends_without_a_word_is_asked_for_the_answer() -> None:
    assert nudge(TEAMS["analyst"], _lines((file, code, ok, ("analyst", "TERMINATE")))) == wording.NO_ANSWER


@pytest.mark.parametrize(
    ("asked", "meaning"),
    [("What is a median?", Said), ("Which of the two columns do you mean?", Asks), ("Mean or median?", Asks)],
)
def test_a_question_that_repeats_the_task_asks_nobody(asked: str, meaning: type[What]) -> None:
    lines = _lines((ann, ("analyst", f"ASK: {asked}")))
    assert isinstance(question(TEAMS["analyst"], lines, Asks("", asked)), meaning)
    told = _lines((ann, ("analyst", f"ASK: {asked}"), reminder, ("analyst", f"ASK: {asked}")))
    assert isinstance(question(TEAMS["analyst"], told, Asks("", asked)), Asks)


def test_an_answer_has_neither_the_end_nor_copied_advice() -> None:
    copied = ("analyst", f"It is 42.\n\n{wording.advice(OK, 'Total?', again=False)}")
    assert words(TEAMS["analyst"], _lines((file, code, ok, copied))) == Answered("It is 42.")
    small = ("analyst", "the sum is known TERMINATE")
    assert words(TEAMS["analyst"], _lines((file, code, ok, small))) == Answered("the sum is known")


@pytest.mark.parametrize(
    ("asked", "of", "meaning"),
    [
        ("What product sold the most units in all?", "Which product sold the most units in all?", Said),
        ("By region or by month?", "Plot the revenue by region or by month, please", Asks),
        ("Net or gross?", "Which of the two columns, net or gross, is larger in the north?", Asks),
    ],
)
def test_a_question_within_the_task_asks_for_a_choice(asked: str, of: str, meaning: type[What]) -> None:
    lines = _lines((("Ann", of), ("analyst", f"ASK: {asked}")))
    assert isinstance(question(TEAMS["analyst"], lines, Asks("", asked)), meaning)
