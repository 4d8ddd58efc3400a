"""`# filename:` in the first line of a block: the name under which its code is kept and run. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.domain.events import CodeBlock
from bot.text.languages import ENDINGS, canonical, is_known
from bot.text.safe_names import clean_path

_WISH = re.compile(r"\A(?:#![^\n]*\n)?[ \t]*#[ \t]*filename:[ \t]*(?P<name>[^\n]*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Named:
    """`path` is clean, or empty when the code gets no name; `note` then says why."""

    path: str = ""
    note: str = ""


def name_of(code: str, program: str) -> Named:
    """The name that a block of code asks for. Code never takes the place of data: its ending must be of code."""
    wish = _WISH.match(code)
    if wish is None or not (asked := wish["name"].strip().strip("`\"'")):
        return Named()
    path = str(clean_path(asked.replace("\\", "/")))
    endings = ENDINGS[program]
    if not path.lower().endswith(endings):
        return Named(
            note=f"The code was not kept as {path}: a {program} block's name ends in {' or '.join(endings)}."
        )
    return Named(path)


def script(block: CodeBlock) -> str:
    """The name that a block gets; empty when it asks for none, or for one that it cannot have."""
    return name_of(block.code, canonical(block.language)).path if is_known(block.language) else ""


def not_kept(path: str) -> str:
    """The sentence when something else was in the way of a name."""
    return f"The code was not kept as {path}: there is no place for a file of that name."
