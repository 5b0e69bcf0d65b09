"""Means with bootstrap intervals, paired by site: the same resampled sites for both sides."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]

DRAWS = 10_000
LEVEL = 0.95
_BLOCK = 500
"""Resamples at a time, so that many sites need little memory."""


@dataclass(frozen=True)
class Interval:
    """A value, and between what it lies with a chance of LEVEL; n sites told it."""

    value: float
    low: float
    high: float
    n: int

    def to_json(self) -> dict[str, Any]:
        """Plain values, rounded."""
        return {
            key: round(value, 5) if isinstance(value, float) else value
            for key, value in asdict(self).items()
        }


def mean(values: F64) -> Interval | None:
    """Of values (n,), one a site; none where there are no sites."""
    return _of(np.asarray(values, np.float64)[:, None], lambda sums: sums[:, 0])


def difference(ours: F64, theirs: F64) -> Interval | None:
    """Mean of ours - theirs, (n,) each, site by site."""
    return mean(np.asarray(ours, np.float64) - np.asarray(theirs, np.float64))


def change(ours: F64, theirs: F64) -> Interval | None:
    """Sum of ours over that of theirs, less 1: -0.15 is 15 % down. None where theirs is nothing."""
    both = np.stack([np.asarray(ours, np.float64), np.asarray(theirs, np.float64)], axis=1)
    if not both[:, 1].any():
        return None
    # a resample may by chance hold none of theirs: then nothing is said by it
    with np.errstate(divide="ignore", invalid="ignore"):
        return _of(both, lambda sums: sums[:, 0] / sums[:, 1] - 1.0)


def share(part: F64, whole: F64) -> Interval | None:
    """Sum of `part` (n,) over that of `whole` (n,), one a site; none where there is nothing."""
    found = change(part, whole)
    if found is None:
        return None
    return Interval(found.value + 1.0, found.low + 1.0, found.high + 1.0, found.n)


def _of(values: F64, statistic: Any) -> Interval | None:
    """A statistic of the column means (draws, k) of values (n, k)."""
    n = len(values)
    if n == 0:
        return None
    random = np.random.default_rng(n)
    found = []
    for _ in range(0, DRAWS, _BLOCK):
        chosen = random.integers(0, n, (_BLOCK, n))
        found.append(statistic(values[chosen].mean(axis=1)))
    drawn = np.concatenate(found)
    drawn = drawn[np.isfinite(drawn)]
    low, high = np.quantile(drawn, [0.5 - 0.5 * LEVEL, 0.5 + 0.5 * LEVEL])
    value = float(statistic(values.mean(axis=0, keepdims=True))[0])
    return Interval(value, float(low), float(high), n)
