"""What a model may write, and what Discord gets to see of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.discord.markdown import escaped, fenced, harmless, inline, visible

_GAP = "\u200b"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("A **finding**.", "A **finding**."),
        ("@everyone and @here", f"@{_GAP}everyone and @{_GAP}here"),
        (
            "<@123> <@&5> <#7> </stop:9> <t:1:R>",
            f"<{_GAP}@123> <{_GAP}@&5> <{_GAP}#7> <{_GAP}/stop:9> <{_GAP}t:1:R>",
        ),
        ("[click](https://evil.example)", "click (<https://evil.example>)"),
        ("[x](javascript:alert(1))", "x (javascript:alert(1))"),
        ("[a [b] c](https://evil.example)", f"[a [b] c]{_GAP}(<https://evil.example>)"),
        ("[two\nlines](https://evil.example)", f"[two\nlines]{_GAP}(<https://evil.example>)"),
        (r"\`[x](https://evil.example)`", r"\`x (<https://evil.example>)`"),
        (r"\\`x` [x](https://evil.example) `y`", r"\\`x` x (<https://evil.example>) `y`"),
        ("``a ` [x](https://a.example) ` b``", "``a ` [x](https://a.example) ` b``"),
        ("`a` b` [x](https://evil.example) `c`", "`a` b` [x](https://evil.example) `c`"),
        ("![chart](chart.png)", "chart (chart.png)"),
        ("see https://a.example/x?y=1.", "see <https://a.example/x?y=1>."),
        ("<https://a.example>", "<https://a.example>"),
        ("`@everyone` stays", "`@everyone` stays"),
        ("```python\nprint('<@1> https://a.example')\n```", "```python\nprint('<@1> https://a.example')\n```"),
        ("```python\nprint(1)", "```python\nprint(1)\n```"),
        ("a\u202eb\x00c\r\nd", "abc\nd"),
        ("| a | b |\n|---|---|\n| 1 | 2 |\nSo.", "```\n| a | b |\n|---|---|\n| 1 | 2 |\n```\nSo."),
        ("a < b and c > d", "a < b and c > d"),
        ("", ""),
    ],
)
def test_prose_is_harmless_and_code_stays(text: str, shown: str) -> None:
    assert harmless(text) == shown


@given(st.text(st.sampled_from("`~ab\n@<>[]()|\u202e\ud800"), max_size=60))
def test_what_a_program_prints_cannot_leave_its_block(text: str) -> None:
    block = fenced(text)
    assert block.count("```") == 2
    assert block.startswith("```\n")
    assert block.endswith("\n```")


@given(st.text(max_size=80))
def test_anything_can_be_shown(text: str) -> None:
    for show in (harmless, visible, escaped, inline, fenced):
        show(text).encode()
    assert "@everyone" not in harmless(text.replace("`", "") + "@everyone")


def test_names_mean_nothing_but_themselves() -> None:
    assert escaped("**@everyone** [x](y) <@1>") == r"\*\*\@everyone\*\* \[x\]\(y\) \<\@1\>"
    assert inline("a`b\nc") == "`a'b c`"
