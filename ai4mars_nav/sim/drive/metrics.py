"""The figures of a drive, from its truths."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.rounding import rounded
from ai4mars_nav.rover import Rover
from ai4mars_nav.sim.drive.referee import is_hard
from ai4mars_nav.sim.drive.trip import Outcome
from ai4mars_nav.sim.world.world import NO_ROCK, World
from ai4mars_nav.terrain import BIG_ROCK_HEIGHT, NAMES


def metrics(outcome: Outcome) -> dict[str, Any]:
    """Everything that metrics.json holds: metres, seconds, joules, shares 0..1."""
    truths, ground, trip = outcome.truths, outcome.ground, outcome.trip
    found: dict[str, Any] = {
        "goal_reached": outcome.end.reached,
        "why_ended": outcome.end.reason,
        "interrupted": outcome.interrupted,
        "world": trip.world,
        "seed": trip.seed,
        "rover": ground.rover.name,
        "image_size": trip.size,
        "faults": dict(trip.faults),
        "start": list(ground.mission.start),
        "goal": list(ground.rules.goal),
        "straight_line_m": math.dist(ground.mission.start[:2], ground.rules.goal),
        "wall_start_s": outcome.wall["start"],
        "wall_drive_s": outcome.wall["drive"],
    }
    plain: dict[str, Any] = rounded(found | (_driven(outcome) if truths else _nothing()), 4)
    return plain


def _driven(outcome: Outcome) -> dict[str, Any]:
    truths, world = outcome.truths, outcome.ground.world
    last = truths[-1]
    places = np.array([truth.place for truth in truths])
    believed = np.array([truth.believed for truth in truths])
    slips = np.array([truth.slip for truth in truths])
    moving = np.array([abs(truth.ordered[0]) > 0.0 for truth in truths])
    drift = np.hypot(*(places - believed)[:, :2].T)
    # the simulator drives on until it hears that it is over
    mapped = sum(stamp < last.stamp for stamp in outcome.mapped)
    clearance, rock = nearest_rock(world, outcome.ground.rover, places)
    return {
        "rock_strikes": sum(
            strike.rock != NO_ROCK and strike.height > BIG_ROCK_HEIGHT for strike in last.strikes
        ),
        "belly_strikes": sum(strike.by == "belly" for strike in last.strikes),
        "strikes": [vars(strike) | {"hard": is_hard(strike)} for strike in last.strikes],
        "embedded": last.embedded,
        "tipped": last.tipped,
        "distance_m": last.distance_m,
        "distance_to_goal_m": math.dist(last.place[:2], outcome.ground.rules.goal),
        "odometry_error_m": float(drift[-1]),
        "energy_j": last.energy_j,
        "time_s": last.time,
        "real_time_factor": last.time / max(outcome.wall["drive"], 1e-6),
        "slip_mean": float(slips[moving].mean()) if moving.any() else 0.0,
        "slip_max": float(slips.max()),
        "sinkage_max_m": max(truth.sinkage for truth in truths),
        "tilt_max_deg": math.degrees(max(truth.tilt for truth in truths)),
        "lowest_clearance_m": clearance,
        "lowest_clearance_rock": rock,
        "standing_s": float((~moving).mean()) * last.time,
        "terrain_share": _terrain(world, places),
        "frames": last.frames,
        "frames_mapped": mapped,
        "frames_dropped": last.frames - mapped,
        "counts": dict(last.counts),
    }


def _nothing() -> dict[str, Any]:
    """Of a drive that ended before its first moment."""
    return {
        "rock_strikes": 0,
        "embedded": False,
        "distance_m": 0.0,
        "energy_j": 0.0,
        "time_s": 0.0,
        "frames": 0,
        "counts": {},
    }


def nearest_rock(
    world: World, rover: Rover, places: NDArray[np.float64]
) -> tuple[float | None, int | None]:
    """The least distance in metres between the rover's rectangle at any place (n, 3) and a rock
    over BIG_ROCK_HEIGHT, and which rock it was; none where there is no such rock."""
    big = np.flatnonzero(world.rocks.height > BIG_ROCK_HEIGHT)
    if not big.size:
        return None, None
    least, which = math.inf, -1
    for x, y, yaw in places[:: max(1, len(places) // 400)]:
        dx, dy = world.rocks.x[big] - x, world.rocks.y[big] - y
        ahead = np.abs(np.cos(yaw) * dx + np.sin(yaw) * dy) - 0.5 * rover.length
        aside = np.abs(np.cos(yaw) * dy - np.sin(yaw) * dx) - 0.5 * rover.width
        radius = 0.25 * (world.rocks.length[big] + world.rocks.width[big])
        gap = np.hypot(np.maximum(ahead, 0.0), np.maximum(aside, 0.0)) - radius
        at = int(gap.argmin())
        if gap[at] < least:
            least, which = float(gap[at]), int(big[at])
    return max(least, 0.0), which


def _terrain(world: World, places: NDArray[np.float64]) -> dict[str, float]:
    """Share of the moments spent on each terrain."""
    classes = world.class_at(places[:, 0], places[:, 1])
    return {name: float((classes == value).mean()) for value, name in enumerate(NAMES)}
