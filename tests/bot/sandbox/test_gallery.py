"""Pictures drawn in the sandbox are those that plain Python draws outside, to the pixel."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.image import imread

from bot.sandbox.session import DockerSandbox
from tests.bot.sandbox.conftest import Opened
from tests.bot.sandbox.plots import LABELS, PLOTS

pytestmark = [pytest.mark.docker, pytest.mark.long, pytest.mark.asyncio(loop_scope="module")]


async def _drawn(opened: Opened, sandbox: DockerSandbox, code: str) -> Path:
    """The picture that a program draws in the sandbox."""
    result = await sandbox.run(code, "python", 60)
    assert result.ok, result.output
    files = (await sandbox.changed()).files
    [picture] = [file for file in files if file.path == "plot.png"]
    return next(path for path in opened.work_dir.rglob(picture.digest))


def _drawn_outside(code: str, folder: Path) -> Path:
    plain = {**os.environ, "MPLBACKEND": "Agg", "MPLCONFIGDIR": str(folder)}
    subprocess.run([sys.executable, "-c", code], cwd=folder, env=plain, check=True, capture_output=True)
    return folder / "plot.png"


@pytest.mark.parametrize("name", PLOTS)
async def test_a_picture_is_as_plain_python_draws_it(
    name: str, opened: Opened, shared_sandbox: DockerSandbox, tmp_path: Path
) -> None:
    inside = imread(await _drawn(opened, shared_sandbox, f"# {name}\n{PLOTS[name]}"), format="png")
    outside = imread(_drawn_outside(PLOTS[name], tmp_path), format="png")
    assert inside.shape == outside.shape
    assert np.ptp(inside) > 0.5, "nothing is drawn"
    # Other builds of the numeric libraries may round one pixel in a thousand to another shade.
    assert np.mean(np.abs(inside - outside).max(axis=-1) > 0.1) < 0.001, mpl.__version__


@pytest.mark.parametrize("script", LABELS)
async def test_words_of_every_script_have_their_glyphs(
    script: str, opened: Opened, shared_sandbox: DockerSandbox
) -> None:
    code = (
        "import warnings\nwarnings.simplefilter('error')\nimport matplotlib.pyplot as plt\n"
        f"figure, axes = plt.subplots()\naxes.set_title({LABELS[script]!r})\nfigure.savefig('plot.png')\n"
    )
    assert imread(await _drawn(opened, shared_sandbox, code), format="png").shape[2] == 4
