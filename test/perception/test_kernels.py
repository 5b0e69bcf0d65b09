"""The compiled loops against their plain twins, on a noisy scene with rocks and holes."""

import numpy as np
import pytest

from ai4mars_nav.perception import ground_kernels, rock_kernels, slow_rocks
from ai4mars_nav.perception.ground import Ground
from ai4mars_nav.perception.ground_settings import GroundSettings

REACH, CELL, SPACING, RADIUS, SCATTER = 20.0, 0.35, 1.2, 3.0, 0.04
GAIN = 0.25 / 520.0
PRIORS = np.array([100.0, 0.6, 0.6, 0.03, 0.03, 0.03])
CELLS, NODES = 2 * 58 + 2, 2 * 17 + 3
LOW = 0.1


@pytest.fixture(scope="module")
def cloud(scene):
    things = (
        scene.Thing("block", 6.0, 0.5, 0.8, 0.5, 0.4),
        scene.Thing("dome", 9.0, -1.5, 1.0, 0.35),
        scene.Thing("dome", 13.0, 2.0, 0.6, 0.6),
    )
    points = scene.measured(scene.points_of(scene.rolling, things, size=128), seed=3)
    random = np.random.default_rng(4)
    points[random.random(points.shape[:2]) < 0.05] = np.nan
    points[3, 5] = np.inf
    points[70, 60] = (4.0, 0.0, -np.inf)
    points[71, 60] = (4.0, 0.0, np.inf)
    return points


@pytest.fixture(scope="module")
def means(cloud):
    unknown = np.full(cloud.shape[:2], np.nan, np.float32)
    return slow_rocks.ground_means(cloud, unknown, np.inf, REACH, CELL, GAIN, CELLS)


@pytest.fixture(scope="module")
def patches(means):
    return slow_rocks.fit_ground(means, SPACING, NODES, RADIUS, SCATTER, GAIN, PRIORS)


@pytest.fixture(scope="module")
def heights(cloud, patches):
    return slow_rocks.heights_above(cloud, REACH, SPACING, *patches)


@pytest.mark.parametrize("over", [np.inf, 0.03])
def test_ground_means(cloud, heights, over):
    heights = heights.astype(np.float32)
    slow = slow_rocks.ground_means(cloud, heights, over, REACH, CELL, GAIN, CELLS)
    fast, levels = np.empty((CELLS, CELLS, 4)), np.empty((CELLS, CELLS, 2))
    ground_kernels.ground_means(cloud, heights, over, REACH, CELL, GAIN, levels, fast)
    # float32 coordinates: a point on a cell's border may fall on either side of it
    same = fast[..., 3] == slow[..., 3]
    assert same.mean() > 0.999
    np.testing.assert_allclose(fast[same], slow[same], atol=1e-6)
    assert slow[..., 3].sum() > 2500


def test_only_the_low_points_of_a_cell_are_ground():
    points = np.array([[[5.0, 0.1, z] for z in (-2.0, -1.99, -1.6, -1.5)]], np.float32)
    means = slow_rocks.ground_means(
        points, np.full((1, 4), np.nan, np.float32), np.inf, REACH, CELL, GAIN, CELLS
    )
    (cell,) = means[means[..., 3] > 0.0]
    assert cell[3] == 2.0 and abs(cell[2] + 1.995) < 1e-6


def test_fit_ground(means, patches):
    surfaces, sigmas = np.zeros((NODES, NODES, ground_kernels.TERMS)), np.zeros((NODES, NODES))
    ground_kernels.fit_ground(
        means, CELL, SPACING, RADIUS, SCATTER, GAIN, PRIORS, surfaces, sigmas
    )  # fmt: skip
    np.testing.assert_allclose(sigmas, patches[1], rtol=1e-8)
    known = np.isfinite(sigmas)
    assert known.sum() > 50
    np.testing.assert_allclose(surfaces[known], patches[0][known], atol=1e-8)


