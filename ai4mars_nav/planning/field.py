"""The cost-to-go field: what it costs to get from every cell to the goal, and its repair.

The field is kept between plans. When cells change, only the cells whose best way led over a step
that became dearer are forgotten, and only what can become cheaper is visited again; the result is
bit for bit that of a search from nothing (test/planning/test_field.py).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.planning import kernels
from ai4mars_nav.planning.kernels import Codes, Floats, Indices

Cell = tuple[int, int]

LETHAL = 100
UNKNOWN = -1

_REPAIR_SHARE = 0.3
"""Share of the map, touched or forgotten, above which a search from nothing is cheaper."""


@dataclass(frozen=True)
class Prices:
    """Price per metre of every cost value as uint8 (256,), infinite where lethal."""

    per_metre: Floats
    resolution: float

    def half(self, cost: NDArray[np.int8]) -> Floats:
        """Half the price of crossing each cell of `cost` (rows, cols), padded and flattened."""
        rows, cols = cost.shape
        padded = np.full((rows + 2, cols + 2), np.inf)
        table = self.per_metre * (0.5 * self.resolution)
        padded[1:-1, 1:-1] = table[cost.view(np.uint8)]
        return padded.reshape(-1)

    @property
    def least(self) -> float:
        """Price of the cheapest step between two cells."""
        return float(self.per_metre.min() * self.resolution)

    @property
    def most(self) -> float:
        """Price of the dearest allowed step between two cells."""
        finite = self.per_metre[np.isfinite(self.per_metre)]
        return float(finite.max() * self.resolution * np.sqrt(2.0))


class Field:
    """Cost-to-go to one goal cell over `cost` int8 (rows, cols); flat and padded as in kernels."""

    def __init__(self, cost: NDArray[np.int8], prices: Prices, sources: list[tuple[Cell, float]]):
        self.prices = prices
        self.shape = (cost.shape[0], cost.shape[1])
        self.width = cost.shape[1] + 2
        self.sources = sources
        self._start_afresh(cost)

    def _start_afresh(self, cost: NDArray[np.int8]) -> None:
        self.cost = cost.copy()
        self.half = self.prices.half(cost)
        self.togo: Floats = np.full(self.half.size, np.inf)
        self.parent: Codes = np.full(self.half.size, kernels.NO_PARENT, np.int8)
        self._queued = np.zeros(self.half.size, np.bool_)
        cells = np.array([self.index(cell) for cell, _ in self.sources], np.int32)
        given = np.array([price for _, price in self.sources], np.float64)
        self.togo[cells] = given
        self.parent[cells] = kernels.SOURCE
        self._queued[cells] = True
        self.expanded = self._settle(cells[np.argsort(given, kind="stable")])

    def _settle(self, seeds: Indices) -> int:
        return int(
            kernels.settle(
                self.half,
                self.togo,
                self.parent,
                self._queued,
                seeds,
                self.width,
                self.prices.least,
                self.prices.most,
            )
        )

    def index(self, cell: Cell) -> int:
        """Flat padded index of a cell (row, column)."""
        return (cell[0] + 1) * self.width + cell[1] + 1

    def update(self, cost: NDArray[np.int8], shift: Cell = (0, 0)) -> None:
        """Repair for a new `cost`, whose cell (0, 0) was cell `shift` before the map rolled."""
        if shift != (0, 0):
            self._roll(shift)
        changed = np.zeros((self.shape[0] + 2, self.width), np.uint8)
        np.not_equal(cost, self.cost, out=changed[1:-1, 1:-1].view(np.bool_))
        if shift != (0, 0):  # the ways that led over cells now outside end here
            changed[1, :] = changed[-2, :] = changed[:, 1] = changed[:, -2] = 1
        touched = cv2.dilate(changed, np.ones((3, 3), np.uint8))
        touched[0] = touched[-1] = touched[:, 0] = touched[:, -1] = 0
        if np.count_nonzero(touched) > _REPAIR_SHARE * touched.size:
            self._start_afresh(cost)
        else:
            self._repair(cost, np.flatnonzero(touched).astype(np.int32))

    def _repair(self, cost: NDArray[np.int8], touched: Indices) -> None:
        limit = int(_REPAIR_SHARE * self.half.size)
        half = self.prices.half(cost)
        fallen = np.empty(half.size, np.int32)
        count = kernels.invalidate(half, self.togo, self.parent, touched, self.width, fallen, limit)
        if count < 0:
            self._start_afresh(cost)
            return
        self.cost, self.half = cost.copy(), half
        seeds = np.empty(half.size, np.int32)
        found = 0
        for cells in (fallen[:count], touched):
            found = kernels.pull(
                half, self.togo, self.parent, self._queued, cells, self.width, seeds, found
            )
        by_price = np.argsort(self.togo[seeds[:found]])
        self.expanded = self._settle(seeds[by_price])

    def _roll(self, shift: Cell) -> None:
        """Move what is known along with the map; cells that come in are lethal until told."""
        (rows, cols), (down, right) = self.shape, shift
        togo = np.full((rows, cols), np.inf)
        parent = np.full((rows, cols), kernels.NO_PARENT, np.int8)
        cost = np.full((rows, cols), LETHAL, np.int8)
        old = np.s_[max(0, down) : rows + min(0, down), max(0, right) : cols + min(0, right)]
        new = np.s_[max(0, -down) : rows - max(0, down), max(0, -right) : cols - max(0, right)]
        inner = np.s_[1:-1, 1:-1]
        togo[new] = self.togo.reshape(rows + 2, -1)[inner][old]
        parent[new] = self.parent.reshape(rows + 2, -1)[inner][old]
        cost[new] = self.cost[old]
        self.togo = np.pad(togo, 1, constant_values=np.inf).reshape(-1)
        self.parent = np.pad(parent, 1, constant_values=kernels.NO_PARENT).reshape(-1)
        self.cost = cost
        self.sources = [((r - down, c - right), price) for (r, c), price in self.sources]

    def togo_at(self, cell: Cell) -> float:
        """Cost-to-go of a cell, infinite where the goal cannot be reached."""
        return float(self.togo[self.index(cell)])

    def cells_from(self, cell: Cell) -> Indices:
        """Flat indices of the cells on the cheapest way from `cell` to the source."""
        return kernels.descend(self.parent, self.index(cell), self.width)
