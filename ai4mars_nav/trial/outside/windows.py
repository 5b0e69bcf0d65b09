"""The commands of a drive again, for a few seconds at a time, under the other physics.

Each window begins where our rover was, at its speed: so what differs is what the two make of the
same commands on the same ground, not what has added up before.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.sim.judge.vehicle import JudgedVehicle
from ai4mars_nav.trial.track import Track

HORIZON = 5.0
"""Seconds of a window."""
MOST = 8
"""Windows of a drive, evenly spread."""
MOVING = 0.5
"""Metres our rover makes in a window that counts."""
STEP = 0.02
"""Seconds between two ramped speeds, as in the drive."""


def windows(track: Track, vehicle: JudgedVehicle) -> list[dict[str, float]]:
    """How both got on in each window."""
    tick = float(track.time[1] - track.time[0]) if len(track.time) > 1 else HORIZON
    length = round(HORIZON / tick)
    starts = [
        first
        for first in range(1, len(track.time) - length, length)
        if track.distance_m[first + length] - track.distance_m[first] > MOVING
    ]
    chosen = np.unique(np.linspace(0, len(starts) - 1, min(MOST, len(starts))).round())
    return [_window(track, starts[int(k)], length, tick, vehicle) for k in chosen]


def _window(
    track: Track, first: int, length: int, tick: float, vehicle: JudgedVehicle
) -> dict[str, float]:
    place, last = track.place[first].astype(float), first + length
    begun = vehicle.put((float(place[0]), float(place[1]), float(place[2])))
    vehicle.push(*_speeds(track, first, tick))
    states = []
    for moment in range(first + 1, last + 1):
        linear, angular = (float(value) for value in track.ordered[moment])
        for _ in range(round(tick / STEP)):
            state = vehicle.step(linear, angular, STEP)
        states.append(state)
    end = states[-1].odom_from_base
    ours = track.place[last].astype(float)
    apart = end.translation[:2] - ours[:2]
    ahead, aside = _along(apart, float(ours[2]))
    tilts = np.array([state.tilt for state in states]) - track.tilt[first + 1 : last + 1]
    found = {
        "time_s": float(track.time[first]),
        "way_m": float(track.distance_m[last] - track.distance_m[first]),
        "judge_way_m": states[-1].distance_m - begun.distance_m,
        "apart_m": float(np.hypot(*apart)),
        "ahead_m": ahead,
        "aside_m": aside,
        "heading_deg": math.degrees(math.remainder(end.yaw() - float(ours[2]), math.tau)),
        "tilt_deg": math.degrees(float(np.abs(tilts).mean())),
        "slip": float(track.slip[first + 1 : last + 1].mean()),
        "judge_slip": float(np.mean([state.slip for state in states])),
        "energy_j": float(track.energy_j[last] - track.energy_j[first]),
        "judge_energy_j": states[-1].energy_j,
    }
    return {key: round(value, 4) for key, value in found.items()}


def _speeds(track: Track, moment: int, tick: float) -> tuple[float, float]:
    """What our rover drove and turned at a moment, from the moment before."""
    before, now = track.place[moment - 1].astype(float), track.place[moment].astype(float)
    ahead, _ = _along(now[:2] - before[:2], float(now[2]))
    return ahead / tick, math.remainder(float(now[2] - before[2]), math.tau) / tick


def _along(way: NDArray[np.float64], yaw: float) -> tuple[float, float]:
    """A way (2,) ahead and to the left of a heading."""
    cos, sin = math.cos(yaw), math.sin(yaw)
    return float(cos * way[0] + sin * way[1]), float(cos * way[1] - sin * way[0])


def pooled(found: list[dict[str, float]]) -> dict[str, Any] | None:
    """What all windows come to; none where there are none."""
    if not found:
        return None
    columns = {key: np.array([each[key] for each in found]) for key in found[0]}
    way, turned = columns["way_m"], np.abs(columns["heading_deg"])
    share = columns["judge_way_m"] / way
    apart = columns["apart_m"] / way
    return {
        "windows": len(found),
        "way_share": _spread(share),
        "apart_share": _spread(apart),
        "heading_deg": _spread(turned),
        "tilt_deg": _spread(columns["tilt_deg"]),
        "slip": round(float(columns["slip"].mean()), 4),
        "judge_slip": round(float(columns["judge_slip"].mean()), 4),
        "energy_share": round(
            float(columns["judge_energy_j"].sum() / columns["energy_j"].sum()), 4
        ),
    }


def _spread(values: NDArray[np.float64]) -> dict[str, float]:
    low, middle, high = np.quantile(values, [0.1, 0.5, 0.9])
    return {
        "p10": round(float(low), 4),
        "p50": round(float(middle), 4),
        "p90": round(float(high), 4),
    }
