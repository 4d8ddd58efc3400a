"""Two teams or two models on the same tasks: how far apart they are, and whether that could be chance. Pure."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from bot.domain.errors import OperatorError
from bot.evaluate.record import EvaluationArm, RunRecord
from bot.evaluate.statistics import difference_interval, mean_interval, sign_test

_UNLIKELY = 0.05
_ENOUGH = 5
"""The pairs below which resampling them says nothing."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Of `pairs` tasks that both did: on how many `other` was right more often, and less often, than `one`.

    `difference` is by how much its share of right runs is larger, with the 95 % interval; `chance` is the p-value
    of the exact sign test. `tokens` is how many times as many tokens it took where both came to an answer, with
    the 95 % interval; None when that was nowhere, or on too few for an interval.
    """

    one: str
    other: str
    pairs: int
    right_one: float
    right_other: float
    better: int
    worse: int
    difference: float
    interval: tuple[float, float]
    chance: float
    tokens: float | None
    tokens_interval: tuple[float, float] | None

    @property
    def said(self) -> str:
        """The same in a sentence or two."""
        low, high = (f"{round(bound * 100):+d}" for bound in self.interval)
        tasks = "1 task" if self.pairs == 1 else f"{self.pairs} tasks"
        verdict = "unlikely to be chance" if self.chance < _UNLIKELY else "it could be chance"
        right = (
            f"{self.other} is right in {self.right_other:.0%}, {self.one} in {self.right_one:.0%} of the runs of "
            f"{tasks}: {round(self.difference * 100):+d} points (95 % interval {low} to {high}), better on "
            f"{self.better} and worse on {self.worse}; {verdict} (exact sign test, p = {self.chance:.3g})."
        )
        return f"{right} {self._tokens_said}".rstrip()

    @property
    def _tokens_said(self) -> str:
        if self.tokens is None:
            return ""
        if self.tokens_interval is None:
            return f"Where both came to an answer it takes {self.tokens:.2f} times the tokens, on too few to tell."
        low, high = self.tokens_interval
        verdict = "it could be chance" if low <= 1 <= high else "unlikely to be chance"
        return (
            f"Where both came to an answer it takes {self.tokens:.2f} times the tokens (95 % interval {low:.2f} "
            f"to {high:.2f}); {verdict}."
        )


@dataclass(frozen=True, slots=True)
class _Pair:
    one: Sequence[RunRecord]
    other: Sequence[RunRecord]

    @property
    def difference(self) -> float:
        return _right(self.other) - _right(self.one)


def pairs_of(arms: Sequence[EvaluationArm], named: tuple[str, str] | None) -> list[tuple[str, str]]:
    """Which names to compare: those asked for, else the two teams or the two models when there are just two.

    Raises OperatorError for names that are not both teams or both models of this evaluation.
    """
    teams, models = (
        list(dict.fromkeys(names)) for names in zip(*((arm.team, arm.model) for arm in arms), strict=True)
    )
    if named is None:
        return [(names[0], names[1]) for names in (teams, models) if len(names) == 2]
    if named[0] != named[1] and any(set(named) <= set(names) for names in (teams, models)):
        return [named]
    known = ", ".join((*teams, *models))
    raise OperatorError(
        f"--compare takes two different teams or two different models of this evaluation: {known}."
    )


def compare(records: Sequence[RunRecord], one: str, other: str) -> Comparison | None:
    """How `other`, a team or a model, does against `one`; None when they have no task in common."""
    pairs = _pairs(records, one, other)
    if not pairs:
        return None
    differences = [pair.difference for pair in pairs]
    better, worse = sum(each > 0 for each in differences), sum(each < 0 for each in differences)
    ratios = [math.log(ratio) for pair in pairs if (ratio := _token_ratio(pair))]
    low, high = mean_interval(ratios) if len(ratios) >= _ENOUGH else (0.0, 0.0)
    return Comparison(
        one=one,
        other=other,
        pairs=len(pairs),
        right_one=fmean(_right(pair.one) for pair in pairs),
        right_other=fmean(_right(pair.other) for pair in pairs),
        better=better,
        worse=worse,
        difference=fmean(differences),
        interval=difference_interval(differences),
        chance=sign_test(better, worse),
        tokens=math.exp(fmean(ratios)) if ratios else None,
        tokens_interval=(math.exp(low), math.exp(high)) if len(ratios) >= _ENOUGH else None,
    )


def _pairs(records: Sequence[RunRecord], one: str, other: str) -> list[_Pair]:
    """The repeats of each task with either, everything else the same."""
    by_team = any(record.team == one for record in records)
    what: Callable[[RunRecord], str] = (lambda record: record.team) if by_team else (lambda record: record.model)
    rest: Callable[[RunRecord], str] = (lambda record: record.model) if by_team else (lambda record: record.team)
    groups: defaultdict[tuple[str, str], defaultdict[str, list[RunRecord]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for record in records:
        groups[record.task_digest, rest(record)][what(record)].append(record)
    return [_Pair(group[one], group[other]) for group in _with_both(groups.values(), one, other)]


def _with_both(
    groups: Iterable[Mapping[str, list[RunRecord]]], one: str, other: str
) -> Iterable[Mapping[str, list[RunRecord]]]:
    return (group for group in groups if group.get(one) and group.get(other))


def _right(records: Sequence[RunRecord]) -> float:
    return fmean(float(record.right) for record in records)


def _token_ratio(pair: _Pair) -> float | None:
    tokens = [
        [record.tokens for record in side if record.finished and record.tokens] for side in (pair.one, pair.other)
    ]
    return fmean(tokens[1]) / fmean(tokens[0]) if all(tokens) else None
