"""Rays into a scene: what a line of sight meets, and whether a place is seen or sunlit."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.sim import kernels
from ai4mars_nav.sim.scene import Array, Ramp, Scene

FAR = 400.0
"""Beyond this many metres (z-depth on camera rays) there is only sky."""


@dataclass(frozen=True)
class Caster:
    """A scene as the arrays the kernels want, with bounds on its waves' slope and its height."""

    ramps: Array
    waves: Array
    rocks: Array
    ripple: float
    top: float

    def cast(
        self, origins: Array, directions: Array, far: float = FAR
    ) -> tuple[Array, NDArray[np.int32]]:
        """First t along origins (n or 1, 3) + t * directions (n, 3), inf where none; and what
        is there: -1 sky, 0 ground, k + 1 rock k."""
        found: tuple[Array, NDArray[np.int32]] = kernels.cast(
            np.ascontiguousarray(origins, dtype=np.float64),
            np.ascontiguousarray(directions, dtype=np.float64),
            self.ramps,
            self.waves,
            self.rocks,
            self.ripple,
            self.top,
            far,
        )
        return found

    def sees(self, eye: Array, points: Array, slack: float = 1e-3) -> NDArray[np.bool_]:
        """Which surface points (n, 3) have a free line to `eye` (3,), but for `slack` metres."""
        lines = points - eye
        distance = np.linalg.norm(lines, axis=1)
        t, _ = self.cast(eye[None, :], lines, far=1.5)
        free: NDArray[np.bool_] = t * distance > distance - slack
        return free

    def lit(self, points: Array, sun: Array, lift: float = 2e-3) -> NDArray[np.bool_]:
        """Which surface points (n, 3) the sun (unit vector) reaches; `lift` metres off them."""
        origins = points + np.array([0.0, 0.0, lift])
        _, what = self.cast(origins, np.broadcast_to(sun, points.shape), far=60.0)
        clear: NDArray[np.bool_] = what < 0
        return clear


def caster(scene: Scene) -> Caster:
    """Prepare a scene for rays."""
    ramps = np.array(
        [
            (
                r.x,
                r.y,
                math.cos(r.yaw),
                math.sin(r.yaw),
                r.length,
                r.rise,
                -1.0 if math.isinf(r.width) else r.width / 2.0,
                r.shoulder,
                _steepest(r),
            )
            for r in scene.ramps
        ]
    ).reshape(-1, 9)
    waves = np.array([(w.amplitude, w.kx, w.ky, w.phase) for w in scene.waves]).reshape(-1, 4)
    rocks = np.array(
        [
            (
                r.x,
                r.y,
                base,
                math.cos(r.yaw),
                math.sin(r.yaw),
                r.length / 2.0,
                r.width / 2.0,
                r.height,
            )
            for r, base in zip(scene.rocks, scene.rock_bases, strict=True)
        ]
    ).reshape(-1, 8)
    ripple = float((np.abs(waves[:, 0]) * np.hypot(waves[:, 1], waves[:, 2])).sum())
    top = float(np.maximum(ramps[:, 5], 0.0).sum() + np.abs(waves[:, 0]).sum())
    return Caster(ramps, waves, rocks, ripple, top)


def _steepest(ramp: Ramp) -> float:
    """The steepest slope of a ramp, as a tangent: along it and down its shoulder at once."""
    aside = 0.0 if math.isinf(ramp.width) else ramp.rise / ramp.shoulder
    return math.hypot(ramp.rise / ramp.length, aside)
