"""Whether a run is right: every check that its task wants, by name where it fails. Pure."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase

from bot.evaluate.dates_in_text import day, has_date
from bot.evaluate.eval_tasks import Figure, FileCheck, Wanted, Words
from bot.evaluate.png_check import is_png
from bot.evaluate.said_in_session import SaidInSession
from bot.evaluate.words_in_text import has_word
from bot.text.numbers_in_text import has_figure

_ZIPPED = (".xlsx", ".docx", ".pptx", ".zip")


@dataclass(frozen=True, slots=True)
class Made:
    """A file that the code has made."""

    path: str
    media_type: str
    data: bytes


def failed(
    wanted: Wanted, talk: SaidInSession, files: Sequence[Made], outcome: str, today: Sequence[date]
) -> list[str]:
    """Every check that does not hold. `today` are the dates on which the run began and ended."""
    return [
        *_figures(wanted.figures, talk),
        *(
            f"date {each.day}{_of(each.answer)}"
            for each in wanted.dates
            if not any(has_date(talk.result(each.answer), day(each.day, now)) for now in today)
        ),
        *(f"{what}{_of(each.answer)}" for each in wanted.words for what in _words(each, talk.answer(each.answer))),
        *(f"file {check.name}: {why}" for check in wanted.files if (why := _file(check, files))),
        *_asks(wanted, talk),
        *([] if outcome in wanted.ends else [f"ends: {outcome}"]),
    ]


def _of(answer: int | None) -> str:
    return f" in answer {answer}" if answer else ""


def _figures(figures: Sequence[Figure], talk: SaidInSession) -> Iterator[str]:
    for figure in figures:
        if not _has(figure, talk.result(figure.answer)):
            yield f"figure {_shown(figure)}{_of(figure.answer)}"


def _shown(figure: Figure) -> str:
    value = int(figure.value) if figure.value.is_integer() else figure.value
    return f"{value:,} %" if figure.percent else f"{value:,}"


def _has(figure: Figure, text: str) -> bool:
    return has_figure(text, figure.value, figure.tolerance, percent=figure.percent)


def _words(wanted: Words, text: str) -> Iterator[str]:
    if wanted.any_of and not any(has_word(text, word) for word in wanted.any_of):
        yield f"words: none of {', '.join(wanted.any_of)}"
    for word in wanted.all_of:
        if not has_word(text, word):
            yield f"words: no {word}"
    for word in wanted.none_of:
        if has_word(text, word):
            yield f"words: {word}"


def _file(check: FileCheck, files: Sequence[Made]) -> str:
    """Why no file will do: of several that are called so, the best counts."""
    named = [file for file in files if _is_called(file.path, check.name)]
    if not named:
        return "there is none"
    reasons = [_unfit_or_broken(check, file) for file in named]
    return "" if "" in reasons else reasons[0]


def _is_called(path: str, name: str) -> bool:
    return fnmatchcase(path, name) or fnmatchcase(path.rpartition("/")[2], name)


def _unfit_or_broken(check: FileCheck, file: Made) -> str:
    try:
        return _unfit(check, file)
    except Exception as error:
        # A model writes whatever it likes into a file, and each parser fails in ways of its own.
        return f"it cannot be read: {type(error).__name__}: {error}"


def _unfit(check: FileCheck, file: Made) -> str:
    if check.type and file.media_type != check.type:
        return f"it is {file.media_type}"
    if len(file.data) < check.bytes:
        return f"it has {len(file.data)} bytes"
    if not _opens(file):
        return "it does not open"
    return _unfit_text(check, file) if check.figures or check.words else ""


def _opens(file: Made) -> bool:
    if file.media_type == "image/png":
        return is_png(file.data)
    return not file.path.lower().endswith(_ZIPPED) or zipfile.is_zipfile(io.BytesIO(file.data))


def _unfit_text(check: FileCheck, file: Made) -> str:
    text = _text(file)
    missing: Mapping[str, bool] = {f"no {_shown(figure)}": _has(figure, text) for figure in check.figures}
    wrong = [why for why, there in missing.items() if not there]
    wrong += [why for words in check.words for why in _words(words, text)]
    return ", ".join(wrong)


def _text(file: Made) -> str:
    """A file's text; the cells of a CSV stand apart, whatever separates them there."""
    try:
        text = file.data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = file.data.decode("latin-1")
    if file.media_type != "text/csv":
        return text
    separator = max(";\t,", key=text.partition("\n")[0].count)
    return "\n".join(" | ".join(row) for row in csv.reader(io.StringIO(text), delimiter=separator))


def _asks(wanted: Wanted, talk: SaidInSession) -> Iterator[str]:
    if wanted.asks == "must" and not talk.questions:
        yield "asks: no question"
    if wanted.asks == "must_not" and talk.questions:
        yield f"asks: {talk.questions[0]}"
