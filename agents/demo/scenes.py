"""Everything the analyst knows at this point of the conversation, gathered message by message."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from agents.demo import peeks, samples, sniffing, sources, tables, tasks
from agents.demo.fences import Block
from agents.demo.peeks import BinaryPeek, JsonPeek, Peek, SheetPeek, TextPeek
from agents.demo.sources import LOCAL, Kind, Source
from agents.demo.tables import Table
from agents.demo.tasks import Computed, Mishap, Subject, Tabular, Task
from agents.demo.transcript import Asked, Item, Reported, Wrote


@dataclass(frozen=True, slots=True)
class Run:
    """Blocks an agent wrote, and the executor's report once there is one."""

    blocks: tuple[Block, ...]
    report: Reported | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """What is to be done and what is known.

    `runs` are those since the task was set. Paths map to what a look at the file told: `kinds` where it is not
    what its name says, `encodings` to try, `unreadable` with the reason; `sources` and `tables` go by title.
    """

    task: Task | None = None
    subject: Subject | None = None
    runs: tuple[Run, ...] = ()
    stale: bool = False
    agents_spoke: bool = False
    files: tuple[str, ...] = ()
    made: tuple[str, ...] = ()
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    encodings: Mapping[str, str] = field(default_factory=dict)
    unreadable: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[str, Source] = field(default_factory=dict)
    tables: Mapping[str, Table] = field(default_factory=dict)
    refined: frozenset[str] = frozenset()

    def kind(self, path: str) -> Kind | None:
        """What kind of table a file is, as far as is known."""
        return self.kinds.get(path) or sources.kind_of(path)

    def sources_of(self, task: Tabular) -> list[Source]:
        """The tables of a task that are known how to read."""
        if task.sample:
            return [samples.source(samples.named(task.sample))]
        known = [source for source in self.sources.values() if source.path in task.files]
        plain = [path for path in task.files if self.kind(path) == "parquet" and path not in self.sources]
        return [Source(path, path, "parquet") for path in plain] + known

    def tables_of(self, task: Tabular) -> list[Table]:
        """The profiled tables of a task."""
        return [self.tables[source.key] for source in self.sources_of(task) if source.key in self.tables]

    @property
    def last(self) -> Run | None:
        """The last run of this task that was reported on."""
        return next((run for run in reversed(self.runs) if run.report), None)


def build(items: Sequence[Item]) -> Scene:
    """The scene after a conversation."""
    scene = Scene()
    for item in items:
        match item:
            case Asked():
                scene = _asked(scene, item)
            case Wrote(blocks=blocks):
                scene = replace(scene, agents_spoke=True)
                if runs := tasks.runnable(blocks):
                    scene = replace(scene, runs=(*scene.runs, Run(runs)), stale=False)
            case Reported():
                scene = _reported(scene, item)
    return scene


def _asked(scene: Scene, asked: Asked) -> Scene:
    known = scene.tables_of(scene.subject) if isinstance(scene.subject, Tabular) else []
    task = tasks.hear(asked, scene.task, scene.subject, scene.files, known)
    if task is None:
        return scene
    pasted = (tasks.PASTED,) if isinstance(task, Tabular) and task.pasted else ()
    for path in (*asked.files, *pasted):
        scene = _forgotten(scene, path)
    subject = task if isinstance(task, Tabular | Computed | Mishap) else scene.subject
    waiting = bool(scene.runs) and scene.runs[-1].report is None
    return replace(scene, task=task, subject=subject, runs=(), stale=waiting or (scene.stale and not scene.runs))


def _forgotten(scene: Scene, path: str) -> Scene:
    """The scene without what was known of a file: a new one of that name has come."""
    gone = {key for key, source in scene.sources.items() if source.path == path} | {path}
    return replace(
        scene,
        files=(*(name for name in scene.files if name != path), path),
        kinds={name: kind for name, kind in scene.kinds.items() if name != path},
        encodings={name: encoding for name, encoding in scene.encodings.items() if name != path},
        unreadable={name: why for name, why in scene.unreadable.items() if name != path},
        sources={key: source for key, source in scene.sources.items() if key not in gone},
        tables={key: table for key, table in scene.tables.items() if key not in gone},
        refined=scene.refined - gone,
    )


