"""The tasks of an evaluation: read from their files, checked, and chosen by name."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal, TypeAlias

from pydantic import ValidationError

from bot.domain.errors import OperatorError
from bot.evaluate.eval_tasks import EvalTask

Part: TypeAlias = Literal["shown", "held out", "all"]
"""Which tasks: those to tune by, those that are held out, or both."""


@dataclass(frozen=True, slots=True)
class EvaluationCase:
    """A task, its files, and a digest that changes when any of them does."""

    task: EvalTask
    files: tuple[Path, ...]
    digest: str


def load(path: Path) -> list[EvaluationCase]:
    """The tasks of one file; raises OperatorError that names the file, the task and the fix."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8")).pop("task", None)
    except (OSError, UnicodeDecodeError) as error:
        raise OperatorError(f"{path}: cannot be read as UTF-8 text: {error}") from None
    except tomllib.TOMLDecodeError as error:
        raise OperatorError(f"{path}: this is not valid TOML: {error}.") from None
    if not isinstance(tables, list) or not tables or not all(isinstance(table, dict) for table in tables):
        raise OperatorError(f"{path}: there are no tasks; begin each with a line [[task]].")
    return [_case(path, number, table) for number, table in enumerate(tables, 1)]


@dataclass(frozen=True, slots=True)
class Chosen:
    """Cases to run; `other` counts those that were meant but are of the other part."""

    cases: Sequence[EvaluationCase]
    other: int


def choose(places: Sequence[str], folder: Path, part: Part) -> Chosen:
    """The tasks meant by paths of files or folders, and by patterns for names, kinds and languages.

    `folder` has the tasks where no path is given. Raises OperatorError when nothing is meant, or a name comes
    twice.
    """
    paths = [place for place in places if place.endswith(".toml") or Path(place).is_dir()]
    patterns = [place for place in places if place not in paths]
    if not paths and not folder.is_dir():
        raise OperatorError("The tasks of Roundtable's repository are not here: name files or folders with tasks.")
    cases = [case for path in paths or [str(folder)] for case in _under(Path(path))]
    _no_name_twice(cases)
    meant = [case for case in cases if not patterns or any(_matches(case.task, each) for each in patterns)]
    chosen = [case for case in meant if part == "all" or case.task.hold_out == (part == "held out")]
    if chosen:
        return Chosen(chosen, len(meant) - len(chosen))
    if meant:
        raise OperatorError(
            "All chosen tasks are held out: add --hold-out to run those, or --all."
            if part == "shown"
            else "None of the chosen tasks is held out: leave out --hold-out."
        )
    known = ", ".join(sorted({case.task.kind for case in cases}))
    raise OperatorError(f"No task is called {' or '.join(patterns)}. Name tasks, kinds or languages: {known}.")


def _under(path: Path) -> list[EvaluationCase]:
    if not path.is_dir():
        return load(path)
    files = sorted(path.glob("*.toml"))
    if not files:
        raise OperatorError(f"{path}: there are no files with tasks (*.toml) here.")
    return [case for file in files for case in load(file)]


def _matches(task: EvalTask, pattern: str) -> bool:
    return any(fnmatchcase(word, pattern) for word in (task.name, task.kind, task.language))


def _no_name_twice(cases: Sequence[EvaluationCase]) -> None:
    names: set[str] = set()
    for case in cases:
        if case.task.name in names:
            raise OperatorError(f"Two tasks are called {case.task.name}: rename one.")
        names.add(case.task.name)


def _case(path: Path, number: int, table: Mapping[str, Any]) -> EvaluationCase:
    name = table.get("name") or f"number {number}"
    try:
        task = EvalTask.model_validate(table)
    except ValidationError as error:
        raise OperatorError(f"{path}: task {name}: {_sentence(error)}.") from None
    files = tuple((path.parent / file).resolve() for file in task.files)
    for file, written in zip(files, task.files, strict=True):
        if not file.is_file():
            raise OperatorError(f"{path}: task {name}: there is no file {written} beside it: correct `files`.")
    return EvaluationCase(task, files, _digest(task, files))


def _sentence(error: ValidationError) -> str:
    first = error.errors()[0]
    unknown = first["type"] == "extra_forbidden"
    message = "there is no such setting" if unknown else str(first["msg"]).removeprefix("Value error, ")
    place = ".".join(str(part + 1) if isinstance(part, int) else part for part in first["loc"])
    return f"{place}: {message}".removeprefix(": ").rstrip(".")


def _digest(task: EvalTask, files: Sequence[Path]) -> str:
    # Whether a task is held out changes nothing about its runs.
    said = hashlib.sha256(task.model_dump_json(exclude={"hold_out"}).encode())
    for file in files:
        said.update(hashlib.sha256(file.read_bytes()).digest())
    return said.hexdigest()
