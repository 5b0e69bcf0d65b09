"""Believed against true way, and the same seed twice."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from ai4mars_nav.sim.vehicle.errors import VehicleError
from ai4mars_nav.sim.vehicle.state import State
from ai4mars_nav.sim.vehicle.vehicle import Vehicle
from ai4mars_nav.sim.vehicle.vehicle_settings import VehicleSettings
from ai4mars_nav.terrain import Terrain

EXACT = VehicleSettings(
    scale_error=0.0, way_noise=0.0, yaw_noise_deg=0.0, yaw_bias_deg=0.0, level_error_deg=0.0
)


def wander(world, rover, settings, seed) -> State:
    vehicle = Vehicle(world, rover, settings, (0, 0, 0.2), seed)
    for step in range(40):
        vehicle.step(0.4, 0.4 * math.sin(0.3 * step), 0.25)
    return vehicle.state


def wavy(make_world):
    return make_world(lambda x, y: 0.08 * np.sin(1.5 * x) * np.cos(y), Terrain.SOIL)


@pytest.mark.parametrize("settings", [EXACT, replace(EXACT, odometry="truth")])
def test_without_errors_belief_is_the_truth(make_world, small, settings):
    state = wander(wavy(make_world), small, settings, 0)
    true, believed = state.odom_from_base, state.odometry
    np.testing.assert_allclose(believed.translation, true.translation, atol=1e-6)
    np.testing.assert_allclose(believed.rotation, true.rotation, atol=1e-6)
    assert state.twist.linear[0] == pytest.approx(state.linear, rel=0.02)
    assert state.twist.angular[2] == pytest.approx(state.angular, abs=0.02)


def test_wheels_do_not_see_slip_but_images_do(make_world, small):
    world = make_world(terrain=Terrain.SAND)

    def way(odometry) -> float:
        vehicle = Vehicle(world, small, replace(EXACT, odometry=odometry), (0, 0, 0), 0)
        for _ in range(20):
            state = vehicle.step(0.4, 0.0, 0.5)
        return float(state.odometry.translation[0] / state.odom_from_base.translation[0])

    assert way("visual") == pytest.approx(1.0, abs=1e-6)
    assert way("wheel") == pytest.approx(1.0 / (1.0 - 0.08), rel=2e-3)


def test_drift_grows_from_nothing_and_is_of_the_size_asked_for(make_world, small):
    world = wavy(make_world)
    off, turned = [], []
    for seed in range(12):
        vehicle = Vehicle(world, small, VehicleSettings(), (0, 0, 0), seed)
        np.testing.assert_array_equal(
            vehicle.state.odometry.translation, vehicle.state.odom_from_base.translation
        )
        state = wander(world, small, VehicleSettings(), seed)
        gap = state.odometry.translation - state.odom_from_base.translation
        off.append(float(np.linalg.norm(gap)))
        turned.append(abs(state.odometry.yaw() - state.odom_from_base.yaw()))
    assert 0.01 < np.mean(off) < 0.15
    assert 1e-3 < np.mean(turned) < math.radians(2.0)


def test_the_same_seed_drives_the_same_way_and_another_does_not(make_world, small):
    world = wavy(make_world)
    one, two, other = (wander(world, small, VehicleSettings(), seed) for seed in (5, 5, 6))
    np.testing.assert_array_equal(one.odometry.translation, two.odometry.translation)
    np.testing.assert_array_equal(one.odometry.rotation, two.odometry.rotation)
    np.testing.assert_array_equal(one.contacts, two.contacts)
    assert (one.energy_j, one.distance_m) == (two.energy_j, two.distance_m)
    assert not np.array_equal(one.odometry.translation, other.odometry.translation)
    np.testing.assert_array_equal(one.odom_from_base.translation, other.odom_from_base.translation)


def test_a_negative_seed_is_refused(make_world, small):
    with pytest.raises(VehicleError, match="seed is -1"):
        Vehicle(make_world(), small, EXACT, (0, 0, 0), -1)
