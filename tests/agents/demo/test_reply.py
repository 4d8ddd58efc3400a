"""Whatever is said, the analyst answers with code, a question or an end; pure, without running anything."""

from __future__ import annotations

import ast
from dataclasses import asdict
from typing import get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from agents.demo import facts, fences, findings, tables
from agents.demo.analyst import Line, reply
from agents.demo.texts import bag
from agents.message_parsing import read
from bot.domain.events import Asks, Code, Finished
from tests.agents.demo.reports import profiled, shown

TEAM = ("analyst", "assistant", "product_manager", "coder", "reviewer", "executor")
WORDS = st.sampled_from(
    bag(
        "plot chart iris google sin(x) x^2 primes 2008 red by over time csv as table thanks hello stop only top 5 "
        "log ``` ```python print(1) ASK: TERMINATE sales.csv `a` random walk cluster show repair error mean"
    )
)
SAYING = st.one_of(st.text(max_size=400), st.lists(WORDS, max_size=12).map(" ".join))
ATTACHED = "\n\nAttached, now in the workspace: `sales.csv` (10 bytes)"
PROFILE = profiled(
    [
        {
            "name": "date",
            "kind": "date",
            "missing": 0,
            "distinct": 9,
            "first": "2024-01-01",
            "last": "2024-03-01",
        },
        {"name": "region", "kind": "text", "missing": 0, "distinct": 2, "top": {"North": 5, "South": 5}},
        {"name": "x", "kind": "number", "missing": 1, "distinct": 9, "low": 0, "high": 5, "mean": 2.5},
    ]
)
PEEK = (
    "sales.csv: 10 bytes, 3 lines, utf-8-sig\n        1| date,region,x\n        2| 2024-01-01,North,1\n        3| "
)
REPORT = st.one_of(
    st.text(max_size=300),
    st.sampled_from(
        [PEEK, PROFILE, "Result: nothing", "Result: totals\n  top:", PROFILE[:90], "Traceback\nKeyError: 'x'"]
    ),
).flatmap(lambda output: st.sampled_from([0, 1]).map(lambda code: f"exit code: {code} (0.1 s)\noutput:\n{output}"))


@given(st.text(max_size=2000))
@settings(max_examples=300, deadline=None)
def test_any_first_message_gets_code_a_question_or_an_end(text: str) -> None:
    answer = reply("analyst", [Line("Ada", text, mine=False)])
    assert isinstance(read(answer), Code | Asks | Finished), answer


@given(
    st.lists(st.tuples(st.sampled_from(("Ada", *TEAM)), st.one_of(SAYING, REPORT)), max_size=8),
    st.sampled_from(TEAM[:5]),
)
@settings(max_examples=300, deadline=None)
def test_any_conversation_gets_an_answer(talk: list[tuple[str, str]], agent: str) -> None:
    answer = reply(agent, [Line(who, text, who == agent) for who, text in talk])
    assert answer.strip()
    if isinstance(said := read(answer), Code):
        assert [block.code.rstrip("\n") for block in said.blocks] == [
            b.code.rstrip("\n") for b in fences.blocks(answer)
        ]


@given(SAYING, SAYING, st.booleans())
@settings(max_examples=300, deadline=None)
def test_every_program_for_a_known_table_is_python(first: str, second: str, both: bool) -> None:
    lines = [
        Line("Ada", first + ATTACHED, mine=False),
        Line("analyst", "```python\nlook\n```", mine=True),
        Line("executor", f"exit code: 0 (0.1 s)\noutput:\n{PEEK}", mine=False),
        Line("analyst", "```python\nprofile\n```", mine=True),
        Line("executor", f"exit code: 0 (0.1 s)\noutput:\n{PROFILE}", mine=False),
    ]
    if both:
        lines.append(Line("Ada", second, mine=False))
    answer = reply("analyst", lines)
    said = read(answer)
    assert isinstance(said, Code | Asks | Finished), answer
    own = "```" in first + second or "~~~" in first + second
    if isinstance(said, Code) and not own:
        for block in said.blocks:
            ast.parse(block.code)


