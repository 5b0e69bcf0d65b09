"""The compiled loops over the surface of a window: planes and steps; twins in slow_surface.py.

Windows are half-open: rows first_row..last_row, columns first_column..last_column.
Signatures are explicit: everything is compiled once, when this module is first imported.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ai4mars_nav.mapping.row_kernels import COMPILED

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

_fast: dict[str, Any] = COMPILED


@njit("void(f4[:,::1], f8[:,::1], i8, i8, i8, f8)", **_fast)
def _add_row(
    elevation: Floats, moments: Doubles, row: int, first: int, offset: int, sign: float
) -> None:
    """Add (or take away) a grid row `offset` rows from the centre to the column sums (6, n)."""
    if row < 0 or row >= elevation.shape[0]:
        return
    near = sign * offset
    square = near * offset
    heights = elevation[row]
    for i in range(moments.shape[1]):
        z = float(heights[first + i])
        known = 1.0 if z == z else 0.0
        z = z if z == z else 0.0
        moments[0, i] += sign * known
        moments[1, i] += near * known
        moments[2, i] += square * known
        moments[3, i] += sign * z
        moments[4, i] += near * z
        moments[5, i] += sign * z * z


@njit("void(f4[:,::1], i8[::1], i8, f8, f4[:,::1], f4[:,::1], f4[:,::1])", **_fast)
def fit_planes(
    elevation: Floats,
    window: NDArray[np.int64],
    radius: int,
    least_share: float,
    slope: Floats,
    roughness: Floats,
    rise: Floats,
) -> None:
    """Least-squares plane over (2 radius + 1)^2 cells round each cell of a window.

    `slope` in metres per cell, `roughness` the RMS distance from the plane, `rise` the metres a
    square cell rises times the share of the height's variance which the plane explains. All nan
    where the cell is unknown, or fewer than `least_share` of the square or only a strip is known.
    Sums run along with the square, so that the time does not depend on its size.
    """
    first = max(window[2] - radius, 0)
    last = min(window[3] + radius, elevation.shape[1])
    moments = np.zeros((6, last - first))
    side = 2 * radius + 1
    least = least_share * side * side
    full = side * side * (side * side - 1) / 12.0
    for r in range(window[0] - radius, window[0] + radius):
        _add_row(elevation, moments, r, first, r - (window[0] - 1), 1.0)
    for r in range(window[0], window[1]):
        for i in range(moments.shape[1]):
            # the centre moves one row on: what was dy is dy - 1 now
            moments[2, i] += moments[0, i] - 2 * moments[1, i]
            moments[1, i] -= moments[0, i]
            moments[4, i] -= moments[3, i]
        _add_row(elevation, moments, r + radius, first, radius, 1.0)
        m = mx = mxx = my = myy = mxy = z = zx = zy = zz = 0.0
        for edge in range(first, window[3] + radius):
            c = edge - radius
            # the centre moves one column on: what was dx is dx - 1 now
            mxx += m - 2 * mx
            mx -= m
            mxy -= my
            zx -= z
            if edge < last:
                i = edge - first
                n, ny, nz = moments[0, i], moments[1, i], moments[3, i]
                m += n
                mx += radius * n
                mxx += radius * radius * n
                my += ny
                mxy += radius * ny
                myy += moments[2, i]
                z += nz
                zx += radius * nz
                zy += moments[4, i]
                zz += moments[5, i]
            leaving = c - radius - 1
            if leaving >= first:
                i = leaving - first
                away = -radius - 1
                n, ny, nz = moments[0, i], moments[1, i], moments[3, i]
                m -= n
                mx -= away * n
                mxx -= away * away * n
                my -= ny
                mxy -= away * ny
                myy -= moments[2, i]
                z -= nz
                zx -= away * nz
                zy -= moments[4, i]
                zz -= moments[5, i]
            if c < window[2]:
                continue
            slope[r, c] = np.nan
            roughness[r, c] = np.nan
            rise[r, c] = np.nan
            if m < least or np.isnan(elevation[r, c]):
                continue
            per = 1.0 / m
            cxx, cyy, cxy = mxx - mx * mx * per, myy - my * my * per, mxy - mx * my * per
            determinant = cxx * cyy - cxy * cxy
            if determinant < 0.01 * full * full:
                continue
            czx, czy, czz = zx - z * mx * per, zy - z * my * per, zz - z * z * per
            over = 1.0 / determinant
            a, b = (czx * cyy - czy * cxy) * over, (czy * cxx - czx * cxy) * over
            fitted = a * czx + b * czy
            explained = min(fitted / czz, 1.0) if czz > 1e-9 else 0.0
            slope[r, c] = np.sqrt(a * a + b * b)
            roughness[r, c] = np.sqrt(max(czz - fitted, 0.0) * per)
            rise[r, c] = explained * (abs(a) + abs(b))
        _add_row(elevation, moments, r - radius, first, -radius, -1.0)


@njit("void(f4[:,::1], f4[:,::1], f4[:,::1], f4[:,::1], i8[::1], i8, f4[:,::1])", **_fast)
def find_steps(
    low: Floats,
    high: Floats,
    slope: Floats,
    rise: Floats,
    window: NDArray[np.int64],
    radius: int,
    step: Floats,
) -> None:
    """Height range over (2 radius + 1)^2 cells, less what the ground at large rises over them.

    `rise` is a square cell's, from a plane too large for one rock to tilt; where it is nan all of
    the range is step. The step is nan where `slope` is.
    """
    first = max(window[2] - radius, 0)
    last = min(window[3] + radius, low.shape[1])
    side = 2 * radius + 1
    lowest, highest = np.empty(last - first, np.float32), np.empty(last - first, np.float32)
    for r in range(window[0], window[1]):
        lowest[:] = np.inf
        highest[:] = -np.inf
        for near in range(max(r - radius, 0), min(r + radius + 1, low.shape[0])):
            for i in range(last - first):
                a, b = low[near, first + i], high[near, first + i]
                lowest[i] = a if a < lowest[i] else lowest[i]
                highest[i] = b if b > highest[i] else highest[i]
        for c in range(window[2], window[3]):
            if np.isnan(slope[r, c]):
                step[r, c] = np.nan
                continue
            bottom, top = np.float32(np.inf), np.float32(-np.inf)
            for i in range(max(c - radius, first) - first, min(c + radius + 1, last) - first):
                bottom = min(bottom, lowest[i])
                top = max(top, highest[i])
            trend = rise[r, c] * side
            trend = trend if trend == trend else 0.0
            step[r, c] = max(top - bottom - trend, 0.0)
