"""What is known to DEMUD: mean, orthogonal directions and their strengths, grown item by item.

The update is that of Ross et al. 2008 (incremental SVD with a moving mean) for one item at a time,
with its forgetting: all that is known weighs as `memory` items at most beside the next one. Without
it, nothing that is new could stand among thousands of items. `slow_known.py` is its twin.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]

ROUND = 1e-7
"""Share of an item's length under which what is left of it is rounding, no new direction."""


@dataclass(frozen=True)
class Known:
    """`count` items about their mean (d,), in directions (d, k) with singular values (k,)."""

    count: int
    weight: float
    """What they weigh beside the next one, in items."""
    mean: F64
    basis: F64
    strengths: F64


NOTHING = Known(0, 0.0, np.zeros(0), np.zeros((0, 0)), np.zeros(0))


@dataclass(frozen=True)
class Step:
    """How an item changes the basis: new = [old, left / length] @ turn, `turn` (k + 1, new k)."""

    weight: float
    """Of what was known before."""
    mean: F64
    along: F64
    """(k,) of the item's scaled offset from the mean, in the old directions."""
    scale: float
    """The offset is scaled by this: the mean moves as well."""
    left: F64
    """(d,) of it outside them."""
    length: float
    """Of `left`; 0 where nothing but rounding is left."""
    turn: F64
    strengths: F64


def step(known: Known, item: F64, components: int, memory: int) -> Step:
    """What learning an item (d,) does; `known` has one item at least."""
    weight = min(known.weight, float(memory))
    scale = float(np.sqrt(weight / (weight + 1.0)))
    offset = scale * (item - known.mean)
    along = known.basis.T @ offset
    left = offset - known.basis @ along
    # once more: what rounding left in the old directions would grow over thousands of items
    again = known.basis.T @ left
    left, along = left - known.basis @ again, along + again
    length = float(np.linalg.norm(left))
    if length <= ROUND * max(float(np.linalg.norm(item)), float(np.linalg.norm(known.mean))):
        length = 0.0
    old = len(known.strengths)
    core = np.zeros((old + 1, old + 1))
    core[:old, :old] = np.diag(known.strengths * np.sqrt(weight / known.weight))
    core[:old, old] = along
    core[old, old] = length
    turn, strengths, _ = np.linalg.svd(core)
    kept = min(components, old + (length > 0.0))
    mean = (weight * known.mean + item) / (weight + 1.0)
    return Step(weight, mean, along, scale, left, length, turn[:, :kept], strengths[:kept])


def learned(known: Known, item: F64, components: int, memory: int) -> Known:
    """What is known with an item (d,) more."""
    if not known.count:
        return Known(1, 1.0, item, np.zeros((len(item), 0)), np.zeros(0))
    return applied(known, step(known, item, components, memory))


def applied(known: Known, change: Step) -> Known:
    """What is known after a step."""
    unit = change.left / change.length if change.length else np.zeros_like(change.left)
    basis = np.column_stack([known.basis, unit]) @ change.turn
    weight = change.weight + 1.0
    return Known(known.count + 1, weight, change.mean, basis, change.strengths)


def residuals(known: Known, items: F64) -> F64:
    """(n, d) of items (n, d): what is left of each after the mean and all directions."""
    if not known.count:
        return items
    offsets = items - known.mean
    return np.asarray(offsets - (offsets @ known.basis) @ known.basis.T, np.float64)
