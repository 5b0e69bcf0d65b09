"""Statistical salience: how unlike its surroundings each place of an image is, at several sizes.

Of a small window two things are told, its mean level and its contrast. Where they lie far from
those of all windows around, in standard deviations, something stands out: a crater's rim and
shadow, a dune on other ground. Wagstaff et al. 2012 call this dynamic landmarking, since what
stands out depends on what is around.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.content.no_data import F32, U8, Mask, reduced

F64 = NDArray[np.float64]

STEP = 4
"""Pixels of a block at the finest level; each level has blocks of twice the size."""
WINDOW = 7
"""Blocks of a window's side."""
AROUND = 61
"""Blocks of the side of what it is compared with."""
HALO = WINDOW // 2 + 2 * (AROUND // 2)
"""Blocks that a place depends on, each way: what is usual around it depends on what is around."""
_LEAST_LEVEL = 2.0
_LEAST_CONTRAST = 0.1
"""Spreads of level (grey levels) and contrast (its logarithm) under which nothing stands out."""
_USUAL = 2.0
"""Spreads up to which a window is usual."""
_GROUND = 0.5
"""Share of a window that must be ground."""


@dataclass(frozen=True)
class Level:
    """Salience (rows, columns) of blocks of `step` pixels, 0 where there is no ground."""

    step: int
    salience: F32


def levels(grey: U8, count: int, strip: int = 512) -> Iterator[Level]:
    """The salience of an image (h, w) at `count` sizes, the finest first.

    It is done in strips of `strip` rows of blocks, each with all around that it depends on.
    """
    means, ground = reduced(grey, STEP)
    step = STEP
    for _ in range(count):
        if min(means.shape) < WINDOW:
            return
        found = np.empty(means.shape, np.float32)
        for top in range(0, len(means), strip):
            first, last = max(0, top - HALO), top + strip + HALO
            part = standing_out(means[first:last], ground[first:last])
            found[top : top + strip] = part[top - first :][:strip]
        yield Level(step, found)
        means, ground, step = _halved(means, ground), _all_of_four(ground), step * 2


def standing_out(means: F32, ground: Mask) -> F32:
    """Salience (h, w) of mean levels (h, w): distance of a window from those around, in spreads."""
    weight = ground.astype(np.float64)
    share = _box(weight, WINDOW)
    held = (share >= _GROUND).astype(np.float64)
    safe = np.maximum(share, 1e-9)
    # about the middle of the levels, so that squares keep their digits
    centred = (means - 128.0) * weight
    level = _box(centred, WINDOW) / safe
    variance = np.maximum(_box(centred * centred, WINDOW) / safe - level**2, 0.0)
    contrast = 0.5 * np.log(variance + 1.0)
    square = _distance(level, held, _LEAST_LEVEL) + _distance(contrast, held, _LEAST_CONTRAST)
    return np.asarray(np.sqrt(square) * held, np.float32)


def _distance(values: F64, held: F64, least: float) -> F64:
    """Squared distance (h, w) of each value from those around it, over their spread.

    What stands out is left out of the spread at a second look: it would hide itself.
    """
    away, spread = _away(values, held, held)
    usual = held * (away**2 <= _USUAL**2 * (spread + least**2))
    away, spread = _away(values, held, usual)
    return np.asarray(away**2 / (spread + least**2), np.float64)


def _away(values: F64, held: F64, counted: F64) -> tuple[F64, F64]:
    """How far values (h, w) are from the mean of those counted around them, and their variance."""
    count = np.maximum(_box(counted, AROUND), 1e-9)
    middle = _box(values * counted, AROUND) / count
    variance = np.maximum(_box(values * values * counted, AROUND) / count - middle**2, 0.0)
    return (values - middle) * held, variance


def _box(values: F64, side: int) -> F64:
    """Mean over a square window of `side`; past the edge there is nothing."""
    return np.asarray(cv2.blur(values, (side, side), borderType=cv2.BORDER_CONSTANT), np.float64)


def _halved(means: F32, ground: Mask) -> F32:
    """(h / 2, w / 2): means of four blocks, of those that are ground where there are any."""
    weight = _fours(ground.astype(np.float32))
    sums = _fours(means * ground)
    plain = _fours(means)
    return np.where(weight > 0.0, sums / np.maximum(weight, 1e-9), plain).astype(np.float32)


def _all_of_four(ground: Mask) -> Mask:
    return np.asarray(_fours(ground.astype(np.float32)) == 1.0)


def _fours(values: F32) -> F32:
    rows, columns = values.shape[0] // 2, values.shape[1] // 2
    whole = values[: 2 * rows, : 2 * columns].reshape(rows, 2, columns, 2)
    return np.asarray(whole.mean(axis=(1, 3)), np.float32)
