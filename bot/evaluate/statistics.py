"""The few tests and intervals that comparisons need: pure."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from statistics import fmean

_Z = 1.959963984540054
_RESAMPLES = 5_000


def sign_test(better: int, worse: int) -> float:
    """McNemar's exact test: the two-sided chance of a split at least as uneven if both were equally likely."""
    n, fewer = better + worse, min(better, worse)
    tail = sum(math.comb(n, k) for k in range(fewer + 1))
    return min(1.0, 2 * tail / (1 << n))


def share_interval(hits: int, n: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share."""
    if n == 0:
        return 0.0, 1.0
    share, squared = hits / n, _Z * _Z
    middle = (share + squared / (2 * n)) / (1 + squared / n)
    half = _Z * math.sqrt(share * (1 - share) / n + squared / (4 * n * n)) / (1 + squared / n)
    return max(0.0, middle - half), min(1.0, middle + half)


def difference_interval(differences: Sequence[float]) -> tuple[float, float]:
    """Bonett and Price's 95 % interval of a mean of paired differences, each from -1 to 1.

    It adds a pair that differs one way and a pair that differs the other, so that few pairs promise little.
    """
    n = len(differences) + 2
    mean = math.fsum(differences) / n
    squares = math.fsum(each * each for each in differences) + 2
    half = _Z * math.sqrt((squares / n - mean * mean) / n)
    return max(-1.0, mean - half), min(1.0, mean + half)


def mean_interval(values: Sequence[float]) -> tuple[float, float]:
    """The 95 % bootstrap interval of a mean, the same for the same values."""
    dice = random.Random(1)  # noqa: S311  (no secret)
    means = sorted(fmean(dice.choices(values, k=len(values))) for _ in range(_RESAMPLES))
    return means[round(0.025 * (_RESAMPLES - 1))], means[round(0.975 * (_RESAMPLES - 1))]
