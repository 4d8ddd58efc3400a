"""Programs do in the sandbox what they do outside, by plain Python or bash."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.sandbox.output_text import readable
from bot.sandbox.session import DockerSandbox
from bot.sandbox.workspace import Blobs, session_folder
from tests.bot.sandbox.conftest import Opened
from tests.bot.sandbox.programs.table import PROGRAMS, Program


@dataclass(frozen=True)
class Outcome:
    """What a program printed, how it ended, and the files it left."""

    output: str
    exit_code: int
    files: dict[str, bytes]


def test_there_are_programs_of_every_kind_and_each_has_a_name() -> None:
    assert len(PROGRAMS) >= 60
    assert len({program.name for program in PROGRAMS}) == len(PROGRAMS)


@pytest.mark.docker
@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("program", [pytest.param(program, id=program.name) for program in PROGRAMS])
async def test_a_program_does_in_the_sandbox_what_it_does_outside(
    opened: Opened, sandbox: DockerSandbox, tmp_path: Path, program: Program
) -> None:
    inside, outside = await _inside(opened, sandbox, program), _outside(program, tmp_path)
    if inside.exit_code == 0 and "careful" not in program.output:
        assert inside == outside
    assert (inside.exit_code, set(inside.files)) == (outside.exit_code, set(outside.files))
    assert inside.exit_code == program.exit_code
    assert set(inside.files) == set(program.files)
    assert _told(inside.output) == _told(outside.output)
    assert program.output.replace("\r", "") in inside.output


async def _inside(opened: Opened, sandbox: DockerSandbox, program: Program) -> Outcome:
    result = await sandbox.run(program.code, program.language, 30)
    assert result.killed is None, result
    files = (await sandbox.changed()).files
    blobs = Blobs(session_folder(opened.work_dir, "contract"))
    return Outcome(result.output, result.exit_code, {file.path: blobs.read(file.digest) for file in files})


def _outside(program: Program, folder: Path) -> Outcome:
    script = folder.parent / f"{folder.name}-script"
    script.write_text(program.code, encoding="utf-8")
    interpreter = [sys.executable, "-u"] if program.language == "python" else ["bash"]
    # Whoever starts the tests in the background has them ignore interrupts, and so would what they start.
    command = ["env", "--default-signal=INT", *interpreter, str(script)]
    plain = {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1", "LANG": "C.UTF-8", "LC_ALL": ""}
    done = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | plain,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    left = [path for path in folder.rglob("*") if path.is_file()]
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in left}
    code = done.returncode if done.returncode >= 0 else 128 - done.returncode
    return Outcome(readable(done.stdout), code, files)


def _told(output: str) -> str:
    """The last line, where an error is named; what stands before it names the script."""
    lines = [line for line in output.splitlines() if line.strip(" |")]
    return lines[-1].strip() if lines else ""
