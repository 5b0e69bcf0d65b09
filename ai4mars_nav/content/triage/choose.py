"""Which products fill a pass best: greedy by what each still adds for a byte.

What a set is worth is sum over images of the most that one product of the set tells of it. That
grows by less and less as the set grows, so that a product which did not gain from waiting need not
be looked at again (lazy greedy). `slow_choose.py` holds its twins: greedy without this, and the
best set of all.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]

LEAST = 1e-9
"""Worth under which nothing is sent: rounding."""


@dataclass(frozen=True)
class Chosen:
    """Products in the order in which they go out, and what each adds to those before it."""

    order: tuple[int, ...]
    adds: tuple[float, ...]

    @property
    def worth(self) -> float:
        """Of the whole pass."""
        return sum(self.adds)


def choose(tells: F64, costs: Sequence[int], budget: int, told: F64) -> Chosen:
    """Of products that tell (products, images) and cost bytes, those for a budget of bytes.

    `told` (images,) is what is known of each image already, from passes before.

    Greedy alone may spend the budget on what is cheap; beginning with the one product that is worth
    most is tried as well. The better of both is worth (1 - 1/e) / 2 of the best set at the least
    (Leskovec et al. 2007).
    """
    fitting = [k for k, cost in enumerate(costs) if cost <= budget]
    if not fitting:
        return Chosen((), ())
    best = max(fitting, key=lambda k: (adds(tells, told, k), -k))
    greedy, begun = (_greedy(tells, costs, budget, told, begin) for begin in ((), (best,)))
    return begun if begun.worth > greedy.worth + LEAST else greedy


def adds(tells: F64, covered: F64, k: int) -> float:
    """What product `k` adds where (images,) of them are told of already."""
    return float(np.maximum(tells[k] - covered, 0.0).sum())


def _greedy(
    tells: F64, costs: Sequence[int], budget: int, told: F64, begin: tuple[int, ...]
) -> Chosen:
    covered = told.copy()
    order: list[int] = []
    gains: list[float] = []
    left = budget

    def take(k: int) -> None:
        nonlocal left
        gains.append(adds(tells, covered, k))
        order.append(k)
        left -= costs[k]
        np.maximum(covered, tells[k], out=covered)

    for k in begin:
        take(k)
    waiting = [
        (-adds(tells, covered, k) / costs[k], k) for k in range(len(costs)) if k not in begin
    ]
    heapq.heapify(waiting)
    while waiting:
        _, k = heapq.heappop(waiting)
        gain = adds(tells, covered, k)
        if costs[k] > left or gain < LEAST:
            continue
        rate = (-gain / costs[k], k)
        if waiting and rate > waiting[0]:
            heapq.heappush(waiting, rate)
        else:
            take(k)
    return Chosen(tuple(order), tuple(gains))
