"""Whether there is such a thing where a target lies, as the picture of a drive says of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("rclpy")

from ai4mars_nav.sim.drive.triage import NEAR, is_by_bedrock, is_by_rock
from ai4mars_nav.sim.world.library import load_world
from ai4mars_nav.terrain import BIG_ROCK_HEIGHT, Terrain

ROCKY = """
world: {size: 16.0, resolution: 0.05, drive: 4.0}
relief: {rough: [0.002, 0.003]}
craters: {count: 0}
bedrock: {share: [0.2, 0.3]}
sand: {share: [0.0, 0.0]}
rocks: {k: [0.05, 0.06], largest: 1.2}
"""


def test_a_target_is_true_within_a_metre(tmp_path: Path) -> None:
    path = tmp_path / "rocky.yaml"
    path.write_text(ROCKY, encoding="utf-8")
    world, _ = load_world(str(path), 2)
    x, y = np.meshgrid(np.arange(-6.0, 6.0, 0.1), np.arange(-6.0, 6.0, 0.1))
    bedrock = world.class_at(x.ravel(), y.ravel()) == Terrain.BEDROCK
    places = np.stack([x.ravel(), y.ravel()], axis=1)
    assert 0 < bedrock.sum() < len(places)
    inside = places[np.abs(places).max(axis=1) < 4.5]
    for place in inside[:: len(inside) // 60]:
        gap = np.hypot(*(places[bedrock] - place).T).min()
        if abs(gap - NEAR) > 0.15:
            assert is_by_bedrock((place[0], place[1], 0.0), world) == (gap < NEAR)
    big = np.flatnonzero(world.rocks.height > BIG_ROCK_HEIGHT)
    at = float(world.rocks.x[big[0]]), float(world.rocks.y[big[0]])
    assert is_by_rock((at[0] + NEAR, at[1], 0.0), world)
    assert not is_by_rock((100.0, 100.0, 0.0), world)
