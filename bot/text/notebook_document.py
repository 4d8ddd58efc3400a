"""A session as a Jupyter notebook: its tasks, every block of code as a cell, outputs and pictures."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import nbformat

from bot.domain.events import CodeBlock, Message
from bot.domain.posts import AgentPost, ApprovalPost, CodePost, OutputPost, QuestionPost
from bot.domain.turn_results import RunResult
from bot.domain.workspace_files import Artifact
from bot.text import notebook_setup
from bot.text.languages import canonical, is_known

_nbformat: Any = nbformat  # it has no types
_v4: Any = _nbformat.v4

NAME = "roundtable-session.ipynb"

Picture: TypeAlias = Callable[[Artifact], bytes | None]
"""The bytes of a picture; None when it is missing, or too large to include."""

_PICTURES = ("image/png", "image/jpeg")
_PICTURES_TOGETHER = 20_000_000
_LONGEST_OUTPUT = 50_000
_ERROR_NAME = re.compile(r"[A-Za-z_][\w.]*(?=: |$)")
_BEFORE_MAGIC = re.compile(r"\A(?:[ \t]*(?:#.*)?\n)*[ \t]*(?=%%\w)")
_GONE = "# From here on the variables of the cells above were gone."


@dataclass(frozen=True, slots=True)
class _Run:
    """A block of code that was run, and what it did."""

    block: CodeBlock
    result: RunResult

    @property
    def is_cell(self) -> bool:
        """Whether it counts in a kernel: it was neither undone nor ended from outside."""
        undone = self.is_python and self.result.variables in ("restored", "lost")
        return is_known(self.block.language) and not undone and self.result.killed is None

    @property
    def is_python(self) -> bool:
        return canonical(self.block.language) == "python"


_Step: TypeAlias = Message | AgentPost | QuestionPost | _Run


def notebook(title: str, timeline: Sequence[object], picture: Picture, names: Callable[[CodeBlock], str]) -> bytes:
    """The notebook of what was said and posted, in order; `names` gives the name that a block asks for.

    Its code runs from top to bottom in one kernel. It is as large as its text, of which long outputs are cut, and
    20 MB of pictures.
    """
    steps = list(_steps(timeline))
    attached = [file.name for step in steps if isinstance(step, Message) for file in step.files]
    blocks = [step.block for step in steps if isinstance(step, _Run) and step.is_cell]
    alike = notebook_setup.alike([block.code for block in blocks])
    named = {notebook_setup.naming_line(block.code): name for block in blocks if (name := names(block))}
    setup = "\n\n\n".join(filter(None, [alike, notebook_setup.files(named)]))
    cells = [
        _v4.new_markdown_cell(_introduction(title, attached)),
        *([_v4.new_code_cell(setup)] if setup else []),
        *_cells(steps, _rationed(picture), "\n\n".join(filter(None, [f"{_GONE}\n%reset -f", alike]))),
    ]
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    book = _v4.new_notebook(cells=cells, metadata={"kernelspec": kernel, "language_info": {"name": "python"}})
    _nbformat.validate(book)
    return str(_nbformat.writes(book)).encode("utf-8", "replace")


def _rationed(picture: Picture) -> Picture:
    left = _PICTURES_TOGETHER

    def ration(file: Artifact) -> bytes | None:
        nonlocal left
        data = picture(file) if file.size <= left else None
        left -= len(data or b"")
        return data

    return ration


def _introduction(title: str, attached: Sequence[str]) -> str:
    lines = [f"# {_inline(title)}", "A session of Roundtable. The cells run in order, in one kernel."]
    if attached:
        lines.append("These files belong beside it: " + ", ".join(f"`{_inline(name)}`" for name in attached) + ".")
    return "\n\n".join(lines)


def _steps(timeline: Sequence[object]) -> Iterator[_Step]:
    waiting: tuple[CodeBlock, ...] = ()
    for item in timeline:
        match item:
            case Message() | AgentPost() | QuestionPost():
                yield item
            case CodePost() | ApprovalPost():
                waiting = item.blocks
            case OutputPost(_, results):
                if not any(result.killed == "rejected" for result in results):  # by a person: nothing was run
                    yield from map(_Run, waiting, results)
                waiting = ()


def _cells(steps: Iterable[_Step], picture: Picture, reset: str) -> Iterator[Any]:
    """A cell a step; `reset` is the code that forgets variables, where a block did not find earlier ones."""
    interpreter, has_variables = "", False
    for step in steps:
        match step:
            case Message():
                yield _v4.new_markdown_cell(f"**{_inline(step.who.name)}**\n\n{_quoted(step.text)}")
            case AgentPost(agent, text):
                yield _v4.new_markdown_cell(f"**{_inline(agent)}**\n\n{text}")
            case QuestionPost(agent, text, question):
                yield _v4.new_markdown_cell(f"**{_inline(agent)}** asks: {_inline(question)}\n\n{text}")
            case _Run() as run:
                if run.is_python:
                    is_same = run.result.interpreter == interpreter != ""
                    if has_variables and not is_same:
                        yield _v4.new_code_cell(reset)
                        has_variables = False
                    interpreter = run.result.interpreter
                    has_variables = has_variables or run.is_cell
                yield _cell(run, picture) if run.is_cell else _text(run)


def _text(run: _Run) -> Any:
    """Code that does not count in a kernel, with the reason and what it printed."""
    why = f"killed: {run.result.killed}" if run.result.killed else f"exit code {run.result.exit_code}"
    parts = [f"**Not to be run** ({why}). {_inline(run.result.note)}", _fenced(run.block.code, run.block.language)]
    if run.result.output:
        parts.append(_fenced(_cut(run.result.output)))
    return _v4.new_markdown_cell("\n\n".join(parts))


def _cell(run: _Run, picture: Picture) -> Any:
    """Code as a cell, with what it printed and drew."""
    result, code = run.result, run.block.code
    outputs = [_v4.new_output("stream", name="stdout", text=_cut(result.output))] if result.output else []
    outputs += [_shown(file, data) for file in result.files if (data := _bytes(file, picture)) is not None]
    if not result.ok:
        outputs.append(_failure(result))
    # A magic for the whole cell must be its first line.
    source = _BEFORE_MAGIC.sub("", code, count=1) if run.is_python else f"%%bash\n{code if code.strip() else ':'}"
    cell = _v4.new_code_cell(source, outputs=outputs)
    if not result.ok or notebook_setup.exits(code):
        cell["metadata"]["tags"] = ["raises-exception"]
    return cell


def _bytes(file: Artifact, picture: Picture) -> bytes | None:
    return picture(file) if file.media_type in _PICTURES else None


def _shown(file: Artifact, data: bytes) -> Any:
    return _v4.new_output("display_data", data={file.media_type: base64.b64encode(data).decode()})


def _cut(output: str) -> str:
    if len(output) <= _LONGEST_OUTPUT:
        return output
    return f"{output[:_LONGEST_OUTPUT]}\n… and {len(output) - _LONGEST_OUTPUT:,} characters more\n"


def _failure(result: RunResult) -> Any:
    last = result.output.rstrip().rpartition("\n")[2]
    found = _ERROR_NAME.match(last)
    value = f"exit code {result.exit_code}. {result.note}".strip()
    return _v4.new_output("error", ename=found[0] if found else "Error", evalue=value, traceback=[value])


def _fenced(text: str, language: str = "") -> str:
    """Text in a fence that it cannot end."""
    fence = "`" * max(4, *(len(run) + 1 for run in re.findall("`+", text)), 0)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}" for line in text.splitlines())


def _inline(text: str) -> str:
    return " ".join(text.replace("`", "'").split())
