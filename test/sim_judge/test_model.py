"""The model that MuJoCo is given: the rover's mass and measures, the world's heights; and the law
of shear by itself."""

from __future__ import annotations

import math
import sys

import numpy as np
import pytest

from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.sim.judge.errors import JudgeError
from ai4mars_nav.sim.judge.mjcf import GROUND, ground_of, to_mjcf
from ai4mars_nav.sim.judge.physics import Physics, load_mujoco
from ai4mars_nav.sim.judge.traction import LOOSE, Traction, contact_length
from ai4mars_nav.sim.vehicle.robot import robot_of
from ai4mars_nav.terrain import GROUNDS, Terrain


def test_the_ground_is_that_of_the_world_in_blocks(make_world):
    world = make_world(lambda x, y: 0.1 * x - 0.2 * y, resolution=0.025)
    heights, spacing = ground_of(world)
    assert spacing == 0.05 and heights.shape == (240, 240)
    at = -6.0 + (np.arange(240) + 0.5) * spacing
    x, y = np.meshgrid(at, at)
    np.testing.assert_allclose(heights, 0.1 * x - 0.2 * y, atol=1e-6)
    coarse, own = ground_of(make_world(resolution=0.1))
    assert own == 0.1 and coarse.shape == (120, 120)


def test_friction_grows_with_slip_to_what_the_ground_bears(small):
    traction, slips = Traction(small), np.linspace(0.0, 1.0, 50)
    for ground in GROUNDS:
        pulls = traction.friction(np.full(50, int(ground), np.uint8), slips)
        assert pulls[0] == pytest.approx(0.0, abs=1e-3) and (np.diff(pulls) > 0.0).all()
    sand = np.full(1, int(Terrain.SAND), np.uint8)
    shear = LOOSE[Terrain.SAND]
    assert math.tan(shear.friction) < traction._most[Terrain.SAND] < 0.7
    # a slow sum over the contact: each point is sheared by what has slipped since it came in
    share = float(traction.friction(sand, np.array([0.4]))[0]) / traction._most[Terrain.SAND]
    length = shear.modulus / traction._slip[Terrain.SAND]
    along = (np.arange(10_000) + 0.5) / 10_000 * length
    assert share == pytest.approx(np.mean(1.0 - np.exp(-0.4 * along / shear.modulus)), rel=1e-4)


def test_a_wheel_touches_along_its_rim_as_far_as_it_is_sunk():
    assert contact_length(0.0, 0.2) == 0.0
    assert contact_length(0.2, 0.2) == pytest.approx(0.2 * math.pi / 2)
    assert contact_length(0.5, 0.2) == pytest.approx(0.2 * math.pi / 2)


def test_mujoco_takes_the_model_with_the_whole_mass_and_the_rovers_measures(make_world, small):
    mujoco = pytest.importorskip("mujoco", reason="MuJoCo is not installed: the extra judge")
    world = make_world(lambda x, y: 0.1 * np.sin(x) + 0.05 * y)
    model = mujoco.MjModel.from_xml_string(to_mjcf(robot_of(small), world))
    assert model.body_mass.sum() == pytest.approx(small.mass, rel=1e-6)
    assert (model.opt.gravity == [0.0, 0.0, -small.gravity]).all()
    assert (model.nu, model.neq, model.nhfield) == (6, 1, 1)
    wheel = model.geom("front_left_wheel")
    np.testing.assert_allclose(wheel.size[:2], [small.wheel_radius, 0.5 * small.wheel_width])
    physics = Physics(world, small)
    physics.put(Pose(np.eye(3), np.array([0.0, 0.0, 1.0])))
    place = physics._model.geom(GROUND).pos
    # a ray straight down finds the ground where the world has it
    for x, y in ((3.0, -2.0), (-4.5, 4.5)):
        hit = mujoco.mj_ray(
            physics._model, physics._data, np.array([x, y, 5.0]), np.array([0.0, 0.0, -1.0]),
            None, 1, -1, np.zeros(1, np.int32),
        )  # fmt: skip
        ground = float(world.height(np.array(x), np.array(y)))
        assert 5.0 - hit == pytest.approx(ground, abs=0.004)
    assert place[0] == pytest.approx(0.0, abs=1e-9)


def test_without_mujoco_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "mujoco", None)
    with pytest.raises(JudgeError, match=r"MuJoCo is not installed: .* pip install mujoco=="):
        load_mujoco()
