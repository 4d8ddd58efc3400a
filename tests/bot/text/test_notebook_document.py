from __future__ import annotations

import json
from typing import Any

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.events import CodeBlock, Message, RemoteFile
from bot.domain.participants import Person, ThreadRef
from bot.domain.posts import AgentPost, ApprovalPost, CodePost, OutputPost, StatusPost
from bot.domain.turn_results import Killed, RunResult, Variables
from bot.domain.workspace_files import Artifact
from bot.sandbox.naming import script
from bot.text.notebook_document import notebook
from bot.text.safe_names import clean_path

TASK = Message(
    "1", ThreadRef("web", "", "", "1"), Person("1", "Ann"), "Plot `sales`", (RemoteFile("sales.csv", 3, "r"),)
)
CHART = Artifact("out/chart.png", "c" * 64, 4, "image/png")
CODE = CodePost(
    "coder",
    "text",
    (
        CodeBlock("python", "# filename: lib/load.py\nprint(1)\n"),
        CodeBlock("bash", "ls\n"),
        CodeBlock("python", "1 / 0\n"),
        CodeBlock("python", "never()\n"),
    ),
)
OUTPUT = OutputPost(
    "executor",
    (
        RunResult(0, "1\n", 0.1, files=(CHART,), interpreter="a"),
        RunResult(0, "", 0.1),
        RunResult(1, "ZeroDivisionError\n", 0.1, interpreter="a"),
    ),
)


def book(*timeline: object, picture: bytes | None = b"\x89PNG") -> Any:
    return json.loads(notebook("Plot it", timeline, lambda _file: picture, script))


def cells(made: Any, kind: str = "code") -> list[str]:
    return ["".join(cell["source"]) for cell in made["cells"] if cell["cell_type"] == kind]


def ran(block: CodeBlock, result: RunResult) -> tuple[CodePost, OutputPost]:
    return CodePost("coder", "", (block,)), OutputPost("executor", (result,))


def python(code: str, interpreter: str = "a", variables: Variables = "kept", exit_code: int = 0) -> Any:
    result = RunResult(exit_code, "", 0.1, interpreter=interpreter, variables=variables)
    return ran(CodeBlock("python", code), result)


def test_each_block_that_ran_is_a_cell_with_its_output() -> None:
    made = book(TASK, CODE, OUTPUT, StatusPost("A note."), AgentPost("coder", "Done."))
    setup, *rest = cells(made)
    assert "{'# filename: lib/load.py': 'lib/load.py'}" in setup
    assert rest == ["# filename: lib/load.py\nprint(1)\n", "%%bash\nls\n", "1 / 0\n"]
    first = next(cell for cell in made["cells"] if "".join(cell["source"]) == rest[0])
    assert [output["output_type"] for output in first["outputs"]] == ["stream", "display_data"]
    assert "tags" not in first["metadata"]
    failed = made["cells"][-2]
    assert failed["metadata"]["tags"] == ["raises-exception"]
    assert failed["outputs"][-1]["output_type"] == "error"
    assert failed["outputs"][-1]["ename"] == "ZeroDivisionError"


def test_code_that_meets_nothing_special_needs_no_setup() -> None:
    assert cells(book(*python("x = 1"))) == ["x = 1"]


@pytest.mark.parametrize(
    ("code", "fix"),
    [
        ("exit()", "exit = quit = sys.exit"),
        ("open(__file__)", "__file__ = 'session.py'"),
        ("parser.parse_args()", "sys.argv = ['session.py']"),
        ("asyncio.run(main())", "asyncio.run = run"),
    ],
)
def test_what_differs_in_jupyter_is_made_alike_also_after_a_loss(code: str, fix: str) -> None:
    setup, first, again, second = cells(book(*python(code), *python("y", "b")))
    assert (first, second) == (code, "y")
    assert fix in setup
    assert fix in again


def test_where_variables_were_lost_the_kernel_forgets_them() -> None:
    made = book(
        *python("one", "a"),
        *ran(CodeBlock("bash", "ls"), RunResult(0, "", 0.1)),
        *python("two", "a"),
        *python("three", "b"),
        *python("four", "b"),
    )
    shown = [cell.splitlines()[-1] for cell in cells(made)]
    assert shown == ["one", "ls", "two", "%reset -f", "three", "four"]


def test_blocks_of_a_time_before_variables_were_kept_run_each_on_its_own() -> None:
    shown = [cell.splitlines()[-1] for cell in cells(book(*python("one", ""), *python("two", "")))]
    assert shown == ["one", "%reset -f", "two"]


@pytest.mark.parametrize(
    ("variables", "killed", "why"), [("restored", "time", "killed: time"), ("lost", None, "exit code 3")]
)
def test_a_block_that_was_undone_is_kept_as_text_with_the_reason(
    variables: Variables, killed: Killed | None, why: str
) -> None:
    result = RunResult(3, "so far\n", 9, killed, "It was killed.", interpreter="a", variables=variables)
    made = book(*python("one"), *ran(CodeBlock("python", "x = '````'\n"), result), *python("two"))
    assert cells(made) == ["one", "two"]
    text = cells(made, "markdown")[-1]
    assert text.startswith(f"**Not to be run** ({why}). It was killed.\n\n`````python\nx = '````'\n`````")
    assert "so far" in text


