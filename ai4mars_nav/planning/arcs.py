"""Candidate arcs: what a rover can drive next, sampled as poses in base_link.

Forward and backward arcs of constant curvature within the rover's limits, and turns in place for a
skid-steered rover whose tightest radius is 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.rover import Rover
from ai4mars_nav.settings import setting

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ArcSettings:
    """How many arcs are tried, how long and how finely sampled."""

    count: int = setting(31, "forward arcs, an odd number has one straight", lo=3, hi=301)
    length: float = setting(4.0, "length of an arc", unit="m", lo=0.2, hi=30.0)
    spacing: float = setting(0.15, "distance between poses on an arc", unit="m", lo=0.01, hi=1.0)
    reverse_count: int = setting(5, "backward arcs, 0 never reverses", lo=0, hi=301)
    reverse_length: float = setting(2.0, "length of a backward arc", unit="m", lo=0.2, hi=30.0)
    turn_angle: float = setting(1.6, "angle of a turn in place", unit="rad", lo=0.1, hi=3.15)


@dataclass(frozen=True)
class Arcs:
    """k arcs of n poses each; short arcs repeat their last pose."""

    poses: Floats
    """(k, n, 3): x, y in metres and yaw in radians, in base_link at the arc's start."""
    travelled: Floats
    """(k, n) metres; for a turn in place those of the outer wheels."""
    curvature: Floats
    """(k,) 1/m, positive to the left when driving forward; 0 for a turn in place."""
    direction: NDArray[np.int8]
    """(k,) 1 forward, -1 backward, 0 turn in place."""
    turn: Floats
    """(k,) radians turned in place, positive to the left; 0 otherwise."""

    def __len__(self) -> int:
        return len(self.direction)


def tightest_curvature(rover: Rover) -> float:
    """Largest curvature of a driven arc, 1/m: a skid-steered rover at most stops one side."""
    if rover.min_turn_radius > 0.0:
        return 1.0 / rover.min_turn_radius
    return 2.0 / rover.track


def turns_in_place(rover: Rover) -> bool:
    """Whether the rover may turn without driving."""
    return rover.drive == "skid" and rover.min_turn_radius == 0.0


def candidate_arcs(settings: ArcSettings, rover: Rover) -> Arcs:
    """The arcs the rover chooses from, forward ones first, from right to left."""
    tightest = tightest_curvature(rover)
    forward = np.linspace(-tightest, tightest, settings.count)
    backward = np.linspace(-tightest, tightest, settings.reverse_count)
    turns = np.array([-1.0, 1.0]) * settings.turn_angle if turns_in_place(rover) else np.empty(0)
    curvature = np.concatenate([forward, backward, np.zeros(len(turns))])
    direction = np.repeat([1, -1, 0], [len(forward), len(backward), len(turns)]).astype(np.int8)
    turn = np.concatenate([np.zeros(len(forward) + len(backward)), turns])
    wheel_radius_of_turn = 0.5 * np.hypot(rover.track, rover.wheelbase)
    length = np.choose(
        direction + 1,
        [settings.reverse_length, np.abs(turn) * wheel_radius_of_turn, settings.length],
    )
    # more than half a circle leads back to where it came from
    half_circle = np.pi / np.maximum(np.abs(curvature), 1e-9)
    length = np.minimum(length, half_circle)
    steps = max(1, int(np.ceil(length.max() / settings.spacing - 1e-9)))
    travelled = np.minimum(settings.spacing * np.arange(steps + 1), length[:, None])
    poses = _poses(curvature, direction, turn, travelled, length)
    return Arcs(poses, travelled, curvature, direction, turn)


def _poses(
    curvature: Floats, direction: NDArray[np.int8], turn: Floats, travelled: Floats, length: Floats
) -> Floats:
    """(k, n, 3) poses after `travelled` (k, n) metres, on exact circles."""
    along = direction[:, None] * travelled
    yaw = curvature[:, None] * along + turn[:, None] * travelled / length[:, None]
    driven_yaw = curvature[:, None] * along
    # chord of a circle: along * sinc(half the angle), in the direction of half the angle
    chord = along * np.sinc(driven_yaw / (2.0 * np.pi))
    x = chord * np.cos(0.5 * driven_yaw)
    y = chord * np.sin(0.5 * driven_yaw)
    return np.stack([x, y, yaw], axis=2)


def place(poses: Floats, x: float, y: float, yaw: float) -> Floats:
    """Poses (..., 3) of base_link in the frame in which base_link stands at x, y, yaw."""
    cos, sin = np.cos(yaw), np.sin(yaw)
    return np.stack(
        [
            x + cos * poses[..., 0] - sin * poses[..., 1],
            y + sin * poses[..., 0] + cos * poses[..., 1],
            yaw + poses[..., 2],
        ],
        axis=-1,
    )
