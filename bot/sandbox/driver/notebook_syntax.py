"""What notebooks have beyond Python, as Python: magics, shell lines and questions become calls of `get_ipython()`.

Only statements are looked at, never the inside of a string or of brackets, and lines keep their numbers.
"""

from __future__ import annotations

import re
import tokenize
from collections.abc import Sequence

_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_NAMES = r"[^\W\d]\w*(?:\s*,\s*[^\W\d]\w*)*"
_ASSIGNED = re.compile(rf"(?P<before>\s*{_NAMES}\s*=\s*)(?P<mark>!|%(?=[^\W\d]))(?P<rest>.*)", re.DOTALL)
_COMMAND = re.compile(r"(?P<before>\s*)(?P<mark>!!?|%(?=[^\W\d])|\?\??)(?P<rest>.*)", re.DOTALL)
_QUESTION = re.compile(r"(?P<before>\s*)(?P<rest>%?[\w.*]+)\s*(?P<mark>\?\??)\s*")
_CELL = re.compile(r"(?:[ \t]*(?:#.*)?\n)*[ \t]*%%(?P<name>\w+)[ \t]*(?P<line>.*)(?:\n|\Z)")


def cell_magic(source: str) -> tuple[str, str, str] | None:
    """Name, rest of the line and body of a block that begins with `%%NAME`; lines keep their numbers."""
    found = _CELL.match(source)
    if found is None:
        return None
    above = "\n" * source.count("\n", 0, found.end())
    return found["name"], found["line"].strip(), above + source[found.end() :]


def as_python(source: str) -> str:
    """The source with every such line as a call; what is not understood stays as it is."""
    lines = _LINE.findall(_without_indent(source))
    translated: list[str] = []
    while (start := len(translated)) < len(lines):
        end = _end_of_command(lines, start)
        if call := _call("".join(lines[start:end])):
            translated += [f"{call}\n", *["\n"] * (end - start - 1)]
        else:
            translated += lines[start : _end_of_statement(lines, start)]
    return "".join(translated)


def _without_indent(source: str) -> str:
    """A block that stands indented as a whole, as it does in a list."""
    indent = re.match(r"(?:[ \t]*\r?\n)*([ \t]*)", source)
    return re.sub(rf"^{indent[1]}", "", source, flags=re.MULTILINE) if indent and indent[1] else source


def _end_of_command(lines: Sequence[str], start: int) -> int:
    """The number of the first line behind this one and those that a backslash joins to it."""
    while start < len(lines) - 1 and lines[start].rstrip("\r\n").endswith("\\"):
        start += 1
    return start + 1


def _call(command: str) -> str:
    """A line of a notebook as a call; empty when it is none."""
    text = command.rstrip("\r\n")
    found = _QUESTION.fullmatch(text) or _COMMAND.fullmatch(text) or _ASSIGNED.fullmatch(text)
    if found is None:
        return ""
    rest = re.sub(r"\\\r?\n", " ", found["rest"]).strip()
    match found["mark"]:
        case "!" if "=" not in found["before"]:
            return f"{found['before']}get_ipython().system({rest!r})"
        case "!" | "!!":
            return f"{found['before']}get_ipython().getoutput({rest!r})"
        case "%":
            name, _, line = rest.partition(" ")
            return f"{found['before']}get_ipython().run_line_magic({name!r}, {line.strip()!r})"
        case _:
            return f"{found['before']}get_ipython().run_line_magic('pinfo', {rest!r})"


def _end_of_statement(lines: Sequence[str], start: int) -> int:
    """The number of the first line behind the statement that begins here; their count when it does not end."""
    if not lines[start].strip() or lines[start].lstrip().startswith("#"):
        return start + 1
    reader = map(lines.__getitem__, range(start, len(lines)))
    try:
        for token in tokenize.generate_tokens(reader.__next__):
            if token.type == tokenize.NEWLINE:
                return start + token.end[0]
    except (tokenize.TokenError, SyntaxError):
        pass
    return len(lines)
