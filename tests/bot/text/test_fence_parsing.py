"""Where fenced blocks begin and end in what models write."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text.fence_parsing import Fence, closed_spans, fences, is_fence_line, is_open, is_python, lines, prose

_README = 'text = """\n# Title\n```bash\npip install x\n```\n\n```\nplain\n```\n"""\nprint(text)\n'


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("```python\nprint(1)\n```", ["print(1)\n"]),
        ("- ```python\n  print(1)\n  ```", ["print(1)\n"]),
        ("1. First:\n\n    ```python\n    print(1)\n    ```", ["print(1)\n"]),
        (f"```python\n{_README}```\nIt writes a file.\n```text\nend\n```", [_README, "end\n"]),
        (f"````python\n{_README}````", [_README]),
        (f"~~~python\n{_README}~~~", [_README]),
        ("```bash\ncat <<E\n```py\nx\n```\nE\n```", ["cat <<E\n```py\nx\n```\nE\n"]),
        ("```md\n```python\nx\n```\n```", ["```python\nx\n```\n"]),
        ("```python\nbroken(\n```\nthen\n```python\nok()\n```", ["broken(\n", "ok()\n"]),
        ("```python\n!pip install x\n```\n```python\nok()\n```", ["!pip install x\n", "ok()\n"]),
        ("~~~\n```\n~~~", ["```\n"]),
        ("`````\n````\n`````", ["````\n"]),
        ("```python\nprint(1)\n```\n```", ["print(1)\n"]),
        ("Answer: 5\n```", []),
        ("```python\nprint(1)\n``` TERMINATE", ["print(1)\n"]),
        ("```python\nprint(1)```", ["print(1)\n"]),
        ("```python\nprint(1)\n```python", ["print(1)\n"]),
        ("```python\nprint(1)\n```.\nDone.", ["print(1)\n"]),
        ("```python print(1)```", []),
        ("> ```python\n> print(1)\n> ```", []),
    ],
)
def test_code_is_read_whole(text: str, codes: list[str]) -> None:
    assert [fence.code for fence in fences(text)] == codes
    assert not is_open(text)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("I remove them.\n```python\nfor f in files:\n    os.rem", "for f in files:\n    os.rem\n"),
        ("```python\nprint(1)\n", "print(1)\n"),
        ("````python\nprint(1)\n```", "print(1)\n```\n"),
        ("```python\nprint(1)\n~~~", "print(1)\n~~~\n"),
    ],
)
def test_a_block_that_is_cut_off_is_open(text: str, code: str) -> None:
    assert [fence.code for fence in fences(text)] == [code]
    assert is_open(text)


def test_a_block_says_where_it_stands() -> None:
    assert fences("a\n\n```py\nx\n```\nb") == (Fence("py", "x\n", 2, 5, True),)


@pytest.mark.parametrize("code", ["x = (", "a b", "\0", "(" * 10_000 + ")" * 10_000])
def test_what_is_no_python(code: str) -> None:
    assert not is_python(code)


_PIECES = st.sampled_from(
    ["```", "~~~~", "python", "bash", "\n", "\r\n", " ", "> ", "- ", "x = 1", '"""', "\t", "`"]
)


@given(st.lists(_PIECES, max_size=30).map("".join) | st.text(max_size=60))
def test_blocks_follow_each_other_within_the_text(text: str) -> None:
    end = 0
    for fence in fences(text):
        assert end <= fence.first < fence.after <= len(lines(text))
        end = fence.after


@given(st.text(st.characters(exclude_characters="\r", exclude_categories=["Cs"])))
def test_code_between_longer_fences_is_read_as_it_stands(code: str) -> None:
    fence = "`" * 50
    assert [found.code for found in fences(f"{fence}any\n{code}\n{fence}")] == [f"{code}\n"]


@pytest.mark.parametrize(
    "text",
    [
        "```python\n" + "x = 1\n" * 16_000 + 'y = """\n' + "```\n" * 21,
        "``` x" + " " * 100_000 + "x",
        "a" + "\n" * 500_000,
        "```python\n" + "x```\n" * 50_000,
    ],
    ids=["open string", "blanks", "new lines", "ends of lines"],
)
def test_an_odd_answer_of_many_kilobytes_is_read(text: str) -> None:
    assert all(fence.after <= len(lines(text)) for fence in fences(text))


@pytest.mark.parametrize(
    "piece", ["```\nx\n```\n", "```python\nx(\n```\n", "```x\n```y\n```\n", "```x\n", "~~~~\n~~~\n"]
)
def test_an_answer_of_a_megabyte_of_fences_is_read(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    assert fences(text)[-1].after <= len(lines(text))


def test_a_program_of_a_megabyte_is_read_whole() -> None:
    code = "x = 1\n" * 160_000
    assert [fence.code for fence in fences(f"```python\n{code}```")] == [code]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Look:\n```python\nx\n```\nSo.", "Look:\nSo."),
        ("~~~~\n~~~\n~~~~\nafter", "after"),
        ("```python\nnever closed", ""),
        ("no code", "no code"),
        ("a\n\n```py\nx\n```\n\nb", "a\n\nb"),
        (f"It writes:\n```python\n{_README}```\nDone.", "It writes:\nDone."),
        ("- ```python\n  x()\n  ```\n- and so on", "- and so on"),
        ("Run:\n```python\nx()```\nDone.", "Run:\nDone."),
        ("Look.\n```python\nx()\n```\n```", "Look."),
        ("Use ```x()``` here", "Use ```x()``` here"),
        ("> ```python\n> x()\n> ```", "> ```python\n> x()\n> ```"),
    ],
)
def test_prose_is_what_stands_around_the_blocks(text: str, left: str) -> None:
    assert prose(text) == left


@given(st.lists(_PIECES, max_size=30).map("".join) | st.text(max_size=60))
def test_prose_opens_no_block(text: str) -> None:
    assert fences(prose(text)) == ()
    assert not any(map(is_fence_line, lines(prose(text))))


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_the_place_of_a_closed_block_is_from_fence_to_fence(newline: str) -> None:
    text = newline.join(["a", "```py", "x", "```", "b", "```sh", "open"])
    ((begin, end),) = closed_spans(text)
    assert text[begin:end] == newline.join(["```py", "x", "```", ""])
