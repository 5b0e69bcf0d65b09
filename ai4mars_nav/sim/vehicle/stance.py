"""How the rover stands at a place: attitude from six contacts, what is under each, the belly."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.sim.vehicle import kernels
from ai4mars_nav.sim.vehicle.running_gear import RunningGear
from ai4mars_nav.sim.vehicle.soil import shares_of
from ai4mars_nav.sim.world.world import World

F64 = NDArray[np.float64]

FIRST_ROUNDS, ROUNDS = 8, 2
"""How often the attitude is sought: without and with a good guess."""


@dataclass(frozen=True)
class Stance:
    """The rover at rest at one place; arrays of six in the order of `running_gear.WHEELS`."""

    place: tuple[float, float, float]
    """x, y [m], yaw [rad] of base_link."""
    world_from_base: Pose
    slopes: F64
    """(2,) tangents by which the body rises ahead and to the left."""
    axles: F64
    """(6, 3) wheel centres in the world."""
    contacts: F64
    """(6, 3) where the wheels touch the surface."""
    grounds: NDArray[np.uint8]
    """(6,) values of `terrain.GROUNDS` at the contacts."""
    rocks: NDArray[np.int32]
    """(6,) rock at the contacts or NO_ROCK."""
    shares: F64
    """(6,) the part of the wheels on each ground."""
    belly: float
    """Metres the surface reaches into the underbody, negative where it is free."""
    belly_touch: F64
    """(3,) where there is least room under the belly."""
    headings: F64
    """(6,) radians left of ahead into which the wheels point."""
    sunk: F64
    """(6,) metres that the wheels are sunk."""

    @property
    def tilt(self) -> float:
        """Radians between the body's up and the vertical."""
        return math.acos(min(1.0, float(self.world_from_base.rotation[2, 2])))

    def travel(self, radius: float) -> F64:
        """(6,) metres of each wheel above the plane of the body on which base_link lies."""
        pose = self.world_from_base
        heights: F64 = (self.axles - pose.translation) @ pose.rotation[:, 2] - radius
        return heights


class Surface:
    """A world as the kernels take it."""

    def __init__(self, world: World) -> None:
        self.heights = np.ascontiguousarray(world.surface, np.float32)
        self.grounds = np.ascontiguousarray(world.felt)
        self.rock_of = np.ascontiguousarray(world.rock_of)
        self.frame = np.array([*world.origin, world.resolution], np.float64)


def stand(
    surface: Surface,
    gear: RunningGear,
    place: tuple[float, float, float],
    headings: F64,
    sinkage: F64,
    guess: F64 | None = None,
) -> Stance:
    """The stance at a place with wheels turned by `headings` and sunk by `sinkage` (6,) [m]."""
    slopes = np.zeros(2) if guess is None else guess.copy()
    rotation, axles, contacts = np.empty((3, 3)), np.empty((6, 3)), np.empty((6, 3))
    z = kernels.settle(
        surface.heights,
        surface.frame,
        np.array(place, np.float64),
        slopes,
        gear.wheels,
        headings,
        gear.along,
        gear.lift,
        gear.across,
        sinkage,
        gear.radius,
        FIRST_ROUNDS if guess is None else ROUNDS,
        rotation,
        axles,
        contacts,
    )
    base = np.array([place[0], place[1], z])
    touch = np.empty(3)
    belly = kernels.belly_depth(
        surface.heights, surface.frame, base, rotation, gear.belly, gear.clearance, touch
    )
    grounds, rocks = np.empty(6, np.uint8), np.empty(6, np.int32)
    kernels.beneath(surface.grounds, surface.rock_of, surface.frame, contacts, grounds, rocks)
    return Stance(
        place,
        Pose(rotation, base),
        slopes,
        axles,
        contacts,
        grounds,
        rocks,
        shares_of(grounds),
        belly,
        touch,
        headings,
        sinkage.copy(),
    )


def steps_between(surface: Surface, gear: RunningGear, before: Stance, after: Stance) -> F64:
    """(6,) metres that each wheel has climbed beyond the slope it comes from; 0 where it rolls on.

    Counted over a wheel's diameter of way, so that a step is one however finely it is driven.
    """
    steps, ways = np.empty(6), after.axles - before.axles
    # a wheel that sinks while it climbs still climbs
    ways[:, 2] += after.sunk - before.sunk
    kernels.step_heights(
        surface.heights,
        surface.frame,
        after.axles,
        ways,
        after.place[2],
        after.slopes,
        after.headings,
        gear.along,
        gear.lift,
        gear.across,
        after.sunk,
        gear.radius * np.array([1.0, 2.0]),
        gear.run_up,
        gear.steepest,
        steps,
    )
    return steps
