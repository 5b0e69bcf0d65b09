"""Rocks under wheels and belly, steps, sand: what is struck, what stops, what holds for good."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from ai4mars_nav.sim.vehicle.soil import (
    DRY_SAND,
    LOOSE_SAND,
    SANDY_LOAM,
    Soil,
    shares_of,
    static_sinkage,
)
from ai4mars_nav.sim.vehicle.state import State
from ai4mars_nav.sim.vehicle.vehicle import Vehicle
from ai4mars_nav.sim.vehicle.vehicle_settings import VehicleSettings
from ai4mars_nav.sim.world.world import NO_ROCK, World
from ai4mars_nav.terrain import LOOKS, PHYSICS, Hidden, Terrain, slip

TRUE = VehicleSettings(odometry="truth")


def drive(vehicle: Vehicle, linear: float, seconds: float, dt=0.5) -> State:
    for _ in range(round(seconds / dt)):
        vehicle.step(linear, 0.0, dt)
    return vehicle.state


def test_a_rock_of_half_a_metre_is_struck_and_not_passed(make_world, curiosity):
    world = make_world(rocks=((3.0, 1.15, 0.8, 0.5),))
    vehicle = Vehicle(world, curiosity, TRUE, (0, 0, 0), 0)
    state = drive(vehicle, 0.04, 120.0)
    (strike,) = state.strikes
    assert (strike.rock, strike.height, strike.by) == (0, 0.5, "wheel")
    assert math.hypot(strike.x - 3.0, strike.y - 1.15) <= 0.45
    assert state.stall == "front_left wheel on 0.50 m of rock 0" and state.slip == 1.0
    front = state.odom_from_base.translation[0] + 0.5 * curiosity.wheelbase
    assert 2.3 < front < 3.0
    assert state.linear == 0.0
    stays = drive(vehicle, 0.04, 60.0)
    np.testing.assert_array_equal(
        stays.odom_from_base.translation, state.odom_from_base.translation
    )
    assert stays.strikes == state.strikes and stays.energy_j > state.energy_j
    backed = drive(vehicle, -0.04, 30.0)
    assert backed.stall == "" and backed.odom_from_base.translation[0] < 1.0


@pytest.mark.parametrize(("height", "struck"), [(0.25, False), (0.34, True)])
def test_low_rocks_are_climbed_and_only_big_ones_count(make_world, curiosity, height, struck):
    """A long low dome lets a wheel up; over 0.30 m it is a strike all the same."""
    world = make_world(rocks=((3.0, 1.15, 2.6, height),))
    state = drive(Vehicle(world, curiosity, TRUE, (0, 0, 0), 0), 0.04, 60.0)
    assert bool(state.strikes) == struck
    assert state.wheel_heights.max() > 0.03


def test_a_small_rock_is_a_wall_to_a_small_rover(make_world, small):
    high, low = (make_world(rocks=((1.5, 0.325, 0.4, h),)) for h in (0.2, 0.08))
    stopped = drive(Vehicle(high, small, TRUE, (0, 0, 0), 0), 0.4, 10.0, dt=0.1)
    assert [(s.rock, s.by) for s in stopped.strikes] == [(0, "wheel")]
    assert stopped.odom_from_base.translation[0] < 1.3
    over = drive(Vehicle(low, small, TRUE, (0, 0, 0), 0), 0.4, 10.0, dt=0.1)
    assert over.strikes == () and over.odom_from_base.translation[0] > 3.5


@pytest.mark.parametrize(("step", "passes"), [(0.25, True), (0.35, False)])
def test_steps_up_to_the_rovers_limit_are_climbed(make_world, curiosity, step, passes):
    world = make_world(lambda x, _y: np.where(x > 2.0, step, 0.0))
    state = drive(Vehicle(world, curiosity, TRUE, (0, 0, 0), 0), 0.04, 150.0)
    if passes:
        assert state.strikes == () and state.odom_from_base.translation[0] > 4.0
        assert state.odom_from_base.translation[2] == pytest.approx(step, abs=1e-3)
    else:
        assert {(s.rock, s.by) for s in state.strikes} == {(NO_ROCK, "wheel")}
        assert state.odom_from_base.translation[0] < 1.0


def test_a_step_is_no_strike_on_the_way_down(make_world, curiosity):
    world = make_world(lambda x, _y: np.where(x > 2.0, 0.0, 0.28))
    state = drive(Vehicle(world, curiosity, TRUE, (0, 0, 0), 0), 0.04, 150.0)
    assert state.strikes == () and state.odom_from_base.translation[0] > 4.0


@pytest.mark.parametrize(("height", "struck"), [(0.5, False), (0.7, True)])
def test_the_belly_clears_what_is_lower_than_it(make_world, curiosity, height, struck):
    world = make_world(rocks=((3.0, 0.0, 0.8, height),))
    state = drive(Vehicle(world, curiosity, TRUE, (0, 0, 0), 0), 0.04, 150.0)
    assert [(s.rock, s.by) for s in state.strikes] == ([(0, "belly")] if struck else [])
    assert (state.odom_from_base.translation[0] < 3.0) == struck
    if struck:
        assert state.stall == "belly on 0.70 m of rock 0"


@pytest.mark.parametrize("terrain", [Terrain.BEDROCK, Terrain.SOIL])
@pytest.mark.parametrize("x", [1.5, 1.52, 1.55, 1.58])
def test_a_rover_whose_belly_is_caught_backs_off_however_long_its_wheels_spun(
    make_world, small, terrain, x
):
    """In soil the wheels dig in while they spin, until the belly carries the rover."""
    world = make_world(lambda x, _y: 0.01 * np.sin(9.0 * x), terrain, ((x, 0.05, 0.4, 0.25),))
    vehicle = Vehicle(world, small, TRUE, (0, 0, 0), 0)
    caught = drive(vehicle, 0.4, 20.0, dt=0.1)
    assert caught.stall.startswith("belly on") and not caught.embedded
    free = drive(vehicle, -0.4, 4.0, dt=0.1)
    assert free.stall == ""
    back = caught.odom_from_base.translation[0] - free.odom_from_base.translation[0]
    assert back > 1.0


def test_level_sand_is_crossed_and_steep_sand_holds_the_rover(make_world, curiosity):
    level = drive(
        Vehicle(make_world(terrain=Terrain.SAND), curiosity, TRUE, (0, 0, 0), 1), 0.04, 100
    )
    assert not level.embedded and level.distance_m > 3.5
    rise = math.tan(math.radians(18.0))
    dune = make_world(lambda x, _y: rise * x, Terrain.SAND)
    stuck = drive(Vehicle(dune, curiosity, TRUE, (0, 0, 0), 1), 0.04, 200.0)
    assert stuck.embedded and stuck.stall == "embedded" and stuck.distance_m < 1.0
    assert stuck.sinkage > 0.5 * curiosity.wheel_radius
    vehicle = Vehicle(dune, curiosity, TRUE, (0, 0, 0), 1)
    drive(vehicle, 0.04, 200.0)
    for_good = drive(vehicle, -0.04, 50.0)
    assert for_good.embedded and abs(for_good.linear) < 1e-6


def felt_as(world: World, ground: Hidden) -> World:
    """The world with all of it a ground that it does not look like."""
    hidden = np.full(world.classes.shape, ground, np.uint8)
    return replace(world, classes=LOOKS[hidden], hidden=hidden)


def test_loose_sand_slips_on_the_level_and_holds_where_firm_sand_does_not(make_world, small):
    firm, loose = (
        drive(Vehicle(world, small, TRUE, (0, 0, 0), 1), 0.4, 5.0, dt=0.1)
        for world in (
            make_world(terrain=Terrain.SAND),
            felt_as(make_world(), Hidden.LOOSE_SAND),
        )
    )
    assert (firm.slip, loose.slip) == pytest.approx((0.08, 0.30))
    assert loose.sinkage > firm.sinkage and loose.energy_j > firm.energy_j
    assert set(loose.wheel_terrain.tolist()) == {Terrain.SAND}, "that is how it looks"
    rise = math.tan(math.radians(14.0))
    slope = make_world(lambda x, _y: rise * x, Terrain.SAND)
    climbs = drive(Vehicle(slope, small, TRUE, (0, 0, 0), 2), 0.4, 10.0, dt=0.1)
    stuck = drive(
        Vehicle(felt_as(slope, Hidden.LOOSE_SAND), small, TRUE, (0, 0, 0), 2), 0.4, 10.0, dt=0.1
    )
    assert not climbs.embedded and climbs.distance_m > 0.8
    assert stuck.embedded and stuck.distance_m < 0.6


def test_wheels_wear_by_what_is_under_each_for_every_metre_they_roll(make_world, small):
    rock = felt_as(make_world(), Hidden.SHARP_ROCK)
    assert rock.hidden is not None
    # the left wheels, at y = 0.325, on sharp rock and the right ones on smooth
    rows = (np.arange(rock.ground.shape[0]) + 0.5) * rock.resolution + rock.origin[1]
    rock.hidden[rows < 0.0] = Terrain.BEDROCK
    state = drive(Vehicle(rock, small, TRUE, (0, 0, 0), 0), 0.4, 10.0, dt=0.1)
    rolled = state.distance_m / (1.0 - PHYSICS[Terrain.BEDROCK].slip[0])
    sharp, smooth = (
        PHYSICS[g].wheel_damage_per_metre for g in (Hidden.SHARP_ROCK, Terrain.BEDROCK)
    )
    assert state.wheel_damage == pytest.approx(0.5 * (sharp + smooth) * rolled)


def test_embedding_falls_as_often_as_the_table_says(make_world, curiosity):
    """On 14 degrees of sand (slip 0.716) the chance over a metre is 1 - exp(-0.2 slip^3)."""
    rise = math.tan(math.radians(14.0))
    world = make_world(lambda x, _y: rise * x, Terrain.SAND, resolution=0.1)
    risk = (
        PHYSICS[Terrain.SAND].embedding_per_metre * float(slip(Terrain.SAND, np.radians(14.0))) ** 3
    )
    metres, drives = 2.0, 30
    stuck = 0
    for seed in range(drives):
        vehicle = Vehicle(world, curiosity, TRUE, (-3, 0, 0), seed)
        while vehicle.state.distance_m < metres and not vehicle.state.embedded:
            vehicle.step(0.04, 0.0, 4.0)
        stuck += vehicle.state.embedded
    chance = 1.0 - math.exp(-risk * metres)
    assert abs(stuck - drives * chance) < 3.0 * math.sqrt(drives * chance * (1.0 - chance))


def test_sinkage_is_bekkers_and_grows_with_slip(curiosity):
    """The figures of docs/terrain-physics.md: 2.1 cm in dry sand, 0.5 cm in sandy loam."""
    assert static_sinkage(DRY_SAND, curiosity) == pytest.approx(0.021, abs=5e-4)
    assert static_sinkage(SANDY_LOAM, curiosity) == pytest.approx(0.005, abs=5e-4)
    assert static_sinkage(LOOSE_SAND, curiosity) == pytest.approx(0.023, abs=5e-4)
    soil, sand = Soil(curiosity), np.array([Terrain.SAND], np.uint8)
    depths = [float(soil.sinkage(sand, s)[0]) for s in (0.0, 0.2, 0.5, 0.77)]
    assert depths == sorted(depths)
    assert depths[-1] == pytest.approx(0.3 * 2.0 * curiosity.wheel_radius)
    assert soil.sinkage(np.array([Terrain.BEDROCK], np.uint8), 0.9)[0] == 0.0


@pytest.mark.parametrize("slope", [0.0, 0.01, math.radians(12.5), math.radians(30.0), 0.8])
def test_slip_is_the_mean_of_the_terrain_tables(curiosity, slope):
    wheels = np.array([0, 0, 1, 2, 2, 3], np.uint8)
    wanted = np.mean([float(slip(Terrain(c), np.array(slope))) for c in wheels])
    assert Soil(curiosity).slip(shares_of(wheels), slope, 0.5) == pytest.approx(wanted)


def test_a_rover_on_a_wall_tips_over(make_world, small):
    reckless = replace(small, max_tilt_deg=60.0)
    rise = math.tan(math.radians(44.0))
    world = make_world(lambda x, y: rise * y + 0.3 * np.maximum(x - 1.0, 0.0) * y)
    vehicle = Vehicle(world, reckless, TRUE, (0, 0.5, 0), 0)
    state = drive(vehicle, 0.5, 8.0, dt=0.1)
    assert state.tipped and state.tilt > math.radians(45.0) and state.stall == "tipped over"