def test_ground_at(patches):
    random = np.random.default_rng(5)
    places = np.stack([random.uniform(2.0, 18.0, 500), random.uniform(-8.0, 8.0, 500)], axis=1)
    slow = slow_rocks.ground_at(places, SPACING, *patches)
    fast = [ground_kernels.ground_at(x, y, SPACING, *patches)[0] for x, y in places]
    np.testing.assert_allclose(fast, slow, atol=1e-9)
    assert 0.3 < np.isfinite(slow).mean() < 1.0
    assert np.isnan(ground_kernels.ground_at(1e6, 0.0, SPACING, *patches)[0])


def test_heights_above(cloud, patches, heights):
    fast = np.empty(cloud.shape[:2], np.float32)
    rock_kernels.heights_above(cloud, REACH, SPACING, *patches, fast)
    # float32 coordinates: half way between two nodes either is nearest
    differ = np.abs(fast - heights) > 1e-4
    assert differ.mean() < 1e-3
    np.testing.assert_array_equal(np.isfinite(fast), np.isfinite(heights))


def test_standing_pixels_and_labels(cloud, patches, heights):
    slow = slow_rocks.standing_pixels(cloud, heights, LOW, GAIN, SPACING, *patches)
    fast = heights.astype(np.float32)
    ranges, errors = np.empty_like(fast), np.zeros_like(fast)
    rock_kernels.standing_pixels(cloud, fast, LOW, GAIN, SPACING, *patches, ranges, errors)
    np.testing.assert_array_equal(np.isfinite(ranges), np.isfinite(slow[1]))
    assert np.isfinite(ranges).sum() > 200
    np.testing.assert_allclose(ranges, slow[1], rtol=1e-6)
    # a neighbour at the edge of the gate may count here and not there
    differ = np.abs(fast - slow[0]) > 1e-4
    assert differ.mean() < 1e-3
    np.testing.assert_allclose(errors, slow[2], atol=1e-3)

    labels = np.empty(fast.shape, np.int32)
    count = rock_kernels.label_objects(fast, ranges, errors, LOW, GAIN, labels)
    again = slow_rocks.label_objects(fast, ranges, errors, LOW, GAIN)
    np.testing.assert_array_equal(labels, again)
    assert count == labels.max() >= 3


@pytest.mark.parametrize("seed", range(5))
def test_labels_of_noise(seed):
    """Random patterns join and split in every way that union-find must survive."""
    random = np.random.default_rng(seed)
    shape = (40, 37)
    heights = random.uniform(0.0, 0.3, shape).astype(np.float32)
    ranges = random.choice([5.0, 5.1, 6.0, np.nan], shape).astype(np.float32)
    errors = np.zeros(shape, np.float32)
    labels = np.empty(shape, np.int32)
    count = rock_kernels.label_objects(heights, ranges, errors, LOW, GAIN, labels)
    np.testing.assert_array_equal(
        labels, slow_rocks.label_objects(heights, ranges, errors, LOW, GAIN)
    )
    assert count == len(np.unique(labels)) - 1


@pytest.mark.parametrize(
    "shape", ["flat", "slope 15", "slope 25", "slope -10", "side slope 20", "dune", "rolling"]
)
def test_ground_is_found_under_bare_terrain(scene, shape):
    """Within 3 cm for nine points in ten out to 18 m, whatever the shape."""
    word, _, degrees = shape.partition(" ") if not shape.startswith("side") else ("side", "", "20")
    down = 0.25
    if word == "slope":
        ground = scene.slope(float(degrees))
        down -= np.radians(float(degrees))
    elif word == "side":
        ground = scene.slope(20.0, heading=np.pi / 2.0)
    else:
        ground = getattr(scene, word)
    points = scene.measured(scene.points_of(ground, size=256, down=down), seed=1)
    found = Ground(GroundSettings(), GAIN)
    found.fit(points, np.empty(points.shape[:2], np.float32))
    flat = points.reshape(-1, 3).astype(float)
    places = flat[np.hypot(flat[:, 0], flat[:, 1]) < 18.0][::37, :2]
    camera = float(ground(np.array(0.0), np.array(0.0))) + scene.MAST
    errors = [found.at(x, y)[0] - (float(ground(x, y)) - camera) for x, y in places]
    assert len(errors) > 500
    assert np.quantile(np.abs(errors), 0.9) < 0.03
