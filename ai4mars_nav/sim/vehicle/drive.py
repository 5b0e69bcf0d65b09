"""From a velocity command to what the drive can do: limits, turning circle, acceleration."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.planning.arcs import tightest_curvature, turns_in_place
from ai4mars_nav.rover import Rover
from ai4mars_nav.sim.vehicle.errors import VehicleError

SLACK = 1e-6
"""How far, relatively, rounding may carry a command over a limit."""

Speeds = tuple[float, float]
"""Linear [m/s] and angular [rad/s]."""


class Throttle:
    """The speeds of a rover as commands come, and how many asked for a tighter arc than it can."""

    def __init__(self, rover: Rover, ramp: float) -> None:
        self._rover, self._ramp = rover, ramp
        self.speeds: Speeds = (0.0, 0.0)
        self.clipped = 0

    def hear(self, linear: float, angular: float, dt: float) -> Speeds:
        """The speeds after `dt` seconds of a command [m/s, rad/s]; refused with `VehicleError`."""
        check_command(linear, angular, dt, self._rover)
        wanted = within_circle(linear, angular, self._rover)
        self.clipped += wanted[1] != angular
        self.speeds = ramped(self.speeds, wanted, self._rover, self._ramp, dt)
        return self.speeds


def check_command(linear: float, angular: float, dt: float, rover: Rover) -> None:
    """Refuse a command that is not finite or beyond the rover's limits."""
    for what, value, limit, unit in (
        ("linear", linear, rover.max_speed, "m/s"),
        ("angular", angular, rover.max_turn_rate, "rad/s"),
    ):
        if not math.isfinite(value):
            raise VehicleError(f"command {what} is {value}, must be a finite number of {unit}")
        if abs(value) > limit * (1.0 + SLACK):
            raise VehicleError(
                f"command {what} is {value:g} {unit}, over the {limit:g} {unit} of {rover.name}"
            )
    if not (math.isfinite(dt) and dt > 0.0):
        raise VehicleError(f"time step is {dt} s, must be finite and positive")


def within_circle(linear: float, angular: float, rover: Rover) -> Speeds:
    """The command, its turn rate cut down to what the tightest arc allows at that speed."""
    if turns_in_place(rover):
        return linear, angular
    most = abs(linear) * tightest_curvature(rover) * (1.0 + SLACK)
    return linear, min(max(angular, -most), most)


def ramped(now: Speeds, wanted: Speeds, rover: Rover, ramp: float, dt: float) -> Speeds:
    """Speeds after `dt` of the acceleration that takes `ramp` seconds to full speed.

    Both change together, so that a rover that starts or stops on an arc stays on it.
    """
    change = wanted[0] - now[0], wanted[1] - now[1]
    ramps = max(abs(change[0]) / rover.max_speed, abs(change[1]) / rover.max_turn_rate)
    share = min(dt / (ramp * ramps), 1.0) if ramps else 1.0
    return within_circle(now[0] + share * change[0], now[1] + share * change[1], rover)


def wheel_speeds(wheels: NDArray[np.float64], speeds: Speeds, steered: bool) -> NDArray[np.float64]:
    """(6,) metres per second that rims at `wheels` (6, 2) roll, whatever their sign."""
    linear, angular = speeds
    ahead = linear - angular * wheels[:, 1]
    return np.hypot(ahead, angular * wheels[:, 0]) if steered else np.abs(ahead)
