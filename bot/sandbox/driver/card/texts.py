"""Text: its encoding, and whether it is a table with separators, JSON, or prose."""

from __future__ import annotations

import codecs
import csv
import json
from collections import Counter
from typing import Any

from . import tables, titles

Card = dict[str, Any]

MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
LINES = 200
SURE = 3
"""Lines of a table below a title."""
MARKUP = {"<?xml": "XML document", "<!doctype html": "HTML page", "<html": "HTML page"}


def read(path: str) -> Card:
    """The card of a file that may be text."""
    with open(path, "rb") as source:
        data = source.read()
    encoding = guess_encoding(data)
    if not encoding:
        return {"kind": "binary data", "problem": "nothing here knows what it is"}
    text = data.decode(encoding)
    return {
        "encoding": encoding.removesuffix("-sig"),
        **(structured(text) or separated(path, text, encoding) or prose(text)),
    }


def guess_encoding(data: bytes) -> str:
    """The encoding that all of the data fits; empty when it is no text."""
    for mark, encoding in MARKS.items():
        if data.startswith(mark):
            return encoding
    if b"\x00" in data:
        return ""
    for encoding in ("utf-8", "cp1252", "latin-1"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        strange = sum(character < " " and character not in "\t\n\r\f\x1b" for character in text[:100_000])
        return encoding if strange * 50 <= len(text[:100_000]) else ""
    return ""


def structured(text: str) -> Card:
    """JSON, XML or HTML; empty when it is none of them."""
    begin = text.lstrip()[:200].lower()
    if kind := next((kind for mark, kind in MARKUP.items() if begin.startswith(mark)), ""):
        return {"kind": kind, "note": f"{lines(text)} lines"}
    if not begin.startswith(("{", "[")):
        return {}
    try:
        return {"kind": "JSON", **of_value(json.loads(text))}
    except RecursionError:
        return {"kind": "JSON", "problem": "it is nested too deep to look into"}
    except ValueError as error:
        return json_lines(text) or (
            {"kind": "JSON", "problem": f"it is not whole: {error}"} if begin[:2] in ('{"', "[{") else {}
        )


def json_lines(text: str) -> Card:
    try:
        rows = [json.loads(line) for line in text.splitlines() if line.strip()]
    except (ValueError, RecursionError):
        return {}
    return {"kind": "JSON, one value a line", **of_value(rows)} if len(rows) > 1 else {}


def of_value(value: Any) -> Card:
    """What a JSON value holds: a table, when it is a list of objects."""
    import pandas as pd  # noqa: PLC0415  (preloaded where this runs)

    if isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
        return tables.several([("", pd.DataFrame(value))])
    if isinstance(value, dict):
        columns = list(value.values())
        if len(columns) > 1 and all(
            isinstance(column, list) and len(column) == len(columns[0]) for column in columns
        ):
            return tables.several([("", pd.DataFrame(value))])
        keys = ", ".join(str(key)[:40] for key in list(value)[:20])
        return {"note": f"an object with {len(value):,} keys: {keys}"}
    return {
        "note": f"a list of {len(value):,} values" if isinstance(value, list) else f"one value: {str(value)[:60]}"
    }


def separated(path: str, text: str, encoding: str) -> Card:
    """A table with separators; empty when the lines do not make one."""
    import pandas as pd  # noqa: PLC0415  (preloaded where this runs)

    sample = text.splitlines()[:LINES]
    separator = guess_separator(sample)
    if not separator:
        return {}
    skipped = lines_above(sample, separator)
    header = None if is_data(sample[skipped:], separator) else "infer"
    options: dict[str, Any] = {"sep": separator, "encoding": encoding, "header": header, "low_memory": False}
    options["skiprows"] = skipped
    card: Card = {"kind": "table with separators", "separator": SEPARATORS[separator]}
    try:
        frame = pd.read_csv(path, **options)
    except pd.errors.ParserError:
        frame = pd.read_csv(path, on_bad_lines="skip", **options)
        card["note"] = "some lines have more fields than the others and are not counted"
    if header is None:
        frame.columns = [f"column {number}" for number in range(1, frame.shape[1] + 1)]
        card["note"] = "without a line of column names"
    return card | {"tables": [tables.table("", frame, skipped)]}


def guess_separator(sample: list[str]) -> str:
    """The separator that divides most lines into the same number of fields, at least two; empty without one."""
    best, most = "", 0.0
    for separator in SEPARATORS:
        below = sample[lines_above(sample, separator) :]
        counts = Counter(len(row) for row in rows_of(below, separator))
        if not counts:
            continue
        fields, rows = max(counts.items(), key=lambda item: (item[1], item[0]))
        share = rows / counts.total()
        if fields > 1 and share > 0.8 and counts.total() > 1 and share * fields > most:
            best, most = separator, share * fields
    return best


def lines_above(sample: list[str], separator: str) -> int:
    """How many lines stand above the header; none where too little stands below it to be sure that it is one."""
    rows, ends, reader = [], [0], csv.reader(sample, delimiter=separator)
    try:
        for row in reader:
            rows.append(row)
            ends.append(reader.line_num)
    except csv.Error:
        return 0
    count = titles.above(rows)
    return ends[count] if sum(map(bool, rows[count:])) >= SURE else 0


def rows_of(sample: list[str], separator: str) -> list[list[str]]:
    try:
        return [row for row in csv.reader(sample, delimiter=separator) if row]
    except csv.Error:
        return []


def is_data(sample: list[str], separator: str) -> bool:
    """Whether the first line is numbers already, so that the columns have no names."""
    first = next(iter(rows_of(sample[:1], separator)), [])
    return bool(first) and all(titles.is_number(field) for field in first)


def prose(text: str) -> Card:
    begin = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return {"kind": "text", "note": f"{lines(text)} lines; begins: {begin[:100]}"}


def lines(text: str) -> str:
    return f"{text.count(chr(10)) + (not text.endswith(chr(10))):,}"
