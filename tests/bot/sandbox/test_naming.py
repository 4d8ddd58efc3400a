from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.naming import Named, name_of


@pytest.mark.parametrize(
    ("code", "program", "path"),
    [
        ("# filename: load.py\nprint(1)", "python", "load.py"),
        ("#filename:load.py", "python", "load.py"),
        ("#!/usr/bin/env python\n# filename: load.py\n", "python", "load.py"),
        ("# Filename: `src/load.py`", "python", "src/load.py"),
        ("# filename: run.sh\nls", "bash", "run.sh"),
        ("# filename: ../../etc/cron.py", "python", "etc/cron.py"),
        ("# filename: /etc/cron.py", "python", "etc/cron.py"),
        ("# filename: a\\b.py", "python", "a/b.py"),
        ("# filename: @everyone.py", "python", "_everyone.py"),
        ("print(1)\n# filename: load.py", "python", ""),
        ("# the filename: load.py", "python", ""),
        ("# filename:", "python", ""),
        ("", "python", ""),
    ],
)
def test_the_first_line_may_name_the_file(code: str, program: str, path: str) -> None:
    assert name_of(code, program) == Named(path)


@pytest.mark.parametrize(
    ("code", "program"),
    [("# filename: sales.csv", "python"), ("# filename: x.py", "bash"), ("# filename: ..", "bash")],
)
def test_code_does_not_take_the_place_of_data(code: str, program: str) -> None:
    named = name_of(code, program)
    assert named.path == ""
    assert "was not kept as" in named.note


@given(st.text())
def test_whatever_is_wished_for_stays_inside(name: str) -> None:
    path = name_of(f"# filename: {name}.py", "python").path
    assert not path.startswith("/")
    assert not {".", ".."} & set(path.split("/"))
    assert "\0" not in path
