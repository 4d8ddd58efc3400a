"""One name for each language, whatever people and models call it."""

from __future__ import annotations

import pytest

from bot.text.languages import canonical, ending, is_known, language_of_file


@pytest.mark.parametrize(
    ("name", "language"),
    [
        *((name, "python") for name in ("python", "py", "Python3", " py3 ", "ipython", "ipython3", "Jupyter")),
        *((name, "bash") for name in ("bash", "SH", "shell", "zsh")),
    ],
)
def test_every_name_of_a_language_that_runs_is_known(name: str, language: str) -> None:
    assert canonical(name) == language
    assert is_known(name)


@pytest.mark.parametrize("name", ["", "rust", "Text", "pwsh"])
def test_a_language_that_does_not_run_keeps_its_name(name: str) -> None:
    assert canonical(name) == name.lower()
    assert not is_known(name)
    assert ending(name) is None


@pytest.mark.parametrize(
    ("file", "language"),
    [("a.py", "python"), ("A.PY", "python"), ("b.sh", "bash"), ("b.bash", "bash"), ("c.md", None), ("sh", None)],
)
def test_a_file_says_its_language_by_its_ending(file: str, language: str | None) -> None:
    assert language_of_file(file) == language


@pytest.mark.parametrize("language", ["python", "py", "bash", "sh"])
def test_a_file_named_for_its_language_says_it_again(language: str) -> None:
    assert language_of_file(f"code{ending(language)}") == canonical(language)
