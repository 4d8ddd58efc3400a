"""What the documentation names is there: modules, tests, paths, links, settings."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from bot.settings import Settings
from scripts import list_modules, list_packages

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
FOLDERS = ("agents", "bench", "bot", "docs", "evals", "examples", "scripts", "tests")
NOT_OURS = {"load.py", "driver.py"}
"""Names of files that stand for somebody else's."""


def _named(pattern: str) -> Iterator[tuple[str, str]]:
    """What stands between backticks and looks so, with the page it stands on."""
    for page in PAGES:
        for found in re.findall(rf"`({pattern})`", page.read_text(encoding="utf-8")):
            yield page.relative_to(ROOT).as_posix(), found


@cache
def _functions(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, kinds))


@cache
def _files() -> frozenset[str]:
    return frozenset(path.name for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))


def test_every_test_that_is_named_exists() -> None:
    missing = []
    for page, name in _named(r"tests/[\w/]+\.py::\w+"):
        path, _, function = name.partition("::")
        if not (ROOT / path).is_file() or function not in _functions(path):
            missing.append(f"{page}: {name}")
    assert missing == []


def test_every_path_that_is_named_exists() -> None:
    named = _named(rf"(?:{'|'.join(FOLDERS)})/[\w./-]*")
    assert [f"{page}: {path}" for page, path in named if not (ROOT / path).exists()] == []


def test_every_module_that_is_named_exists() -> None:
    named = [item for item in _named(r"\w+\.py") if item[1] not in NOT_OURS]
    assert [f"{page}: {name}" for page, name in named if name not in _files()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page: Path) -> None:
    broken = []
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        path, _, anchor = link.partition("#")
        if path.startswith(("http://", "https://")):
            continue
        there = page.parent / path if path else page
        if not there.exists() or (anchor and anchor not in _anchors(there)):
            broken.append(link)
    assert broken == []


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_list_of_modules_is_up_to_date() -> None:
    again = "run: .venv/bin/python scripts/list_modules.py"
    assert list_modules.PAGE.read_text(encoding="utf-8") == list_modules.page(), again


def test_the_list_of_packages_is_up_to_date() -> None:
    again = "run: .venv/bin/python scripts/list_packages.py"
    assert list_packages.PAGE.read_text(encoding="utf-8") == list_packages.page(), again


def test_every_package_that_is_asked_for_says_what_it_is_for() -> None:
    for name in ("requirements-small.in", "requirements.in"):
        lines = (list_packages.SANDBOX / name).read_text(encoding="utf-8").splitlines()
        asked = [line for line in lines if not line.startswith(("#", "-r "))]
        assert len(list_packages.asked(list_packages.SANDBOX / name)) == len(asked)


def test_every_module_says_what_it_is() -> None:
    silent = [
        path.relative_to(ROOT).as_posix()
        for folder in list_modules.packages()
        for path in sorted(folder.glob("*.py"))
        if not list_modules.docstring(path)
    ]
    assert silent == []


def test_the_example_has_every_setting_with_its_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    listed = dict(re.findall(r"^# ([A-Z]+_[A-Z_]+)=(.*)$", text, re.MULTILINE))
    assert listed.keys() == {name.upper() for name in Settings.model_fields}
    monkeypatch.chdir(tmp_path)
    (tmp_path / "policy.toml").touch()
    (tmp_path / "defaults").write_text("".join(f"{key}={value}\n" for key, value in listed.items()))
    assert Settings(_env_file=tmp_path / "defaults") == Settings(_env_file=None)


def test_the_page_of_settings_explains_every_one() -> None:
    text = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
    beginnings = tuple(re.findall(r"`([A-Z_]+)\*?`", text))
    assert [name for name in Settings.model_fields if not name.upper().startswith(beginnings)] == []


def test_the_readme_is_read_in_five_minutes() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 150
