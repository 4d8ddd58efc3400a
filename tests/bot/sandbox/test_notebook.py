"""A notebook of ours, run by nbclient in a sandbox that has ipykernel."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tarfile
import uuid
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import Any

import docker
import pytest

from bot.domain.events import CodeBlock, Message, RemoteFile
from bot.domain.participants import Person, ThreadRef
from bot.domain.posts import CodePost, OutputPost
from bot.domain.turn_results import RunResult
from bot.sandbox.docker import DockerSandboxes
from bot.sandbox.naming import script
from bot.sandbox.session import DockerSandbox
from bot.settings import Settings
from bot.text.notebook_document import NAME, notebook

pytestmark = pytest.mark.docker

BEFORE = (
    CodeBlock("python", "# filename: lib/load.py\nNUMBER = 7\nprint('loaded')\n"),
    CodeBlock(
        "python", "from lib.load import NUMBER as number\nimport pandas as pd\ndf = pd.read_csv('sales.csv')\n"
    ),
    CodeBlock("bash", "sort -r sales.csv | head -1\n"),
    CodeBlock("python", "print(NUMBER + number + df['units'].sum())\nraise ValueError('on purpose')\n"),
    CodeBlock("python", "NUMBER = 0\nopen('undone.txt', 'w').write('x')\nimport time\ntime.sleep(60)\n"),
    CodeBlock(
        "python",
        "import matplotlib.pyplot as plt\ndf.plot.bar(x='region', y='units')\nplt.show()\nprint(NUMBER)\n",
    ),
)
AFTER = (
    CodeBlock("python", "print('df' in globals(), 'NUMBER' in globals())\n"),
    CodeBlock("python", "import asyncio\nasync def two(): return 2\nprint(asyncio.run(two()))\n"),
    CodeBlock("python", "print(await two())\n"),
    CodeBlock("python", "import sys\nprint(len(sys.argv), __file__ != '')\nexit()\n"),
    CodeBlock("bash", "exit 3\n"),
    CodeBlock("python", "print('at the end')\n"),
)
UNDONE = BEFORE[4]
EXECUTE = f"""\
import os
import nbformat
from nbclient import NotebookClient
os.environ.pop("MPLBACKEND", None)
book = nbformat.read({NAME!r}, as_version=4)
for cell in book.cells:
    cell["outputs"] = []
NotebookClient(book, timeout=120, kernel_name="python3").execute()
nbformat.write(book, "executed.ipynb")
"""


@pytest.fixture(scope="module")
def jupyter(
    engine: docker.DockerClient, settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The sandbox's image with ipykernel and nbclient on top; gone at the end."""
    folder = tmp_path_factory.mktemp("jupyter")
    wanted = [f"{name}=={version(name)}" for name in ("ipykernel", "nbclient", "nbformat")]
    platforms = [f"--platform={glibc}_x86_64" for glibc in ("manylinux_2_28", "manylinux_2_17", "manylinux2014")]
    for_the_image = ["--only-binary=:all:", "--python-version=3.11", "--implementation=cp", *platforms]
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(folder / "jupyter")]
    subprocess.run([*install, *for_the_image, *wanted], check=True, capture_output=True)
    recipe = f"FROM {settings.roundtable_sandbox_image}\nCOPY jupyter /opt/jupyter\nENV PYTHONPATH=/opt/jupyter\n"
    (folder / "Dockerfile").write_text(recipe)
    context = io.BytesIO()
    with tarfile.open(fileobj=context, mode="w") as tar:
        tar.add(folder, ".")
    context.seek(0)
    tag = f"roundtable-jupyter:{uuid.uuid4().hex[:12]}"
    engine.images.build(fileobj=context, custom_context=True, tag=tag, rm=True)
    yield tag
    engine.images.remove(tag, force=True)


async def test_our_notebook_runs_in_jupyter_as_the_session_did(
    jupyter: str, settings: Settings, tmp_path: Path
) -> None:
    from_sandbox = settings.model_copy(update={"roundtable_sandbox_image": jupyter})
    async with (
        DockerSandboxes(from_sandbox, tmp_path, f"test-{uuid.uuid4().hex}") as sandboxes,
        sandboxes.open("first", ()) as first,
        sandboxes.open("second", ()) as second,
    ):
        for sandbox in (first, second):
            await sandbox.put(PurePosixPath("sales.csv"), b"region,units\nnorth,3\nsouth,4\n")
        before = [await _run(first, block) for block in BEFORE]
        first.discard()
        after = [await _run(first, block) for block in AFTER]
        timeline = [
            Message("1", ThreadRef("", "", "", ""), Person("1", "Ann"), "Plot", (RemoteFile("sales.csv", 1, ""),)),
            *(CodePost("coder", "", BEFORE), OutputPost("executor", tuple(before))),
            *(CodePost("coder", "", AFTER), OutputPost("executor", tuple(after))),
        ]
        data = notebook("Plot", timeline, lambda _file: b"\x89PNG", script)

        await second.put(PurePosixPath(NAME), data)
        executed = await second.run(EXECUTE, "python", 120)
        assert executed.ok, executed.output
        files = (await second.changed()).files
        shown = await second.run("print(open('executed.ipynb').read())", "python", 20)

    assert [result.variables for result in before] == ["kept", "kept", "", "kept", "restored", "kept"]
    assert {"lib/load.py", "executed.ipynb"} <= {file.path for file in files}
    ours, theirs = _code_cells(json.loads(data)), _code_cells(json.loads(shown.output))
    ran = [block for block in (*BEFORE, *AFTER) if block != UNDONE]
    assert len(theirs) == len(ran) + 2, "all but what was undone, after a setup, with one loss"
    for our, their in zip(ours, theirs, strict=True):
        assert _lines(our)[:1] == _lines(their)[:1], "".join(our["source"])
    chart = theirs[5]
    assert "image/png" in [kind for output in chart["outputs"] for kind in output.get("data", ())]
    assert _lines(chart)[-1] == "7", "what was undone has not run"
    assert _lines(theirs[7]) == ["False False"]


async def _run(sandbox: DockerSandbox, block: CodeBlock) -> RunResult:
    result = await sandbox.run(block.code, block.language, 3 if block == UNDONE else 60)
    return replace(result, files=(await sandbox.changed()).files)


def _code_cells(book: Any) -> list[Any]:
    return [cell for cell in book["cells"] if cell["cell_type"] == "code"]


def _lines(cell: Any) -> list[str]:
    """What a cell has printed."""
    printed = "".join("".join(output["text"]) for output in cell["outputs"] if output["output_type"] == "stream")
    return printed.splitlines()
