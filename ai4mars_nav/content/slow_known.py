"""The twin of the incremental SVD: the whole SVD each time. Tests compare with it; nothing else
calls it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.content.known import Known, residuals

F64 = NDArray[np.float64]


def known_all(items: F64, components: int) -> Known:
    """What is known of items (n, d), all at once."""
    mean = items.mean(axis=0)
    directions, strengths, _ = np.linalg.svd((items - mean).T, full_matrices=False)
    kept = min(components, int((strengths > 1e-9 * strengths.max(initial=1e-300)).sum()))
    return Known(len(items), float(len(items)), mean, directions[:, :kept], strengths[:kept])


def learned(known: Known, item: F64, components: int, memory: int) -> Known:
    """What is known with an item (d,) more: SVD of the known directions and the item itself."""
    weight = min(known.weight, float(memory))
    mean = (weight * known.mean + item) / (weight + 1.0)
    moved = np.sqrt(weight / (weight + 1.0)) * (item - known.mean)
    faded = known.strengths * np.sqrt(weight / known.weight)
    columns = np.column_stack([known.basis * faded, moved])
    directions, strengths, _ = np.linalg.svd(columns, full_matrices=False)
    kept = min(components, int((strengths > 1e-9 * strengths.max(initial=1e-300)).sum()))
    return Known(known.count + 1, weight + 1.0, mean, directions[:, :kept], strengths[:kept])


def chosen(known: Known, items: F64, components: int, memory: int) -> list[int]:
    """The order of `demud_scores.chosen`, each score from the residual itself."""
    left = list(range(len(items)))
    order: list[int] = []
    while left:
        first = not known.count
        model = known_all(items, components) if first else known
        sizes = np.linalg.norm(residuals(model, items[left]), axis=1)
        order.append(left.pop(int(sizes.argmax())))
        item = items[order[-1]]
        if first:
            known = known_all(item[None], components)
        else:
            known = learned(known, item, components, memory)
    return order
