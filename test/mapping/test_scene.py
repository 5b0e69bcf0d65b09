"""The map of scenes with known truth, cell by cell: rocks, shadows, slopes."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from ai4mars_nav.geometry.range_error import RangeError
from ai4mars_nav.mapping.cost import CostSettings
from ai4mars_nav.mapping.map_settings import MapSettings
from ai4mars_nav.mapping.terrain_map import TerrainMap
from ai4mars_nav.rover import Rover
from ai4mars_nav.terrain import Terrain

from .conftest import Box, Camera

BIG = Box(6.0, 1.2, 0.6, 0.6, 0.35)
SMALL = Box(9.0, -2.2, 0.6, 0.6, 0.20)
CAMERA = Camera()
RANGE_ERROR = RangeError(520.0, 0.25)


def centres(terrain_map: TerrainMap) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """x and y (rows, columns) of the cells' centres."""
    (x, y), step = terrain_map.origin, terrain_map.resolution
    rows, columns = terrain_map.cost.shape
    return np.meshgrid(x + step * (np.arange(columns) + 0.5), y + step * (np.arange(rows) + 0.5))


def hidden(x: NDArray[np.float64], y: NDArray[np.float64], box: Box) -> NDArray[np.bool_]:
    """Whether a box stands between the camera and places on the ground, by 400 steps of a ray."""
    blocked = np.zeros(x.shape, bool)
    for share in np.linspace(0.0, 1.0, 400):
        height = CAMERA.height * (1.0 - share)
        if height < box.height:
            blocked |= box.cells(
                CAMERA.x + share * (x - CAMERA.x), CAMERA.y + share * (y - CAMERA.y)
            )
    return blocked


def all_corners(truth: list[NDArray[np.bool_]]) -> NDArray[np.bool_]:
    return np.logical_and.reduce(truth)


def mapped(
    points: NDArray[np.float32],
    kind: Terrain = Terrain.BEDROCK,
    noise: float = 0.0,
    frames: int = 1,
    costs: CostSettings | None = None,
) -> TerrainMap:
    """The map after frames of the points, all of one class, moved along their rays at random."""
    rng = np.random.default_rng(1)
    terrain_map = TerrainMap(MapSettings(), Rover(), costs)
    classes = np.full(points.shape[:2], kind, np.uint8)
    confidence = np.full(points.shape[:2], 230, np.uint8)
    depth = points[..., 2:3]
    for k in range(frames):
        error = noise * RANGE_ERROR.range_sigma(depth) * rng.standard_normal(depth.shape)
        moved = (points * (1.0 + error / depth)).astype(np.float32)
        terrain_map.integrate(moved, classes, confidence, CAMERA.pose, RANGE_ERROR, 1.0 + k)
        terrain_map.update()
    return terrain_map


@cache
def two_rocks(noise: float, frames: int) -> TerrainMap:
    return mapped(CAMERA.see((BIG, SMALL)), noise=noise, frames=frames)


@pytest.mark.parametrize(("noise", "frames"), [(0.0, 1), (1.0, 1), (1.0, 5)])
def test_a_big_rock_is_lethal_and_a_small_one_is_not(noise: float, frames: int) -> None:
    terrain_map = two_rocks(noise, frames)
    x, y = centres(terrain_map)
    cost, lethal = terrain_map.cost, terrain_map.layers["lethal"]
    big = BIG.cells(x, y, margin=-0.05)
    assert big.sum() >= 25
    assert (cost[big] == 100).all()
    assert lethal[BIG.cells(x, y, margin=0.1)].any()
    small = SMALL.cells(x, y, margin=-0.05)
    assert small.sum() >= 25
    assert (cost[small] != -1).all()
    assert (cost[small] < 100).all()
    far_flat = (np.abs(x - 11.0) < 1.0) & (np.abs(y - 2.0) < 0.5)
    assert cost[SMALL.cells(x, y, margin=0.1)].max() > cost[far_flat].max(), "but it costs"
    assert not lethal[~BIG.cells(x, y, margin=0.45)].any(), "nothing else is lethal"


def test_the_rover_keeps_its_footprint_off_a_big_rock() -> None:
    terrain_map = two_rocks(0.0, 1)
    x, y = centres(terrain_map)
    away = np.hypot(
        np.maximum(np.abs(x - BIG.x) - 0.3, 0.0), np.maximum(np.abs(y - BIG.y) - 0.3, 0.0)
    )
    rover, known = Rover(), terrain_map.cost != -1
    touching = known & (away < 0.5 * rover.width - 0.2)
    assert touching.sum() > 200
    assert (terrain_map.cost[touching] == 100).all()
    near = known & (away > 0.5 * rover.width + 0.5) & (away < 1.9)
    clear = known & (away > 3.0) & (x < 8.0)
    assert terrain_map.cost[near].max() < 100
    assert terrain_map.cost[near].mean() > terrain_map.cost[clear].mean() + 1


@pytest.mark.parametrize("rock", [BIG, SMALL])
@pytest.mark.parametrize(("noise", "frames"), [(0.0, 1), (1.0, 5)])
def test_the_shadow_behind_a_rock_is_unknown(rock: Box, noise: float, frames: int) -> None:
    terrain_map = two_rocks(noise, frames)
    x, y = centres(terrain_map)
    # noisy points of the rim may land one range error into the shadow, never deeper
    rim = 0.05 + (0.0 if noise == 0.0 else 0.15)
    corners = [(x + dx, y + dy) for dx in (-rim, rim) for dy in (-0.05, 0.05)]
    dark = all_corners([hidden(*corner, rock) for corner in corners])
    dark &= ~rock.cells(x, y, margin=rim)
    assert dark.sum() > (12 if noise else 30)
    assert (terrain_map.cost[dark] == -1).all()
    assert np.isnan(terrain_map.layers["elevation"][dark]).all()


