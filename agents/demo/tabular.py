"""The course of a task on tables: look at the files, profile them, draw, conclude."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from agents.demo import charts, choosing, conditions, facts, findings, outcomes, samples, wordings
from agents.demo.charts import Chart
from agents.demo.choosing import Plan
from agents.demo.fences import Block
from agents.demo.peeks import CUT
from agents.demo.scenes import Run, Scene
from agents.demo.sources import Source, load
from agents.demo.steps import Conclude, Move, Write, mended
from agents.demo.tables import Table
from agents.demo.tasks import PASTED, Tabular
from agents.demo.texts import listed, plural, said, verbatim
from agents.demo.words import mentions, numbered
from agents.demo.writing import Code, call, fill, literal, program, quoted

MOST_TABLES = 6
_ROOM = 9_000
"""Characters a program that looks at data may print: what agents get to see of an output is not much more."""
_READERS = "CSV, TSV, text, XLSX, Parquet and JSON"


def next_step(scene: Scene, task: Tabular) -> Move:
    """The next step of a task on tables."""
    drawn = [run for run in scene.runs if run.report and charts.SHOWN in run.blocks[0].code.splitlines()]
    if drawn:
        return _after_drawing(scene, task, drawn[-1])
    step = _looking(scene, task) or _profiling(scene, task) or _drawing(scene, task)
    return _checked(scene, task, step)


def _checked(scene: Scene, task: Tabular, step: Move) -> Move:
    """The step, unless the very same code has just been run: then there is nothing more to learn by it."""
    last = scene.last
    if not isinstance(step, Write) or last is None or last.report is None or last.blocks != step.blocks:
        return step
    if last.report.ok:
        return Conclude(outcomes.succeeded(last.report, ""))
    names = listed([verbatim(path) for path in task.files]) or "the data"
    return Conclude(f"I cannot read {names}. {outcomes.failed(last.report)}")


def _looking(scene: Scene, task: Tabular) -> Move | None:
    """A first look at the files whose way of writing is not known yet."""
    known = {source.path for source in scene.sources_of(task)} | set(scene.unreadable)
    fresh = [path for path in task.files if path not in known and scene.kind(path)]
    if not fresh:
        return None
    blocks = []
    limits: dict[str, object] = {"ROOM": _ROOM, "SHEETS": 2 * MOST_TABLES}
    limits["FIT"] = Code(fill("fit", {"CUT": CUT}))
    for encodings, paths in _by_encoding(scene, [path for path in fresh if scene.kind(path) == "text"]).items():
        code = fill("peek_text", limits | {"PATHS": paths, "ENCODINGS": list(encodings)})
        if task.pasted:
            saved = f'Path({literal(PASTED)}).write_text({quoted(task.pasted)}, encoding="utf-8")'
            code = code.replace("\n\n\n", f"\n\n{saved}\n\n\n", 1)
        blocks.append(code)
    for kind in ("excel", "json"):
        if paths := [path for path in fresh if scene.kind(path) == kind]:
            blocks.append(fill(f"peek_{kind}", limits | {"PATHS": paths}))
    names = listed([verbatim(path) for path in fresh])
    intent = f"First a look at how {names} {'is' if len(fresh) == 1 else 'are'} written."
    if task.pasted:
        intent = f"I save the table from your message as {names} and look at how it is written."
    if changed := [path for path in fresh if path in scene.kinds or path in scene.encodings]:
        intent = (
            f"{verbatim(changed[0])} is not what its name says, so I look again as {_really(scene, changed[0])}."
        )
    return Write(intent, tuple(Block("python", code) for code in blocks))


def _by_encoding(scene: Scene, paths: Sequence[str]) -> dict[tuple[str, ...], list[str]]:
    groups: dict[tuple[str, ...], list[str]] = {}
    for path in paths:
        special = scene.encodings.get(path)
        groups.setdefault((special,) if special else ("utf-8-sig", "cp1252"), []).append(path)
    return groups


def _really(scene: Scene, path: str) -> str:
    kinds = {"excel": "an Excel workbook", "json": "JSON", "parquet": "Parquet"}
    return kinds.get(str(scene.kinds.get(path)), f"text in {scene.encodings.get(path)}")


def _profiling(scene: Scene, task: Tabular) -> Move | None:
    """Reading the tables as found out, and a description of every column."""
    sources = scene.sources_of(task)[:MOST_TABLES]
    if not sources:
        return Conclude(_nothing(scene, task))
    asked = any(re.search(r"\b(?:first|sought)=\[", run.blocks[0].code) for run in scene.runs)  # once is enough
    wanted = {
        source.key: _Wanted() if asked else _wanted(scene.tables.get(source.key), task) for source in sources
    }
    fresh = [source for source in sources if source.key not in scene.tables or wanted[source.key].words]
    if not fresh or task.sample == "digits":
        return None
    again = bool({source.key for source in fresh} & scene.refined) or _stumbled(scene)
    remarks = [sentence for source in fresh if (sentence := wordings.reading(source))]
    what = "I read it anew that way" if again else "I read it that way and look at every column"
    intent = f"{what}." if remarks else "I read the data and look at every column."
    if words := [said(word) for one in wanted.values() for word in one.words]:
        intent, remarks = f"I have not seen {listed(list(dict.fromkeys(words)))} yet and look for it.", []
    blocks = []
    for some in (fresh[:3], fresh[3:]):
        described = [_described(source, wanted[source.key], _ROOM // len(some)) for source in some]
        blocks += [Block("python", program(fill("profile", {}), *described))] if described else []
    return Write(intent, tuple(blocks), " ".join(remarks))


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a profile is to show first: columns that it only named before, and values that are not common."""

    first: tuple[str, ...] = ()
    sought: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        return self.first + self.sought


