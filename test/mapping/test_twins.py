"""Each compiled loop does what its plain NumPy twin does, on bad input as well."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from ai4mars_nav.mapping import (
    cell_kernels,
    columns,
    map_settings,
    point_kernels,
    slow,
    slow_surface,
    surface_kernels,
)
from ai4mars_nav.mapping.cost import CostSettings, cost_table, grading_limits
from ai4mars_nav.mapping.map_settings import MapSettings
from ai4mars_nav.rover import Rover

ROWS, COLUMNS = 60, 80


def empty_sums(rows: int = ROWS, width: int = COLUMNS) -> NDArray[np.float32]:
    sums = np.zeros((rows, width, columns.SUMS), np.float32)
    sums[..., columns.LOWEST], sums[..., columns.HIGHEST] = np.inf, -np.inf
    return sums


def camera_over_grid(pitch: float, yaw: float) -> NDArray[np.float32]:
    """(3, 4) for a camera at cell (4, 30) of 0.1 m cells, looking along +x, down and aside."""
    c, s = np.cos(pitch), np.sin(pitch)
    cy, sy = np.cos(yaw), np.sin(yaw)
    level = np.array([[0.0, -s, c], [-1.0, 0.0, 0.0], [0.0, -c, -s]])
    turn = np.array([[cy, -sy, 0.0], [sy, cy, 0.0], [0.0, 0.0, 1.0]])
    transform = np.empty((3, 4))
    transform[:, :3] = turn @ level
    transform[:2] *= 10.0
    transform[:, 3] = 4.0, 30.0, 0.0
    return transform.astype(np.float32)


def bumpy_ground(rng: np.random.Generator, shape: tuple[int, int]) -> NDArray[np.float32]:
    """Points (h, w, 3) of rough ground from a mast, with rocks, holes, nan, inf and negatives."""
    h, w = shape
    v, u = np.meshgrid(np.linspace(-0.2, 0.45, h), np.linspace(-0.5, 0.5, w), indexing="ij")
    down = np.maximum(v * np.cos(0.35) + np.sin(0.35), 0.02)
    depth = 1.9 / down * (1.0 + 0.02 * rng.standard_normal(shape))
    for _ in range(5):
        r, c = rng.integers(0, h - 8), rng.integers(0, w - 8)
        depth[r : r + 8, c : c + 8] = depth[r + 7, c]
    spoilt = rng.random(shape)
    depth[spoilt < 0.05] = np.nan
    depth[(spoilt > 0.05) & (spoilt < 0.07)] = np.inf
    depth[(spoilt > 0.07) & (spoilt < 0.09)] = -1.0
    with np.errstate(invalid="ignore"):
        points = np.stack([u * depth, v * depth, depth], axis=-1).astype(np.float32)
    points[(spoilt > 0.09) & (spoilt < 0.1), 0] = np.nan
    return points


@pytest.mark.parametrize("shape", [(48, 64), (1, 500), (2, 33)])
@pytest.mark.parametrize("range_factor", [1e-6, 2e-3, 2e-2])
def test_accumulate(shape: tuple[int, int], range_factor: float) -> None:
    rng = np.random.default_rng(shape[0])
    points = np.ascontiguousarray(bumpy_ground(rng, (48, shape[1]))[-shape[0] :])
    classes = rng.choice(np.array([0, 1, 2, 3, 255], np.uint8), shape)
    confidence = rng.integers(0, 256, shape, dtype=np.uint8)
    settings = MapSettings()
    evidence = map_settings.class_evidence(settings)
    sensor = map_settings.sensor_numbers(settings, range_factor)
    transform = camera_over_grid(0.35, 0.2)
    results = []
    for compiled in (True, False):
        sums = empty_sums()
        bounds, tally = np.array([ROWS, 0, COLUMNS, 0]), np.zeros(3, np.int64)
        arguments = (points, classes, confidence, transform, evidence, sensor, sums)
        if compiled:
            room = point_kernels.RowRoom.of(shape[1])
            point_kernels.accumulate(*arguments, *room, bounds, tally)
        else:
            slow.accumulate(*arguments, bounds, tally)
        results.append((sums, bounds, tally))
    (fast, fast_bounds, fast_tally), (plain, plain_bounds, plain_tally) = results
    assert fast_tally.sum() == points.shape[0] * points.shape[1]
    assert (fast_tally[:2] > 0).all()
    assert shape[0] < 48 or fast_tally[2] > 0
    assert np.abs(fast_tally - plain_tally).max() <= 1
    assert np.abs(fast_bounds - plain_bounds).max() <= 1
    # a point on a border may round to either side, as the compiled loop fuses multiply and add
    agree = np.isclose(fast, plain, rtol=1e-4, atol=1e-4).all(axis=2)
    assert (~agree).sum() <= 4
    assert (fast[..., columns.COUNT] > 0).sum() > 20


def random_memory(rng: np.random.Generator, known: float) -> NDArray[np.float32]:
    memory = np.zeros((columns.PLANES, ROWS, COLUMNS), np.float32)
    shape = (ROWS, COLUMNS)
    memory[columns.ELEVATION] = 100.0 + rng.normal(0, 0.1, shape) + 0.02 * np.arange(COLUMNS)
    memory[columns.VARIANCE] = rng.uniform(1e-5, 1e-2, shape)
    memory[columns.LOW] = memory[columns.ELEVATION] - rng.uniform(0, 0.1, shape)
    memory[columns.HIGH] = memory[columns.ELEVATION] + rng.uniform(0, 0.1, shape)
    memory[columns.NOISE] = rng.uniform(1e-5, 1e-3, shape)
    memory[columns.SEEN] = rng.uniform(0, 50, shape)
    memory[columns.ROCK] = rng.uniform(-4, 4, shape)
    memory[columns.HELD] = rng.random(shape) < 0.1
    belief = rng.uniform(-8, 0, (4, *shape))
    memory[columns.BELIEF :] = np.maximum(belief - belief.max(axis=0), -6.0)
    memory[: columns.SEEN, rng.random(shape) > known] = np.nan
    return memory


@pytest.mark.parametrize("known", [0.0, 0.4, 1.0])
def test_fuse(known: float) -> None:
    rng = np.random.default_rng(7)
    memory = random_memory(rng, known)
    sums = empty_sums()
    hit = rng.random((ROWS, COLUMNS)) < 0.6
    count = rng.integers(1, 40, hit.sum())
    sums[hit, columns.COUNT] = count
    sums[hit, columns.WEIGHT] = count * rng.uniform(1e2, 1e4, hit.sum())
    sums[hit, columns.WEIGHTED_Z] = sums[hit, columns.WEIGHT] * rng.normal(-2.0, 0.3, hit.sum())
    sums[hit, columns.LOWEST] = -2.0 - rng.uniform(0, 0.2, hit.sum())
    sums[hit, columns.HIGHEST] = -2.0 + rng.uniform(0, 0.2, hit.sum())
    voted = hit & (rng.random(hit.shape) < 0.7)
    sums[voted, columns.VOTES] = rng.uniform(0.01, 30.0, voted.sum())
    sums[voted, columns.EVIDENCE :] = rng.uniform(0, 60.0, (voted.sum(), 4))
    tuning = map_settings.fusion_numbers(MapSettings())
    for window in ([0, ROWS, 0, COLUMNS], [7, 31, 11, 60], [5, 5, 0, 0]):
        ours, theirs = (memory.copy(), sums.copy()), (memory.copy(), sums.copy())
        bounds = np.array(window)
        cell_kernels.fuse(ours[1], ours[0], bounds, 102.0, 55.0, tuning)
        slow.fuse(theirs[1], theirs[0], bounds, 102.0, 55.0, tuning)
        np.testing.assert_allclose(ours[0], theirs[0], rtol=2e-4, atol=2e-4)
        np.testing.assert_array_equal(ours[1], theirs[1])
        outside = np.ones((ROWS, COLUMNS), bool)
        outside[window[0] : window[1], window[2] : window[3]] = False
        np.testing.assert_array_equal(ours[0][:, outside], memory[:, outside])


WINDOWS = ([0, ROWS, 0, COLUMNS], [0, 9, 50, COLUMNS], [20, 21, 30, 31])


@pytest.mark.parametrize("known", [0.0, 0.2, 0.7, 1.0])
@pytest.mark.parametrize("radius", [5, 2, 1, 40])
def test_fit_planes(known: float, radius: int) -> None:
    elevation = random_memory(np.random.default_rng(11), known)[columns.ELEVATION]
    for window in WINDOWS:
        ours, theirs = (np.full((3, ROWS, COLUMNS), -5, np.float32) for _ in range(2))
        surface_kernels.fit_planes(elevation, np.array(window), radius, 0.3, *ours)
        slow_surface.fit_planes(elevation, np.array(window), radius, 0.3, *theirs)
        np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("known", [0.0, 0.2, 0.7, 1.0])
@pytest.mark.parametrize("radius", [1, 4])
def test_find_steps(known: float, radius: int) -> None:
    rng = np.random.default_rng(12)
    memory = random_memory(rng, known)
    slope, rise = memory[columns.ELEVATION], rng.uniform(0, 0.05, (ROWS, COLUMNS)).astype("f4")
    rise[rng.random((ROWS, COLUMNS)) < 0.3] = np.nan
    low, high = memory[columns.LOW], memory[columns.HIGH]
    for window in WINDOWS:
        ours, theirs = (np.full((ROWS, COLUMNS), -5, np.float32) for _ in range(2))
        surface_kernels.find_steps(low, high, slope, rise, np.array(window), radius, ours)
        slow_surface.find_steps(low, high, slope, rise, np.array(window), radius, theirs)
        np.testing.assert_allclose(ours, theirs, atol=2e-5)


def test_a_plane_is_fitted_exactly_even_high_up() -> None:
    plane = 1000.0 + 0.1 * (0.2 * np.arange(COLUMNS)[None] - 0.1 * np.arange(ROWS)[:, None])
    slope, roughness, rise, step = np.zeros((4, ROWS, COLUMNS), np.float32)
    elevation, everywhere = plane.astype(np.float32), np.array([0, ROWS, 0, COLUMNS])
    surface_kernels.fit_planes(elevation, everywhere, 5, 0.3, slope, roughness, rise)
    surface_kernels.find_steps(elevation, elevation, slope, rise, everywhere, 2, step)
    inner = (slice(5, -5), slice(5, -5))
    np.testing.assert_allclose(slope[inner], 0.1 * np.hypot(0.2, 0.1), atol=1e-4)
    assert roughness[inner].max() < 1e-3
    assert step[inner].max() < 1e-3, "a slope is no step"


@pytest.mark.parametrize("known", [0.0, 0.5, 1.0])
def test_grade(known: float) -> None:
    rng = np.random.default_rng(13)
    memory = random_memory(rng, 1.0)
    memory[columns.BELIEF :, rng.random((ROWS, COLUMNS)) < 0.1] = 0.0
    memory[[columns.LOOSE, columns.NEAR]] = rng.random((2, ROWS, COLUMNS))
    derived = np.full((columns.DERIVED, ROWS, COLUMNS), 7.0, np.float32)
    derived[columns.SLOPE] = rng.uniform(0, 0.15, (ROWS, COLUMNS))
    derived[columns.STEP] = rng.uniform(0, 0.5, (ROWS, COLUMNS))
    derived[columns.SLOPE, rng.random((ROWS, COLUMNS)) > known] = np.nan
    rover, costs = Rover(), CostSettings()
    table, limits = cost_table(rover, costs), grading_limits(rover, costs, 0.1, -6.0)
    results = []
    for module in (cell_kernels, slow):
        mine = derived.copy()
        graded = np.full((ROWS, COLUMNS), 55, np.int8)
        lethal, classes = np.full((2, ROWS, COLUMNS), 9, np.uint8)
        window = np.array([3, ROWS, 0, COLUMNS - 2])
        module.grade(memory, mine, window, table, limits, graded, lethal, classes)
        results.append((mine, graded.astype(int), lethal, classes))
    np.testing.assert_allclose(results[0][0], results[1][0], rtol=1e-3, atol=1e-4)
    assert np.abs(results[0][1] - results[1][1]).max() <= 1, "rounding only"
    np.testing.assert_array_equal(results[0][2], results[1][2])
    np.testing.assert_array_equal(results[0][3], results[1][3])
    assert set(np.unique(results[0][3][3:, :-2])) == {0, 1, 2, 3, 255}
    outside = np.ones((ROWS, COLUMNS), bool)
    outside[3:, : COLUMNS - 2] = False
    assert (results[0][1][outside] == 55).all()
    assert (results[0][2][outside] == 9).all()
    assert (results[0][3][outside] == 9).all()
    np.testing.assert_array_equal(results[0][0][:, outside], derived[:, outside])


def test_inflate() -> None:
    rng = np.random.default_rng(17)
    graded = rng.integers(-1, 100, (ROWS, COLUMNS)).astype(np.int8)
    distance = rng.choice(np.array([0.0, 1.0, 5.5, 9.0, 13.0, 20.0, np.inf], "f4"), (30, 40))
    window = np.array([12, 38, 22, 58])
    results = []
    for module in (cell_kernels, slow):
        cost = np.full((ROWS, COLUMNS), 42, np.int8)
        module.inflate(graded, distance, window, 10, 20, 8.0, 14.0, cost)
        results.append(cost)
    np.testing.assert_array_equal(*results)
    part = (slice(12, 38), slice(22, 58))
    unknown = (graded[part] == -1) & (distance[2:28, 2:38] > 0)
    assert (results[0][part][unknown] == -1).all()
