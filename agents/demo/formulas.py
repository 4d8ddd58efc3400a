"""Functions of x in a sentence, rebuilt as NumPy code from a short list of allowed parts."""

from __future__ import annotations

import ast
import math
import re

from agents.demo.texts import bag

_FUNCTIONS = {name: name for name in bag("sin cos tan exp log sqrt abs arctan sinh cosh tanh sinc")} | {
    "ln": "log"
}
_CONSTANTS = {"pi": "np.pi", "e": "np.e"}
_NAME = "|".join(sorted([*_FUNCTIONS, *_CONSTANTS, "x"], key=len, reverse=True))
_PART = rf"(?:(?<![^\W\d_])(?:{_NAME})(?![^\W\d_])|\d+(?:\.\d+)?|\*\*|[-+*/^()])"
_FORMULA = re.compile(rf"{_PART}(?:\s*{_PART})*", re.IGNORECASE)
_ALLOWED = (
    ast.Expression, ast.BinOp, ast.UnaryOp, ast.Call, ast.Name, ast.Load, ast.Constant,
    ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.USub, ast.UAdd,
)  # fmt: skip
_NUMBER = r"-?\d+(?:\.\d+)?"


def find(text: str) -> list[tuple[str, str]]:
    """At most four functions of x in a text, each as people write it and as NumPy code."""
    words = re.sub(r"\bsine\b", "sin(x)", re.sub(r"\bcosine\b", "cos(x)", text[:2000], flags=re.I), flags=re.I)
    words = re.sub(r"\b[a-z]\(x\)\s*=|\by\s*=", " ", words, flags=re.I)
    found: dict[str, str] = {}
    for match in _FORMULA.finditer(_without_span(words)):
        formula = match[0].strip().rstrip("+-*/^(").lower()
        if re.search(r"(?<![^\W\d_])x(?![^\W\d_])", formula) and formula != "x" and (code := _code(formula)):
            found[" ".join(formula.split())] = code
    return list(found.items())[:4]


def span(text: str) -> tuple[float, float]:
    """The range of x a text speaks of; from -10 to 10 when it does not."""
    found = re.search(_SPAN, text, re.IGNORECASE)
    if not found:
        return -10.0, 10.0
    start, stop = _value(found[1]), _value(found[2])
    return (start, stop) if start < stop else (-10.0, 10.0)


_END = rf"({_NUMBER}\s*\*?\s*pi|-?pi|{_NUMBER})"
_SPAN = rf"(?:from|between|in|for x in|on)\s*[\[(]?\s*{_END}\s*(?:to|and|,|\.\.)\s*{_END}"


def _without_span(text: str) -> str:
    return re.sub(_SPAN, " , ", text, flags=re.IGNORECASE)


def _value(text: str) -> float:
    number = re.sub(r"\s|\*|pi", "", text.lower())
    factor = math.pi if "pi" in text.lower() else 1.0
    return round((float(number) if number not in ("", "-") else float(f"{number}1")) * factor, 6)


def _code(formula: str) -> str | None:
    """NumPy code for a formula, or None when it is none."""
    if len(formula) > 80:
        return None
    try:
        tree = ast.parse("".join(_spelled_out(re.findall(_PART, formula))), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    if not all(isinstance(node, _ALLOWED) for node in ast.walk(tree)) or not _sound(tree):
        return None
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id != "x":
            node.id = _CONSTANTS.get(node.id) or f"np.{_FUNCTIONS[node.id]}"
    return ast.unparse(tree)


def _spelled_out(parts: list[str]) -> list[str]:
    """The parts with what people leave out: the sign in 2x, the brackets in sin 2x."""
    signed: list[str] = []
    for part in parts:
        ends = signed and (signed[-1] == ")" or signed[-1][-1].isalnum()) and signed[-1] not in _FUNCTIONS
        signed += ["", part] if ends and (part[0].isalnum() or part == "(") else [part]
    result: list[str] = []
    while signed:
        part = signed.pop(0)
        result.append({"^": "**", "": "*"}.get(part, part))
        if part in _FUNCTIONS and signed and signed[0] != "(":
            inside = [signed.pop(0)]
            while len(signed) > 1 and signed[0] == "" and signed[1] != "(":
                inside += ["*", signed[1]]
                del signed[:2]
            result += ["(", *inside, ")"]
    return result


def _sound(tree: ast.AST) -> bool:
    """Whether functions are called with one argument, and nothing else is called."""
    called = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    heads = [node.func for node in called]
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    proper = all(isinstance(head, ast.Name) and head.id in _FUNCTIONS for head in heads)
    free = all(name.id in ("x", *_CONSTANTS) for name in names if not any(name is head for head in heads))
    return proper and free and all(len(node.args) == 1 and not node.keywords for node in called)
