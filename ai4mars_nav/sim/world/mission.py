"""What a drive across a world is: from where, to where, under which sun."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ai4mars_nav.sim.errors import SimError
from ai4mars_nav.sim.world.world import NO_ROCK, World

STEEPEST_START_DEG = 12.0
"""A rover is not set down on more."""
START_REACH = 0.8
"""Metres around the start, and around the goal, that must be free of rocks."""
STONE = 0.12
"""Metres of height up to which a rock there does not matter."""


@dataclass(frozen=True)
class Mission:
    """Start (x, y, yaw) and goal (x, y) in odom, which is the world's frame; metres, radians.

    The sun stands at `sun_azimuth`, counted from x towards y, and `sun_elevation`, in radians.
    """

    start: tuple[float, float, float]
    goal: tuple[float, float]
    sun_azimuth: float
    sun_elevation: float


def check_mission(world: World, mission: Mission, source: str) -> None:
    """Refuse a start or goal off the map or in a rock, and a start that is too steep; `source`
    names the file."""
    for key, (x, y) in (("start", mission.start[:2]), ("goal", mission.goal)):
        where = f"{source}: {key} ({x:g}, {y:g})"
        if not np.isfinite([x, y]).all():
            raise SimError(f"{where}: must be finite numbers")
        if not world.holds(np.array(x), np.array(y)):
            (left, low), (wide, high) = world.origin, world.size
            raise SimError(
                f"{where} lies off the map, which is x {left:g} to {left + wide:g} m, "
                f"y {low:g} to {low + high:g} m"
            )
        rock = rock_near(world, x, y)
        if rock != NO_ROCK:
            raise SimError(
                f"{where} lies in or beside rock {rock}, which is "
                f"{world.rocks.height[rock]:.2f} m high at ({world.rocks.x[rock]:.2f}, "
                f"{world.rocks.y[rock]:.2f})"
            )
    slope = slope_deg(world, *mission.start[:2])
    if slope > STEEPEST_START_DEG:
        raise SimError(
            f"{source}: start ({mission.start[0]:g}, {mission.start[1]:g}) lies on a slope of "
            f"{slope:.1f} degrees, over {STEEPEST_START_DEG:g}"
        )


def rock_near(world: World, x: float, y: float) -> int:
    """The highest rock over STONE within START_REACH of a point, or NO_ROCK."""
    steps = np.arange(-START_REACH, START_REACH + 1e-9, 0.5 * world.resolution)
    dx, dy = np.meshgrid(steps, steps)
    near = dx**2 + dy**2 <= START_REACH**2
    under = np.unique(world.rock_at(x + dx[near], y + dy[near]))
    found = [int(i) for i in under if i != NO_ROCK and world.rocks.height[i] > STONE]
    return max(found, key=lambda i: float(world.rocks.height[i]), default=NO_ROCK)


def slope_deg(world: World, x: float, y: float, half: float = 1.0) -> float:
    """Degrees of the plane through the ground within `half` metres of a point."""
    steps = np.linspace(-half, half, 21)
    dx, dy = np.meshgrid(steps, steps)
    z = world.height(x + dx, y + dy, "ground")
    gx = float((dx * z).sum() / (dx**2).sum())
    gy = float((dy * z).sum() / (dy**2).sum())
    return float(np.degrees(np.arctan(np.hypot(gx, gy))))
