"""Organised points of things on known ground, as a stereo camera on a mast would measure them.

The camera of these scenes has one azimuth a column and one elevation a row, so each column is
a profile through the ground and what is seen follows from one running maximum.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

FIELD = 0.78
"""Radians across the image, both ways (NAVCAM: 45 degrees)."""
MAST = 2.0
FOCAL_BASELINE, DISPARITY_SIGMA = 520.0, 0.25
GroundShape = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Thing:
    """A block or dome standing on the ground: place, full width, height; metres."""

    kind: str
    x: float
    y: float
    width: float
    height: float
    yaw: float = 0.0
    length: float | None = None

    @property
    def distance(self) -> float:
        return float(np.hypot(self.x, self.y))

    @property
    def is_big(self) -> bool:
        return self.height > 0.30 and max(self.width, self.length or 0.0) >= 0.5


def flat(x, y):
    """Level ground."""
    return 0.0 * x + 0.0 * y


def slope(degrees, heading=0.0):
    """A plane that rises along `heading` (radians)."""
    rise = np.tan(np.radians(degrees))
    return lambda x, y: rise * (np.cos(heading) * x + np.sin(heading) * y)


def rolling(x, y):
    """Hummocks half a metre high and steep dips in between."""
    return 0.25 * np.sin(0.5 * x + 0.3 * y) + 0.12 * np.sin(1.1 * y - 0.4 * x)


def dune(x, y):
    """Ridges a metre high, 16 m apart, askew."""
    return 0.5 * np.sin(2.0 * np.pi * (0.9 * x + 0.4 * y) / 16.0)


def points_of(
    ground: GroundShape,
    things: Sequence[Thing] = (),
    *,
    size: int = 512,
    down: float = 0.25,
    reach: float = 26.0,
    step: float = 0.03,
) -> np.ndarray:
    """Exact points (size, size, 3), z up, origin at the camera; nan sky. `down`: its pitch."""
    angles = (0.5 - (np.arange(size) + 0.5) / size) * FIELD
    elevation = angles - down
    away = np.arange(1.0, reach, step)
    camera = float(ground(np.array(0.0), np.array(0.0))) + MAST
    points = np.full((size, size, 3), np.nan)
    for column, azimuth in enumerate(angles):
        profile = _surface(away * np.cos(azimuth), away * np.sin(azimuth), ground, things) - camera
        seen_at = np.arctan2(profile, away)
        after = np.searchsorted(np.maximum.accumulate(seen_at), elevation)
        hit = (after > 0) & (after < len(away))
        k = np.clip(after, 1, len(away) - 1)
        low, high = seen_at[k - 1], seen_at[k]
        share = np.clip((elevation - low) / np.where(high > low, high - low, 1.0), 0.0, 1.0)
        distance = np.where(hit, away[k - 1] + share * step, np.nan)
        points[:, column, 0] = distance * np.cos(azimuth)
        points[:, column, 1] = distance * np.sin(azimuth)
        points[:, column, 2] = distance * np.tan(elevation)
    return points


def measured(points: np.ndarray, seed: int, disparity_sigma: float = DISPARITY_SIGMA):
    """The points with a disparity error, float32."""
    noise = np.random.default_rng(seed).normal(0.0, disparity_sigma / FOCAL_BASELINE, points.shape)
    distance = np.linalg.norm(points, axis=2, keepdims=True)
    return (points / distance / (1.0 / distance + noise[..., :1])).astype(np.float32)


def _surface(x, y, ground, things):
    bare = ground(x, y)
    top = bare.copy()
    for thing in things:
        cos, sin = np.cos(thing.yaw), np.sin(thing.yaw)
        u = ((x - thing.x) * cos + (y - thing.y) * sin) * 2.0 / (thing.length or thing.width)
        v = ((y - thing.y) * cos - (x - thing.x) * sin) * 2.0 / thing.width
        if thing.kind == "dome":
            inside = 1.0 - u * u - v * v
            shape = np.where(inside > 0.0, np.sqrt(np.maximum(inside, 0.0)), -1.0)
        else:
            shape = np.where((np.abs(u) <= 1.0) & (np.abs(v) <= 1.0), 1.0, -1.0)
        top = np.maximum(top, np.where(shape >= 0.0, bare + thing.height * shape, -np.inf))
    return top
