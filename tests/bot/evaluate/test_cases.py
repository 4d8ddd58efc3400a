"""Files with tasks: what is wrong in them is said with its place, and tasks are chosen by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.domain.errors import OperatorError
from bot.evaluate.cases import Part, choose, load

GOOD = """
[[task]]
name = "{name}"
kind = "{kind}"
language = "{language}"
hold_out = {hold_out}
task = "How many?"
{more}
[task.wanted]
figures = [{{ value = 3 }}]
"""


def good(
    name: str = "count", kind: str = "total", language: str = "en", *, hold_out: bool = False, more: str = ""
) -> str:
    return GOOD.format(name=name, kind=kind, language=language, hold_out=str(hold_out).lower(), more=more)


def write(folder: Path, text: str, name: str = "mine.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_task_has_its_files_beside_it_and_a_digest_of_all(tmp_path: Path) -> None:
    data = tmp_path / "data.csv"
    data.write_text("a\n1\n")
    path = write(tmp_path, good(more='files = ["data.csv"]'))
    (case,) = load(path)
    assert case.files == (data.resolve(),)
    write(tmp_path, good(more='files = ["data.csv"]', hold_out=True))
    assert load(path)[0].digest == case.digest, "a task that is held out is the same task"
    data.write_text("a\n2\n")
    assert load(path)[0].digest != case.digest


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("figures = [{ value = 3 }]", ""), "task count: wanted: nothing would be checked: give figures, dates"),
        (("value = 3", "value = 'three'"), "task count: wanted.figures.1.value: Input should be a valid number"),
        (("value = 3", "value = 3, answer = 2"), "task count: an answer has a number above 1"),
        (("[task.wanted]", "colour = 1\n[task.wanted]"), "task count: colour: there is no such setting"),
        (("[task.wanted]", 'files = ["no.csv"]\n[task.wanted]'), "task count: there is no file no.csv beside it"),
        (("How many?", "Stop!"), "task count: task: 'Stop!' is an order to Roundtable"),
        (('name = "count"', 'name = "Count all"'), "task Count all: name: String should match pattern"),
        (('name = "count"', ""), "task number 1: name: Field required"),
        (
            ("figures = [{ value = 3 }]", 'dates = [{ day = "soon" }]'),
            "wanted.dates.1.day: 'soon' is no day",
        ),
        (
            ("figures = [{ value = 3 }]", "words = [{}]"),
            "wanted.words.1: give any_of, all_of or none_of",
        ),
        (("[[task]]", "[task]"), "there are no tasks; begin each with a line [[task]]"),
        (("[[task]]", "[[task"), "this is not valid TOML"),
    ],
)
def test_a_mistake_is_said_with_file_task_and_place(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    path = write(tmp_path, good().replace(*change))
    with pytest.raises(OperatorError) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert said in str(caught.value)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, good("one") + good("two", "chart"), "a.toml")
    write(tmp_path, good("drei", language="de") + good("secret", hold_out=True), "b.toml")
    return tmp_path


@pytest.mark.parametrize(
    ("places", "part", "names", "other"),
    [
        ((), "shown", ["one", "two", "drei"], 1),
        ((), "held out", ["secret"], 3),
        ((), "all", ["one", "two", "drei", "secret"], 0),
        (("tw*",), "shown", ["two"], 0),
        (("chart", "de"), "shown", ["two", "drei"], 0),
        (("one", "secret"), "shown", ["one"], 1),
    ],
)
def test_tasks_are_chosen_by_name_kind_and_language(
    folder: Path, places: tuple[str, ...], part: Part, names: list[str], other: int
) -> None:
    chosen = choose(places, folder, part)
    assert [case.task.name for case in chosen.cases] == names
    assert chosen.other == other


def test_paths_replace_the_folder_and_patterns_narrow_them(folder: Path) -> None:
    file = str(folder / "a.toml")
    assert [case.task.name for case in choose([file], Path("nowhere"), "shown").cases] == ["one", "two"]
    assert [case.task.name for case in choose([file, "tw*"], Path("nowhere"), "shown").cases] == ["two"]
    assert [case.task.name for case in choose([str(folder), "d*"], Path("nowhere"), "shown").cases] == ["drei"]


@pytest.mark.parametrize(
    ("places", "part", "said"),
    [
        (("nothing",), "shown", "No task is called nothing. Name tasks, kinds or languages: chart, total."),
        (("secret",), "shown", "held out: add --hold-out to run those, or --all"),
        (("one",), "held out", "None of the chosen tasks is held out"),
        (("no.toml",), "shown", "no.toml: cannot be read"),
    ],
)
def test_what_means_no_task_is_said(folder: Path, places: tuple[str, ...], part: Part, said: str) -> None:
    with pytest.raises(OperatorError, match=said):
        choose(places, folder, part)


def test_an_installation_without_tasks_needs_some(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="are not here: name files or folders with tasks"):
        choose(["chat"], tmp_path / "evals", "shown")


def test_no_name_comes_twice(folder: Path) -> None:
    write(folder, good("one"), "c.toml")
    with pytest.raises(OperatorError, match="Two tasks are called one"):
        choose((), folder, "all")
