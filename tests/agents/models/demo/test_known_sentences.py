"""Every sentence that the demo knows ends in a chart, and in numbers that its program has printed."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from agents.models.demo import texts
from agents.models.demo.known_sentences import EXAMPLES, SALES, Example, Task, known
from bot.sandbox.driver.card import look
from tests.agents.models.demo.harness import Talk

Start = Callable[..., Talk]
FILE = Path(__file__).parents[4] / "examples" / SALES.file
TASKS = [pytest.param(example, task, id=task.sentences[0]) for example in EXAMPLES for task in example.tasks]


def begun(played: Talk, example: Example, sentence: str) -> Talk:
    """The talk after the sentence, and after the answer to what the demo asks about it."""
    if example.file:
        shutil.copy(FILE, played.workspace)
    played.say(sentence, *([example.file] if example.file else []))
    _, task = known(sentence) or (None, None)
    return played.say(task.choices[-1].lower()) if task and task.question else played


@pytest.mark.parametrize("team", ["analyst", "pair", "crew"])
@pytest.mark.parametrize(("example", "task"), TASKS)
def test_a_known_sentence_ends_in_a_chart_and_printed_numbers(
    example: Example, task: Task, team: str, talk: Start
) -> None:
    played = begun(talk(team), example, task.sentences[0])
    printed = played.results[-1].output
    answer = played.last.partition("Files:")[0].removeprefix(texts.CHECKED)
    assert [result.ok for result in played.results] == [False] * bool(task.repair) + [True]
    assert len(played.pictures) == 1, played.transcript()
    assert re.findall(r"\d[\d,.]*", answer), played.transcript()
    assert set(re.findall(r"\d[\d,.]*", answer)) <= set(re.findall(r"\d[\d,.]*", printed))
    assert all(f"- {other}" in played.last for other in example.sentences if other not in task.sentences)
    assert max(len(code.splitlines()) for code in played.codes) <= 30


def test_every_sentence_is_known_once() -> None:
    sentences = [sentence for example in EXAMPLES for task in example.tasks for sentence in task.sentences]
    assert [known(sentence) for sentence in sentences] == [
        (example, task) for example in EXAMPLES for task in example.tasks for _ in task.sentences
    ]


@pytest.mark.parametrize(
    "words", ["plot the sales by region", "PLOT the sales, by region!", " Plot  the sales by region. "]
)
def test_capitals_and_punctuation_do_not_matter(words: str) -> None:
    assert known(words) == known("Plot the sales by region") is not None


def test_the_numbers_of_the_sales_are_right(talk: Start) -> None:
    played = begun(talk(), SALES, "Plot the sales by region")
    revenue = pd.read_csv(FILE).groupby("region")["revenue"].sum()
    assert f"South leads with a revenue of {revenue['South']:,.0f}" in played.last
    played.say("Which product sells best?")
    units = pd.read_csv(FILE).groupby("product")["units"].sum()
    assert f"Headphones sells most: {units['Headphones']:,} units" in played.last


def test_the_question_takes_its_choices_only(talk: Start) -> None:
    shutil.copy(FILE, (played := talk()).workspace)
    played.say("Show one region of the sales", "sales.csv")
    assert played.last.endswith("ASK: Which region: North, South, East or West?")
    played.say("the best one")
    assert texts.NOT_A_CHOICE in played.last
    played.say("West!")
    west = pd.read_csv(FILE).query("region == 'West'")["revenue"].sum()
    assert f"West had a revenue of {west:,.0f}" in played.last


def test_the_mistake_is_a_real_one_and_is_quoted(talk: Start) -> None:
    played = talk().say("Show me how you repair an error")
    assert "KeyError: 'Close'" in played.results[0].output
    assert "The program failed: `KeyError: 'Close'`." in played.transcript()


def test_the_bundled_file_is_asked_for_where_it_is_not_attached(talk: Start) -> None:
    assert "attach it to the message" in talk().say("Plot the sales by region").last


def test_sales_of_ones_own_are_not_taken_for_the_bundled_ones(talk: Start) -> None:
    played = talk()
    (played.workspace / "sales.csv").write_text("region,revenue\nA,1\nB,2\n")
    played.say("Plot the sales by region", "sales.csv")
    assert texts.MISREAD in played.transcript()
    assert "region has labels, distinct: 2" in played.last
    assert "attach it to the message" in played.say("Plot the sales by region").last


def test_the_bundled_file_is_known_by_its_columns(talk: Start) -> None:
    shutil.copy(FILE, (played := talk()).workspace / "mine.csv")
    assert "South leads" in played.say("Plot the sales by region", "mine.csv").last
    assert look.card(str(FILE))["tables"][0]["rows"] == 832
