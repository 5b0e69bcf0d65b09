"""Regolith, sand, bedrock and craters do what their settings say."""

import numpy as np
import pytest

from ai4mars_nav.rover import Rover
from ai4mars_nav.sim.world import bedrock, corridor, craters, recipe, sand
from ai4mars_nav.sim.world.noise import blurred, enlarged, fractal, over_a_metre
from ai4mars_nav.terrain import Terrain

RESOLUTION = 0.05


def spectrum_slope(field, resolution):
    """Of the logarithm of power over that of frequency, one row at a time."""
    power = (np.abs(np.fft.rfft(field * np.hanning(field.shape[1]), axis=1)) ** 2).mean(0)
    frequency = np.fft.rfftfreq(field.shape[1], resolution)
    use = (frequency > 0.3) & (frequency < 4.0)
    return np.polyfit(np.log(frequency[use]), np.log(power[use]), 1)[0]


@pytest.mark.parametrize("hurst", [0.6, 0.9])
def test_regolith_is_self_affine(hurst):
    """A profile's power goes with frequency to the -(2 H + 1)."""
    field = fractal(np.random.default_rng(1), 512, RESOLUTION, 30.0, 0.0, hurst)
    assert field.mean() == pytest.approx(0.0, abs=1e-4) and field.std() == pytest.approx(1.0)
    assert spectrum_slope(field, RESOLUTION) == pytest.approx(-(2 * hurst + 1), abs=0.25)


def test_a_smooth_field_has_nothing_finer_than_asked():
    field = fractal(np.random.default_rng(1), 600, RESOLUTION, 20.0, 2.0, 0.7)
    power = (np.abs(np.fft.rfft2(field)) ** 2).sum(0)
    fine = np.fft.rfftfreq(600, RESOLUTION) > 1.0
    assert power[fine].sum() < 1e-3 * power.sum()


def test_enlarging_and_blurring_keep_planes():
    x = np.arange(40, dtype=np.float32)
    plane = np.broadcast_to(x, (40, 40)).copy()
    wide = enlarged(plane, 400)[40:-40, 40:-40]
    assert np.abs(np.diff(wide, axis=1) - 0.1).max() < 2e-3
    wide = np.broadcast_to(np.arange(400, dtype=np.float32), (400, 400)).copy()
    assert np.abs(np.diff(blurred(wide, 0.05, 1.0), axis=1)[:, 100:300] - 1.0).max() < 0.02


def test_dunes_are_steep_in_the_lee_and_gentle_to_windward():
    """The wind blows along x; sand lies no steeper than it can."""
    height = sand.dunes(np.random.default_rng(3), 800, RESOLUTION, 0.0, 0.8, 10.0)
    slope = np.diff(height, axis=1) / RESOLUTION
    assert np.quantile(-slope, 0.995) > 2.0 * np.quantile(slope, 0.98)
    assert np.quantile(-slope, 0.995) < np.tan(np.radians(42.0))
    assert 0.5 < np.quantile(height, 0.99) < 1.1


def test_a_megaripple_is_gentler_in_the_lee_than_sand_can_lie():
    steep = {}
    for lee_deg in (15.0, 31.0):
        height = sand.dunes(np.random.default_rng(3), 800, RESOLUTION, 0.0, 0.3, 5.0, lee_deg)
        slope = np.abs(np.diff(height, axis=1)) / RESOLUTION
        steep[lee_deg] = np.degrees(np.arctan(np.quantile(slope, 0.95)))
    assert 12.0 < steep[15.0] < 16.0
    assert steep[31.0] > 20.0


def test_sand_covers_its_share_and_smooths_what_it_covers():
    random = np.random.default_rng(4)
    ground = 0.05 * fractal(random, 500, RESOLUTION, 20.0, 0.0, 0.8)
    settings = recipe.Sand(
        share=(0.3, 0.3), dune_height=(0.0, 0.0), ripple_height=(0.0, 0.0), drift=0.1
    )
    made, is_sand = sand.filled(random, ground, RESOLUTION, settings)
    assert is_sand.mean() == pytest.approx(0.3, abs=0.08)
    assert (made >= ground).all()
    bend = np.abs(np.diff(made, 2, axis=1))[:, :-1]
    deep = is_sand[:, 1:-2] & (made - ground > 0.05)[:, 1:-2]
    assert bend[deep].mean() < 0.2 * bend[~is_sand[:, 1:-2]].mean()


