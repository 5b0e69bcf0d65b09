"""A mirrored world: what was there stays, what lies beyond is its image."""

import numpy as np
import pytest

from ai4mars_nav.sim.errors import SimError
from ai4mars_nav.sim.world.mirror import mirrored
from ai4mars_nav.sim.world.world import NO_ROCK

MARGIN = 4.0


@pytest.fixture(scope="module")
def pair(trapped):
    return trapped[0], mirrored(trapped[0], MARGIN)


def image(world, x, y):
    """Where a point beyond the edge has its image."""
    (left, low), (wide, high) = world.origin, world.size
    x = np.where(x < left, 2 * left - x, np.where(x > left + wide, 2 * (left + wide) - x, x))
    return x, np.where(y < low, 2 * low - y, np.where(y > low + high, 2 * (low + high) - y, y))


def centres(world):
    rows, columns = world.ground.shape
    x = world.origin[0] + (np.arange(columns) + 0.5) * world.resolution
    y = world.origin[1] + (np.arange(rows) + 0.5) * world.resolution
    return np.meshgrid(x, y)


def test_it_is_wider_by_the_margin_and_the_same_inside(pair):
    world, wider = pair
    assert wider.size == pytest.approx((world.size[0] + 2 * MARGIN, world.size[1] + 2 * MARGIN))
    x, y = centres(world)
    for layer in ("surface", "ground"):
        np.testing.assert_allclose(wider.height(x, y, layer), world.height(x, y, layer), atol=1e-5)
    np.testing.assert_array_equal(wider.rock_at(x, y), world.rock_at(x, y))
    np.testing.assert_array_equal(wider.felt_at(x, y), world.felt_at(x, y))
    assert (wider.rocks.x[: len(world.rocks)] == world.rocks.x).all()


def test_beyond_lies_the_image(pair):
    world, wider = pair
    x, y = centres(wider)
    at = image(world, x, y)
    np.testing.assert_array_equal(wider.class_at(x, y), world.class_at(*at))
    np.testing.assert_array_equal(wider.felt_at(x, y), world.felt_at(*at))
    np.testing.assert_allclose(wider.surface, world.height(*at), atol=1e-6)


def test_a_rock_beyond_is_the_twin_of_one(pair):
    world, wider = pair
    x, y = centres(wider)
    number = wider.rock_at(x, y)
    original = world.rock_at(*image(world, x, y))
    beyond = (number >= len(world.rocks)) & (original != NO_ROCK)
    assert beyond.any()
    twin, of = number[beyond], original[beyond]
    for size in ("height", "length", "width", "seed"):
        assert (getattr(wider.rocks, size)[twin] == getattr(world.rocks, size)[of]).all()
    # the middle of the twin lies as far from the cell as that of the rock from the cell's image
    xi, yi = (each[beyond] for each in image(world, x, y))
    far = np.hypot(wider.rocks.x[twin] - x[beyond], wider.rocks.y[twin] - y[beyond])
    near = np.hypot(world.rocks.x[of] - xi, world.rocks.y[of] - yi)
    np.testing.assert_allclose(far, near, atol=1e-6)
    # and it lies the other way round: along its length as far
    along = [
        np.abs((r.x[n] - px) * np.cos(r.yaw[n]) + (r.y[n] - py) * np.sin(r.yaw[n]))
        for r, n, px, py in (
            (wider.rocks, twin, x[beyond], y[beyond]), (world.rocks, of, xi, yi)
        )
    ]  # fmt: skip
    np.testing.assert_allclose(along[0], along[1], atol=1e-6)


def test_a_rock_without_its_middle_is_none(flat):
    world = flat((-2.9, 0.0, 1.0, 1.0, 0.5))
    # its twin's middle is at -7.1
    assert len(mirrored(world, 2.0).rocks) == 1
    assert (mirrored(world, 2.0).rock_of[:, :40] == NO_ROCK).all()
    assert len(mirrored(world, 2.2).rocks) == 2


def test_more_than_there_is_cannot_be_mirrored(flat):
    with pytest.raises(SimError, match="12 m cannot be mirrored"):
        mirrored(flat(), 12.0)
