from __future__ import annotations

import re

import pytest

from agents.installed_packages import MORE
from agents.spec import load_all
from agents.team_builder import system_message
from bot.settings import Packages
from scripts.list_packages import SANDBOX, asked

IMPORTED_AS = {"beautifulsoup4": "bs4", "python-docx": "docx", "python-pptx": "pptx"}
NOT_TOLD = {
    *("html5lib", "jinja2", "numbers-parser", "python-calamine", "python-dateutil", "pyxlsb", "tabulate", "tqdm"),
    *("xlrd", "xlsxwriter"),
}
"""What programs use through pandas, or know without being told."""


def _asked(name: str) -> set[str]:
    return {IMPORTED_AS.get(package.name, package.name) for package in asked(SANDBOX / name)} - NOT_TOLD


def _told(packages: Packages) -> set[str]:
    spec = load_all()["analyst"]
    found = re.search(r"Python 3.11 with ([^;]+);", system_message(spec.speakers[0], spec, packages))
    assert found
    return set(re.split(r",\s+", found[1]))


def test_agents_are_told_the_packages_of_the_image_that_is_set() -> None:
    assert _told("small") == _asked("requirements-small.in")
    assert _told("full") == _asked("requirements-small.in") | _asked("requirements.in")


@pytest.mark.parametrize("packages", ["small", "full"])
def test_the_names_take_at_most_one_line_more(packages: Packages) -> None:
    assert MORE[packages].count("\n") <= 1
    assert max(map(len, MORE[packages].splitlines()), default=0) <= 120
