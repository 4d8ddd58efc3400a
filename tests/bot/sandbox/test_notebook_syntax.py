"""Lines of notebooks become calls, and nothing else changes; here without a container."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.driver.notebook_syntax import as_python, cell_magic

ROOT = Path(__file__).parents[3] / "bot"


@pytest.mark.parametrize(
    ("line", "call"),
    [
        ("!ls -l", "get_ipython().system('ls -l')"),
        ("if x:\n  !ls", "if x:\n  get_ipython().system('ls')"),
        ("  x = 1\n  if x:\n    !ls", "x = 1\nif x:\n  get_ipython().system('ls')"),
        ('!echo "it\'s"', "get_ipython().system('echo \"it\\'s\"')"),
        ("!!ls", "get_ipython().getoutput('ls')"),
        ("a, b = !ls", "a, b = get_ipython().getoutput('ls')"),
        ("%time f(x)", "get_ipython().run_line_magic('time', 'f(x)')"),
        ("%matplotlib inline", "get_ipython().run_line_magic('matplotlib', 'inline')"),
        ("x = %pwd", "x = get_ipython().run_line_magic('pwd', '')"),
        ("?len", "get_ipython().run_line_magic('pinfo', 'len')"),
        ("df.head??", "get_ipython().run_line_magic('pinfo', 'df.head')"),
    ],
)
def test_a_line_of_a_notebook_becomes_a_call(line: str, call: str) -> None:
    assert as_python(f"{line}\n") == f"{call}\n"


@pytest.mark.parametrize(
    "source",
    [
        's = """\n!ls\n%time\nwhat?\n"""\n',
        "x = (1\n  % 2)\n",
        "x = 1 \\\n  % y\n",
        "f(\n  '''\n!x''')\n",
        "# what?\n",
        "x = f'{y!r}'\n",
        "a != b\n",
        "x %= 3\n",
        "s = '''never ends\n!ls\n",
        "f((\n!ls\n",
        "x = y ?\n",
    ],
)
def test_nothing_within_a_statement_is_touched(source: str) -> None:
    assert as_python(source) == source


@pytest.mark.parametrize("path", sorted(ROOT.glob("*/*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_program_stays_as_it_is(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert as_python(source) == source


@given(
    st.lists(st.sampled_from(["!ls", "%time f()", "x = !ls", "y = '''", "'''", "(", ")", "  %x", "a \\", "", "b"]))
)
def test_lines_keep_their_numbers(lines: list[str]) -> None:
    source = "\n".join(lines)
    assert as_python(source).rstrip("\n").count("\n") == source.rstrip("\n").count("\n")


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("%%time\nf()\n", ("time", "", "\nf()\n")),
        ("\n# first\n%%bash -e\nls\n", ("bash", "-e", "\n\n\nls\n")),
        ("%%writefile a.py\n", ("writefile", "a.py", "\n")),
        ("%%capture", ("capture", "", "")),
        ("f()\n%%time\n", None),
        ("%time f()\n", None),
    ],
)
def test_a_block_may_begin_with_a_magic_for_all_of_it(source: str, found: tuple[str, str, str] | None) -> None:
    assert cell_magic(source) == found
