"""Conversations of several turns: changes, steering, several agents, several files, questions."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from agents import wording
from agents.demo import fences
from agents.demo.analyst import Line, reply
from agents.demo.texts import amount
from bot.domain.events import RunResult
from tests.agents.demo.files import sales
from tests.agents.demo.table import Runner, Talk

Start = Callable[..., Talk]


@pytest.fixture(scope="module")
def sold_once(programs: Runner, tmp_path_factory: pytest.TempPathFactory) -> Talk:
    played = Talk(programs, tmp_path_factory.mktemp("sold"))
    sales().to_csv(played.workspace / "sales.csv", index=False)
    return played.say("Plot revenue by region", "sales.csv")


@pytest.fixture
def sold(sold_once: Talk, tmp_path: Path) -> Talk:
    """A talk in which revenue by region has been drawn."""
    shutil.copytree(sold_once.workspace, tmp_path, dirs_exist_ok=True)
    return Talk(sold_once.runner, tmp_path, lines=list(sold_once.lines), results=list(sold_once.results))


def test_the_first_message_says_that_this_is_a_rule_based_demo(sold: Talk) -> None:
    texts = [text for who, text in sold.lines if who == "analyst"]
    assert "Rule-based demo" in texts[0]
    assert not any("Rule-based demo" in text for text in texts[1:])


def test_looks_then_profiles_then_draws_then_concludes(sold: Talk) -> None:
    assert [who for who, _ in sold.lines] == ["Ada", *["analyst", "executor"] * 3, "analyst"]
    assert "240 rows, 5 columns" in sold.results[1].output
    assert "Result: totals" in sold.results[2].output
    assert sold.finished


def test_a_follow_up_keeps_data_and_grouping_and_changes_what_it_names(sold: Talk) -> None:
    before = len(sold.codes)
    sold.say("by product instead")
    totals = sales().groupby("product")["revenue"].sum()
    assert f"**{totals.idxmax()} leads with {amount(totals.max())} of revenue" in sold.last, sold.transcript()
    sold.say("make it dark red, top 2")
    assert "totals.head(2)" in sold.codes[-1]
    assert 'color="darkred"' in sold.codes[-1]
    sold.say("and units please")
    units = sales().groupby("product")["units"].sum()
    assert f"**{units.idxmax()} leads with {amount(units.max())} of units" in sold.last, sold.transcript()
    assert 'color="darkred"' in sold.codes[-1]
    assert len(sold.codes) == before + 3


FOLLOW_UPS = {
    "as a pie chart": "ax.pie(",
    "now over time": "freq=",
    "log scale please": 'set_xscale("log"',
    "make it bigger": "figsize=(12.6",
    "only Lyon": 'df = df[df["region"] == "Lyon"]',
    "without Lyon": 'df = df[df["region"] != "Lyon"]',
    "average instead": '["count", "mean"]',
    "as a box plot": "ax.boxplot(",
    "revenue against units": "np.polyfit(",
    "by weekday": ".dt.day_name()",
    "by region and product": "pivot_table(",
    "bar chart over time": "stacked=True",
    "show the distribution of units": "ax.hist(",
    "as a table in excel": "to_excel(",
    "how many rows per month?": '.agg("count")',
    "revenue and units over time": "sharex=True",
    "how do the regions differ?": "means.max() - means.min()",
    "correlations": "np.polyfit(",
    "share of units": "value / totals.sum()",
    "plot units since 2024, in orange": "between(2024, 9999)",
}


@pytest.mark.parametrize("text", FOLLOW_UPS)
def test_a_follow_up_changes_the_chart(text: str, sold: Talk) -> None:
    sold.say(text)
    assert FOLLOW_UPS[text] in sold.codes[-1], sold.transcript()
    assert all(result.ok for result in sold.results), sold.transcript()
    assert sold.finished
    assert "**" in sold.last


def test_a_table_is_left_for_a_chart_when_time_is_asked_for(sold: Talk) -> None:
    sold.say("as a csv").say("over time by product")
    assert sold.pictures == ["revenue_by_region.png", "revenue_per_week_by_product.png"], sold.transcript()
    sold.say("by region and product")
    assert "pivot_table(" in sold.codes[-1]


def test_weekly_data_cover_the_week_they_begin(talk: Start) -> None:
    played = talk()
    weeks = pd.date_range("2024-01-01", periods=80, freq="7D")
    pd.DataFrame({"week": weeks, "visits": range(80)}).to_csv(played.workspace / "visits.csv", index=False)
    played.say("visits per week", "visits.csv")
    assert "only in part" not in played.last, played.transcript()
    played.say("per month")
    assert "from 10 (January 2024) to" in played.last, played.transcript()
    assert "(June 2025)" in played.last
    assert "only in part" in played.last


def test_a_year_outside_the_data_is_refused_in_words(sold: Talk) -> None:
    sold.say("only 2008")
    assert "There are no rows in those years: date runs from 1 Jan 2024 to 27 Aug 2024." in sold.last


def test_thanks_end_politely_without_code(sold: Talk) -> None:
    before = len(sold.codes)
    sold.say("thanks a lot!")
    assert sold.last.startswith("You are welcome.")
    assert sold.finished
    assert len(sold.codes) == before


def test_a_new_task_starts_anew(sold: Talk) -> None:
    sold.say("Plot sin(x) from 0 to 6")
    assert "np.sin(x)" in sold.codes[-1]
    assert "sales.csv" not in sold.codes[-1]


def test_words_that_mean_nothing_here_are_asked_about_once(sold: Talk) -> None:
    sold.say("hmm, what would your grandmother say?")
    assert sold.asking
    sold.say("2")
    assert sold.finished
    assert "Compare" not in sold.last
    sold.say("furiously sleep ideas without any meaning")
    assert sold.asking
    sold.say("zzz")
    assert sold.finished, sold.transcript()


def test_a_wish_that_names_no_column_is_answered_with_a_note(talk: Start) -> None:
    played = talk()
    sales().to_csv(played.workspace / "sales.csv", index=False)
    played.say("plot revenue by shoe size", "sales.csv")
    assert "There is no column like “shoe”" in played.transcript()
    assert played.finished


def test_a_word_said_while_code_runs_is_taken_in(talk: Start) -> None:
    played = talk()
    sales().to_csv(played.workspace / "sales.csv", index=False)
    played.hear("Plot revenue by region", "sales.csv")
    for _ in range(2):
        played.turn()
    text = played.turn()
    report = played.lines.pop()
    played.hear("by product instead")
    played.lines.append(report)
    assert '"region"' in fences.blocks(text)[0].code
    played.go()
    assert '"product"' in played.codes[-1]
    assert "By product" in played.last


def test_an_interrupted_program_is_run_again(talk: Start) -> None:
    played = talk()
    played.hear("Plot sin(x)")
    played.turn()
    played.lines[-1] = ("executor", wording.report([RunResult(0, "", 0.1, killed="interrupted")]))
    played.go()
    assert played.finished
    assert played.codes[0] == played.codes[1]
    assert played.pictures


@pytest.mark.parametrize("why", ["time", "memory", "output", "disk"])
def test_a_program_that_went_beyond_a_limit_is_not_repeated(why: str, talk: Start) -> None:
    played = talk()
    played.hear("Plot sin(x)")
    played.turn()
    killed = RunResult(0, "", 9.0, killed=why, note="It used 1,024 MB.")  # type: ignore[arg-type]
    played.lines[-1] = ("executor", wording.report([killed]))
    played.go()
    assert played.finished
    assert "It used 1,024 MB." in played.last
    assert len(played.codes) == 1


def test_several_files_are_all_profiled_and_the_right_one_is_drawn(talk: Start) -> None:
    played = talk()
    sales().to_csv(played.workspace / "sales.csv", index=False)
    people = pd.DataFrame({"region": ["Lyon", "Köln", "Málaga"], "inhabitants": [520_000, 1_080_000, 580_000]})
    people.to_excel(played.workspace / "people.xlsx", index=False)
    played.say("Plot the inhabitants by region", "sales.csv", "people.xlsx")
    assert "**Köln has the highest average inhabitants: 1.08 million" in played.last, played.transcript()
    assert "`sales.csv` has 240 rows that I did not draw; it shares region with this one" in played.last


def test_a_file_that_comes_again_is_read_again(sold: Talk) -> None:
    changed = sales()
    changed["revenue"] = 1.0
    changed.to_csv(sold.workspace / "sales.csv", index=False)
    sold.say("revenue by region again", "sales.csv")
    assert "of 240." in sold.last, sold.transcript()


def test_the_answer_to_what_data_is_a_file_and_the_wish_is_kept(talk: Start) -> None:
    played = talk()
    sales().to_csv(played.workspace / "sales.csv", index=False)
    played.say("Draw a pie of revenue by product")
    assert played.asking
    played.say("here it is", "sales.csv")
    assert "ax.pie(" in played.codes[-1], played.transcript()


def test_a_file_that_was_never_attached_is_asked_for(talk: Start) -> None:
    played = talk().say("plot costs.xlsx by month")
    assert played.asking
    assert "`costs.xlsx`" in played.last


def test_nobody_is_asked_for_ever(talk: Start) -> None:
    played = talk().say("what is the weather in Paris?")
    assert played.asking
    assert "1. Plot the Google share price" in played.last
    played.say("no, really, the weather")
    assert played.finished
    assert "I still cannot make out what you want" in played.transcript()
    assert played.pictures


@pytest.mark.parametrize(
    ("answer", "sign"), [("2", "RandomForestClassifier"), ("yes", "goog.npz"), ("number 3!", "np.sin(x)")]
)
def test_a_number_or_a_yes_answers_the_question(answer: str, sign: str, talk: Start) -> None:
    played = talk().say("hello")
    assert played.asking
    played.say(answer)
    assert sign in played.codes[-1]
    assert played.finished


def test_the_crew_hands_over_checks_and_concludes(talk: Start) -> None:
    played = talk("crew")
    sales().to_csv(played.workspace / "sales.csv", index=False)
    played.say("Plot revenue by region", "sales.csv")
    speakers = [who for who, _ in played.lines]
    assert speakers == [
        "Ada",
        "product_manager",
        "coder",
        *["executor", "reviewer", "coder"] * 2,
        "executor",
        "reviewer",
    ]
    assert "It is done when:" in played.lines[1][1]
    assert "Accepted: the program ended well and made 2 files" in played.last
    assert played.finished
    assert not any(fences.blocks(text) for who, text in played.lines if who in ("product_manager", "reviewer"))


def test_the_coder_mends_a_failure_before_the_reviewer_accepts(talk: Start) -> None:
    played = talk("crew").say("Show me how you repair an error")
    assert [who for who, _ in played.lines[1:]] == ["product_manager", *["coder", "executor"] * 2, "reviewer"]
    assert "The program stopped with ValueError" in played.lines[4][1]
    assert [result.ok for result in played.results] == [False, True]
    assert played.finished


def test_a_reviewer_who_is_asked_about_a_failure_sends_it_back(talk: Start) -> None:
    played = talk("crew")
    played.hear("Show me how you repair an error")
    for _ in range(2):
        played.turn()
    lines = [Line(who, text, mine=False) for who, text in played.lines]
    assert reply("reviewer", lines).startswith("Not accepted. The program stopped with ValueError")
    assert reply("reviewer", lines[:-2]).startswith("Nothing has been run for this yet.")


def test_the_pair_works_too(talk: Start) -> None:
    played = talk("pair").say("Plot sin(x)")
    assert [who for who, _ in played.lines] == ["Ada", "assistant", "executor", "assistant"]
    assert played.finished


def test_the_product_manager_asks_and_says_goodbye_for_the_crew(talk: Start) -> None:
    played = talk("crew").say("what is love?")
    assert played.lines[-1][0] == "product_manager"
    assert played.asking
    played.say("thanks anyway")
    assert played.finished
    assert not played.codes