def _reported(scene: Scene, report: Reported) -> Scene:
    for peek in peeks.read(report.text, scene.files):
        scene = _seen(scene, peek)
    for table in tables.read(report.text):
        scene = _profiled(scene, table)
    if not report.ok and isinstance(scene.task, Tabular):
        scene = _stumbled(scene, scene.task, report.text)
    scene = replace(scene, made=tuple(dict.fromkeys((*scene.made, *report.files))))
    if scene.stale or not scene.runs or scene.runs[-1].report:
        return replace(scene, stale=False)
    return replace(scene, runs=(*scene.runs[:-1], replace(scene.runs[-1], report=report)))


def _seen(scene: Scene, peek: Peek) -> Scene:
    path = peek.path
    source: Source | None = None
    match peek:
        case BinaryPeek(begins=begins):
            return _binary(scene, path, begins)
        case TextPeek(lines=lines) if _is_json(lines) and path not in scene.kinds:
            return replace(scene, kinds={**scene.kinds, path: "json"})
        case TextPeek():
            source = sniffing.text_source(peek)
        case SheetPeek():
            source = sniffing.sheet_source(peek)
        case JsonPeek():
            source = sniffing.json_source(peek)
    if source is None:
        why = "it holds no table" if isinstance(peek, JsonPeek) else "it is empty"
        return replace(scene, unreadable={**scene.unreadable, path: why})
    still = {name: why for name, why in scene.unreadable.items() if name != path}
    return replace(scene, sources={**scene.sources, source.key: source}, unreadable=still)


def _binary(scene: Scene, path: str, begins: str) -> Scene:
    """A file that is no text: another kind by its first bytes, UTF-16 without a mark, or nothing to read."""
    if begins.startswith("PK"):
        return replace(scene, kinds={**scene.kinds, path: "excel"})
    if begins.startswith("PAR1"):
        return replace(scene, kinds={**scene.kinds, path: "parquet"})
    if begins[1:5] == "\\x00" and path not in scene.encodings:
        return replace(scene, encodings={**scene.encodings, path: "utf-16-le"})
    return replace(scene, unreadable={**scene.unreadable, path: "it holds binary data, not a table"})


def _is_json(lines: Sequence[tuple[int, str]]) -> bool:
    start = "".join(line for _, line in lines[:3]).lstrip()
    return bool(re.match(r"\[\s*[\[{]|\{\s*\"", start))


def _profiled(scene: Scene, table: Table) -> Scene:
    """Takes a profile in; where it shows texts that are dates or numbers, the table is to be read anew, once."""
    source = scene.sources.get(table.table)
    known = replace(scene, tables={**scene.tables, table.table: table})
    if source is None and scene.kind(table.table) == "parquet":
        source = Source(table.table, table.table, "parquet")
    if source is None or table.table in scene.refined or not table.rows:
        return known
    codes = source.options.get("dtype")
    texts = {
        column.name: list(column.top)
        for column in table.kind("text")
        if not isinstance(codes, dict) or column.name not in codes
    }
    better = sniffing.other_dates(sniffing.mended(source, texts, as_text=True), table)
    zoned = {column.name: LOCAL for column in table.kind("date") if re.search(r"[+-]\d\d:\d\d$", column.first)}
    endless = any(math.isinf(column.low) or math.isinf(column.high) for column in table.kind("number"))
    better = replace(better, dates={**better.dates, **zoned}, labels=_labels(table, better), endless=endless)
    if better == source:
        return known
    return replace(
        scene,
        sources={**scene.sources, source.key: better},
        tables={key: other for key, other in scene.tables.items() if key != table.table},
        refined=scene.refined | {table.table},
    )


def _labels(table: Table, source: Source) -> dict[str, int]:
    """The columns of labels, not of codes or free text, that have spellings to be merged, and how many."""
    return {
        column.name: column.alike
        for column in table.kind("text")
        if column.alike
        and column.distinct <= max(30, table.rows / 2)
        and column.name not in (*source.dates, *source.numbers)
    }


def _stumbled(scene: Scene, task: Tabular, report: str) -> Scene:
    """Rows with too many fields, or a quote that never ends: from now on text is read without them."""
    option = {"quoting": 3} if "EOF inside string" in report else {"on_bad_lines": "skip"}
    if "ParserError" not in report:
        return scene
    better = dict(scene.sources)
    for source in scene.sources_of(task):
        if source.kind == "text" and not option.items() <= source.options.items():
            better[source.key] = replace(source, options={**source.options, **option})
    return replace(scene, sources=better)
