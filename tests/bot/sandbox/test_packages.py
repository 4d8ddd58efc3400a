"""Every package of the image does its work in a sandbox: no network, no root, a read-only system."""

from __future__ import annotations

import json
from pathlib import PurePosixPath

import pytest

from bot.sandbox.session import DockerSandbox
from scripts.list_packages import SANDBOX, asked, debian
from tests.bot.sandbox.programs import library_idioms
from tests.bot.sandbox.programs.packages import IN_A_FORK, THREADED, USES, Use

ODF = "python3-odf"
QUIET = {"ca-certificates", "libgomp1", "python3", "python3-venv", "tzdata"}
"""What from Debian is used by others only; fonts have tests of their own."""


def test_every_package_of_the_full_image_is_used() -> None:
    used = {use.package for use in USES}
    in_both = {package.name for package in asked(SANDBOX / "requirements-small.in")}
    assert {package.name for package in asked(SANDBOX / "requirements.in")} <= used
    named = {name for name in debian() if not name.startswith("fonts-")} - QUIET
    assert named - {ODF, "unzip"} <= used
    assert used - in_both <= {package.name for package in asked(SANDBOX / "requirements.in")} | named | {"odfpy"}


@pytest.mark.docker
@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("use", [pytest.param(use, id=f"{use.package}-{n}") for n, use in enumerate(USES)])
async def test_a_package_works(sandbox: DockerSandbox, use: Use) -> None:
    for name, content in use.files.items():
        await sandbox.put(PurePosixPath(name), content)
    result = await sandbox.run(use.code, use.language, 60)
    assert (result.output, result.exit_code) == (f"{use.prints}\n", 0)


@pytest.mark.docker
@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("threaded", [pytest.param(code, id=name) for name, code in THREADED.items()])
async def test_a_package_with_threads_works_on_in_a_fork_of_a_program_that_has_used_it(
    sandbox: DockerSandbox, threaded: str
) -> None:
    result = await sandbox.run(f"{threaded}\n{IN_A_FORK}", "python", 60)
    assert (result.output, result.exit_code) == ("0\n", 0)


@pytest.mark.docker
@pytest.mark.asyncio(loop_scope="module")
async def test_lines_that_models_write_run_or_fail_with_a_known_error(sandbox: DockerSandbox) -> None:
    result = await sandbox.run(library_idioms.program(), "python", 120)
    assert result.exit_code == 0, result.output
    errors = json.loads(result.output.splitlines()[-1])
    for line, error in zip(library_idioms.LINES, errors, strict=True):
        assert (line.error in error) if line.error else (error == ""), (line.code, error)
