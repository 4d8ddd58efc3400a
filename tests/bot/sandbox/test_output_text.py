from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.output_text import readable

CONVERGENCE = """\
/opt/linear_model.py:473: ConvergenceWarning: lbfgs failed to converge after 1 iteration(s) (status=1):
STOP: TOTAL NO. OF ITERATIONS REACHED LIMIT

Increase the number of iterations to improve the convergence (max_iter=1).
    https://scikit-learn.org/stable/modules/preprocessing.html
  n_iter_i = _check_optimize_result(
"""
OUTER = "\r 0%|    | 0/2\n"


@pytest.mark.parametrize(
    ("printed", "read"),
    [
        ("", ""),
        ("no end", "no end"),
        ("one\ntwo\n", "one\ntwo\n"),
        ("\x1b[31mred\x1b[0m \x1b]0;title\x07plain\n", "red plain\n"),
        ("a\r\nb\r\n", "a\nb\n"),
        ("".join(f"\r{n}%|#" for n in range(101)) + "\n", "100%|#\n"),
        ("\r 50%|#\r100%|##\ndone\n", "100%|##\ndone\n"),
        ("\x1b[2K\r1/2\x1b[2K\r2/2\n", "2/2\n"),
        ("bar\x08\x08\x08\n", "bar\n"),
    ],
)
def test_output_is_what_a_terminal_is_left_with(printed: str, read: str) -> None:
    assert readable(printed.encode()) == read


def test_bars_below_each_other_keep_their_lines() -> None:
    inner = "".join(f"\n\r{n}0% inner\x1b[A" for n in range(11))
    printed = "".join(f"\r{n}/3 outer{inner}" for n in range(4)) + "\n\n\rend\n"
    assert readable(printed.encode()) == "3/3 outer\n100% inner\nend\n"


def test_a_bar_that_has_gone_leaves_its_line_to_what_comes_next() -> None:
    printed = "\r1/1 outer\n\r 90% inner\x1b[A\n\r          \x1b[A\r1/1 outer\nend\n"
    assert readable(printed.encode()) == "1/1 outer\nend\n"


@pytest.mark.parametrize(
    "warning", [CONVERGENCE, "<string>:1: UserWarning: careful\n", "a.py:7: FutureWarning: x\n  f(x)\n"]
)
def test_a_warning_that_comes_again_is_told_once_with_its_number(warning: str) -> None:
    printed = "".join(f"round {n}\n{warning}" for n in range(37))
    first, *rest = warning.splitlines()
    rounds = [f"round {n}" for n in range(37)]
    assert readable(printed.encode()).splitlines() == [rounds[0], f"{first} (×37)", *rest, *rounds[1:]]


def test_different_warnings_and_single_ones_stay() -> None:
    printed = "a.py:1: UserWarning: one\n  f()\na.py:2: UserWarning: one\n  g()\na.py:1: UserWarning: two\n  f()\n"
    assert readable(printed.encode()) == printed


@pytest.mark.parametrize(
    ("printed", "read"),
    [
        ("x\n" * 9, "x\n" * 9),
        ("x\n" * 10, "x (×10)\n"),
        ("a\n" + "Epoch\n" * 1234 + "b\n", "a\nEpoch (×1,234)\nb\n"),
        ("a\n" + "\n" * 50 + "b\n", "a\n\n\nb\n"),
        ("x\ny\n" * 100, "x\ny\n" * 100),
    ],
)
def test_many_equal_lines_in_a_row_are_one(printed: str, read: str) -> None:
    assert readable(printed.encode()) == read


@given(st.binary())
def test_output_is_always_text_without_control_characters(output: bytes) -> None:
    text = readable(output)
    assert text == text.encode().decode()
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", text)


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"])))
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert readable(text.encode()) == text


@pytest.mark.parametrize(
    "output", [b"\r" * 1_000_000, b"x" * 1_000_000 + b"\r", b"\x1b]" * 500_000, b"\x1b[" * 500_000]
)
def test_no_output_takes_long_to_clean(output: bytes) -> None:
    started = time.monotonic()
    readable(output)
    assert time.monotonic() - started < 2
