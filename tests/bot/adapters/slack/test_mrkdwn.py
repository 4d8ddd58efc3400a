"""What users wrote in Slack's markup, and our text where Slack reads markup."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.slack.mrkdwn import escape, escaped, mentioned, mentions, plain, without

NAMES = {"U1": "Ada", "W2": "Ben"}


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("ask <@U1> and <@W2|ben>", "ask @Ada and @Ben"),
        ("ask <@U9> or <@U8|eve>", "ask @U9 or @eve"),
        ("see <#C1|general> and <#C2>", "see #general and #C2"),
        ("<!here> <!channel|channel> <!subteam^S1|@data>", "@here channel @data"),
        ("<https://a.example/x> <https://a.example|the site>", "https://a.example/x the site (https://a.example)"),
        ("<mailto:a@b.example|a@b.example>", "a@b.example"),
        ("1 &lt; 2 &amp;&amp; 3 &gt; 2", "1 < 2 && 3 > 2"),
        ("&amp;lt;", "&lt;"),
        ("a < b > c", "a < b > c"),
        ("```\nx = df[df.a &lt; 1]\n```", "```\nx = df[df.a < 1]\n```"),
    ],
)
def test_people_are_read_as_they_see_it(raw: str, shown: str) -> None:
    assert plain(raw, NAMES) == shown


@pytest.mark.parametrize(
    ("raw", "task"),
    [
        ("<@U0> plot this", "plot this"),
        ("<@U0>: plot this", "plot this"),
        ("hey <@U0>, plot this", "hey , plot this"),
        ("plot this <@U0|roundtable>", "plot this"),
        ("<@U0> <@U0>", ""),
        ("<@U0>\nplot\n  this", "plot\n  this"),
        ("<@U1> stop", "<@U1> stop"),
    ],
)
def test_our_mention_is_left_out(raw: str, task: str) -> None:
    assert without(raw, "U0") == task


def test_mentions_are_found() -> None:
    assert mentioned("<@U1> <@U2|eve> <@u3> @U4") == {"U1", "U2"}
    assert mentions("hi <@U1>", "U1")
    assert not mentions("hi U1", "U1")


@given(st.text())
def test_escaped_text_has_no_markup_and_reads_the_same(text: str) -> None:
    safe = escape(text)
    assert not set("<>") & set(safe)
    assert plain(safe, {}) == plain(escape(plain(safe, {})), {})


@given(st.text(alphabet="<>&ab", max_size=200), st.integers(10, 50))
def test_a_beginning_is_never_cut_inside_a_character(text: str, longest: int) -> None:
    cut = escaped(text, longest)
    assert len(cut) <= longest
    assert cut == escape(text) or "&" not in cut[-5:].replace("&lt;", "").replace("&gt;", "").replace("&amp;", "")
