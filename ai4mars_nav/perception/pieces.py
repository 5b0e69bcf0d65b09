"""Sets of pixels: the groups of a label image, and wide things cut into pieces."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Pixels = tuple[NDArray[np.intp], NDArray[np.intp]]
"""Rows and columns."""


def groups(labels: NDArray[np.int32], at_least: int) -> list[Pixels]:
    """The pixels of each label above 0 in labels (h, w) that has `at_least` of them."""
    rows, columns = np.nonzero(labels)
    names = labels[rows, columns]
    order = np.argsort(names, kind="stable")
    counts = np.bincount(names)[1:]
    ends = np.cumsum(counts)
    return [
        (rows[order[end - count : end]], columns[order[end - count : end]])
        for end, count in zip(ends, counts, strict=True)
        if count >= at_least
    ]


def cut(
    points: NDArray[np.float32],
    pixels: Pixels,
    pixel_angle: float,
    max_width: float,
    at_least: int,
) -> list[Pixels]:
    """A thing's pixels in points (h, w, 3) as pieces of about `max_width` metres at most, across
    and along the line of sight, leaving out those of fewer than `at_least` pixels.

    A ledge ten metres long is no rock ten metres wide, on either side of the ledge.
    """
    along = np.hypot(points[..., 0][pixels], points[..., 1][pixels]).astype(np.float64)
    known = np.isfinite(along)
    if not known.any():
        return [pixels]
    # a pixel without a point goes with the nearest ones, it cannot stretch the thing
    along[~known] = along[known].min()
    across = (pixels[1] - pixels[1].min()) * (pixel_angle * float(np.median(along)))
    tile = _steps(across, max_width) + len(along) * _steps(along - along.min(), max_width)
    if not tile.any():
        return [pixels]
    pieces = [np.flatnonzero(tile == name) for name in np.unique(tile)]
    return [(pixels[0][piece], pixels[1][piece]) for piece in pieces if len(piece) >= at_least]


def _steps(place: NDArray[np.float64], longest: float) -> NDArray[np.intp]:
    """Which of equal steps of at most `longest` metres each place (n,), from 0 on, falls in."""
    extent = float(place.max())
    count = max(1, math.ceil(extent / longest))
    step = max(extent / count, 1e-9)
    return np.minimum(place / step, count - 1).astype(np.intp)
