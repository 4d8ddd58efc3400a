"""What users wrote, from the rich text and the markup that Slack documents."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.slack import mrkdwn
from bot.adapters.slack.message_text import written
from bot.text.code_blocks import blocks_in
from tests.platforms.slack.composer import Box, sent

_NAMES = {"U1": "Ada", "U2": "Ben"}


def rich(*elements: dict[str, Any], text: str = "") -> dict[str, Any]:
    """A message as a client sends it."""
    return {"type": "message", "text": text, "blocks": [{"type": "rich_text", "elements": list(elements)}]}


def section(*runs: dict[str, Any] | str) -> dict[str, Any]:
    """A paragraph."""
    return {"type": "rich_text_section", "elements": _runs(runs)}


def box(code: str, **more: Any) -> dict[str, Any]:
    """A box of code."""
    return {"type": "rich_text_preformatted", "elements": _runs([code]), "border": 0} | more


def _runs(runs: Any) -> list[dict[str, Any]]:
    return [{"type": "text", "text": run} if isinstance(run, str) else run for run in runs]


def _read(message: dict[str, Any]) -> str:
    return mrkdwn.plain(written(message), _NAMES)


def test_code_is_between_fences_on_lines_of_their_own() -> None:
    message = rich(section("run this:\n"), box("import os\nprint(1 < 2)"), section("thanks"))
    assert _read(message) == "run this:\n```\nimport os\nprint(1 < 2)\n```\nthanks\n"
    alone = {"text": "run this:\n```import os\nprint(1 &lt; 2)```\nthanks"}
    assert _read(alone) == "run this:\n```\nimport os\nprint(1 < 2)\n```\nthanks"


def test_blocks_count_and_not_the_markup_beside_them() -> None:
    assert _read(rich(box("a  =  1"), text="```a = 1```")) == "```\na  =  1\n```\n"
    assert _read(rich(section(""), text="plot")) == "plot"


@pytest.mark.parametrize(
    "blocks", [[], None, "x", [{"type": "section"}], [{"type": "rich_text"}, {"type": "video"}]]
)
def test_without_rich_text_alone_the_markup_counts(blocks: Any) -> None:
    assert written({"text": "plot &lt;b&gt;", "blocks": blocks}) == "plot &lt;b&gt;"


@pytest.mark.parametrize(
    ("run", "shown"),
    [
        ({"type": "user", "user_id": "U1"}, "@Ada"),
        ({"type": "channel", "channel_id": "C1"}, "#general"),
        ({"type": "channel", "channel_id": "C2"}, "#C2"),
        ({"type": "usergroup", "usergroup_id": "S1"}, "@data"),
        ({"type": "broadcast", "range": "here"}, "@here"),
        ({"type": "emoji", "name": "wave", "unicode": "1f44b"}, ":wave:"),
        ({"type": "emoji", "name": "wave", "skin_tone": 2}, ":wave::skin-tone-2:"),
        ({"type": "link", "url": "https://a.example/x"}, "https://a.example/x"),
        ({"type": "link", "url": "https://a.example", "text": "the\nsite"}, "the site (https://a.example)"),
        ({"type": "link", "url": "mailto:a@b.example", "text": "a@b.example"}, "a@b.example"),
        ({"type": "link", "url": "https://a.example/>x", "text": "<b>"}, "<b>"),
        ({"type": "date", "timestamp": 1, "format": "{date}", "fallback": "1 May"}, "1 May"),
        ({"type": "color", "value": "#ff0000"}, "#ff0000"),
        ({"type": "text", "text": "a < b & c", "style": {"bold": True}}, "*a < b & c*"),
        ({"type": "text", "text": " x ", "style": {"code": True, "italic": True}}, " _`x`_ "),
        ({"type": "text", "text": "<@U1> &lt;"}, "<@U1> &lt;"),
        ({"type": "user", "user_id": "U1> <!channel"}, ""),
        ({"type": "something new"}, ""),
    ],
)
def test_runs_are_read_as_people_see_them(run: dict[str, Any], shown: str) -> None:
    text = "<#C1|general> <!subteam^S1|@data>"
    assert _read(rich(section("look: ", run, "."), text=text)) == f"look: {shown}.\n"


def test_lists_and_quotes_keep_their_marks() -> None:
    items = [section("one"), section("two")]
    listed = {"type": "rich_text_list", "style": "ordered", "indent": 1, "offset": 2, "elements": items}
    quoted = {"type": "rich_text_quote", "elements": _runs(["all\nof it"])}
    message = rich(listed, listed | {"style": "bullet", "indent": 0}, quoted)
    assert _read(message) == "    3. one\n    4. two\n• one\n• two\n> all\n> of it\n"


@pytest.mark.parametrize(
    ("block", "read"),
    [
        (box("print(1)", language="python"), "```python\nprint(1)\n```\n"),
        (box("python\nprint(1)", language="python"), "```python\npython\nprint(1)\n```\n"),
        (box("python\nprint(1)"), "```python\nprint(1)\n```\n"),
        (box("Bash\nls"), "```bash\nls\n```\n"),
        (box("python"), "```\npython\n```\n"),
        (box("x\nprint(1)"), "```\nx\nprint(1)\n```\n"),
        (box("a,b\n1,2", language="plain_text"), "```\na,b\n1,2\n```\n"),
        (box("s = '```'"), "````\ns = '```'\n````\n"),
        (box("let x", language="no language!"), "```\nlet x\n```\n"),
    ],
)
def test_the_language_of_a_box(block: dict[str, Any], read: str) -> None:
    assert _read(rich(block)) == read


def test_links_in_code_are_the_text_that_is_shown() -> None:
    link = {"type": "link", "url": "http://www.example.com", "text": "www.example.com"}
    code = box("") | {
        "elements": _runs(["get('", link, "', '", {"type": "link", "url": "https://b.example"}, "')"])
    }
    assert _read(rich(code)) == "```\nget('www.example.com', 'https://b.example')\n```\n"
    markup = "```get('<http://www.example.com|www.example.com>', '<https://b.example>', '<mailto:a@b.example>')```"
    assert _read({"text": markup}) == "```\nget('www.example.com', 'https://b.example', 'a@b.example')\n```\n"


def test_a_fence_that_is_only_text_is_none_of_the_code() -> None:
    message = rich(section("between ``` and\n"), box("x()"), section("and ```"))
    assert [block.code for block in blocks_in(_read(message))] == ["x()\n"]
    typed = rich(section("```import os\nprint(1)```"))
    assert [block.code for block in blocks_in(_read(typed))] == ["import os\nprint(1)\n"]
    assert blocks_in(_read(rich(section("```x()")))) == ()


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r")), max_size=3), st.text())
def test_every_box_is_one_block(codes: list[str], prose: str) -> None:
    boxes = [Box(code, "python") for code in codes if code.strip()]
    text, blocks = sent([part for each in boxes for part in ("```~~~", each)])
    found = blocks_in(_read({"text": text, "blocks": blocks}))
    assert [block.code.removesuffix("\n") for block in found] == [each.code.removesuffix("\n") for each in boxes]
    assert isinstance(_read(rich(section(prose))), str)


_JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "elements", "text", "url", "style", "language", "name"]), inner)
    ),
    max_leaves=12,
)
_KINDS = st.sampled_from(
    ["rich_text_section", "rich_text_list", "rich_text_quote", "rich_text_preformatted", "link"]
)


@given(
    st.dictionaries(st.sampled_from(["elements", "style", "indent", "offset", "language"]), _JSON), _KINDS, _JSON
)
def test_nothing_in_blocks_breaks_it(element: dict[str, Any], kind: str, run: Any) -> None:
    written(rich(element | {"type": kind}, {"type": kind, "elements": [run]}))
