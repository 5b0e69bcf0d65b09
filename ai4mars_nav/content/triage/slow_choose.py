"""The twins of `choose.py`: greedy that looks at everything each time, and the best set of all."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.content.triage.choose import LEAST, Chosen, adds

F64 = NDArray[np.float64]


def choose(tells: F64, costs: Sequence[int], budget: int, told: F64) -> Chosen:
    """As `choose.choose`."""
    fitting = [k for k, cost in enumerate(costs) if cost <= budget]
    if not fitting:
        return Chosen((), ())
    best = max(fitting, key=lambda k: (adds(tells, told, k), -k))
    greedy, begun = (_greedy(tells, costs, budget, told, begin) for begin in ([], [best]))
    return begun if begun.worth > greedy.worth + LEAST else greedy


def optimum(tells: F64, costs: Sequence[int], budget: int, told: F64) -> float:
    """What the best set adds: every set is tried."""
    return _best(tells, costs, budget, 0, told) - float(told.sum())


def _greedy(tells: F64, costs: Sequence[int], budget: int, told: F64, begin: list[int]) -> Chosen:
    covered = told
    order: list[int] = []
    gains: list[float] = []
    todo = list(begin)
    while True:
        left = budget - sum(costs[k] for k in order)
        for k in todo:
            gains.append(adds(tells, covered, k))
            order.append(k)
            covered = np.maximum(covered, tells[k])
            left -= costs[k]
        rates = {
            k: adds(tells, covered, k) / costs[k]
            for k in range(len(costs))
            if k not in order and costs[k] <= left and adds(tells, covered, k) >= LEAST
        }
        if not rates:
            return Chosen(tuple(order), tuple(gains))
        todo = [max(rates, key=lambda k: (rates[k], -k))]


def _best(tells: F64, costs: Sequence[int], left: int, k: int, covered: F64) -> float:
    if k == len(costs):
        return float(covered.sum())
    without = _best(tells, costs, left, k + 1, covered)
    if costs[k] > left:
        return without
    taken = np.maximum(covered, tells[k])
    return max(without, _best(tells, costs, left - costs[k], k + 1, taken))
