"""The rover's eyes: a stereo pair on a mast that pans, looking at a world."""

from __future__ import annotations

import math

from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.rover import Rover
from ai4mars_nav.sim.drive.faults import Shots
from ai4mars_nav.sim.march.look import Look
from ai4mars_nav.sim.march.marcher import Marcher
from ai4mars_nav.sim.render import View
from ai4mars_nav.sim.rig import navcam_rig
from ai4mars_nav.sim.vehicle.mast import Mast, MastSettings
from ai4mars_nav.sim.world.mission import Mission
from ai4mars_nav.sim.world.world import World


class Eyes:
    """Looks at the world from where the rover stands; `pan` is in radians, to the left."""

    def __init__(self, world: World, mission: Mission, rover: Rover, size: int, seed: int) -> None:
        self.rig = navcam_rig(rover, size)
        self._mast = Mast(MastSettings(), rover)
        self._seed = seed
        look = Look(
            sun_azimuth_deg=math.degrees(mission.sun_azimuth),
            sun_elevation_deg=math.degrees(mission.sun_elevation),
            seed=seed,
        )
        self._marcher = Marcher(world, look)

    def base_from_camera(self, pan: float) -> Pose:
        """Where the left camera stands on the rover."""
        return self._mast.base_from_camera(pan)

    def look(
        self, odom_from_base: Pose, pan: float, index: int, stamp: int, right: bool, depth: bool
    ) -> tuple[Shots, View]:
        """The frame `index` as it is taken, and the left view with the truth in it."""
        odom_from_camera = odom_from_base @ self.base_from_camera(pan)
        noise = (self._seed * 100_003 + index) * 2
        left = self._marcher.see(self.rig.left, odom_from_camera, noise)
        other = None
        if right:
            seen = self._marcher.see(self.rig.right, odom_from_camera, noise + 1, depth=False)
            other = seen.grey
        return Shots(stamp, left.grey, other, left.depth if depth else None), left
