"""What a pinhole camera sees of a `World`: grey image, depth and class labels, fast.

`sim/render.py` draws analytic scenes exactly and slowly; this draws rasters.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.geometry.pinhole import Pinhole
from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.sim.march import light_kernels, ray_kernels, shade_kernels
from ai4mars_nav.sim.march.far import surroundings
from ai4mars_nav.sim.march.grid import Grid, grid
from ai4mars_nav.sim.march.ground_kernels import STONE
from ai4mars_nav.sim.march.look import Look
from ai4mars_nav.sim.march.sensor import picture
from ai4mars_nav.sim.march.shade_kernels import Layer, Light
from ai4mars_nav.sim.march.skin import skin
from ai4mars_nav.sim.march.threads import over_rows
from ai4mars_nav.sim.render import View
from ai4mars_nav.sim.world.world import NO_ROCK, World

F32 = NDArray[np.float32]

LIMIT = 400.0
"""Metres of z-depth beyond which there is nothing but plain and sky."""
_TABLE = 256
"""A side of the table of random numbers under all noise."""


class Marcher:
    """A world and its light made ready; `see` may be called from several threads."""

    def __init__(self, world: World, look: Look) -> None:
        self.look = look
        sun = look.sun
        self._sun = (float(sun[0]), float(sun[1]), float(sun[2]))
        half = world.resolution / 2.0
        first = (world.origin[0] + half, world.origin[1] + half)
        heights, labels, far_first, far_spacing = surroundings(world, look.seed)
        self._near = grid(world.surface, first, world.resolution)
        self._far = grid(heights, far_first, far_spacing)
        stuff = np.where(world.rock_of != NO_ROCK, np.uint8(STONE), world.classes)
        self._near_layer = self._layer(self._near, stuff, np.ascontiguousarray(world.classes))
        self._far_layer = self._layer(self._far, labels, labels)
        self._plain = float(np.median(world.ground))
        self._light = Light(self._sun, look.sky_light, look.sky_brightness, look.haze)
        self._skin = skin(look.seed, self._sun)
        random = np.random.default_rng(look.seed)
        self._table = random.uniform(-1.0, 1.0, (_TABLE, _TABLE)).astype(np.float32)

    def see(self, camera: Pinhole, odom_from_camera: Pose, seed: int, depth: bool = True) -> View:
        """What `camera` sees; the pose is the *left* camera's optical frame, also for a right one.

        The seed is that of the noise alone. Depth is z-depth, nan where there is sky; without
        `depth` it is nan everywhere. Off the map there is ground too, of unknown class.
        """
        place = odom_from_camera.apply(np.array([camera.baseline, 0.0, 0.0]))
        eye = (float(place[0]), float(place[1]), float(place[2]))
        turn = np.ascontiguousarray(odom_from_camera.rotation, np.float64)
        pinhole = (camera.fx, camera.fy, camera.cx, camera.cy)
        shape = (camera.height, camera.width)
        ways, light = np.empty(shape, np.float32), np.empty(shape, np.float32)
        labels = np.empty(shape, np.uint8)

        def rows(first: int, last: int) -> None:
            ray_kernels.march(first, last, pinhole, turn, eye, self._near, self._far, LIMIT, ways)
            shade_kernels.shade(
                first,
                last,
                pinhole,
                turn,
                eye,
                ways,
                self._near_layer,
                self._far_layer,
                self._plain,
                self._light,
                self._skin,
                self._table,
                light,
                labels,
            )

        over_rows(rows, camera.height)
        grey = picture(light, self.look, seed)
        ways[~np.isfinite(ways) | (not depth)] = np.nan
        return View(grey, ways, labels)

    def _layer(self, ready: Grid, stuff: NDArray[np.uint8], labels: NDArray[np.uint8]) -> Layer:
        shadow = light_kernels.shadow_heights(ready.heights, ready.spacing, self._sun)
        return Layer(
            ready.heights,
            shadow,
            _open_sky(ready.heights, ready.spacing),
            stuff,
            labels,
            ready.first,
            ready.spacing,
        )


def _open_sky(heights: F32, spacing: float) -> F32:
    """Share 0..1 of the sky (rows, columns) that each node sees, about: less where all around is
    higher."""
    total = np.ones(heights.shape, np.float32)
    for reach, weight in ((0.15, 0.6), (0.6, 0.5)):
        size = max(3, 2 * round(reach / spacing) + 1)
        around = cv2.blur(heights, (size, size), borderType=cv2.BORDER_REPLICATE)
        total -= weight * np.clip((around - heights) / reach, -0.15, 1.0)
    return np.clip(total, 0.25, 1.1)
