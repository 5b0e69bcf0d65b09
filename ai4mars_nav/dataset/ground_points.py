"""Where the ground under each pixel is, from its range or depth alone: no pose, no map.

The ground near the camera is nearly a plane, and a camera that is tilted with its rover sees that
plane tilted. So the plane is found in the points themselves, and the points are turned until it is
level. Points are (h, w, 3) metres, nan where there is no range.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.dataset.errors import DatasetError

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]

_NEAR = 15.0
"""Metres within which the ground is taken for a plane."""
_FEWEST = 100
_SAMPLE = 20_000
_ROUNDS = 10
_LEAST_SPREAD = 0.05
"""Metres off the plane that are never taken for a rock."""


def rays(shape: tuple[int, int], focal: float) -> F64:
    """Direction (h, w, 3) of each pixel, x right, y down, z = 1, of a camera centred on it."""
    height, width = shape
    v, u = np.mgrid[:height, :width] + 0.5
    x, y = (u - width / 2) / focal, (v - height / 2) / focal
    return np.stack([x, y, np.ones(shape)], axis=-1)


def points_of_depth(depth: F32, focal: float) -> F64:
    """Points in the camera's optical frame of depths (h, w) along the optical axis."""
    points: F64 = rays((depth.shape[0], depth.shape[1]), focal) * depth[..., None]
    return points


def points_of_range(ranges: F32, focal: float) -> F64:
    """Points in the camera's optical frame of ranges (h, w): distances from the camera."""
    directions = rays((ranges.shape[0], ranges.shape[1]), focal)
    points: F64 = directions * (ranges / np.linalg.norm(directions, axis=-1))[..., None]
    return points


def level(points: F64) -> F32:
    """Points of the optical frame turned so that the ground is level.

    x forward, y left, z up from the ground below the camera.
    """
    up, height = _plane(points)
    forward = np.array([0.0, 0.0, 1.0]) - up[2] * up
    if np.linalg.norm(forward) < 1e-6:
        # straight down: what is up in the image is ahead
        forward = np.array([0.0, -1.0, 0.0]) + up[1] * up
    forward /= np.linalg.norm(forward)
    axes = np.stack([forward, np.cross(up, forward), up])
    levelled: F32 = (points @ axes.T + [0.0, 0.0, height]).astype(np.float32)
    return levelled


def _plane(points: F64) -> tuple[F64, float]:
    """The unit vector up from the ground near the camera, and how high the camera is over it.

    Least squares, again and again without what lies off the plane: rocks, hills, the rover.
    """
    flat = points.reshape(-1, 3)
    near = flat[np.isfinite(flat).all(axis=1) & (np.linalg.norm(flat, axis=1) <= _NEAR)]
    if len(near) < _FEWEST:
        raise DatasetError(f"{len(near)} pixels have a range within {_NEAR} m: too few")
    sample = near[:: -(-len(near) // _SAMPLE)]
    used = np.ones(len(sample), bool)
    for _ in range(_ROUNDS):
        middle = sample[used].mean(axis=0)
        up = np.linalg.svd(sample[used] - middle, full_matrices=False)[2][2]
        off = (sample - middle) @ up
        spread = max(_LEAST_SPREAD, 2.0 * float(np.median(np.abs(off))))
        kept = np.abs(off) <= spread
        if (kept == used).all():
            break
        used = kept
    height = float(-(middle @ up))
    return (up, height) if height > 0.0 else (-up, -height)
