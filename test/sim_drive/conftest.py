"""Small worlds, truths and outcomes that the tests of the drive share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ai4mars_nav.sim.drive.truth_state import Truth

TINY = """
world: {size: 16.0, resolution: 0.05, drive: 4.0}
relief: {rough: [0.002, 0.003], slope_deg: [0.0, 0.5]}
craters: {count: 0}
bedrock: {share: [0.0, 0.0]}
sand: {share: [0.0, 0.0]}
rocks: {k: [0.004, 0.005], largest: 0.3}
"""


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A level world of a few metres with pebbles, made in a moment."""
    path = tmp_path_factory.mktemp("worlds") / "tiny.yaml"
    path.write_text(TINY, encoding="utf-8")
    return path


@pytest.fixture
def truth() -> Callable[..., Truth]:
    """A moment of a drive that goes well, with something changed."""

    def make(time: float = 1.0, **changes: object) -> Truth:
        values: dict[str, object] = {
            "stamp": 100 * 10**9 + round(time * 1e9),
            "time": time,
            "place": (time, 0.0, 0.0),
            "believed": (time, 0.0, 0.0),
            "ordered": (1.0, 0.0),
            "speed": 1.0,
            "slip": 0.05,
            "sinkage": 0.01,
            "tilt": 0.0,
            "energy_j": 100.0 * time,
            "distance_m": time,
            "embedded": False,
            "tipped": False,
            "stall": "",
            "strikes": (),
            "frames": round(time),
            "counts": {},
        }
        return Truth(**(values | changes))  # type: ignore[arg-type]

    return make
