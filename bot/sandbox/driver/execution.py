"""Python as a notebook runs it: top-level `await`, and the value of a last expression is shown."""

from __future__ import annotations

import ast
import contextlib
import inspect
import re
from types import CodeType
from typing import Any

from .notebook_syntax import as_python

_AWAIT = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
_SILENCED = re.compile(r"[)\s]*;")
_WRITERS = frozenset({"write", "writelines", "write_text", "write_bytes", "writerow", "writerows"})
"""Methods whose value is a count that nobody asks for; behind what was written it would look like a part of it."""


def execute(source: str, path: str, namespace: dict[str, Any]) -> None:
    """Run a block; `path` is the file name in its tracebacks."""
    source, tree = _parsed(source, path)
    _show_last(tree, source)
    _run(compile(tree, path, "exec", _AWAIT, dont_inherit=True), namespace)


def evaluate(line: str, namespace: dict[str, Any]) -> object:
    """Run a line; the value of an expression."""
    try:
        code = compile(line, "<magic>", "eval", _AWAIT, dont_inherit=True)
    except SyntaxError:
        execute(line, "<magic>", namespace)
        return None
    return _run(code, namespace)


def _parsed(source: str, path: str) -> tuple[str, ast.Module]:
    """A block as Python, and its tree. Plain Python is left alone."""
    with contextlib.suppress(SyntaxError):
        return source, _tree(source, path)
    translated = as_python(source)
    return translated, _tree(translated, path)


def _tree(source: str, path: str) -> ast.Module:
    tree = compile(source, path, "exec", ast.PyCF_ONLY_AST | _AWAIT, dont_inherit=True)
    assert isinstance(tree, ast.Module)
    return tree


def _show_last(tree: ast.Module, source: str) -> None:
    """Has the value of a last expression shown, unless a semicolon follows it."""
    last = tree.body[-1] if tree.body else None
    if not isinstance(last, ast.Expr) or _is_silent(last.value) or _SILENCED.match(_after(last, source)):
        return
    hook = ast.parse("__import__('sys').displayhook", mode="eval").body
    for node in ast.walk(hook):
        ast.copy_location(node, last.value)
    last.value = ast.copy_location(ast.Call(hook, [last.value], []), last.value)


def _is_silent(value: ast.expr) -> bool:
    """Whether it is a remark, or a call for what it does and not for its value."""
    match value:
        case ast.Constant(str()):
            return value.lineno != value.end_lineno
        case ast.Call(ast.Attribute(attr=name)):
            return name in _WRITERS
        case _:
            return False


def _after(statement: ast.stmt, source: str) -> str:
    """What stands behind a statement."""
    assert statement.end_lineno is not None
    assert statement.end_col_offset is not None
    lines = re.split(r"\r\n|\r|\n", source)[statement.end_lineno - 1 :]
    rest = lines[0].encode("utf-8", "replace")[statement.end_col_offset :].decode("utf-8", "replace")
    return "\n".join([rest, *lines[1:]])


def _run(code: CodeType, namespace: dict[str, Any]) -> object:
    value = eval(code, namespace)
    if not code.co_flags & inspect.CO_COROUTINE:
        return value
    import asyncio  # noqa: PLC0415 - most blocks do without it

    return asyncio.run(value)
