"""Rocks: as many as Golombek counted, of one shape in the rasters and in the meshes."""

import numpy as np
import pytest

from ai4mars_nav.sim.world import golombek, rock_shape
from ai4mars_nav.sim.world.mesh import rock_mesh
from ai4mars_nav.sim.world.recipe import Stones
from ai4mars_nav.terrain import Terrain


@pytest.mark.parametrize("k", [0.02, 0.05, 0.15])
def test_the_share_under_rocks_follows_golombek(k):
    """Over 400,000 m² the share at each diameter is k exp(-q D), within five standard errors."""
    area = 4e5
    size = golombek.diameters(np.random.default_rng(1), k, area, 0.2, 3.0)
    assert 1.79 + 0.152 / k == golombek.q_of(k)
    for d in (0.2, 0.4, 0.8):
        covers = np.pi / 4 * size[size >= d] ** 2
        expected = golombek.covered_share(k, np.array(d)) - golombek.covered_share(k, np.array(3.0))
        error = np.sqrt((covers**2).sum()) / area
        assert abs(covers.sum() / area - expected) < 5 * error + 0.01 * expected


def test_no_rocks_where_k_is_none():
    assert len(golombek.diameters(np.random.default_rng(1), 0.0, 1e4, 0.1, 2.0)) == 0


def test_rocks_lie_where_the_density_says_and_have_all_heights():
    density = np.zeros((100, 100), np.float32)
    density[:, 50:] = 1.0
    random = np.random.default_rng(2)
    rocks = golombek.scattered(random, Stones(), 0.1, density, 0.2, (-10.0, 0.0))
    assert len(rocks) > 500
    assert (rocks.x >= 0.0).all() and (rocks.x <= 10.0).all() and (rocks.y <= 20.0).all()
    ratio = rocks.height / np.sqrt(rocks.length * rocks.width)
    assert ratio.mean() == pytest.approx(0.5, abs=0.03) and ratio.std() > 0.1
    assert (rocks.length >= rocks.width).all()


def test_unit_rocks_fill_their_box():
    tables = rock_shape.tables()
    axis = np.linspace(-rock_shape.REACH, rock_shape.REACH, rock_shape.SIDE)
    step = axis[1] - axis[0]
    for table in tables:
        over = table > 0.0
        for found in (axis[over.any(0)], axis[over.any(1)]):
            assert abs(found[0] + 1.0) < 2 * step and abs(found[-1] - 1.0) < 2 * step
        assert table.max() == pytest.approx(1.0, abs=1e-6)
        assert table[0].max() < 0.0 and table[:, -1].max() < 0.0
    # no two are the same
    assert len({table.tobytes() for table in tables}) == rock_shape.SHAPES


def test_a_rock_has_its_size_in_the_raster(flat):
    world = flat((0.0, 0.0, 2.0, 1.0, 0.6), resolution=0.02, yaw=0.0)
    rows, columns = np.nonzero(world.rock_of == 0)
    assert np.ptp(columns) * 0.02 == pytest.approx(2.0, abs=0.08)
    assert np.ptp(rows) * 0.02 == pytest.approx(1.0, abs=0.06)
    assert world.surface.max() == pytest.approx(0.6, abs=0.01)
    assert (world.classes[world.rock_of == 0] == Terrain.BIG_ROCK).all()


@pytest.mark.parametrize(
    ("length", "width", "height", "big"),
    [(0.6, 0.3, 0.31, True), (0.3, 0.6, 0.31, True), (0.49, 0.49, 0.5, False), (2, 1, 0.3, False)],
)
def test_what_counts_as_big(flat, length, width, height, big):
    world = flat((1.0, 1.0, length, width, height))
    assert (world.rock_of == 0).any()
    assert ((world.classes == Terrain.BIG_ROCK).any()) == big


def test_the_higher_of_two_rocks_has_the_cell(flat):
    world = flat((0.0, 0.0, 2.0, 2.0, 0.3), (0.2, 0.0, 0.8, 0.8, 0.9))
    assert world.rock_at(np.array(0.2), np.array(0.0)) == 1
    assert world.rock_at(np.array(-0.6), np.array(0.0)) == 0


def test_a_rock_on_a_slope_does_not_hover(flat):
    """Downhill of its centre the ground is lower than its foot: the rock goes on down to it."""
    world = flat((0.0, 0.0, 1.0, 1.0, 0.5), slope=0.3, resolution=0.02)
    owned = world.rock_of == 0
    rise = world.surface - world.ground
    edge = owned & ~(np.roll(owned, 1, 1) & np.roll(owned, -1, 1))
    assert np.median(rise[edge]) < 0.12
    assert owned.any()


def test_the_mesh_is_the_raster(flat):
    """Vertices of the mesh that Gazebo loads, put where SDF puts them, lie on the surface."""
    world = flat((0.5, -0.3, 1.6, 1.0, 0.7), resolution=0.01, yaw=0.8)
    rocks = world.rocks
    lines = [line.split() for line in rock_mesh(0).splitlines()]
    points = np.array([line[1:] for line in lines if line[0] == "v"], float)
    points *= [rocks.length[0] / 2, rocks.width[0] / 2, rocks.height[0]]
    cos, sin = np.cos(0.8), np.sin(0.8)
    x = 0.5 + cos * points[:, 0] - sin * points[:, 1]
    y = -0.3 + sin * points[:, 0] + cos * points[:, 1]
    # inside, where the raster's cells do not straddle the rim
    top = points[:, 2] > 0.15 * rocks.height[0]
    assert top.sum() > 40
    assert np.abs(world.height(x[top], y[top]) - points[top, 2]).max() < 0.03
    faces = [line[1:] for line in lines if line[0] == "f"]
    corners = np.array([[int(c.split("//")[0]) for c in face] for face in faces]) - 1
    assert corners.min() == 0 and corners.max() == len(points) - 1
    a, b, c = (points[corners[:, i]] for i in range(3))
    assert (np.cross(b - a, c - a)[:, 2] > 0.0).all()
