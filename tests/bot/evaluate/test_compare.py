"""The figures of a comparison, against values known from elsewhere."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import OperatorError
from bot.evaluate.compare import compare, pairs_of
from bot.evaluate.record import EvaluationArm, RunRecord
from bot.evaluate.statistics import difference_interval, mean_interval, share_interval, sign_test
from tests.bot.evaluate.made import record


@pytest.mark.parametrize(
    ("better", "worse", "chance"),
    # As SciPy has them.
    [
        (0, 0, 1.0),
        (1, 0, 1.0),
        (5, 0, 0.0625),
        (6, 0, 0.03125),
        (10, 2, 0.03857421875),
        (7, 3, 0.34375),
        (8, 8, 1.0),
    ],
)
def test_the_exact_sign_test(better: int, worse: int, chance: float) -> None:
    assert sign_test(better, worse) == pytest.approx(chance)
    assert sign_test(worse, better) == pytest.approx(chance)


def test_the_sign_test_of_many_is_finite() -> None:
    assert sign_test(900, 850) == pytest.approx(0.24146022980870727)


@pytest.mark.parametrize(
    ("hits", "n", "interval"),
    # As SciPy has them.
    [
        (0, 10, (0.0, 0.2775328)),
        (5, 10, (0.2365931, 0.7634069)),
        (18, 40, (0.3070531, 0.6017091)),
        (7, 7, (0.6456696, 1.0)),
    ],
)
def test_the_interval_of_a_share(hits: int, n: int, interval: tuple[float, float]) -> None:
    assert share_interval(hits, n) == pytest.approx(interval, abs=1e-6)


def test_nothing_is_known_of_no_runs() -> None:
    assert share_interval(0, 0) == (0.0, 1.0)


def test_the_interval_of_a_difference_of_paired_shares() -> None:
    # Bonett and Price (2012): 59 pairs, 20 and 6 of which differ one way and the other.
    low, high = difference_interval([1.0] * 20 + [-1.0] * 6 + [0.0] * 33)
    up, down = 21 / 61, 7 / 61
    half = 1.959964 * math.sqrt((up + down - (up - down) ** 2) / 61)
    assert (low, high) == pytest.approx((up - down - half, up - down + half), abs=1e-6)
    assert low > 0


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40))
def test_an_interval_holds_a_difference_and_turns_with_it(better: int, worse: int, same: int) -> None:
    differences = [1.0] * better + [-1.0] * worse + [0.0] * same
    low, high = difference_interval(differences)
    other_low, other_high = difference_interval([-each for each in differences])
    assert -1 <= low <= high <= 1
    assert (low, high) == pytest.approx((-other_high, -other_low))


def test_the_bootstrap_of_a_mean_is_near_normal_and_repeats() -> None:
    values = [float(number % 10) for number in range(100)]
    low, high = mean_interval(values)
    half = 1.96 * math.sqrt(8.25 / 100)
    assert (low, high) == pytest.approx((4.5 - half, 4.5 + half), abs=0.08)
    assert mean_interval(values) == (low, high)
    assert mean_interval([2.0]) == (2.0, 2.0)


def runs(team: str, right: str, *, tokens: int = 100, model: str = "m1", repeat: int = 1) -> list[RunRecord]:
    """A run a task: 1 is right, 0 is not."""
    return [
        record(
            task=f"t{number}",
            team=team,
            model=model,
            repeat=repeat,
            right=each == "1",
            tokens_in=tokens,
            tokens_out=0,
        )
        for number, each in enumerate(right)
    ]


def test_two_teams_on_the_same_tasks() -> None:
    found = compare(runs("a", "0000001111") + runs("b", "1111111111", tokens=50), "a", "b")
    assert found is not None
    assert (found.pairs, found.better, found.worse, found.right_one, found.right_other) == (10, 6, 0, 0.4, 1.0)
    assert found.difference == pytest.approx(0.6)
    assert found.chance == 0.03125
    assert found.interval == pytest.approx(difference_interval([1.0] * 6 + [0.0] * 4))
    assert found.tokens == pytest.approx(0.5)
    assert found.tokens_interval == pytest.approx((0.5, 0.5))
    assert found.said == (
        "b is right in 100%, a in 40% of the runs of 10 tasks: +60 points (95 % interval +13 to +87), better on "
        "6 and worse on 0; unlikely to be chance (exact sign test, p = 0.0312). Where both came to an answer it "
        "takes 0.50 times the tokens (95 % interval 0.50 to 0.50); unlikely to be chance."
    )


def test_repeats_of_a_task_are_one_pair_and_may_differ_in_part() -> None:
    ours = runs("a", "00") + runs("a", "00", repeat=2)
    theirs = runs("b", "10") + runs("b", "00", repeat=2)
    found = compare(ours + theirs, "a", "b")
    assert found is not None
    assert (found.pairs, found.better, found.worse, found.difference) == (2, 1, 0, 0.25)
    assert "it could be chance" in found.said


def test_two_models_are_paired_by_task_and_team() -> None:
    found = compare(
        runs("a", "01") + runs("b", "01") + runs("a", "11", model="m2") + runs("b", "00", model="m2"), "m1", "m2"
    )
    assert found is not None
    assert (found.pairs, found.better, found.worse) == (4, 1, 1)


def test_tokens_count_only_where_both_came_to_an_answer() -> None:
    stalled = [record(team="b", finished=False, tokens_in=5, tokens_out=0)]
    found = compare([record(team="a"), *stalled], "a", "b")
    assert found is not None
    assert found.tokens is None
    assert "tokens" not in found.said


def test_few_pairs_tell_nothing_about_tokens() -> None:
    found = compare(runs("a", "1111") + runs("b", "1111", tokens=50), "a", "b")
    assert found is not None
    assert found.tokens == pytest.approx(0.5)
    assert found.tokens_interval is None
    assert found.said.endswith("it takes 0.50 times the tokens, on too few to tell.")


def test_what_has_no_task_in_common_is_not_compared() -> None:
    assert compare([record(team="a"), record(team="b", task="other")], "a", "b") is None


def test_what_is_compared() -> None:
    arms = [EvaluationArm("a", "m1"), EvaluationArm("b", "m1")]
    assert pairs_of(arms, None) == [("a", "b")]
    assert pairs_of(arms, ("b", "a")) == [("b", "a")]
    assert pairs_of([EvaluationArm("a", "m1"), EvaluationArm("b", "m2")], None) == [("a", "b"), ("m1", "m2")]
    assert pairs_of([EvaluationArm(team, "m1") for team in "abc"], None) == []
    for wrong in (("a", "m1"), ("a", "a"), ("a", "c")):
        with pytest.raises(OperatorError, match="of this evaluation: a, b, m1"):
            pairs_of(arms, wrong)
