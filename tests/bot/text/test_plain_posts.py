"""Words that all platforms share."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.events import CodeBlock
from bot.domain.posts import ApprovalPost
from bot.domain.turn_results import CodeBasis, EarlierBlock
from bot.text.plain_posts import earlier_code, plain

CARD = ApprovalPost("coder", (CodeBlock("python", "x()\n"),), "0" * 64, "q1")
LOAD = EarlierBlock(2, 1, "a" * 64, "df = load()")
KILLED = EarlierBlock(4, 3, "b" * 64, "while True: pass", undone=True)


def test_a_card_without_earlier_code_says_nothing_of_it() -> None:
    assert earlier_code(CARD) == []


def test_a_card_names_earlier_blocks_by_turn_and_first_line() -> None:
    card = replace(CARD, builds_on=CodeBasis("a", (LOAD, KILLED), 2))
    lines = [
        "It uses the variables of earlier code:",
        "turn 2: df = load()",
        "turn 4, block 3 (undone): while True: pass",
    ]
    assert earlier_code(card) == lines
    assert "\n".join(lines) in plain(card)
    assert earlier_code(replace(card, builds_on=CodeBasis("a", (LOAD,), 9)))[-1] == "and 8 more before"


def test_a_line_of_earlier_code_hides_nothing_and_is_short() -> None:
    hostile = replace(LOAD, line="\u202e" * 80)
    (_, line) = earlier_code(replace(CARD, builds_on=CodeBasis("a", (hostile,), 1)))
    assert "\u202e" not in line
    assert len(line) < 120
