"""The rover under MuJoCo itself: level ground, slopes, turns, steps, rocks."""

from __future__ import annotations

import math

import numpy as np
import pytest

pytest.importorskip("mujoco", reason="MuJoCo is not installed: the extra judge")

from ai4mars_nav.sim.judge.errors import JudgeError
from ai4mars_nav.sim.judge.vehicle import JudgedVehicle
from ai4mars_nav.sim.vehicle.errors import VehicleError
from ai4mars_nav.sim.vehicle.state import State
from ai4mars_nav.sim.vehicle.vehicle import Vehicle
from ai4mars_nav.sim.vehicle.vehicle_settings import VehicleSettings
from ai4mars_nav.terrain import Terrain

TRUE = VehicleSettings(odometry="truth")


def drive(vehicle: JudgedVehicle | Vehicle, linear, angular, seconds) -> State:
    for _ in range(round(seconds / 0.02)):
        state = vehicle.step(linear, angular, 0.02)
    return state


def slope(degrees):
    rise = math.tan(math.radians(degrees))
    return lambda x, _y: rise * x


def test_on_the_level_it_goes_as_far_as_its_wheels_turn(make_world, small):
    state = drive(JudgedVehicle(make_world(), small, TRUE, (-3, 0, 0), 1), 0.5, 0.0, 8.0)
    x, y, z = state.odom_from_base.translation
    # a ramp of 1 s: half a second is lost
    assert x + 3.0 == pytest.approx(0.5 * 7.5, rel=0.04)
    assert abs(y) < 0.05 and abs(z) < 0.01
    assert state.distance_m == pytest.approx(x + 3.0, rel=0.02)
    assert state.slip < 0.03 and math.degrees(state.tilt) < 0.5
    assert state.strikes == () and state.stall == "" and not state.tipped
    assert state.energy_j > 8.0 * small.idle_power


def test_at_rest_it_stays_where_it_is_even_on_a_slope_of_sand(make_world, small):
    vehicle = JudgedVehicle(make_world(slope(12.0), Terrain.SAND), small, TRUE, (0, 0, 0), 1)
    begun = vehicle.state.odom_from_base.translation.copy()
    state = drive(vehicle, 0.0, 0.0, 3.0)
    assert np.linalg.norm(state.odom_from_base.translation - begun) < 0.02
    assert state.energy_j == pytest.approx(3.0 * small.idle_power, rel=0.01)
    assert math.degrees(state.tilt) == pytest.approx(12.0, abs=0.5)


def slip_up(world, small) -> float:
    vehicle = JudgedVehicle(world, small, TRUE, (-3, 0, 0), 1)
    before = drive(vehicle, 0.5, 0.0, 2.5).odom_from_base
    state = drive(vehicle, 0.5, 0.0, 2.0)
    way = before.rotation[:, 0] @ (state.odom_from_base.translation - before.translation)
    measured = float(1.0 - way / (0.5 * 2.0))
    assert state.slip == pytest.approx(min(measured, 1.0), abs=0.05)
    return measured


def test_a_slope_costs_grip_on_bedrock_least_and_on_sand_most(make_world, small):
    slips = [
        slip_up(make_world(slope(10.0), terrain), small)
        for terrain in (Terrain.BEDROCK, Terrain.SOIL, Terrain.SAND)
    ]
    assert slips[0] < 0.06 < slips[1] < slips[2] - 0.1
    assert 0.25 < slips[2] < 0.6


@pytest.mark.parametrize(("terrain", "holds"), [(Terrain.SAND, 22.0), (Terrain.BEDROCK, 26.0)])
def test_too_steep_a_slope_is_not_climbed(make_world, small, terrain, holds):
    """Heverly 2013: embedded in sand at 17 degrees, no grip on smooth bedrock at 22."""
    assert slip_up(make_world(slope(holds), terrain), small) > 0.75


