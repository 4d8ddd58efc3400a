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
from bot.domain.turn_results import RunResult
from bot.domain.workspace_files import Artifact
from bot.sandbox.naming import script
from bot.text.notebook_document import notebook

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
        RunResult(0, "1\n", 0.1, files=(CHART,)),
        RunResult(0, "", 0.1),
        RunResult(1, "ZeroDivisionError\n", 0.1),
    ),
)


def book(*timeline: object, picture: bytes | None = b"\x89PNG") -> Any:
    return json.loads(notebook("Plot it", timeline, lambda _file: picture, script))


def cells(made: Any, kind: str = "code") -> list[str]:
    return ["".join(cell["source"]) for cell in made["cells"] if cell["cell_type"] == kind]


def test_each_block_that_ran_is_a_file_and_a_run_with_its_output() -> None:
    made = book(TASK, CODE, OUTPUT, StatusPost("A note."), AgentPost("coder", "Done."))
    helper, *rest = cells(made)
    assert "for folder in ['lib']" in helper
    assert rest == [
        "%%writefile lib/load.py\n# filename: lib/load.py\nprint(1)\n",
        "run('lib/load.py', 'out/chart.png')",
        "%%writefile block_02.sh\nls\n",
        "run('block_02.sh')",
        "%%writefile block_03.py\n1 / 0\n",
        "run('block_03.py')",
    ]
    run = next(cell for cell in made["cells"] if cell["source"] == ["run('lib/load.py', 'out/chart.png')"])
    assert [output["output_type"] for output in run["outputs"]] == ["stream", "display_data"]
    assert "tags" not in run["metadata"]
    failed = made["cells"][-2]
    assert failed["metadata"]["tags"] == ["raises-exception"]
    assert failed["outputs"][-1]["output_type"] == "error"


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
    assert cells(made)[1:] == ["%%writefile block_01.py\nsafer()", "run('block_01.py')"]


def test_code_that_was_killed_has_a_time_to_end_in() -> None:
    result = OutputPost("executor", (RunResult(137, "", 11.2, "time"),))
    made = book(CodePost("coder", "", (CodeBlock("python", "while True: pass"),)), result)
    assert cells(made)[-1] == "run('block_01.py', timeout=13)"


def test_code_in_a_language_that_does_not_run_is_only_shown() -> None:
    result = OutputPost("executor", (RunResult(126, "", 0, "language", "It cannot be run here."),))
    made = book(CodePost("coder", "", (CodeBlock("rust", "fn main() {}"),)), result)
    assert len(cells(made)) == 1
    assert "fn main" in cells(made, "markdown")[-1]


def test_a_picture_that_is_not_to_be_had_is_left_out() -> None:
    made = book(CODE, OUTPUT, picture=None)
    assert cells(made)[2] == "run('lib/load.py')"


@pytest.mark.parametrize(
    ("wish", "line"),
    [
        ("load data.py", '%%writefile "load data.py"'),
        ("lade_Umsätze.py", "%%writefile lade_Umsätze.py"),
        ("{1 + 1}.py", "%%writefile block_01.py"),
        ("$HOME/a.py", "%%writefile block_01.py"),
        ("it's.py", "%%writefile block_01.py"),
    ],
)
def test_a_name_with_a_meaning_to_jupyter_is_quoted_or_not_used(wish: str, line: str) -> None:
    code = CodePost("coder", "", (CodeBlock("python", f"# filename: {wish}\nprint(1)\n"),))
    helper, written, _ = cells(book(code, OutputPost("executor", (RunResult(0, "", 0.1),))))
    assert written.splitlines()[0] == line
    assert "for folder in []" in helper


def test_it_takes_no_more_pictures_along_than_it_can_carry() -> None:
    large = tuple(Artifact(f"{number}.png", "c" * 64, 4_500_000, "image/png") for number in range(9))
    made = book(CODE, OutputPost("executor", (RunResult(0, "", 0.1, files=large),)), picture=b"\x89" * 4_500_000)
    assert cells(made)[-1] == "run('lib/load.py', '0.png', '1.png', '2.png', '3.png')"


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
