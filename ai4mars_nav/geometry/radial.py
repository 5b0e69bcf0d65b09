"""The radial lens polynomial of CAHVOR and CAHVORE, and its inverse to machine precision.

distorted = x * (1 + r0 + r1 x^2 + r2 x^4), x being the tangent (or angle) off the optical axis.
Past `limit` the polynomial turns back: points there would land among the true image.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.geometry.errors import GeometryError

Array = NDArray[np.float64]

_ITERATIONS = 60


def distort(r: Array, x: Array) -> Array:
    """Off-axis values (n,) >= 0 as the lens bends them; r is (3,)."""
    squared = np.square(x)
    bent: Array = x * (1.0 + r[0] + squared * (r[1] + squared * r[2]))
    return bent


def slope(r: Array, x: Array) -> Array:
    """Derivative of `distort` at values (n,)."""
    squared = np.square(x)
    steepness: Array = 1.0 + r[0] + squared * (3.0 * r[1] + squared * 5.0 * r[2])
    return steepness


def limit(r: Array) -> float:
    """Largest off-axis value up to which `distort` grows; inf where it always does."""
    if not 1.0 + r[0] > 0.0:
        raise GeometryError(f"radial coefficients {tuple(r)} turn the image inside out")
    turning = np.roots([5.0 * r[2], 3.0 * r[1], 1.0 + r[0]])
    real = turning.real[np.abs(turning.imag) <= 1e-9 * np.abs(turning)]
    squared = real[real > 0.0]
    return float(np.sqrt(squared.min())) if squared.size else np.inf


def undistort(r: Array, bent: Array) -> Array:
    """Inverse of `distort` for values (n,) >= 0; nan for what no point short of `limit` gives."""
    bent = np.asarray(bent, dtype=np.float64)
    low = np.zeros_like(bent)
    high = np.full_like(bent, limit(r))
    if np.isinf(high).any():
        high = _above(r, bent)
    reachable = bent <= distort(r, high)
    target = np.where(reachable, bent, 0.0)
    x = np.minimum(target / (1.0 + r[0]), high)
    # Newton inside a shrinking bracket: plain Newton leaves it near the limit, where slope -> 0
    for _ in range(_ITERATIONS):
        excess = distort(r, x) - target
        high, low = np.where(excess > 0.0, x, high), np.where(excess > 0.0, low, x)
        with np.errstate(divide="ignore", invalid="ignore"):
            step: Array = x - excess / slope(r, x)
        inside = (step >= low) & (step <= high)
        following = np.where(inside, step, 0.5 * (low + high))
        if np.all(np.abs(following - x) <= 1e-15 * (1.0 + x)):
            break
        x = following
    return np.where(reachable, x, np.nan)


def _above(r: Array, bent: Array) -> Array:
    """Values (n,), at most twice too high, whose distortion a growing lens takes over `bent`."""
    high = np.ones_like(bent)
    for _ in range(64):
        short = distort(r, high) < bent
        if not short.any():
            break
        high = np.where(short, 2.0 * high, high)
    return high
