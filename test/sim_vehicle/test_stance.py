"""The rocker-bogie against planes, one block, a crack and its plain twin."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.rover import Rover
from ai4mars_nav.sim.vehicle import kernels, slow
from ai4mars_nav.sim.vehicle.running_gear import RunningGear, running_gear, wheel_headings
from ai4mars_nav.sim.vehicle.stance import Surface, stand, steps_between
from ai4mars_nav.sim.world.world import World

LEVEL = np.zeros(6)


def gear_on(world: World, rover: Rover) -> tuple[Surface, RunningGear]:
    return Surface(world), running_gear(rover, world.resolution)


def test_level_ground_leaves_the_base_on_the_ground(make_world, curiosity) -> None:
    world = make_world(lambda x, _y: 0.0 * x + 1.5)
    stance = stand(*gear_on(world, curiosity), (0.3, -0.2, 0.4), LEVEL, LEVEL)
    np.testing.assert_allclose(stance.world_from_base.translation, [0.3, -0.2, 1.5], atol=1e-6)
    assert stance.tilt == pytest.approx(0.0, abs=1e-6)
    assert stance.belly == pytest.approx(-curiosity.belly_clearance, abs=1e-6)
    np.testing.assert_allclose(stance.contacts[:, 2], 1.5)


@pytest.mark.parametrize("curvature", [0.0, 0.3])
@pytest.mark.parametrize("yaw", [0.0, 0.7, math.pi / 2, 2.5, -1.2])
@pytest.mark.parametrize("slope_deg", [3.0, 12.0, 25.0])
def test_on_a_plane_tilt_height_and_heading_are_exact(
    make_world, curiosity, slope_deg, yaw, curvature
) -> None:
    rise = math.tan(math.radians(slope_deg))
    world = make_world(lambda x, y: rise * (0.8 * x + 0.6 * y))
    gear = gear_on(world, curiosity)
    stance = stand(*gear, (0.0, 0.0, yaw), wheel_headings(gear[1].wheels, curvature, True), LEVEL)
    normal = np.array([-0.8 * rise, -0.6 * rise, 1.0]) / math.hypot(rise, 1.0)
    assert math.degrees(stance.tilt) == pytest.approx(slope_deg, abs=1e-3)
    np.testing.assert_allclose(stance.world_from_base.rotation[:, 2], normal, atol=1e-5)
    assert stance.world_from_base.yaw() == pytest.approx(yaw, abs=1e-9)
    # base_link lies on the plane, and no wheel has to reach for it
    assert float(normal @ stance.world_from_base.translation) == pytest.approx(0.0, abs=1e-4)
    np.testing.assert_allclose(stance.travel(curiosity.wheel_radius), 0.0, atol=1e-4)


@pytest.mark.parametrize(("wheel", "ahead", "left"), [
    (0, 1 / 1.5, 1 / 3), (1, -1 / 3, 1 / 3), (2, -1 / 3, 1 / 3),
    (3, 1 / 1.5, -1 / 3), (4, -1 / 3, -1 / 3), (5, -1 / 3, -1 / 3),
])  # fmt: skip
def test_a_block_under_one_wheel_lifts_the_body_as_the_linkage_says(
    make_world, curiosity, wheel, ahead, left
) -> None:
    """A front wheel turns its rocker by h / (3/4 base), the others half of that, backward; the
    differential halves it; a sixth of the block lifts the body."""
    high = 0.12
    bx, by = running_gear(curiosity, 0.05).wheels[wheel]
    world = make_world(lambda x, y: high * ((np.abs(x - bx) < 0.4) & (np.abs(y - by) < 0.4)))
    stance = stand(*gear_on(world, curiosity), (0.0, 0.0, 0.0), LEVEL, LEVEL)
    assert stance.slopes[0] == pytest.approx(ahead * high / curiosity.wheelbase, rel=0.02)
    assert stance.slopes[1] == pytest.approx(left * high / curiosity.track, rel=0.02)
    # on the level, a leaning wheel stands on its edge
    edge = 0.5 * curiosity.wheel_width * abs(left) * high / curiosity.track
    assert stance.world_from_base.translation[2] == pytest.approx(high / 6 + edge, abs=1e-3)


def test_wheels_bridge_a_crack_that_is_narrower_than_they_are(make_world, curiosity) -> None:
    world = make_world(lambda x, _y: np.where(np.abs(x - 1.15) < 0.05, -0.5, 0.0))
    stance = stand(*gear_on(world, curiosity), (0.0, 0.0, 0.0), LEVEL, LEVEL)
    gap = curiosity.wheel_radius - math.sqrt(curiosity.wheel_radius**2 - 0.075**2)
    assert stance.axles[0, 2] - curiosity.wheel_radius == pytest.approx(-gap, abs=0.01)


def test_sunk_wheels_lower_the_body(make_world, small) -> None:
    gear = gear_on(make_world(), small)
    stance = stand(*gear, (0.0, 0.0, 0.0), LEVEL, np.full(6, 0.03))
    assert stance.world_from_base.translation[2] == pytest.approx(-0.03)
    assert stance.belly == pytest.approx(0.03 - small.belly_clearance)


def test_a_wheel_that_climbs_counts_its_step_over_its_diameter(make_world, curiosity) -> None:
    world = make_world(lambda x, _y: np.where(x > 1.5, 0.2, 0.0))
    gear = gear_on(world, curiosity)
    before, after = (stand(*gear, (x, 0.0, 0.0), LEVEL, LEVEL) for x in (0.20, 0.21))
    steps = steps_between(*gear, before, after)
    risen = after.axles[0, 2] - curiosity.wheel_radius * math.hypot(1.0, after.slopes[1])
    assert 0.05 < risen < 0.2
    np.testing.assert_allclose(steps, [risen, 0, 0, risen, 0, 0], atol=1e-4)
    assert steps_between(*gear, after, before).max() == 0.0


def test_a_wheel_that_sinks_while_it_climbs_still_climbs(make_world, curiosity) -> None:
    """Else a stalled wheel, which digs in, would pass what stalled it."""
    world = make_world(lambda x, _y: np.where(x > 1.5, 0.2, 0.0))
    gear = gear_on(world, curiosity)
    before, after, sunk = (
        stand(*gear, (x, 0.0, 0.0), LEVEL, np.full(6, depth))
        for x, depth in ((0.20, 0.0), (0.21, 0.0), (0.21, 0.05))
    )
    assert sunk.axles[0, 2] < before.axles[0, 2]
    wanted = steps_between(*gear, before, after)
    assert wanted[0] > 0.05
    np.testing.assert_allclose(steps_between(*gear, before, sunk), wanted, atol=1e-6)


def test_a_slope_is_no_step(make_world, curiosity) -> None:
    world = make_world(lambda x, _y: 0.36 * x)
    gear = gear_on(world, curiosity)
    before, after = (stand(*gear, (x, 0.0, 0.0), LEVEL, LEVEL) for x in (0.20, 0.21))
    np.testing.assert_array_equal(steps_between(*gear, before, after), np.zeros(6))


def test_steps_agree_with_their_twin(make_world, curiosity) -> None:
    world = rough_world(make_world)
    gear = gear_on(world, curiosity)
    climbing = 0
    for x in np.arange(-2.0, 2.0, 0.25):
        before, after = (stand(*gear, (at, 0.1, 0.3), LEVEL, LEVEL) for at in (x, x + 0.01))
        steps = steps_between(*gear, before, after)
        for wheel in range(6):
            way = after.axles[wheel] - before.axles[wheel]
            wanted = slow.step_height(
                world, gear[1], after.axles[wheel], way, 0.3, float(after.slopes[1])
            )
            assert steps[wheel] == pytest.approx(wanted, abs=5e-4)
            climbing += wanted > 0.0
    assert climbing > 10


def rough_world(make_world) -> World:
    random = np.random.default_rng(4)
    waves = random.uniform(0.3, 3.0, (12, 2)) * random.choice([-1, 1], (12, 2))
    phases = random.uniform(0.0, math.tau, 12)

    def height(x, y):
        return sum(
            0.05 * np.sin(kx * x + ky * y + p) for (kx, ky), p in zip(waves, phases, strict=True)
        )

    return make_world(height, rocks=((0.9, 1.0, 0.5, 0.2), (-1.0, -1.2, 0.4, 0.15)))


@pytest.mark.parametrize("rover_name", ["curiosity", "small"])
def test_kernels_agree_with_their_twins(make_world, request, rover_name) -> None:
    rover = request.getfixturevalue(rover_name)
    world = rough_world(make_world)
    surface, gear = gear_on(world, rover)
    random = np.random.default_rng(5)
    for _ in range(12):
        x, y = random.uniform(-4.0, 4.0, 2)
        place = (float(x), float(y), float(random.uniform(-3.0, 3.0)))
        sinkage, headings = random.uniform(0.0, 0.05, 6), random.uniform(-0.5, 0.5, 6)
        stance = stand(surface, gear, place, headings, sinkage)
        pose, axles = slow.settle(world, gear, place, headings, sinkage, rounds=8)
        np.testing.assert_allclose(stance.axles, axles, atol=2e-4)
        np.testing.assert_allclose(stance.world_from_base.rotation, pose.rotation, atol=2e-4)
        np.testing.assert_allclose(stance.world_from_base.translation, pose.translation, atol=2e-4)
        assert stance.belly == pytest.approx(slow.belly_depth(world, gear, pose), abs=2e-4)
        np.testing.assert_array_equal(
            stance.grounds, world.felt_at(stance.contacts[:, 0], stance.contacts[:, 1])
        )
        np.testing.assert_array_equal(
            stance.rocks, world.rock_at(stance.contacts[:, 0], stance.contacts[:, 1])
        )


def test_axle_and_contact_agree_with_the_twin(make_world, curiosity) -> None:
    world = rough_world(make_world)
    surface, gear = gear_on(world, curiosity)
    random = np.random.default_rng(6)
    for x, y, heading, lean in random.uniform(-1.0, 1.0, (20, 4)):
        contact = np.empty(3)
        axle = kernels.axle_height(
            surface.heights, surface.frame, x, y, heading, lean,
            gear.along, gear.lift, gear.across, contact,
        )  # fmt: skip
        theirs, _ = slow.axle_height(world, gear, x, y, heading, lean)
        assert axle == pytest.approx(theirs, abs=1e-4)
        u, v = np.array(
            [[np.cos(heading), np.sin(heading)], [-np.sin(heading), np.cos(heading)]]
        ) @ (contact[:2] - [x, y])
        rim = math.hypot(1.0, lean) * math.sqrt(gear.radius**2 - u**2) - lean * v
        assert contact[2] == pytest.approx(float(world.height(contact[0], contact[1])))
        assert contact[2] + rim == pytest.approx(axle, abs=1e-9)


def test_the_body_heads_where_it_is_told_on_any_plane() -> None:
    rotation = np.empty((3, 3))
    for yaw, ahead, left in np.random.default_rng(7).uniform(-1.0, 1.0, (20, 3)):
        kernels.orient(yaw, ahead, left, rotation)
        np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-12)
        assert np.linalg.det(rotation) == pytest.approx(1.0)
        assert Pose(rotation, np.zeros(3)).yaw() == pytest.approx(yaw)
