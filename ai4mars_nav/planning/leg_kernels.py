"""The compiled loops over straight legs: what a line costs, and how few of them a way needs.

The grid is that of kernels.py: flat and padded, `half` the half price of crossing a cell straight.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from ai4mars_nav.planning.kernels import SQRT2, Floats, Indices

_TIE = 1e-9
"""Cells: crossings nearer to each other than this are one crossing, through a corner."""


@njit("f8(f8[::1], i8, f8, f8, f8, f8, f8)", cache=True)
def line_price(
    half: Floats, width: int, row0: float, col0: float, row1: float, col1: float, bound: float
) -> float:
    """Price of the straight line between two points in cells (a cell's corner is whole).

    Infinite where the line enters a lethal cell, squeezes through the corner between two, or costs
    more than `bound`.
    """
    rows = row1 - row0
    cols = col1 - col0
    length = np.sqrt(rows * rows + cols * cols)
    row = np.int64(np.floor(row0))
    col = np.int64(np.floor(col0))
    row_way = 1 if rows > 0.0 else -1
    col_way = 1 if cols > 0.0 else -1
    # distances along the line, in cells, at which the next row and column begin
    row_pace = length / abs(rows) if rows != 0.0 else np.inf
    col_pace = length / abs(cols) if cols != 0.0 else np.inf
    next_row = ((row + 1 - row0) if rows > 0.0 else (row0 - row)) * row_pace
    next_col = ((col + 1 - col0) if cols > 0.0 else (col0 - col)) * col_pace
    if rows == 0.0:
        next_row = np.inf
    if cols == 0.0:
        next_col = np.inf
    done = 0.0
    price = 0.0
    while True:
        upto = min(next_row, next_col, length)
        if upto - done > _TIE:
            price += 2.0 * half[np.uint64(row * width + col)] * (upto - done)
            if price > bound or price == np.inf:
                return np.inf
            done = upto
        if upto >= length - _TIE:
            return price
        if abs(next_row - next_col) <= _TIE:
            by_row = half[(row + row_way) * width + col]
            by_col = half[row * width + col + col_way]
            if by_row == np.inf and by_col == np.inf:
                return np.inf
            row += row_way
            col += col_way
            next_row += row_pace
            next_col += col_pace
        elif next_row < next_col:
            row += row_way
            next_row += row_pace
        else:
            col += col_way
            next_col += col_pace


@njit("f8(f8[::1], i8, f8[:, ::1])", cache=True)
def path_price(half: Floats, width: int, points: Floats) -> float:
    """Price of a polyline of points (n, 2) as (row, column) in cells, infinite where lethal."""
    price = 0.0
    for i in range(len(points) - 1):
        (row0, col0), (row1, col1) = points[i], points[i + 1]
        price += line_price(half, width, row0, col0, row1, col1, np.inf)
    return price


@njit("f8(f8[::1], i8, i8, f8, f8, f8)", cache=True)
def _leg(half: Floats, width: int, cell: int, row: float, col: float, bound: float) -> float:
    """Price of the straight line from a cell's centre to a point."""
    return line_price(half, width, cell // width + 0.5, cell % width + 0.5, row, col, bound)


@njit("i4[::1](f8[::1], i8, i4[::1], i8)", cache=True)
def shorten(half: Floats, width: int, cells: Indices, reach: int) -> Indices:
    """Indices into `cells` (a path of neighbours) of the corners of a cheaper any-angle path.

    The cheapest chain of straight legs between path cells 1, 2, 4 .. `reach` apart or extending
    the previous leg; never dearer than the path, whose own steps are among the legs.
    """
    count = cells.size
    price = np.empty(count, np.float64)
    back = np.zeros(count, np.int32)
    price[0] = 0.0
    for to in range(1, count):
        row1 = cells[to] // width + 0.5
        col1 = cells[to] % width + 0.5
        extended = back[to - 1]
        chosen = to - 1
        step = half[cells[chosen]] + half[cells[to]]
        beside = abs(cells[to] - cells[chosen])
        best = price[chosen] + (step if beside == 1 or beside == width else step * SQRT2)
        if 2 < to - extended <= reach:
            through = price[extended]
            through += _leg(half, width, cells[extended], row1, col1, best - through)
            if through <= best:  # of equals the longer leg: fewer corners
                best = through
                chosen = extended
        span = 2
        while span <= min(reach, to):
            through = price[to - span]
            through += _leg(half, width, cells[to - span], row1, col1, best - through)
            if through == np.inf:
                break  # a longer leg over the same ground would hardly be better
            if through <= best:
                best = through
                chosen = to - span
            span *= 2
        price[to] = best
        back[to] = chosen
    corners = np.empty(count, np.int32)
    kept = 0
    at = count - 1
    while at > 0:
        corners[kept] = at
        kept += 1
        at = back[at]
    corners[kept] = 0
    return corners[: kept + 1][::-1].copy()
