"""Driving against the tables: speed, slip, energy, circles, limits, refusals."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from ai4mars_nav.mapping.cost import per_metre
from ai4mars_nav.sim.vehicle.errors import VehicleError
from ai4mars_nav.sim.vehicle.state import State
from ai4mars_nav.sim.vehicle.vehicle import Vehicle
from ai4mars_nav.sim.vehicle.vehicle_settings import VehicleSettings
from ai4mars_nav.terrain import Terrain, slip

TRUE = VehicleSettings(odometry="truth")


def slope_world(make_world, degrees, terrain):
    rise = math.tan(math.radians(degrees))
    return make_world(lambda x, _y: rise * x, terrain)


def drive(vehicle: Vehicle, linear: float, angular: float, seconds: float, dt=0.5) -> State:
    for _ in range(round(seconds / dt)):
        vehicle.step(linear, angular, dt)
    return vehicle.state


@pytest.mark.parametrize("terrain", list(Terrain))
@pytest.mark.parametrize("degrees", [0.0, 7.0, 15.0])
def test_slip_and_energy_are_those_the_planner_pays(make_world, curiosity, terrain, degrees):
    """A second of full speed up a slope, against terrain.slip and mapping.cost.per_metre."""
    vehicle = Vehicle(slope_world(make_world, degrees, terrain), curiosity, TRUE, (0, 0, 0), 3)
    before = drive(vehicle, 0.04, 0.0, 4.0)
    after = drive(vehicle, 0.04, 0.0, 10.0)
    slope = np.array(math.radians(degrees))
    wanted = float(slip(terrain, slope))
    assert after.slip == pytest.approx(wanted, abs=2e-3)
    way = after.distance_m - before.distance_m
    assert way == pytest.approx(0.4 * (1.0 - wanted), rel=3e-3)
    price = float(per_metre(terrain, slope, curiosity).energy)
    assert after.energy_j - before.energy_j == pytest.approx(price * way, rel=3e-3)
    assert math.degrees(after.tilt) == pytest.approx(degrees, abs=0.01)


def test_at_rest_only_the_idle_power_is_drawn(make_world, curiosity):
    vehicle = Vehicle(make_world(), curiosity, TRUE, (0, 0, 0), 0)
    state = drive(vehicle, 0.0, 0.0, 60.0)
    assert state.energy_j == pytest.approx(60.0 * curiosity.idle_power)
    assert (state.time, state.distance_m, state.slip) == (60.0, 0.0, 0.0)


def test_downhill_is_faster_and_cheaper_than_uphill_and_gives_nothing_back(make_world, curiosity):
    world = slope_world(make_world, 15.0, Terrain.SOIL)
    up = drive(Vehicle(world, curiosity, TRUE, (0, 0, 0), 0), 0.04, 0.0, 20.0)
    down = drive(Vehicle(world, curiosity, TRUE, (0, 0, math.pi), 0), 0.04, 0.0, 20.0)
    assert down.distance_m > up.distance_m
    assert 20.0 * curiosity.idle_power <= down.energy_j < up.energy_j
    backward = drive(Vehicle(world, curiosity, TRUE, (0, 0, 0), 0), -0.04, 0.0, 20.0)
    assert backward.distance_m == pytest.approx(down.distance_m, rel=1e-3)


def test_across_a_slope_the_rover_slides_down(make_world, curiosity):
    world = slope_world(make_world, 10.0, Terrain.SOIL)
    vehicle = Vehicle(world, curiosity, TRUE, (0, 0, math.pi / 2), 0)
    state = drive(vehicle, 0.04, 0.0, 50.0)
    x, y, _ = state.odom_from_base.translation
    more = float(slip(Terrain.SOIL, np.radians(10.0)) - slip(Terrain.SOIL, np.array(0.0)))
    rolled = 0.04 * (50.0 - 0.5)
    assert -x / math.cos(math.radians(10.0)) == pytest.approx(0.5 * more * rolled, rel=0.05)
    assert y == pytest.approx(0.97 * rolled, rel=0.01)


def test_the_tightest_arc_is_a_circle_of_its_radius(make_world, curiosity):
    vehicle = Vehicle(make_world(), curiosity, TRUE, (0, 0, 0), 0)
    start = vehicle.state.odom_from_base.translation.copy()
    for _ in range(300):
        state = vehicle.step(0.04, 0.04 / curiosity.min_turn_radius, 1.0)
        reach = state.odom_from_base.translation[:2] - [0.0, curiosity.min_turn_radius]
        assert np.linalg.norm(reach) == pytest.approx(curiosity.min_turn_radius, abs=0.01)
    assert state.clipped == 0
    assert np.linalg.norm(state.odom_from_base.translation - start) > 3.0


def test_arcs_too_tight_are_cut_and_counted(make_world, curiosity):
    vehicle = Vehicle(make_world(), curiosity, TRUE, (0, 0, 0), 0)
    state = drive(vehicle, 0.02, 0.03, 40.0)
    assert state.clipped == 80
    assert state.angular == pytest.approx(state.linear / curiosity.min_turn_radius, rel=1e-3)
    standing = drive(Vehicle(make_world(), curiosity, TRUE, (0, 0, 0), 0), 0.0, 0.03, 10.0)
    assert standing.odom_from_base.yaw() == 0.0 and standing.clipped == 20


def test_a_skid_steered_rover_turns_in_place_and_pays_for_it(make_world, small):
    vehicle = Vehicle(make_world(), small, TRUE, (0, 0, 0), 0)
    state = drive(vehicle, 0.0, 0.5, 4.0, dt=0.1)
    assert 1.7 < state.odom_from_base.yaw() < 2.0
    np.testing.assert_allclose(state.odom_from_base.translation[:2], 0.0, atol=1e-6)
    assert state.energy_j > 1.5 * 4.0 * small.idle_power
    assert state.clipped == 0


def test_speed_is_reached_within_the_ramp(make_world, small):
    vehicle = Vehicle(make_world(), small, replace(TRUE, ramp=2.0), (0, 0, 0), 0)
    speeds = [vehicle.step(0.5, 0.0, 0.1).linear for _ in range(25)]
    np.testing.assert_allclose(np.diff(speeds[:19]), 0.025 * 0.99, rtol=1e-3)
    np.testing.assert_allclose(speeds[20:], 0.5 * 0.99, rtol=1e-6)


@pytest.mark.parametrize(("command", "words"), [
    ((math.nan, 0.0, 0.1), "command linear is nan"),
    ((0.0, math.inf, 0.1), "command angular is inf"),
    ((0.05, 0.0, 0.1), "0.05 m/s, over the 0.04 m/s of curiosity"),
    ((0.0, -0.5, 0.1), "-0.5 rad/s, over the 0.03 rad/s"),
    ((0.0, 0.0, 0.0), "time step is 0.0 s"),
    ((0.0, 0.0, math.nan), "time step is nan s"),
])  # fmt: skip
def test_commands_nobody_can_drive_are_refused_and_change_nothing(
    make_world, curiosity, command, words
):
    vehicle = Vehicle(make_world(), curiosity, TRUE, (0, 0, 0), 0)
    state = drive(vehicle, 0.04, 0.0, 5.0)
    with pytest.raises(VehicleError, match=words):
        vehicle.step(*command)
    assert vehicle.state is state
    assert vehicle.step(0.04, 0.0, 0.5).distance_m > state.distance_m


@pytest.mark.parametrize(("start", "words"), [
    ((20.0, 0.0, 0.0), "edge of the world formula"),
    ((7.5, 0.0, 0.0), "edge of the world formula"),
    ((math.nan, 0.0, 0.0), "finite"),
    ((2.0, 2.0, 0.0), "front_left wheel on 0.60 m of rock 0"),
    ((3.15, 3.15, 0.0), "belly on 0.60 m of rock 0"),
])  # fmt: skip
def test_starts_nobody_can_stand_on_are_refused(make_world, curiosity, start, words):
    rocky = replace(curiosity, belly_clearance=0.5)
    world = make_world(rocks=((3.15, 3.15, 0.8, 0.6),))
    with pytest.raises(VehicleError, match=words):
        Vehicle(world, rocky, TRUE, start, 0)


def test_a_start_on_a_slope_too_steep_is_refused(make_world, curiosity):
    with pytest.raises(VehicleError, match="tilt by 24 deg, more than the 20 deg of curiosity"):
        Vehicle(slope_world(make_world, 24.0, Terrain.SOIL), curiosity, TRUE, (0, 0, 0), 0)


def test_the_edge_of_the_world_stops_the_rover(make_world, small):
    state = drive(Vehicle(make_world(), small, TRUE, (6.5, 0, 0), 0), 0.5, 0.0, 5.0, dt=0.1)
    assert state.stall == "the world formula ends here"
    assert state.odom_from_base.translation[0] < 8.0 - 0.5 * small.length
    assert state.strikes == ()


def test_long_steps_drive_the_same_way_as_short_ones(make_world, small):
    world = make_world(lambda x, _y: 0.1 * np.sin(2.0 * x), Terrain.SOIL)
    coarse, fine = (Vehicle(world, small, TRUE, (0, 0, 0.3), 0) for _ in range(2))
    for vehicle, dt in ((coarse, 0.1), (fine, 0.02)):
        drive(vehicle, 0.0, 0.0, 1.0, dt)
        drive(vehicle, 0.4, 0.2, 5.0, dt)
    np.testing.assert_allclose(
        coarse.state.odom_from_base.translation, fine.state.odom_from_base.translation, atol=0.03
    )
    assert coarse.state.energy_j == pytest.approx(fine.state.energy_j, rel=0.05)


def test_out_and_back_on_the_level_ends_where_it_began(make_world, curiosity):
    vehicle = Vehicle(make_world(), curiosity, TRUE, (0, 0, 0.5), 0)
    drive(vehicle, 0.04, 0.01, 60.0)
    drive(vehicle, 0.0, 0.0, 2.0)
    drive(vehicle, -0.04, -0.01, 60.0)
    state = drive(vehicle, 0.0, 0.0, 2.0)
    np.testing.assert_allclose(state.odom_from_base.translation, 0.0, atol=1e-3)
    assert state.odom_from_base.yaw() == pytest.approx(0.5, abs=1e-3)
    assert state.distance_m == pytest.approx(2 * 60.0 * 0.04 * 0.99, rel=1e-3)


def test_a_stuck_wheel_drags_slows_and_turns_the_rover(make_world, curiosity):
    world = make_world(terrain=Terrain.SOIL)
    free = drive(Vehicle(world, curiosity, TRUE, (0, 0, 0), 0), 0.04, 0.0, 50.0)
    stuck = replace(TRUE, stuck_wheel=0)
    left = drive(Vehicle(world, curiosity, stuck, (0, 0, 0), 0), 0.04, 0.0, 50.0)
    right = drive(
        Vehicle(world, curiosity, replace(stuck, stuck_wheel=5), (0, 0, 0), 0), 0.04, 0.0, 50.0
    )
    assert left.distance_m < free.distance_m and left.energy_j > free.energy_j
    assert left.odom_from_base.yaw() > 0.01 and right.odom_from_base.yaw() < -0.01
