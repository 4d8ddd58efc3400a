"""What an agent's message means: code to run, a question, the end, or just words."""

from __future__ import annotations

import ast
import builtins
import keyword
import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import lru_cache

from bot.domain.events import CodeBlock
from bot.domain.turn_results import Asks, Code, Finished, Said
from bot.text.fence_parsing import Fence, fences, is_python, lines, tree
from bot.text.languages import canonical

END = "TERMINATE"
"""The word that ends a task."""
ASK = "ASK:"
"""What begins a question to people."""
PLACEHOLDERS = frozenset({"question", "<question>", "your question", "<your question>", "and your question"})
"""What stands for the question where agents are told how to ask; copied, it is none."""

_PROSE = frozenset(
    {
        *("result", "results", "answer", "report", "python-repl"),
        *("text", "plaintext", "txt", "plain", "none", "output", "stdout", "console", "log", "pycon"),
        *("markdown", "md", "csv", "tsv", "json", "jsonl", "sql", "diff"),
        *("toml", "yaml", "yml", "html", "xml", "css", "ini", "latex", "mermaid"),
    }
)
_COURTESY = 30
"""Words that may follow the end: "let me know if …"."""
_REQUEST = 25
"""Words of a question to people that has no question mark: "please send me the rates"."""

_MARKUP = "*_`.!。 \t[](){}"
_PROGRAM = re.compile(r"[=(\[{#@\\]")
_QUOTED = re.compile(r"[ \t]*>")
_OPENING, _CLOSING = "*_`[(\"'“‘", "])*_`.!\"'”’"
_MARK = re.compile(r"#{1,6}|[-+•]")
_ITEM = re.compile(r"\s*\d{1,3}[.)](\s+|$)")
_QUESTION = re.compile(rf"\s*(?P<markup>[*_`]*){ASK}(?P<closed>(?P=markup))?\s*(?P<question>\S.*)")
_OPTION = re.compile(r"\s*([-*+•]|\w{1,2}[.)])\s+\S")
_ASKS = re.compile(r"[?？؟՞⁇]")


@lru_cache(maxsize=256)  # A turn reads the newest messages several times, and parsing costs.
def read(text: str, teammates: Collection[str] = ()) -> Said | Code | Asks | Finished:
    """Read one message of an agent. Code goes first: a question or the end beside code does not count.

    `teammates`, which can be hashed, are the names of all agents: what is asked of one is no question to people.
    """
    found = fences(text)
    if blocks := _runnable(found):
        return Code(text, blocks)
    prose = _outside(text, found)
    ended = _ended(prose)
    if asked := _asked([without_end(line) for line in prose], teammates):
        return asked
    return Said(text) if ended is None else Finished(ended)


def code_blocks(text: str) -> tuple[CodeBlock, ...]:
    """The fenced blocks of a message that are meant to be run, in order.

    Blocks of data or output are not, nor is what the message quotes. One without a tag is when it is a program.
    """
    return _runnable(fences(text))


def _runnable(found: Sequence[Fence]) -> tuple[CodeBlock, ...]:
    meant = (fence for fence in map(_without_end, found) if fence.code.strip())
    return tuple(
        CodeBlock(canonical(fence.tag or "python"), fence.code)
        for fence in meant
        if (_is_meant(fence) if fence.tag else _is_program(fence.code))
    )


def _without_end(fence: Fence) -> Fence:
    """The block without the word for the end below it, which is no line of any program."""
    code = fence.code.rstrip()
    while code.endswith(f"\n{END}"):
        code = code.removesuffix(END).rstrip()
    return fence if code == fence.code.rstrip() else replace(fence, code=f"{code}\n")


def _is_meant(fence: Fence) -> bool:
    """Whether a block with a language is to be run: some models put their answer into one of Python."""
    if fence.tag in _PROSE:
        return False
    return canonical(fence.tag) != "python" or not _is_sentence(fence.code)


def _is_sentence(code: str) -> bool:
    """Whether a text is no Python, and has nothing of a program in it."""
    if _PROGRAM.search(code) or is_python(code):
        return False
    first = re.match(r"\w+", code.strip())
    return first is not None and not keyword.iskeyword(first[0]) and not hasattr(builtins, first[0])


def _is_program(code: str) -> bool:
    """Whether a text without a language is Python that does something; a number or a name printed does nothing."""
    parsed = tree(code)
    return parsed is not None and any(map(_does_something, parsed.body))


