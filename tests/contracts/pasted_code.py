"""What every way to hand code over keeps to: what somebody pastes is what runs, byte for byte.

A platform's tests name its ways, and put each to `reads_whole`: with all of PASTED, and with PROGRAMS it carries.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import strategies as st

from bot.domain.audit_facts import code_digest
from bot.domain.events import CodeBlock, Decision, Message
from bot.domain.participants import Person, ThreadRef
from bot.engine.intake import check
from bot.text.languages import is_known

EDIT = "edit q0123456789ab"
_THREAD = ThreadRef("chat", "", "general", "1")

_ODD = "`~<>&@#!|:*_ \t\n'\"\\;$%"
_CHARACTERS = st.sampled_from(_ODD) | st.characters(exclude_categories=["Cs"], exclude_characters="\r\0")
_SNIPPETS = st.sampled_from(
    [
        "import os",
        "x = [1]",
        "# a, b",
        "    y = 1",
        "a  =  2",
        "python",
        "x",
        "&lt;b",
        "<@U0BOT>",
        "<https://a.example|b>",
        "> z",
        "`d`",
    ]
)
_LINE = _SNIPPETS | st.text(_CHARACTERS, max_size=12)
PROGRAMS = st.builds(
    "\n".join, st.builds(lambda first, rest: [first, *rest], _LINE, st.lists(_LINE, max_size=5))
).filter(str.strip)
PASTED = (
    "import os\nprint(1)",
    "print(1)",
    "import pandas as pd\n\n\ndf = pd.read_csv('a.csv')\nprint(df[df.a < 1] & (df.b > 2))\n",
    "for x in y:\n    print(x,  x)  # two  spaces",
    "# filename: a.py\nprint('<@U0BOT> <@7> <https://a.example|b> &lt;b&gt; :smile: <:odd:1> *b* _i_ ~s~')",
    "s = 'www.example.com <#C1> <!here>'\n\n\n",
    "    indented()\n    twice()",
    "print('`ticks` ``two``')",
    "echo `date`",
    "s = '''\n> quoted\n- list\n1. one\n'''",
    "f = lambda: 1; f()\n\tif x: y",
)


@dataclass(frozen=True, slots=True)
class Way:
    """A shape in which code arrives. `edited`: what would run after an edit; `carries`: what the shape can say."""

    name: str
    edited: Callable[[str], tuple[CodeBlock, ...]]
    carries: Callable[[str], bool]

    def __str__(self) -> str:
        return self.name


def reads_whole(way: Way, program: str) -> None:
    """The program is what runs, with a newline at its end."""
    whole = program if program.endswith("\n") else f"{program}\n"
    blocks = way.edited(program)
    assert [block.code for block in blocks] == [whole]
    assert code_digest(blocks) == code_digest([CodeBlock("python", whole)])


def decided(text: str) -> tuple[CodeBlock, ...]:
    """The code that a message in a thread puts in an agent's place."""
    decision = check(Message("k", _THREAD, Person("1", "Ann"), text), (), 0)
    assert isinstance(decision, Decision)
    assert (decision.verdict, decision.request) == ("edit", "q0123456789ab")
    return decision.blocks


def anything(_program: str) -> bool:
    """The shape can say all."""
    return True


def has_no_fence(program: str) -> bool:
    """Whether nothing in a program looks like the end of a box, or like a part of it as ticks and blanks may."""
    last = program.rpartition("\n")[2]
    return "```" not in program and (not last or last.strip(" \t`") != "")


def fits_behind_a_fence(program: str) -> bool:
    """Whether a program may begin right behind a fence: neither with a tick, nor with a blank line."""
    return has_no_fence(program) and program[0] != "`" and first_line(program).strip() != ""


def begins_like_code(program: str) -> bool:
    """Whether it may stand there even where one word above the code is taken for the name of its language."""
    is_word = "\n" in program and re.search(r"[^\w+\-.#\s]|\S\s+\S", first_line(program)) is None
    return fits_behind_a_fence(program) and not is_word


def names_no_language(program: str) -> bool:
    """Whether the first line of a program is not just the name of a language that can be run."""
    return not is_known(first_line(program))


def first_line(program: str) -> str:
    return program.partition("\n")[0]
