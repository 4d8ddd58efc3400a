from __future__ import annotations

import re

import pytest

from agents.installed_packages import MORE
from agents.spec import load_all
from agents.team_builder import system_message
from bot.settings import Packages
from scripts.list_packages import SANDBOX, asked

IMPORTED_AS = {"beautifulsoup4": "bs4", "python-docx": "docx", "python-pptx": "pptx"}
THROUGH_PANDAS = {
    *(
        "html5lib",
        "jinja2",
        "numbers-parser",
        "python-calamine",
        "pyxlsb",
        "tabulate",
        "tqdm",
        "xlrd",
        "xlsxwriter",
    )
}


def _asked(name: str) -> set[str]:
    return {IMPORTED_AS.get(package.name, package.name) for package in asked(SANDBOX / name)}


def _told(packages: Packages) -> set[str]:
    spec = load_all()["analyst"]
    found = re.search(r"Python 3.11 with ([^;]+);", system_message(spec.speakers[0], spec, packages))
    assert found
    return set(re.split(r",\s+", found[1]))


def test_agents_are_told_the_packages_of_the_image_that_is_set() -> None:
    assert _told("small") == _asked("requirements-small.in")
    assert _told("full") == _asked("requirements-small.in") | _asked("requirements.in") - THROUGH_PANDAS


@pytest.mark.parametrize("packages", ["small", "full"])
def test_the_names_take_at_most_one_line_more(packages: Packages) -> None:
    assert MORE[packages].count("\n") <= 1
    assert max(map(len, MORE[packages].splitlines()), default=0) <= 120
