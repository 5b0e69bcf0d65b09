"""Which item is the newest, again and again: all scores, kept up from step to step.

A new direction is made of the chosen item and old directions, so one product of the items with the
chosen one is all that a step costs; `slow_known.chosen` rebuilds every residual instead.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.content.known import Known, applied, learned, step

F64 = NDArray[np.float64]

_ROUNDS = 4
"""Of the iteration that finds the main directions of all items, before any is known."""
_SPARE = 10
"""Directions more than are wanted, so that those converge."""


def chosen(known: Known, items: F64, components: int, memory: int) -> Iterator[tuple[int, Known]]:
    """Each row of items (n, d) once, newest first, with what was known when it was chosen."""
    left = np.ones(len(items), bool)
    if not known.count and len(items):
        index = _strangest(items, components)
        left[index] = False
        yield index, known
        known = learned(known, items[index], components, memory)
    if not left.any():
        return
    squares = np.einsum("nd,nd->n", items, items)
    by_mean, inside = items @ known.mean, items @ known.basis
    while left.any():
        # |x - mean|^2 - |its part in the basis|^2
        offsets = squares - 2.0 * by_mean + known.mean @ known.mean
        parts = inside - known.mean @ known.basis
        scores = offsets - np.einsum("nk,nk->n", parts, parts)
        index = int(np.where(left, scores, -np.inf).argmax())
        left[index] = False
        yield index, known
        item = items[index]
        change = step(known, item, components, memory)
        by_item = items @ item
        outside = change.scale * (by_item - by_mean) - inside @ change.along
        outside = outside / change.length if change.length else np.zeros_like(outside)
        inside = np.column_stack([inside, outside]) @ change.turn
        by_mean = (change.weight * by_mean + by_item) / (change.weight + 1.0)
        known = applied(known, change)


def _strangest(items: F64, components: int) -> int:
    """The item that the main directions of all items (n, d) rebuild worst.

    They are found by subspace iteration: a whole SVD of thousands by thousands takes minutes.
    """
    offsets = items - items.mean(axis=0)
    kept = min(components, *offsets.shape)
    start = np.random.default_rng(0).normal(
        size=(offsets.shape[1], min(kept + _SPARE, *offsets.shape))
    )
    basis = np.linalg.qr(start)[0]
    for _ in range(_ROUNDS):
        basis = np.linalg.qr(offsets.T @ (offsets @ basis))[0]
    inside = offsets @ basis
    _, turn = np.linalg.eigh(inside.T @ inside)
    inside = inside @ turn[:, -kept:]
    sizes = np.einsum("nd,nd->n", offsets, offsets) - np.einsum("nk,nk->n", inside, inside)
    return int(sizes.argmax())