def test_a_shell_block_that_ended_well_is_a_cell_whatever_became_of_the_variables() -> None:
    made = book(*ran(CodeBlock("bash", "ls"), RunResult(0, "", 0.1, variables="lost")))
    assert cells(made) == ["%%bash\nls"]


@pytest.mark.parametrize(("ending", "tags"), [("sys.exit(0)", ["raises-exception"]), ("exits(0)", None)])
def test_code_that_ends_itself_may_do_so(ending: str, tags: list[str] | None) -> None:
    assert book(*python(ending))["cells"][-1]["metadata"].get("tags") == tags


@pytest.mark.parametrize(
    ("code", "source"),
    [
        ("# of a cell\n\n%%time\nx()\n", "%%time\nx()\n"),
        ("x = 1\n%%time\n", "x = 1\n%%time\n"),
    ],
)
def test_a_magic_of_a_whole_cell_is_its_first_line(code: str, source: str) -> None:
    assert cells(book(*python(code))) == [source]


def test_the_people_and_the_agents_are_heard_in_it() -> None:
    shown = cells(book(TASK, CODE, OUTPUT, AgentPost("coder", "Done.")), "markdown")
    assert "`sales.csv`" in shown[0]
    assert shown[1:] == ["**Ann**\n\n> Plot `sales`", "**coder**\n\nDone."]


def test_code_is_in_it_as_people_approved_it_and_refused_code_is_not() -> None:
    def card(code: str) -> ApprovalPost:
        return ApprovalPost("coder", (CodeBlock("python", code),), "d" * 64)

    ran = OutputPost("executor", (RunResult(0, "1\n", 0.1),))
    refused = OutputPost("executor", (RunResult(-1, "", 0, "rejected"),))
    made = book(card("evil()"), refused, card("x()"), card("safer()"), ran)
    assert cells(made) == ["safer()"]


def test_code_in_a_language_that_does_not_run_is_only_shown() -> None:
    result = OutputPost("executor", (RunResult(126, "", 0, "language", "It cannot be run here."),))
    made = book(CodePost("coder", "", (CodeBlock("rust", "fn main() {}"),)), result)
    assert cells(made) == []
    assert "fn main" in cells(made, "markdown")[-1]


def test_a_picture_that_is_not_to_be_had_is_left_out() -> None:
    first = book(CODE, OUTPUT, picture=None)["cells"][2]
    assert [output["output_type"] for output in first["outputs"]] == ["stream"]


@pytest.mark.parametrize("wish", ["load data.py", "{1 + 1}.py", "it's.py"])
def test_a_name_of_code_is_written_as_it_is(wish: str) -> None:
    code = CodePost("coder", "", (CodeBlock("python", f"#!/usr/bin/python\n# filename: {wish}\nprint(1)\n"),))
    setup, _ = cells(book(code, OutputPost("executor", (RunResult(0, "", 0.1),))))
    assert repr({f"# filename: {wish}": str(clean_path(wish))}) in setup


def test_it_takes_no_more_pictures_along_than_it_can_carry() -> None:
    large = tuple(Artifact(f"{number}.png", "c" * 64, 4_500_000, "image/png") for number in range(9))
    made = book(CODE, OutputPost("executor", (RunResult(0, "", 0.1, files=large),)), picture=b"\x89" * 4_500_000)
    assert len(made["cells"][-1]["outputs"]) == 4


def test_a_long_output_is_cut() -> None:
    made = book(CODE, OutputPost("executor", (RunResult(0, "x" * 1_000_000, 0.1),)))
    shown = "".join(made["cells"][-1]["outputs"][0]["text"])
    assert shown.endswith("xxx\n… and 950,000 characters more\n")


@given(st.text(), st.text(), st.text())
def test_whatever_was_said_and_printed_makes_a_valid_notebook(said: str, code: str, printed: str) -> None:
    timeline = [
        AgentPost(said, said),
        CodePost("coder", "", (CodeBlock("python", code),)),
        OutputPost("x", (RunResult(0, printed, 0.1),)),
    ]
    data = notebook(said, timeline, lambda _file: None, script)
    nbformat.validate(nbformat.reads(data.decode(), as_version=4))  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("code", ["print('\ud800')", "print('a\r\nb')"])
def test_halves_of_characters_do_no_harm(code: str) -> None:
    data = notebook(
        "x",
        [CodePost("c", "", (CodeBlock("python", code),)), OutputPost("x", (RunResult(0, "\udfff", 0),))],
        lambda _: None,
        script,
    )
    nbformat.validate(nbformat.reads(data.decode(), as_version=4))  # type: ignore[no-untyped-call]
