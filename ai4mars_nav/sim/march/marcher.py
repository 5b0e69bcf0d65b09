"""What a pinhole camera sees of a `World`: grey image, depth and class labels, fast.

`sim/render.py` draws analytic scenes exactly and slowly; this draws rasters.
"""

from __future__ import annotations

import numpy as np

from ai4mars_nav.geometry.pinhole import Pinhole
from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.sim.march import march_kernels, shade_kernels
from ai4mars_nav.sim.march.caster_kernels import NOTHING, Caster
from ai4mars_nav.sim.march.far import surroundings
from ai4mars_nav.sim.march.grid import grid
from ai4mars_nav.sim.march.ground_kernels import STONE
from ai4mars_nav.sim.march.layer import layer
from ai4mars_nav.sim.march.look import Look
from ai4mars_nav.sim.march.sensor import picture
from ai4mars_nav.sim.march.shade_kernels import Light
from ai4mars_nav.sim.march.skin import skin
from ai4mars_nav.sim.march.threads import over_rows
from ai4mars_nav.sim.render import View
from ai4mars_nav.sim.world.world import NO_ROCK, World
from ai4mars_nav.terrain import UNKNOWN

LIMIT = 400.0
"""Metres of z-depth beyond which there is nothing but plain and sky."""
_TABLE = 256
"""A side of the table of random numbers under all noise."""


class Marcher:
    """A world and its light made ready; `see` may be called from several threads."""

    def __init__(self, world: World, look: Look) -> None:
        self.look = look
        half = world.resolution / 2.0
        first = (world.origin[0] + half, world.origin[1] + half)
        heights, kinds, far_first, far_spacing = surroundings(world, look.seed)
        self._near = grid(world.surface, first, world.resolution)
        self._far = grid(heights, far_first, far_spacing)
        stuff = np.where(world.rock_of != NO_ROCK, np.uint8(STONE), world.classes)
        random = np.random.default_rng(look.seed)
        self._table = random.uniform(-1.0, 1.0, (_TABLE, _TABLE)).astype(np.float32)
        ground = look.sun, self._table, look.patchiness
        self._near_layer = layer(self._near, stuff, world.classes, *ground)
        self._far_layer = layer(self._far, kinds, np.full_like(kinds, UNKNOWN), *ground)
        self._plain = float(np.median(world.ground))
        self._light = Light(look.sun, look.sky_light, look.sky_brightness, look.haze)
        self._skin = skin(look)

    def see(
        self,
        camera: Pinhole,
        odom_from_camera: Pose,
        seed: int,
        depth: bool = True,
        caster: Caster = NOTHING,
    ) -> View:
        """What `camera` sees; the pose is the *left* camera's optical frame, also for a right one.

        The seed is that of the noise alone. Depth is z-depth, nan where there is sky; without
        `depth` it is nan everywhere. Off the map there is ground too, of unknown class. The
        shadow of `caster` falls on the ground.
        """
        place = odom_from_camera.apply(np.array([camera.baseline, 0.0, 0.0]))
        eye = (float(place[0]), float(place[1]), float(place[2]))
        turn = np.ascontiguousarray(odom_from_camera.rotation, np.float64)
        pinhole = (camera.fx, camera.fy, camera.cx, camera.cy)
        shape = (camera.height, camera.width)
        ways, light = np.empty(shape, np.float32), np.empty(shape, np.float32)
        labels = np.empty(shape, np.uint8)

        def rows(first: int, last: int) -> None:
            march_kernels.march(first, last, pinhole, turn, eye, self._near, self._far, LIMIT, ways)
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
                caster,
                self._table,
                light,
                labels,
            )

        over_rows(rows, camera.height)
        grey = picture(light, self.look, seed)
        ways[~np.isfinite(ways) | (not depth)] = np.nan
        return View(grey, ways, labels)