def _wanted(table: Table | None, task: Tabular) -> _Wanted:
    if table is None:
        return _Wanted()
    text = "\n".join(task.wish.texts)
    unknown = numbered(text, table.names) if len(table.names) < table.width else []
    first = [*(mention.name for mention in mentions(text, table.others)), *unknown][:5]
    return _Wanted(tuple(first), () if first else choosing.sought(table, task.wish))


def _described(source: Source, wanted: _Wanted, room: int) -> str:
    options: dict[str, object] = {"first": list(wanted.first)} if wanted.first else {}
    options |= {"sought": [word.casefold() for word in wanted.sought]} if wanted.sought else {}
    return f"{load(source)}\n{call('describe', source.key, Code('df'), room, **options)}"


def _stumbled(scene: Scene) -> bool:
    return bool(scene.last and scene.last.report and not scene.last.report.ok)


def _drawing(scene: Scene, task: Tabular) -> Move:
    """The charts that answer the wish."""
    tables = scene.tables_of(task)
    if tables and not any(table.rows for table in tables):
        return Conclude(_rowless(tables))
    table = _chosen(tables, task)
    plan = _plan(table, task)
    if plan.refusal or not plan.charts:
        return Conclude(plan.refusal or "There is nothing to draw.")
    source = next(source for source in scene.sources_of(task) if table is None or source.key == table.table)
    code = charts.block(load(source), plan.charts, task.wish, conditions.code(plan.conditions))
    learnt = _learnt(table) if scene.last else ""  # else it was said when the table was profiled
    return Write(_announced(plan, task), (Block("python", code),), learnt)


def _plan(table: Table | None, task: Tabular) -> Plan:
    if task.sample and (refusal := samples.refusal(samples.named(task.sample), task.wish)):
        return Plan(refusal=refusal)
    special: list[Chart] = samples.special(samples.named(task.sample), task.wish) if task.sample else []
    if table is None:
        return Plan(tuple(special))
    if special:
        narrowed = conditions.narrow(table, task.wish)
        if any(date.days < 500 for date in narrowed.table.kind("date")):
            special = special[:1]  # there are no years to compare
        return Plan(tuple(special), narrowed.conditions, refusal=narrowed.refusal)
    return choosing.choose(table, task.wish)


def _chosen(tables: Sequence[Table], task: Tabular) -> Table | None:
    return choosing.best(tables, task.wish) if tables else None


