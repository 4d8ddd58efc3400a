"""A notebook of ours, run by nbclient in a sandbox that has ipykernel."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tarfile
import uuid
from collections.abc import Iterator
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
from bot.settings import Settings
from bot.text.notebook_document import NAME, notebook

pytestmark = pytest.mark.docker

CHART = """\
import pandas, matplotlib.pyplot as plt
pandas.read_csv("sales.csv").plot.bar(x="region", y="units")
plt.savefig("chart.png")
print("drawn")
"""
EXECUTE = f"""\
import nbformat
from nbclient import NotebookClient
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


async def test_our_notebook_runs_in_jupyter(jupyter: str, settings: Settings, tmp_path: Path) -> None:
    blocks = (
        CodeBlock("python", "# filename: lib/load.py\nNUMBER = 7\nprint('loaded')\n"),
        CodeBlock("python", "from lib.load import NUMBER\n" + CHART),
        CodeBlock("bash", "ls *.png\n"),
        CodeBlock("python", "raise ValueError('on purpose')\n"),
    )
    chart = "chart.png"
    from_sandbox = settings.model_copy(update={"roundtable_sandbox_image": jupyter})
    async with (
        DockerSandboxes(from_sandbox, tmp_path, f"test-{uuid.uuid4().hex}") as sandboxes,
        sandboxes.open("first", ()) as first,
        sandboxes.open("second", ()) as second,
    ):
        await first.put(PurePosixPath("sales.csv"), b"region,units\nnorth,3\nsouth,4\n")
        results = []
        for block in blocks:
            result = await first.run(block.code, block.language, 60)
            files = (await first.changed()).files
            results.append(RunResult(result.exit_code, result.output, result.seconds, files=tuple(files)))
        task = Message(
            "1", ThreadRef("", "", "", ""), Person("1", "Ann"), "Plot", (RemoteFile("sales.csv", 1, ""),)
        )
        timeline = [task, CodePost("coder", "", blocks), OutputPost("executor", tuple(results))]
        data = notebook("Plot", timeline, lambda _file: b"\x89PNG", script)

        await second.put(PurePosixPath("sales.csv"), b"region,units\nnorth,3\nsouth,4\n")
        await second.put(PurePosixPath(NAME), data)
        executed = await second.run(EXECUTE, "python", 120)
        assert executed.ok, executed.output
        files = (await second.changed()).files
        shown = await second.run("print(open('executed.ipynb').read())", "python", 20)
    assert {chart, "lib/load.py", "executed.ipynb"} <= {file.path for file in files}
    runs, ours = _runs(json.loads(shown.output)), _runs(json.loads(data))
    assert [cell["outputs"][0]["output_type"] for cell in runs] == ["stream"] * 4
    assert "display_data" in [output["output_type"] for output in runs[1]["outputs"]]
    assert runs[3]["outputs"][-1]["output_type"] == "error"
    assert [_printed(cell) for cell in runs[:3]] == [_printed(cell) for cell in ours[:3]]
    assert "ValueError: on purpose" in _printed(runs[3])


def _runs(book: Any) -> list[Any]:
    return [cell for cell in book["cells"] if "".join(cell["source"]).startswith("run(")]


def _printed(cell: Any) -> str:
    return "".join(cell["outputs"][0]["text"])
