"""Markdown as Slack's rich text: what it looks like, that it fits, and that it can do nothing."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.slack.rich_text import elements, plain, preformatted, section
from bot.adapters.slack.split import ENCODED, VISIBLE, cut_text, length, pack
from tests.platforms.slack import limits
from tests.platforms.slack.world import read


def test_paragraphs_and_styles() -> None:
    found = elements("A **bold** and *slanted* `code` ~~gone~~ ***both***\nsecond line\n\nnext")
    assert found[0]["elements"] == [
        plain("A "),
        plain("bold", "bold"),
        plain(" and "),
        plain("slanted", "italic"),
        plain(" "),
        plain("code", "code"),
        plain(" "),
        plain("gone", "strike"),
        plain(" "),
        plain("both", "bold", "italic"),
        plain("\nsecond line"),
        plain("\n"),
    ]
    assert found[1] == section([plain("next")])


def test_headings_and_rules() -> None:
    assert elements("## Finding") == [section([plain("Finding", "bold")])]
    assert read(elements("a\n\n---\n\nb")[1]) == "———\n"


def test_code_keeps_its_lines() -> None:
    found = elements("Look:\n\n```python\nfor x in y:\n    print(x)\n```\n\n    indented\n")
    assert found[1] == preformatted("for x in y:\n    print(x)")
    assert found[2] == preformatted("indented")


def test_nested_lists_are_indented_and_counted_on() -> None:
    found = elements(
        "1. one\n   - inner\n     - deep\n2. two\n\n   more of two\n3. three\n\n   ```\n   code\n   ```\n"
    )
    shape = [
        (item["type"][10:], item.get("style"), item.get("indent"), item.get("offset"), read(item))
        for item in found
    ]
    assert shape == [
        ("list", "ordered", 0, None, "one"),
        ("list", "bullet", 1, None, "inner"),
        ("list", "bullet", 2, None, "deep"),
        ("list", "ordered", 0, 1, "two\nmore of two"),
        ("list", "ordered", 0, 2, "three"),
        ("preformatted", None, None, None, "code"),
    ]


@pytest.mark.parametrize(
    "markdown",
    [
        *("".join(f"{'  ' * level}- item {level}\n" for level in range(levels)) for levels in (10, 30, 200)),
        *(f"{'> ' * levels}item {levels - 1}" for levels in (10, 30, 200, 5_000)),
        "\n".join(f"{'>' * level} - item {level}" for level in range(60)),
    ],
)
def test_however_deep_it_is_nested_nothing_is_lost(markdown: str) -> None:
    shown = read(elements(markdown))
    assert re.findall(r"item \d+", shown) == re.findall(r"item \d+", markdown)


def test_a_list_may_start_anywhere() -> None:
    assert elements("7. seven")[0]["offset"] == 6


def test_tables_are_aligned() -> None:
    (table,) = elements("| region | sum |\n|---|---:|\n| north | 12 |\n| south-west | **3** |")
    assert read(table).splitlines() == [
        "region      sum",
        "----------  ---",
        "north       12",
        "south-west  3",
    ]


def test_quotes() -> None:
    assert [item["type"] for item in elements("> said\n>\n> ```\n> code\n> ```")] == [
        "rich_text_quote",
        "rich_text_preformatted",
    ]


def test_a_link_shows_where_it_leads() -> None:
    (line,) = elements(
        "[Approve](https://evil.example/x) and <https://a.example/y> and ![chart](https://b.example/p.png)"
    )
    assert read(line) == (
        "Approve (https://evil.example/x) and https://a.example/y and chart (https://b.example/p.png)"
    )


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "slack://channel?id=C1", "data:text/html,x", "/etc", ""]
)
def test_only_web_and_mail_addresses_are_links(address: str) -> None:
    assert "link" not in json.dumps(elements(f"[click]({address})"))


def test_markup_of_slack_and_of_html_stays_text() -> None:
    text = "<!channel> <!here|here> <@U1> <#C1> <b>bold</b> &amp; :tada:"
    assert "".join(read(item) for item in elements(text)) == text.replace("&amp;", "&")


def test_a_link_in_slacks_markup_cannot_hide_its_address() -> None:
    (line,) = elements("<https://evil.example|Approve>")
    assert read(line) == "https://evil.example|Approve (https://evil.example%7CApprove)"


def test_what_hides_or_reorders_text_is_left_out() -> None:
    assert read(elements("a\u202eb\x00c\u2066d\u200f\r\ne")) == "abcd\ne"


_WILD = st.text(
    alphabet=st.one_of(st.sampled_from("#*_`~>|-[]()<>!@&\n 1.\\\t\"'"), st.characters()), max_size=2_000
)


@given(_WILD, st.integers(50, VISIBLE))
def test_anything_fits_and_does_nothing(text: str, visible: int) -> None:
    messages = pack(elements(text), visible, ENCODED)
    for message in messages:
        limits.check("", [{"type": "rich_text", "elements": message}])
        assert sum(length(element) for element in message) <= visible
        for element in _all(message):
            assert element["type"] not in ("user", "usergroup", "broadcast", "channel", "emoji")
            assert element["type"] != "link" or set(element) == {"type", "url"}


@given(
    st.lists(st.sampled_from(["**b** ", "`c` ", "plain ", "[l](https://a.example) ", "\n\n", "\n- ", "\n```\n"]))
)
def test_nothing_visible_is_lost_by_cutting(pieces: list[str]) -> None:
    found = elements("".join(pieces))
    cut = [element for message in pack(found, 100, 2_000) for element in message]
    assert _letters(cut) == _letters(found)


def test_many_styles_are_cut_by_their_size_on_the_wire() -> None:
    messages = pack(elements("**a** `b` " * 1_000))
    assert len(messages) > 3
    for message in messages:
        limits.check("", [{"type": "rich_text", "elements": message}])


def test_code_is_cut_between_lines_and_keeps_its_box() -> None:
    code = "\n".join(f"print({number}, 'a line of code')" for number in range(400))
    messages = pack([preformatted(code)])
    boxes = [element for message in messages for element in message]
    assert {box["type"] for box in boxes} == {"rich_text_preformatted"}
    assert "\n".join(read(box).rstrip("\n") for box in boxes) == code


def test_prose_is_cut_after_a_sentence() -> None:
    pieces = list(cut_text("This is a sentence. " * 30, 100))
    assert all(piece.endswith(". ") for piece in pieces)
    assert "".join(pieces) == "This is a sentence. " * 30


def _all(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, list):
        return [found for item in value for found in _all(item)]
    return [value, *_all(value.get("elements", []))]


def _letters(found: list[dict[str, Any]]) -> str:
    return "".join(read(element) for element in found).replace("\n", "").replace(" ", "")
