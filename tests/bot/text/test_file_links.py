"""Links to files in agents' words become names or plain text."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text.file_links import may_link_files, without_file_links

FILES = {"x.png", "out/table 1.csv", "a_b_1.csv", "data (2).csv", "Umsätze.csv"}


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("See [the chart](sandbox:/mnt/data/x.png).", "See the chart (`x.png`)."),
        ("See [x.png](sandbox:/mnt/data/x.png).", "See x.png."),
        ("![Sales](sandbox:/mnt/data/x.png)", "Sales (`x.png`)"),
        ("![](sandbox:/mnt/data/x.png)", "(`x.png`)"),
        ("[chart](/mnt/data/x.png)", "chart (`x.png`)"),
        ("[chart](/workspace/x.png)", "chart (`x.png`)"),
        ("[chart](attachment://x.png)", "chart (`x.png`)"),
        ("[chart](file:///mnt/data/x.png)", "chart (`x.png`)"),
        ("[chart](sandbox:x.png)", "chart (`x.png`)"),
        ("[chart](x.png) and [it](./x.png)", "chart (`x.png`) and it (`x.png`)"),
        ('[chart](sandbox:/mnt/data/x.png "Open")', "chart (`x.png`)"),
        ("[chart](<sandbox:/mnt/data/x.png>)", "chart (`x.png`)"),
        ("[table](sandbox:/mnt/data/out/table 1.csv)", "table (`out/table 1.csv`)"),
        ("[table](sandbox:/mnt/data/out/table%201.csv)", "table (`out/table 1.csv`)"),
        ("[copy](sandbox:/mnt/data/data (2).csv)", "copy (`data (2).csv`)"),
        ("[sums](sandbox:/mnt/data/Ums%C3%A4tze.csv)", "sums (`Umsätze.csv`)"),
        ("[renamed](sandbox:/mnt/data/a?b:1.csv)", "renamed (`a_b_1.csv`)"),
        ("图表[下载](sandbox:/mnt/data/x.png)", "图表下载 (`x.png`)"),
        ("[![chart](sandbox:/mnt/data/x.png)](sandbox:/mnt/data/x.png)", "chart (`x.png`)"),
        ("[sandbox:/mnt/data/x.png](sandbox:/mnt/data/x.png)", "x.png"),
        ("<sandbox:/mnt/data/x.png>", "`x.png`"),
        ("It is at sandbox:/mnt/data/x.png.", "It is at `x.png`."),
        ("It is at /mnt/data/x.png, see there.", "It is at `x.png`, see there."),
        ("It is at `sandbox:/mnt/data/x.png`.", "It is at `x.png`."),
        ("It is at `/mnt/data/x.png`.", "It is at `x.png`."),
        ("- [a](sandbox:/mnt/data/x.png)\n- [b](sandbox:/mnt/data/no.png)", "- a (`x.png`)\n- b"),
        ("[Download](SANDBOX:/mnt/data/x.png)", "Download (`x.png`)"),
    ],
)
def test_a_link_to_a_file_of_the_session_is_its_name(written: str, shown: str) -> None:
    assert may_link_files(written)
    assert without_file_links(written, FILES) == shown


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("[the report](sandbox:/mnt/data/none.pdf)", "the report"),
        ("![the chart](attachment://none.png)", "the chart"),
        ("[**bold**](/mnt/data/none.png)", "**bold**"),
        ("[](sandbox:/mnt/data/none.png)", "none.png"),
        ("[a table](none.csv)", "a table"),
        ("at sandbox:/mnt/data/none.png!", "at none.png!"),
        ("at /mnt/data/none.png", "at none.png"),
        ("[up](sandbox:/mnt/data/../../etc/passwd)", "up"),
        ("[secret](file:///etc/passwd)", "secret"),
    ],
)
def test_a_link_to_no_file_is_plain_text(written: str, shown: str) -> None:
    assert without_file_links(written, FILES) == shown


@pytest.mark.parametrize(
    "written",
    [
        "See [the docs](https://example.org/mnt/data/x.png) and https://example.org/x.png.",
        "Write to [us](mailto:x@example.org), or go [down](#below).",
        "```python\nopen('/mnt/data/x.png')\n# [a](sandbox:/mnt/data/x.png)\n```",
        "~~~\nsandbox:/mnt/data/x.png\n~~~",
        "```python\nopen('/mnt/data/x.png')",
        "Call `open('/mnt/data/x.png')` or `[a](sandbox:/mnt/data/x.png)`.",
        "It is f[0](x) and rows[1](x.png) in words.",
        "The sandbox: a container. The file: x.png. An attachment: none.",
        "Use the image sandbox:latest, the folder /mnt/data and /home/mnt/data/x.",
        "A [list](of words) and [another].",
        "[click](javascript:alert(1))",
    ],
)
def test_everything_else_is_left_alone(written: str) -> None:
    assert without_file_links(written, FILES) == written


def test_words_around_a_block_are_changed_and_the_block_is_not() -> None:
    block = "```python\nplt.savefig('/mnt/data/x.png')\n```"
    written = f"I save /mnt/data/x.png:\n{block}\nThen it is [here](sandbox:/mnt/data/x.png)."
    assert without_file_links(written, FILES) == f"I save `x.png`:\n{block}\nThen it is here (`x.png`)."


@given(st.text(st.sampled_from("[]()!<>`ab/.: \n") | st.characters(), max_size=60))
def test_any_text_is_taken(text: str) -> None:
    written = text.replace("a", "sandbox:/mnt/data/x.png")
    assert len(without_file_links(written, FILES)) <= len(written) + 3 * written.count("x.png")


@pytest.mark.parametrize(
    "unit", ["[a](", "![", "`a``", "sandbox:/", "[a](sandbox:/mnt/data/x(", "/mnt/data/", "<sandbox:", "[]", "` "]
)
def test_no_text_takes_long(unit: str) -> None:
    started = time.monotonic()
    without_file_links(unit * (20_000 // len(unit)), FILES)
    assert time.monotonic() - started < 3
