"""Ground from a real elevation model: a spot of it, with what lies below its resolution added."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import scipy.ndimage
from numpy.typing import NDArray

from ai4mars_nav.sim.errors import SimError
from ai4mars_nav.sim.world import recipe
from ai4mars_nav.sim.world.geotiff import ElevationModel, read_elevation
from ai4mars_nav.sim.world.noise import fractal, over_a_metre

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]

TRIES = 400
"""Spots that a seed looks at."""
AROUND = 6
"""Pixels around the map that must have heights, too: the spline leans on them."""


def real_ground(
    random: np.random.Generator, settings: recipe.Elevation, relief: recipe.Relief,
    cells: int, resolution: float,
) -> F32:  # fmt: skip
    """Ground [m] (cells, cells) of a spot, its mean height 0.

    A spline goes through the model's heights. Below its pixels the ground goes on as rough as the
    model is at them, by its own fractal law, but stays within the recipe's `rough`.
    """
    model = read_elevation(Path(settings.file).expanduser())
    window = _spot(random, model, cells * resolution, settings)
    at = np.asarray((np.arange(cells) + 0.5) * resolution / model.pixel + AROUND, np.float64)
    spline = scipy.ndimage.spline_filter(window, order=3)
    # separable: first along the columns of the few pixels, then down to the rows
    rows = np.array([_along(line, at) for line in spline])
    ground = np.array([_along(line, at) for line in rows.T]).T
    below = fractal(random, cells, resolution, 2.0 * model.pixel, 0.0, settings.hurst)
    low, high = relief.rough
    rough = float(np.clip(roughness(model, settings.hurst), low, high))
    ground = ground - ground.mean() + rough / over_a_metre(below, resolution) * below
    return np.asarray(ground, np.float32)


def roughness(model: ElevationModel, hurst: float) -> float:
    """By how much heights 1 m apart differ [m, rms], from the bends of the model at its pixels.

    For self-affine ground the second difference at a lag has (4 - 4^H) times the variance of the
    first, and slopes, which a lander would call smooth, do not count.
    """
    z = model.heights
    bend = np.concatenate(
        [(z[:, 2:] - 2 * z[:, 1:-1] + z[:, :-2]).ravel(), (z[2:] - 2 * z[1:-1] + z[:-2]).ravel()]
    )
    bend = bend[np.isfinite(bend)]
    if not bend.size:
        return 0.0
    at_pixel = math.sqrt(float(np.median(bend**2)) / 0.455 / (4.0 - 4.0**hurst))
    return float(at_pixel * model.pixel**-hurst)


def _along(line: F64, at: F64) -> F64:
    values = scipy.ndimage.map_coordinates(line, at[None], order=3, prefilter=False, mode="nearest")
    return np.asarray(values, np.float64)


def _spot(
    random: np.random.Generator, model: ElevationModel, side: float, settings: recipe.Elevation
) -> F64:
    """Heights (n, n), rows along y, of a square that is wide enough, complete and not too steep."""
    need = math.ceil(side / model.pixel) + 2 * AROUND + 1
    rows, columns = model.heights.shape
    if need > min(rows, columns):
        raise SimError(
            f"{settings.file}: {columns} x {rows} pixels of {model.pixel:g} m are too few for "
            f"a map of {side:g} m"
        )
    steepest, holes = math.inf, 0
    for _ in range(TRIES):
        row, column = random.integers(0, rows - need + 1), random.integers(0, columns - need + 1)
        window = model.heights[row : row + need, column : column + need]
        if not np.isfinite(window).all():
            holes += 1
            continue
        slope = _slope_deg(window, model.pixel)
        if slope <= settings.steepest_deg:
            return window[::-1]
        steepest = min(steepest, slope)
    raise SimError(
        f"{settings.file}: none of {TRIES} spots will do: {holes} have holes, the flattest of the "
        f"others slopes by {steepest:.1f} degrees, over elevation.steepest_deg "
        f"{settings.steepest_deg:g}"
    )


def _slope_deg(window: F64, pixel: float) -> float:
    gy, gx = np.gradient(window, pixel)
    return float(np.degrees(np.arctan(math.hypot(float(gx.mean()), float(gy.mean())))))