def _learnt(table: Table | None) -> str:
    if table is None:
        return ""
    gaps = [column for column in table.columns if column.missing and column.kind != "empty"]
    told = f"{said(table.table, 80)}: {plural(table.rows, 'row')} and {plural(table.width, 'column')}"
    if not gaps:
        return f"{told}, nothing missing."
    worst = max(gaps, key=lambda column: column.missing)
    return f"{told}; {said(worst.name)} is missing in {plural(worst.missing, 'row')}."


def _announced(plan: Plan, task: Tabular) -> str:
    lines = list(plan.notes)
    if task.guessed:
        lines.insert(0, wordings.GUESSED)
    if len(plan.charts) == 1:
        what = "write" if plan.charts[0].template == "table" else "draw"
        return " ".join([*filter(None, lines), f"I {what}: {said(plan.charts[0].title, 120)}."])
    numbered = [f"{number}. {said(chart.title, 120)}" for number, chart in enumerate(plan.charts, 1)]
    return "\n".join([" ".join([*filter(None, lines), "I draw:"]), "", *numbered])


def _after_drawing(scene: Scene, task: Tabular, run: Run) -> Move:
    if run.report is None:
        return mended(scene, run)
    left = re.search(r"^([\d,]+) of ([\d,]+) rows are left: (.+)$", run.report.text, re.MULTILINE)
    if left and left[1] == "0":
        return Conclude(f"None of the {left[2]} rows is left with these conditions: {said(left[3], 200)}.")
    if not run.report.ok:
        return mended(scene, run)
    table = _chosen(scene.tables_of(task), task)
    seen = conditions.narrow(table, task.wish).table if table else None
    told = findings.finding(facts.read(run.report.text), seen) or outcomes.succeeded(run.report, "")
    kept = f"This is about {left[1]} of {left[2]} rows: {said(left[3], 200)}." if left else ""
    remarks = [kept, *_reservations(scene, task, table), outcomes.files(run.report, run.blocks[-1].code)]
    return Conclude("\n\n".join(filter(None, [told, " ".join(filter(None, remarks))])))


def _reservations(scene: Scene, task: Tabular, table: Table | None) -> list[str]:
    """What a reader should know about how the data were read."""
    remarks = []
    source = next((s for s in scene.sources_of(task) if table and s.key == table.table), None)
    if source and "on_bad_lines" in source.options:
        remarks.append("Rows with too many fields were left out.")
    if source and any(style[:5] in ("%m/%d", "%d/%m") for style in source.dates.values()):
        style = next(iter(source.dates.values()))
        remarks.append(f"I read the dates as {'month/day' if style.startswith('%m') else 'day/month'}/year.")
    if source:
        remarks += [wordings.merged(name, count) for name, count in list(source.labels.items())[:3]]
    others = [other for other in scene.tables_of(task) if table and other.table != table.table]
    for other in others[:3]:
        shared = [column.name for column in other.columns if table and table.column(column.name)]
        link = f"; it shares {said(shared[0])} with this one, so the two could be joined" if shared else ""
        remarks.append(f"{verbatim(other.table)} has {plural(other.rows, 'row')} that I did not draw{link}.")
    return remarks + _excuses(scene, task)


def _excuses(scene: Scene, task: Tabular) -> list[str]:
    """Which files could not be used, and why."""
    excuses = [
        f"{verbatim(path)} cannot be used: {scene.unreadable[path]}."
        for path in task.files
        if path in scene.unreadable
    ]
    strange = [path for path in task.files if not scene.kind(path)]
    return excuses + [f"I cannot read {verbatim(path)}; I read {_READERS}." for path in strange]


def _nothing(scene: Scene, task: Tabular) -> str:
    last = scene.last
    if last and last.report and not last.report.ok:
        names = listed([verbatim(path) for path in task.files])
        return f"I cannot read {names}. {outcomes.failed(last.report)}"
    return " ".join(_excuses(scene, task)) or "There is no table in what you attached."


def _rowless(tables: Sequence[Table]) -> str:
    table = tables[0]
    if not table.columns:
        return f"{verbatim(table.table)} holds no table."
    names = listed([said(column.name) for column in table.columns[:8]])
    return f"{verbatim(table.table)} has {plural(len(table.columns), 'column')} ({names}) but not a single row."
