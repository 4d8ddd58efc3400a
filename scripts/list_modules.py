"""Writes docs/modules.md: every package with what it is for, every module with its docstring's first line."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs/modules.md"
_HEAD = """\
# Every module in one line

Made by `python scripts/list_modules.py` from the docstrings; a test fails when it is out of date. Where to start:
[architecture.md](architecture.md).
"""


def packages() -> Iterator[Path]:
    """The folders of the product's packages, each before those inside it."""
    for root in ("agents", "bot"):
        yield from sorted(path.parent for path in (ROOT / root).rglob("__init__.py"))


def docstring(module: Path) -> str:
    """What a module or package says of itself."""
    return ast.get_docstring(ast.parse(module.read_text(encoding="utf-8"))) or ""


def page() -> str:
    """The whole list, in Markdown."""
    return _HEAD + "".join(_package(folder) for folder in packages())


def _package(folder: Path) -> str:
    modules = [path for path in sorted(folder.glob("*.py")) if path.name != "__init__.py"]
    lines = "".join(f"- `{path.name}`: {docstring(path).partition(chr(10))[0]}\n" for path in modules)
    said = docstring(folder / "__init__.py")
    return "".join(
        f"\n{part.strip()}\n" for part in (f"## {folder.relative_to(ROOT).as_posix()}", said, lines) if part
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
