"""Plain NumPy twins of the loops in surface_kernels.py; only tests and benchmarks call them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]


def fit_planes(
    elevation: Floats,
    window: NDArray[np.int64],
    radius: int,
    least_share: float,
    slope: Floats,
    roughness: Floats,
    rise: Floats,
) -> None:
    """Least-squares plane over (2 radius + 1)^2 cells round each cell of a window."""
    part = _part(window)
    z = _padded(elevation, window, radius).astype(np.float64)
    known = np.isfinite(z)
    m, z = known.astype(np.float64), np.where(known, z, 0.0)
    y, x = np.mgrid[: z.shape[0], : z.shape[1]].astype(np.float64)
    n, sx, sy, sz = (_box(a, radius) for a in (m, m * x, m * y, z))
    with np.errstate(invalid="ignore", divide="ignore"):
        per = 1.0 / n
        cxx = _box(m * x * x, radius) - sx * sx * per
        cyy = _box(m * y * y, radius) - sy * sy * per
        cxy = _box(m * x * y, radius) - sx * sy * per
        czx = _box(z * x, radius) - sz * sx * per
        czy = _box(z * y, radius) - sz * sy * per
        czz = _box(z * z, radius) - sz * sz * per
        determinant = cxx * cyy - cxy * cxy
        a = (czx * cyy - czy * cxy) / determinant
        b = (czy * cxx - czx * cxy) / determinant
        fitted = a * czx + b * czy
        explained = np.where(czz > 1e-9, np.minimum(fitted / czz, 1.0), 0.0)
        distance = np.sqrt(np.maximum(czz - fitted, 0.0) * per)
    side = 2 * radius + 1
    full = side * side * (side * side - 1) / 12.0
    measured = (n >= least_share * side * side) & (determinant >= 0.01 * full * full)
    measured &= np.isfinite(elevation[part])
    slope[part] = np.where(measured, np.hypot(a, b), np.nan)
    roughness[part] = np.where(measured, distance, np.nan)
    rise[part] = np.where(measured, explained * (np.abs(a) + np.abs(b)), np.nan)


def find_steps(
    low: Floats,
    high: Floats,
    slope: Floats,
    rise: Floats,
    window: NDArray[np.int64],
    radius: int,
    step: Floats,
) -> None:
    """Height range over (2 radius + 1)^2 cells, less what the ground at large rises over them."""
    part = _part(window)
    bottom = _extreme(_padded(low, window, radius), radius, np.fmin)
    top = _extreme(_padded(high, window, radius), radius, np.fmax)
    trend = np.nan_to_num(rise[part]) * (2 * radius + 1)
    step[part] = np.where(np.isnan(slope[part]), np.nan, np.maximum(top - bottom - trend, 0.0))


def _part(window: NDArray[np.int64]) -> tuple[slice, slice]:
    return slice(window[0], window[1]), slice(window[2], window[3])


def _padded(plane: Floats, window: NDArray[np.int64], radius: int) -> Floats:
    """The window of a plane with `radius` cells around it, nan outside the plane."""
    padded = np.pad(plane, radius, constant_values=np.nan)
    return padded[window[0] : window[1] + 2 * radius, window[2] : window[3] + 2 * radius]


def _box(array: Doubles, radius: int) -> Doubles:
    """Sums over (2 radius + 1)^2 cells, where the square lies inside the array."""
    side = 2 * radius + 1
    rows, columns = array.shape[0] - side + 1, array.shape[1] - side + 1
    tall = np.add.reduce([array[k : k + rows] for k in range(side)])
    total: Doubles = np.add.reduce([tall[:, k : k + columns] for k in range(side)])
    return total


def _extreme(array: Floats, radius: int, which: np.ufunc) -> Floats:
    """Smallest or largest of the known cells of each (2 radius + 1)^2 square."""
    side = 2 * radius + 1
    rows, columns = array.shape[0] - side + 1, array.shape[1] - side + 1
    tall = which.reduce([array[k : k + rows] for k in range(side)])
    found: Floats = which.reduce([tall[:, k : k + columns] for k in range(side)])
    return found
