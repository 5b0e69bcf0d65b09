"""How the rover stands at a place: attitude from six contacts, what is under each, the belly."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.sim.vehicle import kernels
from ai4mars_nav.sim.vehicle.running_gear import RunningGear
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
    classes: NDArray[np.uint8]
    """(6,) terrain at the contacts."""
    rocks: NDArray[np.int32]
    """(6,) rock at the contacts or NO_ROCK."""
    belly: float
    """Metres the surface reaches into the underbody, negative where it is free."""
    belly_touch: F64
    """(3,) where there is least room under the belly."""
    headings: F64
    """(6,) radians left of ahead into which the wheels point."""

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
        self.world = world
        self.heights = np.ascontiguousarray(world.surface, np.float32)
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
    x, y = contacts[:, 0], contacts[:, 1]
    return Stance(
        place,
        Pose(rotation, base),
        slopes,
        axles,
        contacts,
        surface.world.class_at(x, y),
        surface.world.rock_at(x, y),
        belly,
        touch,
        headings,
    )


def steps_between(
    surface: Surface, gear: RunningGear, before: Stance, after: Stance, sinkage: F64
) -> F64:
    """(6,) metres that each wheel has to climb beyond the body's slope on its way; 0 if it sinks.

    Counted over a wheel's diameter of way, so that a step is one however finely it is driven.
    """
    steps = np.empty(6)
    kernels.step_heights(
        surface.heights,
        surface.frame,
        after.axles,
        np.ascontiguousarray(after.axles[:, :2] - before.axles[:, :2]),
        after.slopes,
        after.headings,
        gear.along,
        gear.lift,
        gear.across,
        sinkage,
        np.array(after.place, np.float64),
        gear.radius,
        steps,
    )
    rising = after.axles[:, 2] > before.axles[:, 2] + kernels.SAME
    return np.where(rising, steps, 0.0)
