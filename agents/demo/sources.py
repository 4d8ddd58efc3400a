"""How a table is read: what the analyst has found out about a file, and the code that says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from agents.demo.texts import bag
from agents.demo.writing import Code, call, literal

LOCAL = "local"
Kind = Literal["text", "excel", "json", "parquet", "sample"]


@dataclass(frozen=True, slots=True)
class Source:
    """One table: `key` is its title, `options` go to the reader, the rest is mended after reading.

    `dates` maps a column to its format, with a "Z" in front when texts carry an offset, or to LOCAL when it
    holds times with one; `numbers` are columns of numbers written with units or thousands separators.
    `labels` are columns in which so many spellings differ from another only in case or in spaces around them.
    `total`: the last row is one; `endless`: there are infinite numbers; `width` counts the columns, if known.
    """

    key: str
    path: str
    kind: Kind
    options: Mapping[str, object] = field(default_factory=dict)
    decimal: str = "."
    dates: Mapping[str, str] = field(default_factory=dict)
    numbers: tuple[str, ...] = ()
    labels: Mapping[str, int] = field(default_factory=dict)
    total: bool = False
    endless: bool = False
    width: int = 0


def kind_of(path: str) -> Kind | None:
    """The kind of table a file's name promises, or None; a name that says nothing may be text."""
    ending = path.rpartition(".")[2].lower() if "." in path else ""
    match ending:
        case "xlsx" | "xlsm":
            return "excel"
        case "json" | "jsonl" | "ndjson" | "geojson":
            return "json"
        case "parquet" | "pq":
            return "parquet"
    return None if ending in _NO_TABLES else "text"


_NO_TABLES = frozenset(
    bag(
        "pdf doc docx odt ppt pptx xls ods png jpg jpeg gif webp svg zip gz tar 7z py ipynb html htm mp3 mp4 "
        "wav npy npz pkl exe db sqlite"
    )
)


def load(source: Source) -> str:
    """The lines that read the table into `df` and mend its columns."""
    lines = [_read(source)]
    if source.total:
        lines.append("df = df.iloc[:-1]  # the last row is a total")
    lines += [_date(name, style) for name, style in source.dates.items()]
    if source.numbers:
        lines += _numbers(source.numbers, source.decimal)
    if source.labels:
        lines += _labels(list(source.labels))
    if source.endless:
        lines.append("df = df.replace([np.inf, -np.inf], np.nan)  # infinity cannot be drawn")
    return "\n".join(lines)


def _read(source: Source) -> str:
    match source.kind:
        case "text":
            named = "header" not in source.options or "names" in source.options
            names = "" if named else '.rename(columns=lambda n: f"column {n + 1}")'
            return f"df = {call('pd.read_csv', source.path, **source.options)}{names}"
        case "excel":
            return f"df = {call('pd.read_excel', source.path, **source.options)}.rename(columns=str)"
        case "parquet":
            return f"df = {call('pd.read_parquet', source.path)}"
        case "json":
            return _read_json(source)
        case "sample":
            return str(source.options["code"])


def _read_json(source: Source) -> str:
    path = literal(source.path)
    data = f"json.loads(Path({path}).read_bytes())"
    if source.options.get("lines"):
        data = f"[json.loads(line) for line in Path({path}).read_bytes().splitlines() if line.strip()]"
    where = source.options.get("where") or ()
    assert isinstance(where, tuple)
    inner = "data" + "".join(f"[{literal(key)}]" for key in where)
    match source.options.get("shape"):
        case "rows":
            table = f"pd.DataFrame({inner}).rename(columns=str)"
        case "index":
            table = f'pd.DataFrame.from_dict({inner}, orient="index").reset_index()'
        case _:
            table = f"pd.json_normalize({inner})"
    return f"data = {data}\ndf = {table}"


def _date(name: str, style: str) -> str:
    column = f"df[{literal(name)}]"
    if style == LOCAL:
        return f"{column} = {column}.dt.tz_localize(None)  # the time as its clock showed it"
    if style.startswith("Z"):
        local = f'{column}.str.replace(r"(Z|[+-]\\d\\d:?\\d\\d)$", "", regex=True)'
        return f'{column} = pd.to_datetime({local}, format={literal(style[1:])}, errors="coerce")'
    return f"{column} = {call('pd.to_datetime', Code(column), format=style, errors='coerce')}"


def _numbers(names: tuple[str, ...], decimal: str) -> list[str]:
    keep = literal(Code(f'r"[^\\d{decimal}-]"'))
    point = '.str.replace(",", ".")' if decimal == "," else ""
    return [
        f"for name in {literal(list(names))}:  # written with units or thousands separators",
        f'    digits = df[name].astype(str).str.replace({keep}, "", regex=True){point}',
        '    df[name] = pd.to_numeric(digits, errors="coerce")',
    ]


def _labels(names: list[str]) -> list[str]:
    return [
        f"for name in {literal(names)}:  # what differs only in case or spaces is one label, as mostly spelled",
        "    spelled = df[name].dropna().astype(str).str.strip()",
        "    label = spelled.str.casefold()",
        "    df[name] = label.map(spelled.groupby(label).agg(lambda same: same.mode()[0]))",
    ]