def test_no_sand_and_no_bedrock_leave_the_ground_alone():
    ground = fractal(np.random.default_rng(1), 100, RESOLUTION, 5.0)
    random = np.random.default_rng(2)
    none = (0.0, 0.0)
    for made, where in (
        sand.filled(random, ground, RESOLUTION, recipe.Sand(share=none)),
        bedrock.outcropped(random, ground, RESOLUTION, recipe.Bedrock(share=none)),
    ):
        assert made is ground and not where.any()


def test_bedrock_has_steps_of_whole_layers_and_cracks():
    random = np.random.default_rng(5)
    flat = np.zeros((600, 600), np.float32)
    settings = recipe.Bedrock(share=(0.9, 0.9), layer=0.2, layers=3.0, slab=2.0)
    made, out = bedrock.outcropped(random, flat, RESOLUTION, settings)
    assert out.mean() > 0.6
    slabs = bedrock.cracked(np.random.default_rng(6), 600, RESOLUTION, 2.0)
    assert 100 < len(np.unique(slabs.number)) <= len(slabs.row)
    inside = made[out]
    # steps: many cells about a layer above others, and sharp edges between them
    assert np.ptp(inside) > 0.4
    jump = np.abs(made[:, 2:] - made[:, :-2])[out[:, 1:-1]]
    assert np.quantile(jump, 0.99) > 0.1 and np.median(jump) < 0.01


def test_a_slabs_seed_lies_in_it():
    slabs = bedrock.cracked(np.random.default_rng(7), 300, RESOLUTION, 1.5)
    own = slabs.number[slabs.row, slabs.column] == np.arange(len(slabs.row))
    assert own.mean() > 0.95
    assert slabs.edge.min() == 0.0 and slabs.edge.max() < 1.5


def test_a_crater_is_as_deep_and_wide_as_it_says():
    one = craters.Crater(1.0, -2.0, 8.0, 1.0, ())
    flat = np.zeros((600, 600), np.float32)
    made = craters.pressed(flat, RESOLUTION, (one,))
    row, column = np.unravel_index(np.argmin(made), made.shape)
    x, y = (column + 0.5) * RESOLUTION - 15.0, (row + 0.5) * RESOLUTION - 15.0
    assert np.hypot(x - 1.0, y + 2.0) < 0.1
    assert made.min() == pytest.approx(-1.0, abs=0.02)
    rim = np.argmax(made[row, column:]) * RESOLUTION
    assert rim == pytest.approx(4.0, abs=0.5) and 0.1 < made.max() < 0.25
    assert abs(made[0, 0]) < 0.02


def test_a_crater_off_the_map_changes_nothing():
    flat = np.zeros((100, 100), np.float32)
    far = craters.Crater(100.0, 100.0, 5.0, 1.0, ())
    assert np.array_equal(craters.pressed(flat, RESOLUTION, (far,)), flat)


def way(world, rover, start=(-2.9, 0.0), goal=(2.9, 0.0)):
    cells = corridor.coarse(world, world.surface)
    blocked = corridor.impassable(corridor.hazards(cells, rover), rover, cells.resolution)
    return corridor.way_length(cells, blocked, start, goal, 40.0)


WALL = [(0.0, y, 0.6, 0.6, 0.5) for y in np.arange(-5.0, 5.01, 0.4)]


def test_a_wall_of_rocks_is_in_the_way_and_a_gap_in_it_is_not(flat):
    rover = Rover(length=1.0, width=0.8, wheelbase=0.7, track=0.65, wheel_radius=0.12, max_step=0.1)
    assert way(flat(), rover) == pytest.approx(5.8, abs=0.2)
    assert np.isinf(way(flat(*WALL), rover))
    gap = [rock for rock in WALL if abs(rock[1] - 1.0) > 1.3]
    assert 5.8 < way(flat(*gap), rover) < 9.0
    assert np.isinf(way(flat(*gap), Rover()))


def test_steep_sand_holds_a_rover_and_steep_soil_does_not(flat):
    rover = Rover(length=1.0, width=0.8, wheelbase=0.7, track=0.65, max_tilt_deg=20.0)
    world = flat(slope=np.tan(np.radians(13.0)))
    assert np.isfinite(way(world, rover))
    world.classes[:] = Terrain.SAND
    assert np.isinf(way(world, rover))


def test_roughness_is_that_of_a_metre():
    field = np.zeros((100, 100), np.float32)
    field[:, ::2] = 1.0
    assert over_a_metre(field, 1.0) == pytest.approx(1.0)
