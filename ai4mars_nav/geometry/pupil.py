"""The moving entrance pupil of CAHVORE: where a ray crosses the optical axis.

A ray that arrives at angle t off the axis crosses it (t / sin t - 1) (e0 + e1 t^2 + e2 t^4) metres
ahead of the centre.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_ITERATIONS = 50


def pupil_shift(e: Array, angle: Array) -> Array:
    """Metres (n,) along the axis for angles (n,) in radians; e is (3,)."""
    shift: Array = (1.0 / np.sinc(angle / np.pi) - 1.0) * _travel(e, angle)
    return shift


def incidence(e: Array, along: Array, across: Array) -> Array:
    """Angles (n,) at which points (metres along the axis and away from it) are seen.

    nan for a point behind the pupil, and for one so close to it that no ray settles.
    """
    angle = np.arctan2(across, along)
    if e.any():
        angle = _settle(e, along, across, angle)
    somewhere = np.hypot(along, across) > 0.0  # the centre itself lies in no direction
    return np.where((angle >= 0.0) & (angle < np.pi) & somewhere, angle, np.nan)


def _settle(e: Array, along: Array, across: Array, angle: Array) -> Array:
    """Newton for along sin t - across cos t = (t - sin t) (e0 + e1 t^2 + e2 t^4)."""
    distance = np.hypot(along, across)
    miss = np.full_like(angle, np.inf)
    for _ in range(_ITERATIONS):
        sine, cosine = np.sin(angle), np.cos(angle)
        lag = angle - sine
        miss = along * sine - across * cosine - lag * _travel(e, angle)
        if np.all(np.abs(miss) <= 1e-15 * distance):
            break
        steepness = along * cosine + across * sine
        steepness -= (1.0 - cosine) * _travel(e, angle) + lag * _travel_slope(e, angle)
        with np.errstate(divide="ignore", invalid="ignore"):
            angle = angle - miss / steepness
    # 1e-13 of the distance is far below a micropixel; the last steps only chase rounding
    return np.where(np.abs(miss) <= 1e-13 * distance, angle, np.nan)


def _travel(e: Array, angle: Array) -> Array:
    squared = np.square(angle)
    travel: Array = e[0] + squared * (e[1] + squared * e[2])
    return travel


def _travel_slope(e: Array, angle: Array) -> Array:
    slope: Array = angle * (2.0 * e[1] + 4.0 * e[2] * np.square(angle))
    return slope
