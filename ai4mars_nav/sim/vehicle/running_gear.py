"""Six wheels on a rocker-bogie: where they stand on the rover and how their rims are sampled.

Front wheels are on the rockers, middle and rear wheels on the bogies. The bogie turns about its
middle and the rocker about the middle of the rover, so that all wheels carry the same load.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.rover import Rover

F64 = NDArray[np.float64]

WHEELS = ("front_left", "middle_left", "rear_left", "front_right", "middle_right", "rear_right")
"""The order of every array of six."""
FINEST = 0.04
"""Metres; what is narrower does not carry a wheel."""
BELLY_SPACING = 0.05
"""Metres."""


@dataclass(frozen=True)
class RunningGear:
    """What the kernels need of a rover, metres."""

    wheels: F64
    """(6, 2) x, y in base_link."""
    along: F64
    """(n,) samples of a wheel along its heading, -radius to radius, from the middle outwards."""
    lift: F64
    """(n,) the axle above the rim there."""
    across: F64
    """(m,) samples of a wheel across, from the middle outwards."""
    belly: F64
    """(b, 2) x, y in base_link of the underbody."""
    clearance: float
    radius: float
    run_up: float
    """Metres of way that tell a slope from a step."""
    steepest: float
    """Tangent of the steepest slope that is no step."""


def running_gear(rover: Rover, resolution: float) -> RunningGear:
    """The wheels of a rover on heights that are `resolution` metres apart."""
    radius = rover.wheel_radius
    front, side = 0.5 * rover.wheelbase, 0.5 * rover.track
    wheels = np.array([(x, y) for y in (side, -side) for x in (front, 0.0, -front)])
    spacing = min(max(resolution, FINEST), radius / 6.0)
    along = _spread(2.0 * radius, spacing)
    between = max(rover.track - rover.wheel_width, resolution)
    ahead, aside = _spread(rover.length, BELLY_SPACING), _spread(between, BELLY_SPACING)
    return RunningGear(
        wheels=wheels,
        along=along,
        lift=np.sqrt(np.maximum(radius**2 - along**2, 0.0)),
        across=_spread(rover.wheel_width, max(resolution, FINEST)),
        belly=np.stack(np.meshgrid(ahead, aside, indexing="ij"), axis=-1).reshape(-1, 2),
        clearance=rover.belly_clearance,
        radius=radius,
        run_up=front,
        steepest=math.tan(math.radians(rover.max_tilt_deg)),
    )


def wheel_headings(wheels: F64, curvature: float, steered: bool) -> F64:
    """(6,) radians left of ahead into which the wheels point on an arc of `curvature` [1/m]."""
    if not steered or curvature == 0.0:
        return np.zeros(len(wheels))
    headings: F64 = np.arctan2(curvature * wheels[:, 0], 1.0 - curvature * wheels[:, 1])
    return headings


def _spread(length: float, spacing: float) -> F64:
    """Evenly from -length / 2 to length / 2, at most `spacing` apart, from the middle outwards."""
    half = max(math.ceil(0.5 * length / spacing), 1)
    samples = np.linspace(-0.5 * length, 0.5 * length, 2 * half + 1)
    return np.asarray(samples[np.argsort(np.abs(samples), kind="stable")], np.float64)
