"""Every figure that code shows or leaves open comes as a file, and each comes once."""

from __future__ import annotations

import pytest

from bot.sandbox.session import DockerSandbox
from bot.sandbox.workspace import Blobs, session_folder
from tests.bot.sandbox.conftest import Opened
from tests.bot.sandbox.plots import SHOWN
from tests.bot.sandbox.programs.drawings import DRAWINGS, Drawing

_BEGINNINGS = {
    ".png": b"\x89PNG",
    ".gif": b"GIF8",
    ".pdf": b"%PDF",
    ".svg": b"<?xml",
    ".jpg": b"\xff\xd8",
    ".html": b"<",
}


def test_each_drawing_has_a_name() -> None:
    assert len({drawing.name for drawing in DRAWINGS}) == len(DRAWINGS)


@pytest.mark.docker
@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    "drawing",
    [
        pytest.param(drawing, id=drawing.name, marks=[pytest.mark.long] if drawing.long else [])
        for drawing in DRAWINGS
    ],
)
async def test_each_figure_is_delivered_once(opened: Opened, sandbox: DockerSandbox, drawing: Drawing) -> None:
    if drawing.needs and not (await sandbox.run(f"import {drawing.needs}", "python", 20)).ok:
        pytest.skip(f"the image is without {drawing.needs}")
    result = await sandbox.run(drawing.code, "python", 60)
    files = (await sandbox.changed()).files
    assert result.exit_code == drawing.exit_code, result.output
    assert sorted(file.path for file in files) == sorted(drawing.files), result.output
    blobs = Blobs(session_folder(opened.work_dir, "contract"))
    for file in files:
        data = blobs.read(file.digest)
        assert data == b"mine" or data.startswith(_BEGINNINGS["." + file.path.rpartition(".")[2]])


@pytest.mark.docker
@pytest.mark.long
@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("name", SHOWN)
async def test_each_plot_that_is_only_shown_is_delivered(sandbox: DockerSandbox, name: str) -> None:
    result = await sandbox.run(SHOWN[name], "python", 60)
    files = (await sandbox.changed()).files
    assert result.ok, result.output
    assert [file.media_type for file in files] == ["image/png"]
