"""What a simulated rover is and believes after a step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.sim.vehicle.odometry import Twist
from ai4mars_nav.sim.vehicle.strikes import Strike

F64 = NDArray[np.float64]


@dataclass(frozen=True)
class State:
    """The vehicle after a step; arrays of six in the order of `running_gear.WHEELS`."""

    time: float
    """Seconds driven and stood."""
    odom_from_base: Pose
    """The truth; base_link lies between the lowest points of the wheels."""
    odometry: Pose
    """What the rover believes; equal to the truth at the start."""
    twist: Twist
    """Believed velocity."""
    linear: float
    """True speed along the rover [m/s]."""
    angular: float
    """True turn rate [rad/s]."""
    slip: float
    """0..1, the mean over the wheels: 1 - way made good over way rolled; 0 at rest."""
    sinkage: float
    """Metres, of the deepest wheel."""
    wheel_sinkage: F64
    """(6,) metres."""
    contacts: F64
    """(6, 3) where the wheels touch the surface, in odom."""
    wheel_heights: F64
    """(6,) metres of each wheel above the body's plane: what the suspension takes up."""
    wheel_terrain: NDArray[np.uint8]
    """(6,) label values at the contacts."""
    tilt: float
    """Radians."""
    energy_j: float
    """Drawn from the battery since the start."""
    distance_m: float
    """True way on the surface."""
    wheel_damage: float
    """Share of a wheel's life worn off since the start, the mean over the wheels."""
    embedded: bool
    """Stuck in the ground for good."""
    tipped: bool
    """Lies on its side."""
    stall: str
    """What keeps the rover from moving as commanded, empty where nothing does."""
    clipped: int
    """Steps whose command asked for a tighter arc than the rover can drive."""
    strikes: tuple[Strike, ...]
    """All so far."""
