"""The topic truth/state: everything that is true of the rover, as JSON in a std_msgs/String."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.rounding import rounded
from ai4mars_nav.sim.vehicle.state import State
from ai4mars_nav.sim.vehicle.strikes import Strike


@dataclass(frozen=True)
class Truth:
    """One moment; metres, radians, seconds, joules. `stamp` is in nanoseconds, `time` since the
    drive began."""

    stamp: int
    time: float
    place: tuple[float, float, float]
    """x, y, yaw, in truth."""
    believed: tuple[float, float, float]
    """x, y, yaw of the odometry."""
    ordered: tuple[float, float]
    """Linear and angular speed that the driver asked for."""
    speed: float
    slip: float
    sinkage: float
    tilt: float
    energy_j: float
    distance_m: float
    embedded: bool
    tipped: bool
    stall: str
    strikes: tuple[Strike, ...]
    frames: int
    counts: Mapping[str, int] = field(default_factory=dict)
    wear_ppm: float = 0.0
    """Millionths of a wheel's life worn off, the mean over the wheels."""


def truth_of(
    state: State,
    believed: Pose,
    ordered: tuple[float, float],
    stamp: int,
    frames: int,
    counts: Mapping[str, int],
) -> Truth:
    """The truth about a state of the vehicle."""
    return Truth(
        stamp,
        state.time,
        _place(state.odom_from_base),
        _place(believed),
        ordered,
        state.linear,
        state.slip,
        state.sinkage,
        state.tilt,
        state.energy_j,
        state.distance_m,
        state.embedded,
        state.tipped,
        state.stall,
        state.strikes,
        frames,
        dict(counts),
        1e6 * state.wheel_damage,
    )


def to_json(truth: Truth) -> str:
    """One line of JSON; numbers are rounded to what can be measured."""
    return json.dumps(rounded(asdict(truth), 5))


def from_json(text: str) -> Truth:
    """The truth of such a line."""
    values: dict[str, Any] = json.loads(text)
    values["strikes"] = tuple(Strike(**strike) for strike in values["strikes"])
    for key in ("place", "believed", "ordered"):
        values[key] = tuple(values[key])
    return Truth(**values)


def _place(pose: Pose) -> tuple[float, float, float]:
    x, y, _ = pose.translation.tolist()
    return x, y, pose.yaw()
