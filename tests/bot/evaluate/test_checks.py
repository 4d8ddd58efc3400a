"""Which checks of a task fail."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from typing import Any

import pytest

from bot.domain.posts import HOST, AgentPost, FilesPost, QuestionPost, StatusPost
from bot.evaluate.checks import Made, failed
from bot.evaluate.eval_tasks import Wanted
from bot.evaluate.said_in_session import SaidInSession, talk
from tests.bot.evaluate.made import code, output, timeline
from tests.bot.evaluate.test_png_check import png

TODAY = (date(2025, 3, 1), date(2025, 3, 2))


def wanted(**fields: Any) -> Wanted:
    return Wanted.model_validate(fields)


def fails(
    what: Wanted, answer: str = "", *files: Made, questions: tuple[str, ...] = (), outcome: str = "finished"
) -> list[str]:
    return failed(what, SaidInSession({1: answer}, questions), files, outcome, TODAY)


def test_figures_are_named_where_they_are_missing() -> None:
    what = wanted(figures=[{"value": 5396}, {"value": 45.7, "within": 0.05, "percent": True}])
    assert fails(what, "5,396 units, which is 0.457 of all") == []
    assert fails(what, "many") == ["figure 5,396", "figure 45.7 %"]


def test_whole_figures_are_met_exactly_and_others_nearly() -> None:
    assert fails(wanted(figures=[{"value": 832}]), "831") == ["figure 832"]
    assert fails(wanted(figures=[{"value": 1532708.38}]), "1,532,708") == []
    assert fails(wanted(figures=[{"value": 0.129}]), "0.13") == ["figure 0.129"]


def test_an_answer_may_be_named() -> None:
    what = wanted(figures=[{"value": 1, "answer": 1}, {"value": 2}], words=[{"any_of": ["x"], "answer": 2}])
    said = SaidInSession({1: "It is 1.", 3: "It is 2."})
    assert failed(what, said, (), "finished", TODAY) == ["words: none of x in answer 2"]


def test_dates_count_from_the_days_of_the_run() -> None:
    what = wanted(dates=[{"day": "today+1"}])
    assert fails(what, "2025-03-02") == fails(what, "March 3") == []
    assert fails(what, "2025-03-04") == ["date today+1"]


def test_words_of_which_one_all_or_none_is_wanted() -> None:
    what = wanted(words=[{"any_of": ["south", "süd*"]}, {"all_of": ["a", "b"]}, {"none_of": ["error"]}])
    assert fails(what, "Süden: a b") == []
    assert fails(what, "north, a, an error") == ["words: none of south, süd*", "words: no b", "words: error"]


def test_files_by_name_type_size_and_what_is_in_them() -> None:
    chart = Made("out/chart.png", "image/png", png())
    table = Made("totals.csv", "text/csv", b"\xef\xbb\xbfregion,units\nSouth,4392\n")
    what = wanted(
        files=[
            {"name": "*.png", "type": "image/png", "bytes": 50},
            {
                "name": "totals.csv",
                "type": "text/csv",
                "figures": [{"value": 4392}],
                "words": [{"all_of": ["south"]}],
            },
        ]
    )
    assert fails(what, "", chart, table) == []
    assert fails(what, "") == ["file *.png: there is none", "file totals.csv: there is none"]
    german = Made("totals.csv", "text/csv", b"region;units;revenue\nSouth;4392;1,5\n")
    assert fails(what, "", chart, german) == []
    broken = Made("chart.png", "image/png", png()[:-5])
    other = Made("totals.csv", "text/csv", b"region,units\nEast,1\n")
    assert fails(what, "", broken, other) == [
        "file *.png: it does not open",
        "file totals.csv: no 4,392, words: no south",
    ]
    assert fails(what, "", broken, chart, other, table) == [], "the best of several counts"


def test_a_file_that_breaks_its_reader_fails_only_its_check() -> None:
    huge = Made("a.csv", "text/csv", b'id,text\n1,"' + b"x" * 200_000 + b'"\n')
    what = wanted(figures=[{"value": 7}], files=[{"name": "a.csv", "figures": [{"value": 1}]}])
    found = fails(what, "8", huge)
    assert found[0] == "figure 7"
    assert found[1].startswith("file a.csv: it cannot be read: Error: field larger than")


@pytest.mark.parametrize(
    ("file", "why"),
    [
        (Made("a.xlsx", "text/csv", b"1" * 9), "it is text/csv"),
        (Made("a.xlsx", "x", b"1"), "it has 1 bytes"),
        (Made("a.xlsx", "x", b"123456789"), "it does not open"),
    ],
)
def test_a_file_that_will_not_do(file: Made, why: str) -> None:
    assert fails(wanted(files=[{"name": "a.xlsx", "type": "x", "bytes": 5}]), "", file) == [f"file a.xlsx: {why}"]


def test_a_workbook_opens_when_it_is_an_archive() -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("a", "b")
    assert fails(wanted(files=[{"name": "*.xlsx"}]), "", Made("a.xlsx", "x", data.getvalue())) == []


def test_questions_that_must_or_must_not_be_asked() -> None:
    assert fails(wanted(asks="must")) == ["asks: no question"]
    assert fails(wanted(asks="must"), questions=("Which?",)) == []
    what = wanted(asks="must_not", figures=[{"value": 1}])
    assert fails(what, "1", questions=("Which?",)) == ["asks: Which?"]


def test_how_it_may_end() -> None:
    what = wanted(figures=[{"value": 1}])
    assert fails(what, "1", outcome="answered") == []
    assert fails(what, "1", outcome="unfinished") == ["ends: unfinished"]
    assert fails(wanted(figures=[{"value": 1}], ends=["asked"]), "1", outcome="asked") == []


def test_an_answer_is_all_prose_until_a_person_speaks_again() -> None:
    entries = timeline(
        "Task",
        AgentPost(HOST, "`sales.csv`: 832 rows"),
        StatusPost("heard"),
        code("print(99)"),
        output("5396"),
        FilesPost("executor", ()),
        AgentPost("analyst", "It is 5."),
        "More",
        QuestionPost("analyst", "I see two.", "Which?"),
        "That",
        AgentPost("analyst", "Done.", final=True),
    )
    found = talk(entries, (1, 2, 4))
    assert found == SaidInSession(
        {1: "I try.\n\nIt is 5.", 2: "I see two.\n\nWhich?", 4: "Done."}, ("Which?",), {4: "Done."}
    )
    assert found.answer(None) == "Done."
    assert found.answer(3) == ""
    assert talk([], (1,)).answer(None) == ""


def test_a_figure_said_on_the_way_does_not_count_beside_a_result() -> None:
    what = wanted(figures=[{"value": 832}], dates=[{"day": "2025-03-04"}], words=[{"any_of": ["rows"]}])
    way = AgentPost("analyst", "832 rows, up to 2025-03-04, I think.")

    def found(result: str) -> list[str]:
        entries = timeline("How many?", way, output(), AgentPost("analyst", result, final=True))
        return failed(what, talk(entries, (1,)), (), "finished", TODAY)

    assert found("It is 831, up to 2025-03-05.") == ["figure 832", "date 2025-03-04"]
    assert found("It is 832, up to 2025-03-04.") == []
    assert found("That is approved.") == [], "a result without any figure takes none back"


def test_a_result_belongs_to_its_own_answer() -> None:
    entries = timeline(
        "A?",
        AgentPost("a", "It is 1.", final=True),
        "B?",
        AgentPost("a", "2, no,"),
        AgentPost("a", "3", final=True),
    )
    found = talk(entries, (1, 2))
    assert [found.result(number) for number in (1, 2, None)] == ["It is 1.", "3", "3"]
