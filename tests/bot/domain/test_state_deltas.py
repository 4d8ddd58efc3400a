"""States as chains of small changes."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.state_deltas import diff, fold
from bot.domain.turn_results import ListDelta, StateDelta

State = dict[str, Any]


def _folded(states: list[State]) -> list[Any]:
    """What every prefix of the chain folds to."""
    deltas: list[StateDelta] = []
    blobs: dict[str, str] = {}
    before: State | None = None
    folded = []
    for state in states:
        deltas.append(diff(before, state))
        blobs |= deltas[-1].blobs
        before = copy.deepcopy(state)
        folded.append(fold(deltas, blobs))
    return folded


_KEYS = st.sampled_from(["a", "b", "a/b", "$list", "$$list", "$", "", '"', "~1", "messages"])
_TEXT = st.text(st.characters(), max_size=5)
_LEAVES = st.none() | st.booleans() | st.integers(-5, 5) | st.floats(allow_nan=False) | _TEXT
_TREES = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=20,
)
_STATES = st.dictionaries(_KEYS, _TREES, max_size=4)
_MESSAGE = st.fixed_dictionaries({"source": st.sampled_from("ab"), "content": _TEXT})
_TALKS = st.lists(_MESSAGE, max_size=6)


@given(st.lists(_STATES, max_size=6))
def test_any_chain_of_states_is_folded_to_each_of_them(states: list[State]) -> None:
    assert _folded(states) == states


@given(st.lists(st.fixed_dictionaries({"x": _TALKS, "y": st.fixed_dictionaries({"z": _TALKS})}), max_size=8))
def test_lists_may_be_edited_anywhere_shrink_and_empty(states: list[State]) -> None:
    assert _folded(states) == states


@pytest.mark.parametrize(
    "states",
    [
        [{"x": [{"a": 1}]}, {"x": [{"a": 1}, 2]}, {"x": [{"a": 1}]}, {"x": "text"}, {}],
        [{"x": []}, {"x": [{}]}, {"x": [{}, {}]}, {"x": []}],
        [{"x": [{"a": 1}, {"b": 2}, {"c": 3}]}, {"x": [{"a": 1}, {"new": 2}, {"c": 3}]}],
        [{"x": [{"a": 1}]}, {"y": [{"a": 1}]}, {"x": [{"a": 1}], "y": []}],
        [{"x": [{"a": [{"b": 1}]}]}, {"x": [{"a": [{"b": 1}, {"b": 2}]}]}],
        [{"x": {"$list": "/x"}}, {"x": {"$list": [{"$list": ""}]}}],
        [{"a/b": [{"x": 1}], "a": {"b": [{"x": 2}]}}],
    ],
)
def test_a_chain_that_is_easily_got_wrong(states: list[State]) -> None:
    assert _folded(states) == states


def test_no_states_are_no_state() -> None:
    assert fold([], {}) is None


def test_numbers_and_order_come_back_as_they_were() -> None:
    state = {"b": 1.0, "a": [{"y": 1, "x": 1e300}], "c": {"n": None, "t": True}}
    (folded,) = _folded([state])
    assert json.dumps(folded) == json.dumps(state)


def test_only_what_is_new_is_written() -> None:
    talk = [{"text": f"line {number} " * 20} for number in range(500)]
    before = {"agents": {"a": {"messages": talk[:-1]}, "b": {"messages": talk[:-1]}}, "turn": 499}
    after = {"agents": {"a": {"messages": talk}, "b": {"messages": talk}}, "turn": 500}
    delta = diff(before, after)
    assert list(delta.blobs.values()) == [json.dumps(talk[-1], separators=(",", ":"))]
    (digest,) = delta.blobs
    assert set(delta.lists.values()) == {ListDelta(499, (digest,))}
    assert len(delta.skeleton) < 200


def test_a_live_object_is_not_held_on_to() -> None:
    state: State = {"x": [{"a": [1]}]}
    delta = diff(None, state)
    folded = fold([delta], delta.blobs)
    state["x"][0]["a"].append(2)
    assert folded == {"x": [{"a": [1]}]}