def _does_something(statement: ast.stmt) -> bool:
    match statement:
        case ast.Import() | ast.ImportFrom():
            return True
        case ast.Expr(ast.Call(ast.Name(name))):
            return name == "print"  # The text of a value, such as array([1, 2]), looks like any other call.
        case ast.Expr(ast.Call(ast.Attribute())):
            return True
        case ast.Expr():
            return False
        case _:
            return any(isinstance(node, ast.Call) for node in ast.walk(statement))


def _outside(text: str, found: Sequence[Fence]) -> list[str]:
    """The message's lines with those of its blocks joined into one each, so that no word in them counts."""
    all_lines, outside, position = lines(text), list[str](), 0
    for fence in found:
        outside += [*all_lines[position : fence.first], "\n".join(all_lines[fence.first : fence.after])]
        position = fence.after
    return [*outside, *all_lines[position:]]


def _ended(prose: Sequence[str]) -> str | None:
    """The text before the end, when the last word of a message is the end, or only a courtesy follows it."""
    filled = [number for number, line in enumerate(prose) if line.strip()]
    after: list[str] = []
    for number, above in zip(reversed(filled), [*reversed(filled[:-1]), None], strict=False):
        line = prose[number]
        if "\n" in line or len(after) > _COURTESY or not _is_courtesy(" ".join(after)):
            return None
        in_list = above is not None and _ITEM.match(prose[above]) is not None
        body = None if _QUOTED.match(line) else _before_end(line, alone=len(filled) == 1, in_list=in_list)
        if body is not None:
            return "\n".join([*prose[:number], body]).strip() or "\n".join(after)
        after.insert(0, line)
    return None


def _before_end(line: str, *, alone: bool, in_list: bool) -> str | None:
    """What stands before the word for the end on its line; None when it is not the end of the talk."""
    if alone and line.strip(_MARKUP).upper() == END:
        return ""
    before, found, rest = line.rpartition(END)
    closing = rest[: len(rest) - len(rest.lstrip(_CLOSING))]
    if (
        not found
        or (rest[len(closing) :] and not rest[len(closing)].isspace())
        or not _is_courtesy(rest[len(closing) :])
    ):
        return None
    opening = before[len(before.rstrip(_OPENING)) :]
    body, is_quoted = before[: len(before) - len(opening)], bool(opening.strip("*_[("))
    if not body.strip() or _MARK.fullmatch(body.strip()):
        return None if is_quoted and "`" not in opening else ""
    is_word = body[-1].isspace() or body[-1] in "。！？"
    body = body.rstrip()
    if not is_word or (in_list and _ITEM.fullmatch(body)) or body.endswith((":", ",", ";", "：", "，")):
        return None
    if body[-1] in ".!?。！？…)]*":
        return body
    # "Done TERMINATE" ends a talk, "the reviewer says TERMINATE" does not.
    last = body.split()[-1]
    return None if is_quoted or (last[-1].isalpha() and last.islower()) else body


def without_end(text: str) -> str:
    """A text without the word for the end behind it."""
    cut = text.rstrip(_CLOSING + " \t\n")
    return cut.removesuffix(END).rstrip(_OPENING + " \t\n") if cut.endswith(END) else text


def _is_courtesy(rest: str | None) -> bool:
    """Whether what follows the end is a sentence of its own, and short."""
    words = (rest or "").split()
    return not words or (len(words) <= _COURTESY and not words[0][:1].islower())


def _asked(prose: Sequence[str], teammates: Collection[str]) -> Asks | None:
    """The question to people with which a message ends; options that are listed below it belong to it."""
    filled = [number for number, line in enumerate(prose) if line.strip()]
    while filled and _OPTION.match(prose[filled[-1]]) and not _QUESTION.fullmatch(prose[filled[-1]].rstrip()):
        filled.pop()
    if not filled or not (found := _QUESTION.fullmatch(prose[filled[-1]].rstrip())):
        return None
    asked = found["question"] if found["closed"] else found["question"].removesuffix(found["markup"])
    if not _is_question(asked, teammates):
        return None
    options = "\n".join(prose[filled[-1] + 1 :]).rstrip()
    body = "\n".join(prose[: filled[-1]]).strip()
    return Asks(body, f"{asked}\n{options.lstrip(chr(10))}" if options.strip() else asked)


def _is_question(asked: str, teammates: Collection[str]) -> bool:
    plain = asked.strip(_MARKUP + "\"'“”").casefold()
    if not plain or plain in PLACEHOLDERS:
        return False
    addressed = re.split(r"[,:;]|\s[-–—]\s", plain.lstrip("@"), maxsplit=1)
    if len(addressed) > 1 and addressed[0].strip().replace(" ", "_") in teammates:
        return False
    return bool(_ASKS.search(asked)) or len(plain.split()) <= _REQUEST
