"""What models write for pandas prints in the sandbox what it printed in its day, or fails with a known error."""

from __future__ import annotations

import pytest

from bot.sandbox.session import DockerSandbox
from tests.bot.sandbox.programs.pandas_idioms import IDIOMS, Idiom, last_line


def test_the_figures_of_the_decision_are_those_of_the_table() -> None:
    """docs/design/sandbox.md has them."""
    assert len({idiom.name for idiom in IDIOMS}) == len(IDIOMS) == 59
    assert sum(not idiom.error for idiom in IDIOMS) == 31
    assert all(bool(idiom.error) == bool(idiom.instead) for idiom in IDIOMS)


@pytest.mark.docker
@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("idiom", [pytest.param(idiom, id=idiom.name) for idiom in IDIOMS])
async def test_an_idiom_prints_what_is_expected_or_fails_loudly(sandbox: DockerSandbox, idiom: Idiom) -> None:
    result = await sandbox.run(idiom.program, "python", 60)
    if idiom.error:
        assert idiom.error in result.output
        assert result.exit_code == 1
    else:
        assert last_line(result.output) == idiom.prints
        assert result.exit_code == 0
