"""Rays against ground and rocks, compiled by numba. The slow twin is `slow.py`.

A scene arrives as plain arrays (see `rays.caster`): ramps (n, 9), waves (m, 4), rocks (k, 8).
Along any ray the parameter t counts the direction vector given, so a camera ray whose optical z
is 1 returns z-depth.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Array = NDArray[np.float64]

FLOOR, SHARE = 0.01, 0.001
"""Shortest step of the march in metres, and as a share of the way: a crest that is seen over less
than this may be missed."""


@njit(cache=True)
def ground(x: float, y: float, ramps: Array, waves: Array) -> float:
    """Height of the bare ground in metres."""
    z = 0.0
    for i in range(ramps.shape[0]):
        dx, dy = x - ramps[i, 0], y - ramps[i, 1]
        along = (dx * ramps[i, 2] + dy * ramps[i, 3]) / ramps[i, 4]
        if along <= 0.0:
            continue
        rise = ramps[i, 5] * min(along, 1.0)
        if ramps[i, 6] >= 0.0:
            across = abs(dy * ramps[i, 2] - dx * ramps[i, 3])
            rise *= min(max((ramps[i, 6] + ramps[i, 7] - across) / ramps[i, 7], 0.0), 1.0)
        z += rise
    for i in range(waves.shape[0]):
        z += waves[i, 0] * np.sin(waves[i, 1] * x + waves[i, 2] * y + waves[i, 3])
    return z


@njit(cache=True)
def slope_and_reach(x: float, y: float, ramps: Array) -> tuple[float, float]:
    """Bound on the slope of the ramps under (x, y), and metres that it holds for at least.

    A ramp whose foot lies ahead has no slope yet, however steep it is.
    """
    slope, reach = 0.0, np.inf
    for i in range(ramps.shape[0]):
        along = (x - ramps[i, 0]) * ramps[i, 2] + (y - ramps[i, 1]) * ramps[i, 3]
        if along < 0.0:
            reach = min(reach, -along)
        else:
            slope += ramps[i, 8]
    return slope, reach


@njit(cache=True)
def hit_ground(
    o: Array, d: Array, ramps: Array, waves: Array, ripple: float, top: float, far: float
) -> float:
    """First t in (0, far) at which o + t d meets the ground, or inf.

    `ripple` bounds the slope of the waves and `top` the ground's height: no step can jump over
    anything that is seen over more than FLOOR, or SHARE of the way to it.
    """
    level = np.sqrt(d[0] * d[0] + d[1] * d[1])
    floor = FLOOR / np.sqrt(level * level + d[2] * d[2])
    t = 0.0
    if o[2] > top:
        t = (o[2] - top) / -d[2] if d[2] < 0.0 else np.inf
    previous = t
    while t < far:
        x, y, z = o[0] + t * d[0], o[1] + t * d[1], o[2] + t * d[2]
        if z > top and d[2] >= 0.0:
            return np.inf
        above = z - ground(x, y, ramps, waves)
        if above <= 0.0:
            return _refine(o, d, ramps, waves, previous, t)
        slope, reach = slope_and_reach(x, y, ramps)
        closing = (slope + ripple) * level - d[2]
        step = above / closing if closing > 0.0 else np.inf
        step = min(step, reach / max(level, 1e-12))
        if step == np.inf:
            return np.inf
        previous = t
        t += max(step, floor, SHARE * t)
    return np.inf


@njit(cache=True)
def _refine(o: Array, d: Array, ramps: Array, waves: Array, low: float, high: float) -> float:
    for _ in range(60):
        middle = 0.5 * (low + high)
        x, y = o[0] + middle * d[0], o[1] + middle * d[1]
        if o[2] + middle * d[2] > ground(x, y, ramps, waves):
            low = middle
        else:
            high = middle
        if high - low < 1e-9:
            break
    return 0.5 * (low + high)


@njit(cache=True)
def hit_rock(o: Array, d: Array, rock: Array) -> float:
    """First t > 0 at which o + t d meets a rock from outside, or inf.

    The rock is a half ellipsoid on an upright elliptic column that reaches into the ground.
    """
    dx, dy = o[0] - rock[0], o[1] - rock[1]
    ou, ov = (dx * rock[3] + dy * rock[4]) / rock[5], (dy * rock[3] - dx * rock[4]) / rock[6]
    du = (d[0] * rock[3] + d[1] * rock[4]) / rock[5]
    dv = (d[1] * rock[3] - d[0] * rock[4]) / rock[6]
    ow, dw = (o[2] - rock[2]) / rock[7], d[2] / rock[7]
    a, b, c = du * du + dv * dv, ou * du + ov * dv, ou * ou + ov * ov - 1.0
    if b * b < a * c:
        return np.inf
    if a > 0.0:
        t: float = (-b - np.sqrt(b * b - a * c)) / a
        if t > 0.0 and ow + t * dw < 0.0:
            return t
    a, b, c = a + dw * dw, b + ow * dw, c + ow * ow
    if b * b < a * c:
        return np.inf
    t = (-b - np.sqrt(b * b - a * c)) / a
    if t <= 0.0 or ow + t * dw < 0.0:
        return np.inf
    return t


@njit(cache=True)
def first_hit(
    o: Array,
    d: Array,
    ramps: Array,
    waves: Array,
    rocks: Array,
    ripple: float,
    top: float,
    far: float,
) -> tuple[float, int]:
    """First t along o + t d and what is there: -1 nothing (t inf), 0 ground, k + 1 rock k."""
    t, what = hit_ground(o, d, ramps, waves, ripple, top, far), 0
    if not t < np.inf:
        what = -1
    for k in range(rocks.shape[0]):
        at = hit_rock(o, d, rocks[k])
        if at < t and at < far:
            t, what = at, k + 1
    return t, what


@njit(cache=True)
def cast(
    origins: Array,
    directions: Array,
    ramps: Array,
    waves: Array,
    rocks: Array,
    ripple: float,
    top: float,
    far: float,
) -> tuple[Array, NDArray[np.int32]]:
    """`first_hit` of n rays: origins (n, 3) or (1, 3) for all, directions (n, 3)."""
    n = directions.shape[0]
    t, what = np.empty(n), np.empty(n, dtype=np.int32)
    shared = origins.shape[0] == 1
    for i in range(n):
        o = origins[0] if shared else origins[i]
        t[i], what[i] = first_hit(o, directions[i], ramps, waves, rocks, ripple, top, far)
    return t, what
