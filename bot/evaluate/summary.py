"""The results of an evaluation, arm by arm: pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median

from bot.domain.errors import OperatorError
from bot.evaluate.record import EvaluationArm, RunRecord
from bot.evaluate.statistics import share_interval

BLAMED = ("model", "product", "limit")
"""What a stalled run is attributed to, in the order in which they are shown."""

MEASURES = ("right", "finished")
"""What `--require` may ask a least share of."""


@dataclass(frozen=True, slots=True)
class ArmSummary:
    """The runs of one team with one model; `stalled` counts them by who stalled them.

    `turns` and `seconds` are medians, tokens are means, `dollars` is the sum, None when a price is unknown.
    """

    arm: EvaluationArm
    runs: int
    finished: int
    right: int
    right_interval: tuple[float, float]
    stalled: Mapping[str, int]
    turns: float
    tokens_in: float
    tokens_out: float
    dollars: float | None
    seconds: float

    def share(self, measure: str) -> float:
        """The share of the runs that are `right` or `finished`; 0 without any run."""
        count = self.right if measure == "right" else self.finished
        return count / self.runs if self.runs else 0.0


def summaries(records: Sequence[RunRecord]) -> list[ArmSummary]:
    """One summary an arm, in the order in which arms first appear."""
    arms = dict.fromkeys(record.arm for record in records)
    return [_summary(arm, [record for record in records if record.arm == arm]) for arm in arms]


def _summary(arm: EvaluationArm, records: Sequence[RunRecord]) -> ArmSummary:
    right, dollars = sum(record.right for record in records), [record.dollars for record in records]
    known = [each for each in dollars if each is not None]
    return ArmSummary(
        arm=arm,
        runs=len(records),
        finished=sum(record.finished for record in records),
        right=right,
        right_interval=share_interval(right, len(records)),
        stalled=Counter(str(record.stalled) for record in records if record.stalled),
        turns=median(record.turns for record in records),
        tokens_in=fmean(record.tokens_in for record in records),
        tokens_out=fmean(record.tokens_out for record in records),
        dollars=sum(known) if len(known) == len(dollars) else None,
        seconds=median(record.seconds for record in records),
    )


def requirements(written: Sequence[str]) -> dict[str, float]:
    """Least shares as `--require right=0.8` gives them; raises OperatorError."""
    found: dict[str, float] = {}
    for each in written:
        measure, _, number = each.partition("=")
        try:
            share = float(number)
        except ValueError:
            share = -1.0
        if measure not in MEASURES or not 0 <= share <= 1:
            raise OperatorError(f"--require {each}: write right=0.8 or finished=0.95, a share from 0 to 1.")
        found[measure] = share
    return found


def unmet(summed: Sequence[ArmSummary], required: Mapping[str, float]) -> list[str]:
    """A sentence for every least share that an arm has not reached."""
    return [
        f"{measure} in {summary.share(measure):.0%} of the runs of {summary.arm}, {least:.0%} are required"
        for summary in summed
        for measure, least in required.items()
        if summary.share(measure) < least
    ]
