"""One name, one meaning: a newcomer who has seen a class or a module once knows it everywhere."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PRODUCT = ("bot", "agents")
ELSEWHERE = ("bot/sandbox/driver", "agents/models/demo/programs")
"""Programs for the inside of a sandbox; they see nothing of the rest."""

SIBLINGS = "bot/adapters"
"""Adapters share names with each other on purpose: a third platform begins as a copy of the list."""
COMMANDS = "bot/commands"
"""Named after what is typed on the command line."""
SHARED_MODULES = {"__init__", "__main__", "events"}
"""`events`: the domain's, and the reader of each platform's."""

METAPHORS = frozenset(
    {
        "alongside",
        "boards",
        "chores",
        "desk",
        "ears",
        "floor",
        "hands",
        "lane",
        "lanes",
        "mend",
        "reception",
        "seat",
        "seated",
        "seats",
        "setback",
        "setbacks",
        "sitting",
        "trouble",
        "troubles",
        "whisper",
    }
)
"""Words for a table with people around it, and for a house; the field has words of its own."""
VAGUE = frozenset(
    {"Asking", "Box", "Heard", "Line", "Met", "Minutes", "Places", "Round", "Ruling", "Scene", "Taken"}
)
"""Names of classes that told nothing."""


@cache
def modules() -> tuple[tuple[str, ast.Module], ...]:
    """Every module of the product, by its path, with its syntax tree."""
    paths = sorted(path for folder in PRODUCT for path in (ROOT / folder).rglob("*.py"))
    named = ((path.relative_to(ROOT).as_posix(), path) for path in paths)
    return tuple(
        (name, ast.parse(path.read_text("utf-8"))) for name, path in named if not _is_in(name, *ELSEWHERE)
    )


def _is_in(path: str, *folders: str) -> bool:
    return path.startswith(tuple(f"{folder}/" for folder in folders))


def _classes(tree: ast.Module) -> Iterator[str]:
    return (node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef))


def _identifiers(tree: ast.Module) -> Iterator[str]:
    """Every name that the module chooses, and those it uses."""
    for node in ast.walk(tree):
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.Name(id=name) | ast.arg(arg=name) | ast.Attribute(attr=name):
                yield name
            case ast.keyword(arg=str(name)) | ast.alias(asname=str(name)):
                yield name


def words(identifier: str) -> frozenset[str]:
    """The words of an identifier, in lower case."""
    return frozenset(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", identifier).lower().split("_"))


def _twice(places: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Names that have more than one place, unless all of those are adapters."""
    return {
        name: found
        for name, found in places.items()
        if len(found) > 1 and not all(_is_in(place, SIBLINGS) for place in found)
    }


def test_every_class_name_stands_for_one_class() -> None:
    places = defaultdict[str, list[str]](list)
    for path, tree in modules():
        for name in set(_classes(tree)):
            if not name.startswith("_"):
                places[name].append(path)
    assert _twice(places) == {}


def test_every_module_name_stands_for_one_module() -> None:
    places = defaultdict[str, list[str]](list)
    for path, _ in modules():
        if Path(path).stem not in SHARED_MODULES and not _is_in(path, COMMANDS):
            places[Path(path).stem].append(path)
    assert _twice(places) == {}


def test_no_class_is_called_by_a_word_that_says_nothing() -> None:
    found = [(path, name) for path, tree in modules() for name in _classes(tree) if name.lstrip("_") in VAGUE]
    assert found == []


def test_no_name_is_a_metaphor() -> None:
    found = set()
    for path, tree in modules():
        for name in {Path(path).stem, *_identifiers(tree)}:
            found |= {f"{path}: {name}" for _ in words(name) & METAPHORS}
    assert sorted(found) == []


@pytest.mark.parametrize(
    ("identifier", "parts"),
    [
        ("_keyed_workers", {"", "keyed", "workers"}),
        ("KeyedLock", {"keyed", "lock"}),
        ("HTTPServer", {"httpserver"}),
        ("run2Floor", {"run2", "floor"}),
    ],
)
def test_an_identifier_is_read_word_by_word(identifier: str, parts: set[str]) -> None:
    assert words(identifier) == parts
