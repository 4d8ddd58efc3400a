"""A session as a Jupyter notebook: its tasks, every block of code as a file and a run, outputs and pictures."""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import PurePosixPath
from typing import Any, TypeAlias

import nbformat

from bot.domain.events import CodeBlock, Message
from bot.domain.posts import AgentPost, ApprovalPost, CodePost, OutputPost, QuestionPost
from bot.domain.turn_results import RunResult
from bot.domain.workspace_files import Artifact
from bot.text.languages import ending, is_known

_nbformat: Any = nbformat  # it has no types
_v4: Any = _nbformat.v4

NAME = "roundtable-session.ipynb"

Picture: TypeAlias = Callable[[Artifact], bytes | None]
"""The bytes of a picture; None when it is missing, or too large to include."""

_PICTURES = ("image/png", "image/jpeg")
_PICTURES_TOGETHER = 20_000_000
_LONGEST_OUTPUT = 50_000
_TAKEN_AS_IT_IS = re.compile(r"[\w./+=,-]+( [\w./+=,-]+)*")
"""Names in which `%%writefile` finds nothing to expand and nothing to ask the shell's rules about."""

_HELPER = '''\
import os
import subprocess
import sys
from pathlib import Path

from IPython.display import Image, display

for folder in {folders}:
    Path(folder).mkdir(parents=True, exist_ok=True)


def run(script, *pictures, timeout=None):
    """Run a script as the sandbox did, in a process of its own, and show the pictures it made."""
    command = [sys.executable if script.endswith(".py") else "bash", script]
    settings = os.environ | {{"MPLBACKEND": "Agg", "PYTHONPATH": "."}}
    done = subprocess.run(
        command, env=settings, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=timeout
    )
    print(done.stdout, end="")
    for picture in pictures:
        display(Image(picture))
    done.check_returncode()'''


def notebook(title: str, timeline: Sequence[object], picture: Picture, names: Callable[[CodeBlock], str]) -> bytes:
    """The notebook of what was said and posted, in order; `names` gives the name that a block asks for.

    It is as large as its text, of which long outputs are cut, and 20 MB of pictures.
    """
    names, picture = _plain(names), _rationed(picture)
    blocks = [item for item in timeline if isinstance(item, CodePost | ApprovalPost)]
    scripts = [names(block) for post in blocks for block in post.blocks]
    folders = sorted({str(PurePosixPath(script).parent) for script in scripts if "/" in script})
    attached = [file.name for item in timeline if isinstance(item, Message) for file in item.files]
    cells = [
        _v4.new_markdown_cell(_introduction(title, attached)),
        _v4.new_code_cell(_HELPER.format(folders=folders)),
        *_cells(timeline, picture, names),
    ]
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    book = _v4.new_notebook(cells=cells, metadata={"kernelspec": kernel, "language_info": {"name": "python"}})
    _nbformat.validate(book)
    return str(_nbformat.writes(book)).encode("utf-8", "replace")


def _plain(names: Callable[[CodeBlock], str]) -> Callable[[CodeBlock], str]:
    return lambda block: name if _TAKEN_AS_IT_IS.fullmatch(name := names(block)) else ""


def _rationed(picture: Picture) -> Picture:
    left = _PICTURES_TOGETHER

    def ration(file: Artifact) -> bytes | None:
        nonlocal left
        data = picture(file) if file.size <= left else None
        left -= len(data or b"")
        return data

    return ration


def _introduction(title: str, attached: Sequence[str]) -> str:
    lines = [
        f"# {_inline(title)}",
        "A session of Roundtable. The cells run in order, each script in a process of its own.",
    ]
    if attached:
        lines.append("These files belong beside it: " + ", ".join(f"`{_inline(name)}`" for name in attached) + ".")
    return "\n\n".join(lines)


def _cells(timeline: Sequence[object], picture: Picture, names: Callable[[CodeBlock], str]) -> Iterator[Any]:
    waiting: tuple[CodeBlock, ...] = ()
    count = 0
    for item in timeline:
        match item:
            case Message():
                yield _v4.new_markdown_cell(f"**{_inline(item.who.name)}**\n\n{_quoted(item.text)}")
            case AgentPost(agent, text):
                yield _v4.new_markdown_cell(f"**{_inline(agent)}**\n\n{text}")
            case QuestionPost(agent, text, question):
                yield _v4.new_markdown_cell(f"**{_inline(agent)}** asks: {_inline(question)}\n\n{text}")
            case CodePost() | ApprovalPost():
                waiting = item.blocks
            case OutputPost(_, results):
                for block, result in zip(waiting, results, strict=False):
                    if result.killed == "rejected":
                        break  # by a person: nothing was run
                    count += 1
                    yield from _block(block, result, names(block) or _name(block, count), picture)
                waiting = ()


def _name(block: CodeBlock, number: int) -> str:
    return f"block_{number:02}{ending(block.language) or '.txt'}"


def _block(block: CodeBlock, result: RunResult, script: str, picture: Picture) -> Iterator[Any]:
    """The script as a file, then its run with what came of it; code that was never run is only shown."""
    if not is_known(block.language):
        yield _v4.new_markdown_cell(f"````{block.language}\n{block.code}\n````\n\n{_inline(result.note)}")
        return
    written = [_v4.new_output("stream", name="stdout", text=f"Writing {script}\n")]
    name = f'"{script}"' if " " in script else script
    yield _v4.new_code_cell(f"%%writefile {name}\n{block.code}", outputs=written)
    pictures = {file.path: data for file in result.files if (data := _bytes(file, picture)) is not None}
    outputs = [_v4.new_output("stream", name="stdout", text=_cut(result.output))] if result.output else []
    outputs += [_shown(file, pictures[file.path]) for file in result.files if file.path in pictures]
    cell = _v4.new_code_cell(_call(script, list(pictures), result), outputs=outputs)
    if not result.ok:
        cell["metadata"]["tags"] = ["raises-exception"]
        cell["outputs"].append(_failure(result))
    yield cell


def _call(script: str, pictures: Sequence[str], result: RunResult) -> str:
    arguments = [repr(script), *(repr(path) for path in pictures)]
    if result.killed:
        arguments.append(f"timeout={math.ceil(result.seconds) + 1}")
    return f"run({', '.join(arguments)})"


def _bytes(file: Artifact, picture: Picture) -> bytes | None:
    return picture(file) if file.media_type in _PICTURES else None


def _shown(file: Artifact, data: bytes) -> Any:
    return _v4.new_output("display_data", data={file.media_type: base64.b64encode(data).decode()})


def _cut(output: str) -> str:
    if len(output) <= _LONGEST_OUTPUT:
        return output
    return f"{output[:_LONGEST_OUTPUT]}\n… and {len(output) - _LONGEST_OUTPUT:,} characters more\n"


def _failure(result: RunResult) -> Any:
    why = f"killed: {result.killed}" if result.killed else f"exit code {result.exit_code}"
    value = f"{why}. {result.note}".strip()
    return _v4.new_output("error", ename="CalledProcessError", evalue=value, traceback=[value])


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}" for line in text.splitlines())


def _inline(text: str) -> str:
    return " ".join(text.replace("`", "'").split())
