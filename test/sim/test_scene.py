"""Scenes: the formulas give the heights and classes they promise."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ai4mars_nav.sim.errors import SimError
from ai4mars_nav.sim.scene import Ramp, Region, Rock, Scene, box, disc, relief
from ai4mars_nav.sim.scenes import (
    BEDROCK,
    BIG,
    RAMP_DEG,
    SAND_FLAT,
    SAND_RAMP,
    SMALL,
    acceptance_scene,
    named_scene,
    random_scene,
)
from ai4mars_nav.terrain import Terrain


def test_the_rocks_of_the_acceptance_scene_are_as_high_as_they_say() -> None:
    scene = acceptance_scene()
    at = np.array([BIG.x, SMALL.x]), np.array([BIG.y, SMALL.y])
    np.testing.assert_allclose(scene.surface(*at), [0.35, 0.20], atol=1e-12)
    assert scene.terrain(*at).tolist() == [Terrain.BIG_ROCK, Terrain.SOIL]
    assert scene.rock_at(*at)[0].tolist() == [0, 1]


def test_a_rock_is_as_wide_as_it_says_and_turned_by_its_yaw() -> None:
    scene = Scene(rocks=(Rock(1.0, 2.0, length=2.0, width=1.0, height=0.5, yaw=math.pi / 2),))
    x = np.array([1.0, 1.0, 1.49, 1.51])
    y = np.array([2.99, 3.01, 2.0, 2.0])
    assert (scene.rock_at(x, y)[0] >= 0).tolist() == [True, False, True, False]


def test_the_sand_ramp_rises_by_its_angle_and_the_rest_is_level() -> None:
    scene = acceptance_scene()
    x0, y0, x1, y1 = SAND_RAMP
    x, y = np.linspace(x0, x1, 31), np.full(31, (y0 + y1) / 2.0)
    slopes = np.degrees(np.arctan(np.diff(scene.ground(x, y)) / np.diff(x)))
    np.testing.assert_allclose(slopes, RAMP_DEG, atol=1e-9)
    assert set(scene.terrain(x[1:-1], y[1:-1])) == {Terrain.SAND}
    for patch, terrain in ((SAND_FLAT, Terrain.SAND), (BEDROCK, Terrain.BEDROCK)):
        px, py = np.meshgrid(
            np.linspace(patch[0] + 0.01, patch[2] - 0.01, 9),
            np.linspace(patch[1] + 0.01, patch[3] - 0.01, 9),
        )
        assert set(scene.terrain(px, py).ravel()) == {terrain}
        assert np.all(scene.ground(px, py) == 0.0)


def test_a_ramp_falls_off_over_its_shoulder_only() -> None:
    scene = Scene(ramps=(Ramp(0.0, 0.0, 0.0, length=1.0, rise=2.0, width=4.0, shoulder=1.0),))
    heights = scene.ground(np.full(5, 3.0), np.array([0.0, 1.9, 2.5, 3.0, 9.0]))
    np.testing.assert_allclose(heights, [2.0, 2.0, 1.0, 0.0, 0.0])


def test_only_wide_and_high_rocks_are_big() -> None:
    assert Rock(0, 0, 0.7, 0.7, 0.35).is_big
    assert not Rock(0, 0, 0.7, 0.7, 0.30).is_big
    assert Rock(0, 0, 0.4, 0.7, 0.35).is_big, "its longer side counts"
    assert not Rock(0, 0, 0.4, 0.45, 0.35).is_big


def test_a_later_region_lies_over_an_earlier_one_and_a_hole_is_a_hole() -> None:
    scene = Scene(
        regions=(Region(Terrain.SAND, box(0, 0, 4, 4)), Region(Terrain.BEDROCK, box(1, 1, 2, 2)))
    )
    labels = scene.terrain(np.array([0.5, 1.5, 5.0]), np.array([0.5, 1.5, 5.0]))
    assert labels.tolist() == [Terrain.SAND, Terrain.BEDROCK, Terrain.SOIL]
    round_patch = Region(Terrain.SAND, disc(0.0, 0.0, 4.0, 2.0, wobble=0.0))
    inside = round_patch.contains(np.array([1.9, 0.0, 1.9]), np.array([0.0, 0.9, 0.9]))
    assert inside.tolist() == [True, True, False]


def test_relief_has_the_height_it_was_asked_for() -> None:
    random = np.random.default_rng(0)
    scene = Scene(waves=relief(7, amplitude=0.1, longest=10.0))
    heights = scene.ground(random.uniform(-500, 500, 20000), random.uniform(-500, 500, 20000))
    assert heights.std() == pytest.approx(0.1, rel=0.05)


def test_scenes_come_from_their_seed_alone() -> None:
    assert random_scene(3) == random_scene(3)
    assert random_scene(3) != random_scene(4)
    assert named_scene("acceptance") == acceptance_scene()


def test_what_cannot_be_built_is_refused_with_its_place() -> None:
    with pytest.raises(SimError, match="rock at \\(1, 2\\)"):
        Rock(1.0, 2.0, 0.5, 0.0, 0.3)
    with pytest.raises(SimError, match="ramp at \\(3, 0\\)"):
        Ramp(3.0, 0.0, 0.0, length=0.0, rise=1.0)
    with pytest.raises(SimError, match="moon"):
        named_scene("moon")
