"""The scores of one drive, as plain values for JSON: metres, seconds, joules, shares 0..1."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from itertools import pairwise
from typing import Any

import numpy as np

from ai4mars_nav.rounding import rounded
from ai4mars_nav.sim.drive.metrics import nearest_rock
from ai4mars_nav.sim.drive.referee import is_hard
from ai4mars_nav.sim.drive.seen import Frame
from ai4mars_nav.sim.drive.truth_state import Truth
from ai4mars_nav.sim.world.world import NO_ROCK
from ai4mars_nav.terrain import BIG_ROCK_HEIGHT, NAMES, UNKNOWN
from ai4mars_nav.trial.lockstep import Driven
from ai4mars_nav.trial.rocks_in_view import Sight
from ai4mars_nav.trial.rocks_one_by_one import tally

HIGH_SLIP = 0.4
"""Slip over which a metre counts as one of high slip."""
LEAST_WAY = 1.0
"""Metres made good below which nothing per metre is said."""


def score(driven: Driven) -> dict[str, Any]:
    """Everything that is compared between modes, and what explains it."""
    outcome = driven.outcome
    truths, ground = outcome.truths, outcome.ground
    last = truths[-1]
    goal, start = ground.rules.goal, ground.mission.start
    left = math.dist(last.place[:2], goal)
    made_good = math.dist(start[:2], goal) - left
    places = np.array([truth.place for truth in truths])
    clearance, rock = nearest_rock(ground.world, ground.rover, places)
    plain: dict[str, Any] = rounded(
        {
            "reached": outcome.end.reached,
            "why_ended": outcome.end.reason,
            "rock_strikes": sum(
                strike.rock != NO_ROCK and strike.height > BIG_ROCK_HEIGHT
                for strike in last.strikes
            ),
            "belly_strikes": sum(strike.by == "belly" for strike in last.strikes),
            "strikes": [asdict(strike) | {"hard": is_hard(strike)} for strike in last.strikes],
            "embedded": last.embedded,
            "tipped": last.tipped,
            "path_m": last.distance_m,
            "made_good_m": made_good,
            "left_m": left,
            "high_slip_share": high_slip_share(truths),
            "high_slip_m": high_slip_share(truths) * last.distance_m,
            "wheel_wear_ppm": last.wear_ppm,
            "wheel_wear_per_km": (
                1e-3 * last.wear_ppm / made_good if made_good > LEAST_WAY else None
            ),
            "energy_j": last.energy_j,
            "time_s": last.time,
            "energy_per_m": last.energy_j / made_good if made_good > LEAST_WAY else None,
            "time_per_m": last.time / made_good if made_good > LEAST_WAY else None,
            "stops": stops(truths, outcome.end.reached),
            "standing_s": float(np.mean([truth.ordered == (0.0, 0.0) for truth in truths]))
            * last.time,
            "odometry_error_m": math.dist(last.place[:2], last.believed[:2]),
            "nearest_rock_m": clearance,
            "nearest_rock": rock,
            "frames": last.frames,
            "classes": named(driven.seen.frames),
            "rocks": rocks(driven),
            "planning_ms": _spread(driven.planning),
            "perception_ms": _spread(driven.perceiving),
            "processor_s": driven.processor,
        },
        4,
    )
    return plain


def high_slip_share(truths: Sequence[Truth]) -> float:
    """Share of the way driven while the wheels slipped over HIGH_SLIP."""
    way = np.diff([truth.distance_m for truth in truths])
    slips = np.array([truth.slip for truth in truths])[1:]
    total = float(way.sum())
    return float(way[slips > HIGH_SLIP].sum()) / total if total > 0.0 else 0.0


def stops(truths: Sequence[Truth], arrived: bool) -> int:
    """How often the rover was told to stand after it had been told to move; to arrive is none."""
    stands = [truth.ordered == (0.0, 0.0) for truth in truths]
    while arrived and stands and stands[-1]:
        stands.pop()
    return sum(now and not before for before, now in pairwise(stands))


def rocks(driven: Driven) -> dict[str, Any] | None:
    """The tally of rocks one by one; none where nobody looked."""
    if driven.seen.camera is None:
        return None
    sights = [
        Sight(camera, frame.rocks, frame.true_classes)
        for camera, frame in zip(driven.cameras, driven.seen.frames, strict=True)
        if frame.true_classes is not None
    ]
    return tally(sights, driven.outcome.ground.world, driven.seen.camera)


def named(frames: Sequence[Frame]) -> dict[str, dict[str, float]] | None:
    """What the pixels of each true class were called, in shares: `right`, `unknown`; none where
    nothing was looked at."""
    counts = np.zeros((len(NAMES), 3), np.int64)
    for frame in frames:
        if frame.classes is None or frame.true_classes is None:
            continue
        stride = frame.true_classes.shape[0] // frame.classes.shape[0]
        rows, columns = frame.classes.shape
        true = frame.true_classes[::stride, ::stride][:rows, :columns]
        for value in range(len(NAMES)):
            said = frame.classes[true == value]
            counts[value] += [len(said), (said == value).sum(), (said == UNKNOWN).sum()]
    if not counts.any():
        return None
    return {
        name: {
            "share": seen / counts[:, 0].sum(),
            "right": right / seen,
            "unknown": not_said / seen,
        }
        for name, (seen, right, not_said) in zip(NAMES, counts.tolist(), strict=True)
        if seen
    }


def _spread(seconds: Sequence[float]) -> dict[str, float] | None:
    """Milliseconds of processor time; the first, which loads and compiles, does not count."""
    if len(seconds) < 2:
        return None
    p50, p99 = np.quantile(1e3 * np.asarray(seconds[1:]), [0.5, 0.99])
    return {"p50": float(p50), "p99": float(p99)}
