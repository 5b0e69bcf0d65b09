"""The map as its users see it: bad input, evidence, heights, the touched window."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.mapping.cost import CostSettings
from ai4mars_nav.mapping.errors import MappingError
from ai4mars_nav.mapping.map_settings import MapSettings
from ai4mars_nav.mapping.terrain_map import TerrainMap
from ai4mars_nav.rover import Rover
from ai4mars_nav.terrain import UNKNOWN, Terrain

from .conftest import OPTICAL_IN_LEVEL, Box, Camera
from .views import CAMERA, ERROR, SMALL, Image, at, frame, labels


def test_a_new_map_is_unknown_everywhere() -> None:
    terrain_map = TerrainMap(MapSettings(), Rover())
    assert terrain_map.cost.shape == (400, 400)
    assert terrain_map.cost.dtype == np.int8
    assert terrain_map.cost.flags.c_contiguous
    assert (terrain_map.cost == -1).all()
    assert terrain_map.update().empty
    assert terrain_map.origin == (-20.0, -20.0)


def test_row_0_is_the_smallest_y_and_column_0_the_smallest_x() -> None:
    terrain_map = TerrainMap(SMALL, Rover())
    frame(terrain_map, 1.0, camera=Camera(size=96, focal=90.0, pitch_deg=50.0, x=3.0, y=-5.0))
    rows, columns = np.nonzero(terrain_map.cost != -1)
    x, y = terrain_map.origin[0] + 0.1 * columns, terrain_map.origin[1] + 0.1 * rows
    assert 3.5 < x.mean() < 6.0
    assert -5.5 < y.mean() < -4.5


def test_bad_points_are_counted_and_do_no_harm() -> None:
    points = CAMERA.see()
    clean = TerrainMap(SMALL, Rover())
    bad = points.copy()
    bad[:10] = np.nan
    spoilt = np.zeros(points.shape[:2], bool)
    spoilt[40, 5:9] = spoilt[60, 70:75] = True
    bad[40, 5:9, 2] = -1.0
    bad[60, 70:75] = np.inf
    bad[20, 50, 0] = np.nan
    counts = clean.integrate(bad, *labels(bad, 0), CAMERA.pose, ERROR, 1.0)
    assert sum(counts) == 96 * 96
    assert counts.dropped >= 10 * 96 + 4 + 5 + 1
    assert counts.used > 96 * 60
    clean.update()
    for name, layer in clean.layers.items():
        assert not np.isinf(layer).any(), name
    far = TerrainMap(SMALL, Rover())
    away = Camera(size=96, focal=90.0, pitch_deg=35.0, x=500.0)
    counts = far.integrate(points, *labels(points, 0), away.pose, ERROR, 1.0)
    assert counts.used == 0
    assert counts.outside > 96 * 60
    assert far.update().empty


def test_a_frame_of_nothing_is_no_frame_of_free_ground() -> None:
    terrain_map = TerrainMap(SMALL, Rover())
    points = np.full((96, 96, 3), np.nan, np.float32)
    counts = terrain_map.integrate(points, *labels(points, 0), CAMERA.pose, ERROR, 1.0)
    assert counts == (0, 96 * 96, 0)
    assert terrain_map.update().empty
    assert (terrain_map.cost == -1).all()


def test_unorganised_points_are_taken_each_where_it_is() -> None:
    terrain_map = TerrainMap(SMALL, Rover())
    points = np.ascontiguousarray(CAMERA.see().reshape(-1, 3))
    kinds = np.zeros(len(points), np.uint8)
    counts = terrain_map.integrate(points, kinds, kinds + 200, CAMERA.pose, ERROR, 1.0)
    assert counts.used > 96 * 60
    terrain_map.update()
    assert (terrain_map.cost > 0).sum() > 100


@pytest.mark.parametrize(
    ("points", "classes", "message"),
    [
        (np.zeros((4, 5, 3)), np.zeros((4, 5), "u1"), "float64"),
        (np.zeros((4, 5, 4), "f4"), np.zeros((4, 5), "u1"), r"\(4, 5, 4\)"),
        (np.zeros((4, 5, 3), "f4"), np.zeros((5, 4), "u1"), "classes"),
        (np.zeros((4, 5, 3), "f4"), np.zeros((4, 5), "i8"), "classes"),
        (np.zeros((4, 10, 3), "f4")[:, ::2], np.zeros((4, 5), "u1"), "contiguous"),
        (np.zeros((0, 5, 3), "f4"), np.zeros((0, 5), "u1"), "without points"),
    ],
)
def test_wrong_arrays_are_refused(points: NDArray, classes: NDArray, message: str) -> None:
    terrain_map = TerrainMap(SMALL, Rover())
    confidence = np.zeros(points.shape[:2], np.uint8)
    with pytest.raises(MappingError, match=message):
        terrain_map.integrate(points, classes, confidence, CAMERA.pose, ERROR, 1.0)


def test_a_pose_that_is_not_finite_is_refused() -> None:
    terrain_map = TerrainMap(SMALL, Rover())
    points = CAMERA.see()
    pose = Pose(CAMERA.pose.rotation, np.array([0.0, np.nan, 2.0]))
    with pytest.raises(MappingError, match="odom_from_camera"):
        terrain_map.integrate(points, *labels(points, 0), pose, ERROR, 1.0)
    with pytest.raises(MappingError, match="not finite"):
        terrain_map.move_to(np.inf, 0.0)
    assert (terrain_map.cost == -1).all()


def test_class_evidence_adds_up_saturates_and_changes_its_mind() -> None:
    terrain_map = TerrainMap(SMALL, Rover())
    cell = at(terrain_map, 3.0, 0.0)
    shares = []
    for k in range(40):
        frame(terrain_map, 1.0 + k, Terrain.SAND)
        shares.append(terrain_map.layers["p_sand"][cell])
    assert 0.85 < shares[0] < shares[1] <= shares[3] <= shares[-1] < 1.0
    assert terrain_map.classes[cell] == Terrain.SAND
    frame(terrain_map, 50.0, Terrain.BEDROCK)
    assert terrain_map.classes[cell] == Terrain.SAND, "one frame is not enough"
    for k in range(8):
        frame(terrain_map, 51.0 + k, Terrain.BEDROCK)
    assert terrain_map.classes[cell] == Terrain.BEDROCK, "forty frames are not for ever"


def test_confidence_weighs() -> None:
    shares = []
    for confidence in (0, 64, 128, 255):
        terrain_map = TerrainMap(SMALL, Rover())
        points = CAMERA.see()
        kinds = labels(points, Terrain.SAND, confidence)
        terrain_map.integrate(points, *kinds, CAMERA.pose, ERROR, 1.0)
        terrain_map.update()
        shares.append(float(terrain_map.layers["p_sand"][at(terrain_map, 3.0, 0.0)]))
    unnamed = CostSettings().unnamed
    assert shares[0] == pytest.approx(unnamed[Terrain.SAND]), "no opinion is no name"
    assert shares[0] <= shares[1] < shares[2] < shares[3]


def test_points_of_unknown_class_still_give_height() -> None:
    terrain_map, sure = TerrainMap(SMALL, Rover()), TerrainMap(SMALL, Rover())
    for stamp in (1.0, 2.0, 3.0):
        frame(terrain_map, stamp, UNKNOWN)
        frame(sure, stamp, Terrain.BEDROCK)
    cell = at(terrain_map, 3.0, 0.0)
    assert abs(terrain_map.layers["elevation"][cell]) < 0.01
    assert terrain_map.classes[cell] == UNKNOWN
    assert terrain_map.layers["p_soil"][cell] == pytest.approx(CostSettings().unnamed[0])
    assert terrain_map.cost[cell] > sure.cost[cell] > 0, "not knowing costs"


def test_height_gets_surer_with_frames_and_follows_a_real_change() -> None:
    rng = np.random.default_rng(3)
    terrain_map = TerrainMap(SMALL, Rover())
    points, cell = CAMERA.see(), at(terrain_map, 3.0, 0.0)
    variances, errors = [], []
    for k in range(12):
        noise = ERROR.range_sigma(points[..., 2:3]) * rng.standard_normal((96, 96, 1))
        moved = (points * (1.0 + noise / points[..., 2:3])).astype(np.float32)
        terrain_map.integrate(moved, *labels(points, 0), CAMERA.pose, ERROR, 1.0 + 0.2 * k)
        variances.append(float(terrain_map.layers["variance"][cell]))
        errors.append(abs(float(terrain_map.layers["elevation"][cell])))
    assert variances[11] < 0.5 * variances[1] < 0.5 * variances[0]
    assert max(errors[4:]) < 0.01
    lower = Camera(size=96, focal=90.0, pitch_deg=35.0, height=2.4)
    shifted = Pose(lower.pose.rotation, CAMERA.pose.translation)
    for k in range(2):
        points = lower.see()
        terrain_map.integrate(points, *labels(points, 0), shifted, ERROR, 10.0 + k)
    assert terrain_map.layers["elevation"][cell] == pytest.approx(-0.4, abs=0.05)


def test_height_is_that_of_odom_far_up_and_far_out() -> None:
    terrain_map = TerrainMap(SMALL, Rover())
    terrain_map.move_to(80_000.0, -40_000.0)
    high = Pose(CAMERA.pose.rotation, np.array([80_000.0, -40_000.0, 1002.0]))
    points = CAMERA.see()
    terrain_map.integrate(points, *labels(points, 0), high, ERROR, 1.0)
    terrain_map.update()
    cell = at(terrain_map, 80_003.0, -40_000.0)
    assert terrain_map.layers["elevation"][cell] == pytest.approx(1000.0, abs=0.001)
    assert 0 < terrain_map.cost[cell] < 20


def test_what_is_handed_out_cannot_be_written() -> None:
    terrain_map = TerrainMap(SMALL, Rover())
    with pytest.raises(ValueError, match="read-only"):
        terrain_map.cost[0, 0] = 1
    with pytest.raises(ValueError, match="read-only"):
        terrain_map.layers["elevation"][0, 0] = 1


def random_frame(rng: np.random.Generator) -> tuple[NDArray[np.float32], Image, Image, Pose]:
    boxes = tuple(
        Box(*rng.uniform(-6, 6, 2), *rng.uniform(0.2, 1.2, 2), rng.uniform(0.05, 0.8))
        for _ in range(rng.integers(0, 6))
    )
    camera = Camera(
        size=64, focal=60.0, height=rng.uniform(1.0, 2.5), pitch_deg=rng.uniform(20, 50),
        x=rng.uniform(-3, 3), y=rng.uniform(-3, 3), yaw_deg=rng.uniform(0, 360),
    )  # fmt: skip
    points = camera.see(boxes)
    points[rng.random((64, 64)) < rng.uniform(0, 0.5)] = np.nan
    classes = rng.choice(np.array([0, 1, 2, 3, 255], np.uint8), (4, 4)).repeat(16, 0).repeat(16, 1)
    return points, classes, rng.integers(0, 256, (64, 64), dtype=np.uint8), camera.pose


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.integers(0, 2**31))
def test_unknown_is_never_free_and_updates_are_complete(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rover = Rover() if rng.random() < 0.5 else Rover(
        length=1.0, width=0.8, wheelbase=0.7, track=0.65, wheel_radius=0.12, max_step=0.12
    )  # fmt: skip
    terrain_map = TerrainMap(SMALL, rover)
    for k in range(4):
        terrain_map.move_to(*rng.uniform(-3, 3, 2))
        before = terrain_map.cost.copy()
        terrain_map.integrate(*random_frame(rng), ERROR, 1.0 + k)
        place, size = np.append(rng.uniform(-8, 8, 2), 0.0)[None], rng.uniform(0.5, 1.5, 1)
        terrain_map.add_rocks(place, size, size, rng.uniform(0, 1, 1), 1.0 + k)
        window = terrain_map.update()
        untouched = np.ones(before.shape, bool)
        untouched[window.slices] = False
        np.testing.assert_array_equal(terrain_map.cost[untouched], before[untouched])
    cost, layers = terrain_map.cost, terrain_map.layers
    unknown = np.isnan(layers["elevation"])
    assert np.isin(cost[unknown], (-1, 100)).all(), "unknown is never free"
    assert (cost[unknown & (layers["lethal"] == 0)] == -1).all()
    assert ((cost == -1) | ((cost >= 1) & (cost <= 100))).all()
    assert (cost[layers["lethal"] == 1] == 100).all()
    known = np.isfinite(layers["slope"])
    assert (cost[known] >= 1).all()
    total = sum(layers[f"p_{kind.name.lower()}"] for kind in Terrain)
    np.testing.assert_allclose(total[known], 1.0, atol=1e-5)


def test_many_small_updates_equal_one_of_everything() -> None:
    rng = np.random.default_rng(8)
    often, once = TerrainMap(SMALL, Rover()), TerrainMap(SMALL, Rover())
    for k in range(6):
        points, classes, confidence, pose = random_frame(rng)
        for terrain_map in (often, once):
            terrain_map.integrate(points, classes, confidence, pose, ERROR, 1.0 + k)
        often.update()
    once.update()
    np.testing.assert_array_equal(often.cost, once.cost)
    for name, layer in once.layers.items():
        np.testing.assert_allclose(often.layers[name], layer, rtol=1e-3, atol=1e-4, err_msg=name)


def test_cost_settings_reach_the_map() -> None:
    cheap = TerrainMap(SMALL, Rover(), CostSettings(dearest=300.0))
    plain = TerrainMap(SMALL, Rover())
    for terrain_map in (cheap, plain):
        for k in range(6):
            frame(terrain_map, 1.0 + k, Terrain.SAND)
    cell = at(plain, 3.0, 0.0)
    assert cheap.cost[cell] < plain.cost[cell]


def test_a_camera_looking_straight_down_or_rolled_is_no_special_case() -> None:
    for rotation in (
        np.array([[0.0, -1.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.0, -1.0]]),
        OPTICAL_IN_LEVEL @ Pose.from_rpy((0, 0, 0), (-0.6, 0.0, 0.5)).rotation,
    ):
        rays = CAMERA.rays()
        towards = rays @ rotation.T
        depth = np.where(towards[..., 2] < -0.05, -2.0 / towards[..., 2], np.nan)
        points = (rays * depth[..., None]).astype(np.float32)
        terrain_map = TerrainMap(SMALL, Rover())
        pose = Pose(rotation, np.array([0.0, 0.0, 2.0]))
        counts = terrain_map.integrate(points, *labels(points, 0), pose, ERROR, 1.0)
        terrain_map.update()
        assert counts.used > 3000
        elevation = terrain_map.layers["elevation"]
        np.testing.assert_allclose(elevation[np.isfinite(elevation)], 0.0, atol=1e-3)
        assert not terrain_map.layers["lethal"].any()
        assert (terrain_map.cost > 0).sum() > 200
