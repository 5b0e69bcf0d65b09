"""Compiled loops over the labels of one image, in blocks that stay in the processor's cache.

Labels are (n, pixels) uint8, 0 to 3 or 255. Each loop has a plain NumPy twin in `slow.py`.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

U8 = NDArray[np.uint8]

_BLOCK = 4096
"""Pixels at a time: ten labels of them fit into the first two caches of any processor."""
_LANES = 128
"""Counts side by side in one block; none of them gets beyond _BLOCK / _LANES, less than 256."""


@numba.njit(cache=True, nogil=True)
def count_votes(labels: U8, votes: U8) -> None:
    """Fill votes (4, pixels) with how many of at most 255 labels give a pixel each class."""
    n, pixels = labels.shape
    votes[:] = 0
    for begin in range(0, pixels, _BLOCK):
        end = min(begin + _BLOCK, pixels)
        for i in range(n):
            label = labels[i, begin:end]
            for c in range(votes.shape[0]):
                out = votes[c, begin:end]
                for p in range(end - begin):
                    out[p] += np.uint8(label[p] == c)


@numba.njit(cache=True, nogil=True)
def decide(votes: U8, needed: U8, unknown: int, label: U8) -> None:
    """Fill label (pixels,) with the one class that has the most votes (4, pixels), or `unknown`.

    A class wins a pixel that n labellers labelled with needed[n] votes or more, never in a tie.
    needed[0] is above any number of votes.
    """
    none = np.uint8(unknown)
    top, total = np.empty(_BLOCK, np.uint8), np.empty(_BLOCK, np.uint8)
    for begin in range(0, label.shape[0], _BLOCK):
        size = min(_BLOCK, label.shape[0] - begin)
        soil, bedrock = votes[0, begin : begin + size], votes[1, begin : begin + size]
        sand, rock = votes[2, begin : begin + size], votes[3, begin : begin + size]
        out = label[begin : begin + size]
        # without branches, so that the compiler takes many pixels at once
        for p in range(size):
            most = max(max(soil[p], bedrock[p]), max(sand[p], rock[p]))
            is_soil, is_bedrock = np.uint8(soil[p] == most), np.uint8(bedrock[p] == most)
            is_sand, is_rock = np.uint8(sand[p] == most), np.uint8(rock[p] == most)
            winner = np.uint8(is_bedrock + 2 * is_sand + 3 * is_rock)
            alone = np.uint8(is_soil + is_bedrock + is_sand + is_rock) == 1
            out[p] = winner if alone else none
            top[p] = most
            total[p] = np.uint8(soil[p] + bedrock[p] + sand[p] + rock[p])
        for p in range(size):
            out[p] = out[p] if top[p] >= needed[total[p]] else none


@numba.njit(cache=True, nogil=True)
def count_shared(labels: U8, unknown: int, shared: NDArray[np.int64]) -> None:
    """Fill shared (n, n) with the pixels to which both labels give the same class.

    The diagonal holds the labelled pixels of each label.
    """
    n, pixels = labels.shape
    # "no label" and what lies beyond the last pixel are 254 on one side of a comparison and 253
    # on the other, so that they never agree
    left, right = np.empty((n, _BLOCK), np.uint8), np.empty((n, _BLOCK), np.uint8)
    shared[:] = 0
    for begin in range(0, pixels, _BLOCK):
        size = min(_BLOCK, pixels - begin)
        for i in range(n):
            label, a, b = labels[i, begin : begin + size], left[i], right[i]
            for p in range(size):
                blank = label[p] == unknown
                a[p] = np.uint8(254) if blank else label[p]
                b[p] = np.uint8(253) if blank else label[p]
            a[size:], b[size:] = 254, 253
        for i in range(n):
            for j in range(i, n):
                shared[i, j] += _count_same(left[i], right[j])
    for i in range(n):
        for j in range(i):
            shared[i, j] = shared[j, i]


@numba.njit(cache=True, nogil=True)
def _count_same(a: U8, b: U8) -> int:
    """Equal values of two blocks: counted in bytes, side by side, and summed at the end."""
    few = np.zeros(_LANES, np.uint8)
    for begin in range(0, _BLOCK, _LANES):
        x, y = a[begin : begin + _LANES], b[begin : begin + _LANES]
        for p in range(_LANES):
            few[p] += np.uint8(x[p] == y[p])
    total = 0
    for p in range(_LANES):
        total += few[p]
    return total


@numba.njit(cache=True, nogil=True)
def fill_polygon(points: NDArray[np.float64], value: int, label: U8) -> None:
    """Set the pixels of label (h, w) whose centre is inside a polygon (n, 2) x, y by even-odd.

    Pixel (0, 0) reaches from 0 to 1 both ways. A centre on an edge belongs to the polygon on its
    right or below, so that polygons that share an edge leave no gap and never overlap.
    """
    height, width = label.shape
    n = points.shape[0]
    crossings = np.empty(n, np.float64)
    lowest, highest = points[:, 1].min(), points[:, 1].max()
    first = max(0, int(np.ceil(lowest - 0.5)))
    last = min(height, int(np.ceil(highest - 0.5)))
    for row in range(first, last):
        y = row + 0.5
        found = 0
        for i in range(n):
            ax, ay = points[i - 1]
            bx, by = points[i]
            if (ay <= y) != (by <= y):
                crossings[found] = ax + (y - ay) * (bx - ax) / (by - ay)
                found += 1
        ordered = np.sort(crossings[:found])
        for pair in range(0, found - 1, 2):
            begin = max(0, int(np.ceil(ordered[pair] - 0.5)))
            end = min(width, int(np.ceil(ordered[pair + 1] - 0.5)))
            if begin < end:  # a negative end would count from the right
                label[row, begin:end] = value