def test_what_the_camera_sees_is_known_without_gaps_between_image_rows() -> None:
    terrain_map = two_rocks(0.0, 1)
    x, y = centres(terrain_map)
    margin = 0.15
    corners = [(x + dx, y + dy) for dx in (-margin, margin) for dy in (-margin, margin)]
    lit = all_corners([~(hidden(*c, BIG) | hidden(*c, SMALL)) for c in corners])
    towards = np.stack([x, y, np.zeros_like(x)], axis=-1) - CAMERA.pose.translation
    u, v, depth = np.moveaxis(towards @ CAMERA.pose.rotation, 2, 0)
    limit = 0.5 * (CAMERA.size - 20) / CAMERA.focal
    with np.errstate(divide="ignore", invalid="ignore"):
        lit &= (depth > 0) & (np.abs(u / depth) < limit) & (np.abs(v / depth) < limit)
    assert (lit & (x > 17.0)).sum() > 1000, "rows are 0.27 m apart there: cells between are bridged"
    assert np.isfinite(terrain_map.layers["elevation"][lit]).all()
    assert (terrain_map.cost[lit] != -1).all()


def incline(degrees: float) -> NDArray[np.float32]:
    """Points of a plane that climbs along x, through x = 4 m at height 0."""
    rise = np.tan(np.deg2rad(degrees))

    def depth(towards: NDArray[np.float64]) -> NDArray[np.float64]:
        along = rise * towards[..., 0] - towards[..., 2]
        with np.errstate(divide="ignore"):
            return np.where(along > 1e-6, (CAMERA.height + 4.0 * rise) / along, np.nan)

    return CAMERA.see(ground=depth)


def test_sand_costs_more_uphill_and_more_than_rock() -> None:
    """Rock but for what it does to wheels, by which it may cost more than soil."""
    costs, slopes, unworn = {}, {}, CostSettings(wear_weight=0.0)
    for degrees in (0.0, 10.0):
        for kind in (Terrain.SAND, Terrain.SOIL, Terrain.BEDROCK):
            terrain_map = mapped(incline(degrees), kind, frames=8, costs=unworn)
            x, y = centres(terrain_map)
            place = (x > 6) & (x < 9) & (np.abs(y) < 1.5)
            costs[kind, degrees] = terrain_map.cost[place].astype(int)
            slopes[degrees] = np.rad2deg(terrain_map.layers["slope"][place])
            assert (terrain_map.layers["step"][place] < 0.02).all(), "a slope is no step"
    np.testing.assert_allclose(slopes[0.0], 0.0, atol=0.1)
    np.testing.assert_allclose(slopes[10.0], 10.0, atol=0.2)
    assert costs[Terrain.SAND, 10.0].min() > costs[Terrain.SAND, 0.0].max(), "cell by cell"
    assert costs[Terrain.SOIL, 10.0].min() > costs[Terrain.SOIL, 0.0].max()
    for degrees in (0.0, 10.0):
        assert costs[Terrain.SAND, degrees].min() > costs[Terrain.SOIL, degrees].max()
        assert costs[Terrain.SOIL, degrees].min() >= costs[Terrain.BEDROCK, degrees].max()
    assert (costs[Terrain.SAND, 10.0] < 100).all()


def test_a_slope_beyond_the_limit_is_lethal() -> None:
    terrain_map = mapped(incline(23.0))
    x, y = centres(terrain_map)
    place = (x > 5) & (x < 8) & (np.abs(y) < 1.0)
    assert (terrain_map.cost[place] == 100).all()


def test_a_lone_wrong_pixel_makes_no_step() -> None:
    points = CAMERA.see()
    # a stereo mistake: one pixel a metre too near stands half a metre over the ground
    row = int(np.nanargmin(np.abs(points[:, 256, 2] - 7.0)))
    points[row, 256] *= 6.0 / 7.0
    terrain_map = mapped(points)
    x, y = centres(terrain_map)
    assert not terrain_map.layers["lethal"].any()
    assert terrain_map.cost[(x > 5) & (x < 8) & (np.abs(y) < 1.5)].max() < 100


def test_range_error_spreads_a_border_between_classes() -> None:
    points = CAMERA.see()
    ahead = points @ CAMERA.pose.rotation.T.astype(np.float32) + CAMERA.pose.translation
    classes = np.where(ahead[..., 0] > 16.0, Terrain.SAND, Terrain.SOIL).astype(np.uint8)
    shares = {}
    for sigma in (0.25, 0.001):
        terrain_map = TerrainMap(MapSettings(), Rover())
        confidence = np.full(classes.shape, 230, np.uint8)
        error = RangeError(520.0, sigma)
        terrain_map.integrate(points, classes, confidence, CAMERA.pose, error, 1.0)
        terrain_map.update()
        x, y = centres(terrain_map)
        before = (x > 15.9) & (x < 16.0) & (np.abs(y) < 3)
        layers = terrain_map.layers
        shares[sigma] = (layers["p_sand"] - layers["p_bedrock"])[before].mean()
    assert shares[0.001] < 0.001, "exact points: no sand before its border"
    assert shares[0.25] > 0.02