NAME = st.one_of(
    st.text(max_size=12), st.sampled_from(["date", "region", "x", "year", "revenue", "2020", "2021", "2022"])
)
NUMBER = st.floats(allow_nan=True, allow_infinity=True)
MOMENT = st.one_of(st.text(max_size=12), st.datetimes().map(str))
COUNT = st.integers(-5, 10**7)
COLUMN = st.fixed_dictionaries(
    {
        "name": NAME,
        "kind": st.sampled_from(["number", "date", "text", "empty"]),
        "missing": COUNT,
        "distinct": COUNT,
        "low": NUMBER,
        "high": NUMBER,
        "mean": NUMBER,
        "first": MOMENT,
        "last": MOMENT,
        "top": st.dictionaries(NAME, COUNT, max_size=4),
    }
)


@given(st.lists(COLUMN, max_size=8), st.sampled_from([0, 3, 10**7]), SAYING, st.sampled_from(TEAM[:5]))
@settings(max_examples=400, deadline=None)
def test_any_profile_leads_to_python_or_to_words(
    columns: list[dict[str, object]], rows: int, task: str, agent: str
) -> None:
    profile = profiled(columns, rows)
    lines = [
        Line("Ada", task.replace("`", "'").replace("~", "-") + ATTACHED, mine=False),
        Line("analyst", "```python\nlook\n```", mine=False),
        Line("executor", f"exit code: 0 (0.1 s)\noutput:\n{PEEK}", mine=False),
        Line("analyst", "```python\nprofile\n```", mine=False),
        Line("executor", f"exit code: 0 (0.1 s)\noutput:\n{profile}", mine=False),
    ]
    said = read(reply(agent, lines))
    if isinstance(said, Code):
        for block in said.blocks:
            ast.parse(block.code)


@given(
    st.text(max_size=60),
    st.text(max_size=30),
    st.sampled_from(["plot by group", "histogram", "as a table", "only zq9"]),
)
@settings(max_examples=200, deadline=None)
def test_names_from_data_cannot_leave_their_quotes(name: str, value: str, task: str) -> None:
    column = {"kind": "number", "missing": 1, "distinct": 9, "low": 0, "high": 5, "mean": 2.5}
    group = {"name": "group", "kind": "text", "missing": 0, "distinct": 2, "top": {f"zq9{value}": 5, "b": 5}}
    columns = [{"name": f"{name}'); zq9()  #"} | column, {"name": f'zq9{name}"\n]'} | column, group]
    profile = profiled(columns)
    lines = [
        Line("Ada", task + ATTACHED, mine=False),
        Line("analyst", "```python\nlook\n```", mine=True),
        Line("executor", f"exit code: 0 (0.1 s)\noutput:\n{PEEK}", mine=False),
        Line("analyst", "```python\nprofile\n```", mine=True),
        Line("executor", f"exit code: 0 (0.1 s)\noutput:\n{profile}", mine=False),
    ]
    said = read(reply("analyst", lines))
    if not isinstance(said, Code):
        assert task == "only zq9"  # and no value is called that
        return
    tree = ast.parse(said.blocks[0].code)
    words = [str(getattr(node, part, "")) for node in ast.walk(tree) for part in ("id", "attr", "arg", "name")]
    assert not [word for word in words if "zq9" in word]


FACT = st.one_of([st.from_type(kind) for kind in get_args(facts.Fact)])


@given(st.lists(FACT, max_size=3), st.lists(COLUMN, max_size=4))
@settings(max_examples=300, deadline=None)
def test_any_result_is_told_in_words(printed: list[facts.Fact], columns: list[dict[str, object]]) -> None:
    report = shown([asdict(fact) for fact in printed])
    for table in [None, *tables.read(profiled(columns, 10**7))]:
        told = findings.finding(facts.read(report), table)
        assert "```" not in told
        assert not [line for line in told.splitlines() if line.startswith(("ASK:", "TERMINATE"))]


@given(FACT)
@settings(max_examples=300, deadline=None)
def test_what_a_program_shows_to_people_is_all_that_the_next_step_needs(fact: facts.Fact) -> None:
    read_back = facts.read(shown([asdict(fact)]))
    if not read_back:  # it has nothing to tell
        return
    again = shown([asdict(read_back[0])])
    assert again == shown([asdict(fact)])
