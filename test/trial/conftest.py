"""Records of drives as the benchmark writes them, made by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ai4mars_nav.trial.rocks_one_by_one import no_rocks


@pytest.fixture
def record() -> Callable[..., dict[str, Any]]:
    """The record of a drive that went well, with some scores changed."""

    def make(seed: int, mode: str, **changes: Any) -> dict[str, Any]:
        scores = {
            "reached": True,
            "why_ended": "the goal was reached, 0.3 m off by the truth",
            "rock_strikes": 0,
            "belly_strikes": 0,
            "embedded": False,
            "tipped": False,
            "path_m": 40.0,
            "left_m": 0.3,
            "high_slip_share": 0.0,
            "high_slip_m": 0.0,
            "energy_j": 8000.0,
            "time_s": 90.0,
            "energy_per_m": 250.0,
            "time_per_m": 2.8,
            "wheel_wear_per_km": 0.02,
            "stops": 1,
            "standing_s": 2.0,
            "planning_ms": {"p50": 5.0, "p99": 9.0},
            "perception_ms": {"p50": 20.0, "p99": 30.0},
            "rocks": no_rocks(),
        }
        site = {
            "kind": "plain", "world": "trial", "side_m": 50.0, "straight_m": 33.0,
            "rocks_over_0.30_m": 12, "soft_m": 0.0, "rocks_met": 1,
        }  # fmt: skip
        return {"seed": seed, "mode": mode, "code": "abc", "site": site,
                "scores": scores | changes}  # fmt: skip

    return make
