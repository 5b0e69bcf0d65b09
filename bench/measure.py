"""What all benchmarks share: processor time of repeated calls, and a row of the table."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Row = dict[str, Any]
Times = NDArray[np.float64]


def times(call: Callable[[], object], repeats: int) -> Times:
    """Milliseconds of each call, after one to warm up.

    Processor time of all threads together: a busy machine changes it little, and idle cores
    make nothing look faster than it is.
    """
    call()
    return np.array([_milliseconds(call) for _ in range(repeats)])


def compared(
    name: str,
    size: str,
    ours: Callable[[], object],
    reference: str,
    theirs: Callable[[], object],
    repeats: int = 31,
    their_repeats: int | None = None,
    goal: str = "",
) -> Row:
    """A row of two calls timed turn by turn, so that both meet the same machine."""
    ours()
    theirs()
    own, other = [], []
    for turn in range(repeats):
        own.append(_milliseconds(ours))
        if turn < (their_repeats or repeats):
            other.append(_milliseconds(theirs))
    return row(name, size, np.array(own), reference, other, goal)


def row(
    name: str, size: str, ours: Times, reference: str = "", theirs: ArrayLike = (), goal: str = ""
) -> Row:
    """One line of the table: median, p10 to p90, and the median of the reference over ours."""
    low, median, high = (float(p) for p in np.percentile(ours, [10, 50, 90]))
    line: Row = {
        "name": name,
        "size": size,
        "median_ms": median,
        "spread_ms": f"{low:.3g} to {high:.3g}",
        "goal": goal,
    }
    if np.size(theirs):
        against = float(np.median(theirs))
        line |= {"reference": reference, "reference_ms": against, "ratio": against / median}
    return line


def _milliseconds(call: Callable[[], object]) -> float:
    start = time.process_time()
    call()
    return 1e3 * (time.process_time() - start)
