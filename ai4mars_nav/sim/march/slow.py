"""Plain NumPy twins of the kernels: what tests and benchmarks compare them with."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.sim.world.world import World

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]


def cast(world: World, eye: F64, directions: F64, far: float, step: float = 0.004) -> F64:
    """First t < far (n,), else inf, at which eye (3,) + t * directions (n, 3) is under the surface.

    It shares no step with `ray_kernels`: every ray goes in even small steps, then by halves.
    """
    first = np.full(len(directions), np.inf)
    for t in np.arange(step, far, step):
        going = np.flatnonzero(np.isinf(first))
        first[going[_over(world, eye + t * directions[going]) <= 0.0]] = t
    low, high = np.where(np.isinf(first), 0.0, first - step), np.where(np.isinf(first), 0.0, first)
    for _ in range(40):
        middle = 0.5 * (low + high)
        above = _over(world, eye + middle[:, None] * directions) > 0.0
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return np.where(np.isinf(first), np.inf, high)


def shadowed(
    world: World, points: F64, sun: F64, far: float, step: float = 0.004
) -> NDArray[np.bool_]:
    """Which points (n, 3) the sun (unit vector) does not reach: something within `far` metres."""
    dark = np.zeros(len(points), bool)
    for t in np.arange(step, far, step):
        going = np.flatnonzero(~dark)
        dark[going[_over(world, points[going] + t * sun) <= 0.0]] = True
    return dark


def exposed(
    light: F32, gain: float, vignetting: float, full_well: float, read_noise: float, seed: int,
    code: NDArray[np.uint8],
) -> NDArray[np.uint8]:  # fmt: skip
    """Twin of `sensor_kernels.expose` for all rows: light (h, w) to grey (h, w)."""
    height, width = light.shape
    v, u = np.mgrid[:height, :width]
    corner = ((height - 1) / 2.0) ** 2 + ((width - 1) / 2.0) ** 2
    away = ((v - (height - 1) / 2.0) ** 2 + (u - (width - 1) / 2.0) ** 2) / corner
    value = light.astype(np.float64) * gain * (1.0 - vignetting * away)
    with np.errstate(over="ignore"):
        bits = np.uint64(seed) + (v * width + u).astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    bits ^= bits >> np.uint64(31)
    shares = [(bits >> np.uint64(k)) & np.uint64(0xFFFF) for k in (0, 16, 32, 48)]
    draw = (np.sum(shares, axis=0).astype(np.float64) / 65536.0 - 2.0) * np.sqrt(3.0)
    sigma = np.sqrt(np.maximum(value, 0.0) / full_well + (read_noise / 4095.0) ** 2)
    level = np.floor((value + sigma * draw) * 4095.0 + 0.5)
    return np.asarray(code[np.clip(level, 0, 4095).astype(np.int64)])


def texel(image: F64, size: float, x: F64, y: F64) -> F64:
    """A repeating image (n, n) with pixels of `size` at places x, y, bilinear between centres."""
    n = image.shape[0]
    u, v = x / size - 0.5, y / size - 0.5
    i, j = np.floor(u).astype(np.int64), np.floor(v).astype(np.int64)
    u, v = u - i, v - j
    low = image[j % n, i % n] * (1 - u) + image[j % n, (i + 1) % n] * u
    high = image[(j + 1) % n, i % n] * (1 - u) + image[(j + 1) % n, (i + 1) % n] * u
    return np.asarray(low * (1 - v) + high * v)


def bilinear(raster: F64, x: F64, y: F64) -> F64:
    """A raster (rows, columns) at places in nodes on it."""
    i = np.clip(np.floor(x).astype(np.int64), 0, raster.shape[1] - 2)
    j = np.clip(np.floor(y).astype(np.int64), 0, raster.shape[0] - 2)
    u, v = x - i, y - j
    low = raster[j, i] * (1 - u) + raster[j, i + 1] * u
    high = raster[j + 1, i] * (1 - u) + raster[j + 1, i + 1] * u
    return np.asarray(low * (1 - v) + high * v)


def sunlit(shadow: F64, soft: float, x: F64, y: F64, z: F64) -> F64:
    """Share 0..1 of the sun at places x, y in nodes and height z over nodes that lie in shadow up
    to `shadow` (rows, columns): the mean over the four around, fading over `soft` metres."""
    shares = []
    for row in (0, 1):
        for column in (0, 1):
            i, j = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
            weight = np.abs(1 - column - (x - i)) * np.abs(1 - row - (y - j))
            over = (z - shadow[j + row, i + column]) / soft
            shares.append(weight * np.clip(over + 0.5, 0.0, 1.0))
    return np.asarray(np.sum(shares, axis=0))


def reflected(to_sun: F64, to_eye: F64, phase: F64) -> F64:
    """Twin of `shade_kernels.reflected`: light off a surface by three cosines (n,)."""
    angle = np.arccos(np.clip(phase, -1.0, 1.0))
    eye = np.maximum(to_eye, 0.02)
    lommel_seeliger = 2.0 * to_sun / (to_sun + eye)
    surge = 1.0 + 0.35 / (1.0 + np.tan(angle / 2.0) / 0.08)
    total = (0.45 * to_sun + 0.55 * lommel_seeliger) * surge * (1.0 + 0.15 * np.cos(angle))
    return np.where(to_sun > 0.0, total, 0.0)


def covered(points: F64, sun: F64, boxes: F64, step: float = 0.002) -> NDArray[np.bool_]:
    """Which points (n, 3) have a box (middle and half sizes, (k, 6)) on their way to the sun (3,):
    each goes that way in small steps, for 6 m."""
    dark = np.zeros(len(points), bool)
    for t in np.arange(0.0, 6.0, step):
        away = np.abs((points + t * sun)[:, None] - boxes[None, :, :3])
        dark |= np.any(np.all(away < boxes[None, :, 3:], axis=2), axis=1)
    return dark


def _over(world: World, points: F64) -> F64:
    """Metres of points (n, 3) above the surface."""
    return np.asarray(points[:, 2] - world.height(points[:, 0], points[:, 1]))
