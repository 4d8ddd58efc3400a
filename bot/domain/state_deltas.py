"""A team's state as a chain of small changes: what one turn adds, and the whole again from all of them.

AutoGen keeps one copy of the talk per agent and one for the group, so a snapshot a turn would write the square of
the conversation. Lists of objects are therefore taken out of the state and kept by the digest of each item.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from bot.domain.turn_results import ListDelta, StateDelta

_LIST = "$list"
"""The only key of what stands for a list in the skeleton; the state's own keys that begin with $ get another."""


def diff(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> StateDelta:
    """What turns the state `before` into `after`; both are plain JSON values."""
    old = _split(before)[1] if before is not None else {}
    skeleton, new = _split(after)
    blobs: dict[str, str] = {}
    lists = {path: _list_delta(old.get(path, []), items, blobs) for path, items in new.items()}
    return StateDelta(skeleton=_dump(skeleton), lists=lists, blobs=blobs)


def fold(deltas: Iterable[StateDelta], blobs: Mapping[str, str]) -> dict[str, Any] | None:
    """The state after all `deltas` in order, None without any; `blobs` holds every item they name."""
    lists: dict[str, list[str]] = {}
    skeleton: str | None = None
    for delta in deltas:
        lists = {
            path: [*lists.get(path, [])[: change.keep], *change.append] for path, change in delta.lists.items()
        }
        skeleton = delta.skeleton
    if skeleton is None:
        return None
    full = {path: [json.loads(blobs[digest]) for digest in digests] for path, digests in lists.items()}
    whole = _join(json.loads(skeleton), full)
    assert isinstance(whole, dict)
    return whole


def _list_delta(old: list[Any], new: list[Any], blobs: dict[str, str]) -> ListDelta:
    keep = 0
    for was, now in zip(old, new, strict=False):
        if was != now:
            break
        keep += 1
    return ListDelta(keep=keep, append=tuple(_store(item, blobs) for item in new[keep:]))


def _store(item: object, blobs: dict[str, str]) -> str:
    text = _dump(item)
    digest = hashlib.sha256(text.encode()).hexdigest()
    blobs[digest] = text
    return digest


def _split(value: Any, path: str = "") -> tuple[Any, dict[str, list[Any]]]:
    if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        return {_LIST: path}, {path: value}
    if not isinstance(value, Mapping):
        return value, {}
    lists: dict[str, list[Any]] = {}
    skeleton = {}
    for key, inner in value.items():
        name = f"${key}" if key.startswith("$") else key
        skeleton[name], found = _split(inner, f"{path}/{json.dumps(key)}")
        lists |= found
    return skeleton, lists


def _join(value: Any, lists: Mapping[str, list[Any]]) -> Any:
    if not isinstance(value, dict):
        return value
    if value.keys() == {_LIST}:
        return lists[value[_LIST]]
    return {key.removeprefix("$"): _join(inner, lists) for key, inner in value.items()}


def _dump(value: object) -> str:
    # In ASCII, because models also say halves of characters, which UTF-8 has no bytes for.
    return json.dumps(value, separators=(",", ":"))
