"""Code in what people write: read whole, or not at all."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.domain.events import CodeBlock
from bot.text.code_blocks import blocks_in, blocks_in_file, fenced, joined, pieces
from bot.text.languages import is_known
from bot.text.request_forms import filled
from tests.contracts.pasted_code import (
    PASTED,
    PROGRAMS,
    Way,
    anything,
    begins_like_code,
    has_no_fence,
    reads_whole,
)


def _form(text: str) -> tuple[CodeBlock, ...]:
    return filled("edit", text).blocks


def _whole(program: str) -> str:
    return program if program.endswith("\n") else f"{program}\n"


_WAYS = (
    Way("a form as it was opened", lambda code: _form(fenced([CodeBlock("python", _whole(code))])), anything),
    Way("a form with Markdown", lambda code: _form(f"```python\n{_whole(code)}```"), has_no_fence),
    Way("a form with code as Discord's", lambda code: _form(f"```py\n{code}```"), has_no_fence),
    Way(
        "a form with code as Slack's",
        lambda code: _form(f"Instead:\n```{code}```"),
        begins_like_code,
    ),
    Way("a program", lambda code: blocks_in_file("new.py", _whole(code).encode()), anything),
    Way("a text file", lambda code: blocks_in_file("new.md", f"So:\n\n```py\n{code}```\n".encode()), has_no_fence),
)


@pytest.mark.parametrize("way", _WAYS, ids=str)
@given(PROGRAMS)
def test_whatever_is_pasted_is_read_byte_for_byte(way: Way, program: str) -> None:
    assume(way.carries(program))
    reads_whole(way, program)


@pytest.mark.parametrize("way", _WAYS, ids=str)
@pytest.mark.parametrize("program", PASTED)
def test_programs_are_read_whole(way: Way, program: str) -> None:
    reads_whole(way, program)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("```import os\nprint(1)```", ["import os\nprint(1)\n"]),
        ("```import os\nprint(1)\n```", ["import os\nprint(1)\n"]),
        ("```print(1)```", ["print(1)\n"]),
        ("please ```print(1)``` and then\n```sh\nls```", ["print(1)\n", "ls\n"]),
        ("```a = 1```\n```\nb = 2\n```", ["a = 1\n", "b = 2\n"]),
        ("```python\ns = '```'\n```", ["s = '```'\n"]),
        ("```python title=x\ny\n```", ["python title=x\ny\n"]),
        ("``` python \ny\n```", ["y\n"]),
        ("```df \ny\n```", ["df \ny\n"]),
        ("~~~~\n~~~\n~~~~", ["~~~\n"]),
        ("```\r\nx\r\n```", ["x\n"]),
        ("```\nx\n```thank you", ["x\n"]),
    ],
)
def test_where_code_begins_and_ends(text: str, code: list[str]) -> None:
    assert [block.code for block in blocks_in(text)] == code


@pytest.mark.parametrize(
    "text",
    [
        "```py\na = 1\n```\nb = 2\n```",
        "```py\nx = '''\n```\n'''\n```",
        "> ```py\n> x()\n> ```",
        "&gt; ```x()```",
        "Write ``` and:\n```python\nx()\n```\nend with ```",
        "```x()``````",
        "``````",
        "```\nx\n````",
        "~~~\n```x```",
        "````x()```",
        'print("```"); print("```")',
        "fences = ['```', '```']",
        "\\```x()```",
    ],
)
def test_what_is_unclear_is_no_code(text: str) -> None:
    assert blocks_in(text) == ()
    assert pieces(text) == ()


def test_a_platform_says_what_names_a_language() -> None:
    assert pieces("```df\nx```") == (CodeBlock("df", "x\n"),)
    assert pieces("```df\nx```", is_known) == (CodeBlock("", "df\nx\n"),)
    assert pieces("```Python\nx```", is_known) == (CodeBlock("python", "x\n"),)


_TEXTS = st.lists(
    st.sampled_from(["```", "````", "~~~", "`", "\n", " ", "py", "x", "a b", "> ", "&gt; ", "\\"]), max_size=14
).map("".join)


@given(_TEXTS)
def test_no_code_is_made_up_and_none_is_lost_within(text: str) -> None:
    for block in blocks_in(text):
        assert block.code.strip("\n") in text.strip("\n")
    rest = "".join(piece for piece in pieces(text) if isinstance(piece, str))
    assert not re.search("```|^ {0,3}~~~", rest, re.MULTILINE)


@given(_TEXTS)
def test_what_was_read_is_read_the_same_again(text: str) -> None:
    found = pieces(text)
    code = [piece for piece in found if isinstance(piece, CodeBlock)]
    assert [piece for piece in pieces(joined(found)) if isinstance(piece, CodeBlock)] == code
    prose = "".join(piece for piece in found if isinstance(piece, str))
    kept = "".join(piece for piece in pieces(joined(found)) if isinstance(piece, str))
    assert "".join(kept.split()) == "".join(prose.split())


@given(_TEXTS)
def test_text_without_code_stays_as_it_is(text: str) -> None:
    assume("```" not in text and "~~~" not in text)
    assert pieces(text) == (text,)