def test_it_turns_in_place_and_along_arcs_as_it_is_told(make_world, small):
    turned = JudgedVehicle(make_world(terrain=Terrain.SOIL), small, TRUE, (0, 0, 0), 1)
    state = drive(turned, 0.0, 0.5, 4.0)
    assert state.odom_from_base.yaw() == pytest.approx(0.5 * 3.5, rel=0.12)
    assert np.linalg.norm(state.odom_from_base.translation[:2]) < 0.15
    still = JudgedVehicle(make_world(terrain=Terrain.SOIL), small, TRUE, (0, 0, 0), 1)
    assert state.energy_j > 1.5 * drive(still, 0.0, 0.0, 4.0).energy_j
    arc = JudgedVehicle(make_world(), small, TRUE, (0, 0, 0), 1)
    assert drive(arc, 0.4, -0.2, 5.0).odom_from_base.yaw() == pytest.approx(-0.9, rel=0.12)


@pytest.mark.parametrize(("height", "climbs"), [(0.06, True), (0.20, False)])
def test_steps_are_climbed_as_ours_climbs_them(make_world, small, height, climbs):
    world = make_world(lambda x, _y: height * (x > 1.0))
    places = [
        drive(build(world, small, TRUE, (-0.5, 0, 0), 1), 0.3, 0.0, 9.0).odom_from_base.translation
        for build in (JudgedVehicle, Vehicle)
    ]
    for place in places:
        assert (place[0] > 1.5) == climbs
        if climbs:
            assert place[2] == pytest.approx(height, abs=0.02)


def test_a_rock_under_the_belly_is_struck_and_holds(make_world, small):
    world = make_world(terrain=Terrain.SOIL, rocks=((1.5, 0.0, 0.45, 0.40),))
    vehicle = JudgedVehicle(world, small, TRUE, (0, 0, 0), 1)
    state = drive(vehicle, 0.3, 0.0, 10.0)
    assert [(strike.by, strike.rock) for strike in state.strikes] == [("belly", 0)]
    assert state.strikes[0].height == pytest.approx(0.40)
    assert state.stall == "belly on 0.40 m of rock 0" and state.slip > 0.9
    back = drive(vehicle, -0.3, 0.0, 4.0)
    assert back.stall == "" and back.odom_from_base.translation[0] < 0.7


def test_a_wheel_on_a_big_rock_is_a_strike_and_on_a_small_one_is_none(make_world, small):
    for height, strikes in ((0.31, 1), (0.08, 0)):
        world = make_world(rocks=((1.5, 0.33, 0.6, height),))
        state = drive(JudgedVehicle(world, small, TRUE, (0, 0, 0), 1), 0.3, 0.0, 5.0)
        assert len([strike for strike in state.strikes if strike.by == "wheel"]) == strikes


def test_the_same_commands_lead_to_the_same_states(make_world, small):
    def states():
        world = make_world(lambda x, y: 0.04 * np.sin(3.0 * x) * np.cos(2.0 * y), Terrain.SOIL)
        vehicle = JudgedVehicle(world, small, VehicleSettings(), (0, 0, 0.3), 4)
        return [drive(vehicle, 0.4, 0.2, 0.5) for _ in range(6)]

    for one, other in zip(states(), states(), strict=True):
        assert (one.odom_from_base.translation == other.odom_from_base.translation).all()
        assert (one.odometry.translation == other.odometry.translation).all()
        assert one.energy_j == other.energy_j


def test_the_edge_of_the_world_stops_it(make_world, small):
    state = drive(JudgedVehicle(make_world(), small, TRUE, (4.8, 0, 0), 1), 0.5, 0.0, 4.0)
    assert state.stall == "the world formula ends here"
    assert state.odom_from_base.translation[0] < 6.0
    with pytest.raises(VehicleError, match="edge of the world formula"):
        JudgedVehicle(make_world(), small, TRUE, (5.9, 0, 0), 1)


def test_what_cannot_be_driven_is_refused(make_world, small):
    vehicle = JudgedVehicle(make_world(), small, TRUE, (0, 0, 0), 1)
    with pytest.raises(VehicleError, match="command linear is nan"):
        vehicle.step(math.nan, 0.0, 0.02)
    from ai4mars_nav.rover import load_rover
    from ai4mars_nav.share import rover_file

    with pytest.raises(JudgeError, match="rover curiosity: the judge drives rovers that turn by"):
        JudgedVehicle(make_world(), load_rover(rover_file("curiosity")), TRUE, (0, 0, 0), 1)
