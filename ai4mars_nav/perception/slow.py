"""Plain twins of the room's fast paths, in float64: what the tests and benchmarks compare with."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav import terrain

Array = NDArray[np.float64]


def segment(
    logits: NDArray[np.float32],
    scale: tuple[float, ...],
    bias: tuple[float, ...],
    abstain_below: float,
    output_size: tuple[int, int],
) -> tuple[NDArray[np.uint8], Array, Array]:
    """Logits (4, rows, cols) to classes, confidence and p_big_rock, each `output_size`."""
    probabilities = softmax(logits * _column(scale) + _column(bias))
    full = enlarge(probabilities, output_size)
    classes = np.argmax(full, axis=0).astype(np.uint8)
    confidence = full.max(axis=0)
    classes[confidence < abstain_below] = terrain.UNKNOWN
    return classes, confidence, full[terrain.Terrain.BIG_ROCK]


def softmax(logits: Array) -> Array:
    """Probabilities (kinds, ...) along the first axis."""
    exponentials = np.exp(logits - logits.max(axis=0))
    shares: Array = exponentials / exponentials.sum(axis=0)
    return shares


def enlarge(planes: Array, size: tuple[int, int]) -> Array:
    """Planes (k, rows, cols) to (k, height, width), bilinear between pixel centres."""
    height, width = size
    low_y, high_y, share_y = _neighbours(planes.shape[1], height)
    low_x, high_x, share_x = _neighbours(planes.shape[2], width)
    rows = planes[:, low_y] * (1.0 - share_y)[:, None] + planes[:, high_y] * share_y[:, None]
    full: Array = rows[:, :, low_x] * (1.0 - share_x) + rows[:, :, high_x] * share_x
    return full


def _neighbours(few: int, many: int) -> tuple[NDArray[np.intp], NDArray[np.intp], Array]:
    """For each of `many` pixels: the two of `few` around its centre and the later one's share."""
    centre = np.clip((np.arange(many) + 0.5) * few / many - 0.5, 0.0, few - 1.0)
    low = np.floor(centre).astype(np.intp)
    return low, np.minimum(low + 1, few - 1), centre - low


def _column(values: tuple[float, ...]) -> Array:
    return np.asarray(values, dtype=np.float64)[:, None, None]
