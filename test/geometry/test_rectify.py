"""Linearised pairs of flown lenses: rows are epipolar lines and disparity gives the depth."""

import dataclasses

import cv2
import numpy as np
import pytest

from ai4mars_nav.geometry.cahv_pixels import moved
from ai4mars_nav.geometry.errors import GeometryError
from ai4mars_nav.geometry.pinhole import check_pair
from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.geometry.rectify import linearise

PAIRS = [("msl_navcam", 0.424, 2.0), ("m2020_navcam", 0.424, 2.0), ("mer_hazcam", 0.1, 1.0)]


def pair_of(view, baseline):
    """The flown camera as the left one; a twin to its right, turned by most of a degree."""
    camera = view.camera
    right = camera.h - (camera.a @ camera.h) * camera.a
    place = camera.c + baseline * right / np.linalg.norm(right) + 0.004 * camera.a
    turn = Pose.from_rpy((0.0, 0.0, 0.0), (0.006, -0.009, 0.008))
    about_itself = Pose(turn.rotation, place - turn.rotation @ camera.c)
    return camera, moved(camera, about_itself)


@pytest.fixture(scope="module")
def rectified(flown):
    pairs = {}
    for label, baseline, nearest in PAIRS:
        left, right = pair_of(flown[label], baseline)
        size = (flown[label].width, flown[label].height)
        pairs[label] = (left, right, linearise(left, right, size), nearest)
    return pairs


def seen_points(rectification, nearest):
    """Points (n, 3) in the frame of the models, all over the left image and its depths."""
    rng = np.random.default_rng(9)
    left = rectification.left
    uv = rng.uniform((0.0, 0.0), (left.width - 1, left.height - 1), (4000, 2))
    depth = np.exp(rng.uniform(np.log(nearest), np.log(60.0), len(uv)))
    return rectification.frame_from_left.apply(left.unproject(uv, depth))


@pytest.mark.parametrize("label", [pair[0] for pair in PAIRS])
def test_rows_are_epipolar_lines(rectified, label):
    """A point's raw pixels, sent through the maps, lie on one row and as far apart as they must."""
    left, right, rectification, nearest = rectified[label]
    points = seen_points(rectification, nearest)
    in_left = rectification.frame_from_left.inverse().apply(points)
    rows, columns = [], []
    for camera, remap, pinhole in (
        (left, rectification.left_map, rectification.left),
        (right, rectification.right_map, rectification.right),
    ):
        raw, _ = camera.project(points)
        aim, _ = pinhole.project(in_left)
        whole = np.rint(np.nan_to_num(aim, nan=-1.0)).astype(int)
        room = (whole > 0).all(axis=1) & (whole < (pinhole.width - 1, pinhole.height - 1)).all(1)
        u, v = np.where(room[:, None], whole, 1).T
        use = room & remap.seen[v, u]
        for shift in ((0, 1), (0, -1), (1, 0), (-1, 0)):
            use &= remap.seen[v + shift[1], u + shift[0]]
        # the map is locally linear: solve it for the rectified pixel that raw came from
        across = [(m[v, u + 1] - m[v, u - 1]) / 2 for m in (remap.columns, remap.rows)]
        down = [(m[v + 1, u] - m[v - 1, u]) / 2 for m in (remap.columns, remap.rows)]
        jacobian = np.stack([np.stack(across, 1), np.stack(down, 1)], axis=2)
        off = raw - np.stack([remap.columns[v, u], remap.rows[v, u]], axis=1)
        jacobian[~use] = np.eye(2)
        rectified_uv = np.stack([u, v], 1) + np.linalg.solve(jacobian, off[..., None])[..., 0]
        rectified_uv[~use] = np.nan
        columns.append(rectified_uv[:, 0])
        rows.append(rectified_uv[:, 1])
    both = np.isfinite(rows[0]) & np.isfinite(rows[1])
    assert both.sum() > 1000
    assert np.abs(rows[0] - rows[1])[both].max() < 0.1
    disparity = (columns[0] - columns[1])[both]
    expected = -rectification.right.tx / in_left[both, 2]
    assert np.abs(disparity - expected).max() < 0.1


@pytest.mark.parametrize("label", [pair[0] for pair in PAIRS])
def test_the_new_cameras_are_a_pair_at_the_old_places(rectified, label):
    left, right, rectification, _ = rectified[label]
    check_pair(rectification.left, rectification.right)
    pose = rectification.frame_from_left
    assert np.allclose(pose.translation, left.c)
    right_centre = pose.apply(np.array([rectification.right.baseline, 0.0, 0.0]))
    assert np.allclose(right_centre, right.c, atol=1e-12)
    assert np.allclose(pose.rotation @ pose.rotation.T, np.eye(3))
    assert np.linalg.det(pose.rotation) == pytest.approx(1.0)
    assert left.a @ pose.rotation[:, 2] > 0.999  # still looks where it looked
    assert rectification.left_map.seen.mean() > 0.9


def test_maps_are_where_the_raw_camera_sees_the_same_direction(rectified):
    """The slow twin: one pixel at a time, through the models' own unprojection."""
    left, _, rectification, _ = rectified["msl_navcam"]
    remap = rectification.left_map
    rng = np.random.default_rng(3)
    for row, column in rng.integers(0, 1024, (100, 2)):
        if not remap.seen[row, column]:
            continue
        raw = np.array([[remap.columns[row, column], remap.rows[row, column]]], float)
        _, ray = left.unproject(raw)
        seen_at, _ = rectification.left.project(ray @ rectification.frame_from_left.rotation)
        assert np.abs(seen_at - (column, row)).max() < 1e-3


def test_images_are_warped_by_the_maps(rectified):
    """A pattern drawn into the raw image lands where the models say, black where nothing is."""
    left, _, rectification, _ = rectified["msl_navcam"]
    raw = np.zeros((1024, 1024), np.uint8)
    cv2.circle(raw, (700, 300), 4, 255, -1)
    image = rectification.left_map.apply(raw)
    _, ray = left.unproject(np.array([[700.0, 300.0]]))
    aim, _ = rectification.left.project(ray @ rectification.frame_from_left.rotation)
    rows, columns = np.nonzero(image > 128)
    assert np.abs([columns.mean() - aim[0, 0], rows.mean() - aim[0, 1]]).max() < 0.3
    white = rectification.left_map.apply(np.full((1024, 1024), 200, np.uint8))
    assert (white[rectification.left_map.seen] == 200).all()
    assert (white[~rectification.left_map.seen] == 0).mean() > 0.5


def test_bad_pairs_are_refused(flown):
    left, right = pair_of(flown["msl_navcam"], 0.424)
    with pytest.raises(GeometryError, match="swapped"):
        linearise(right, left, (64, 64))
    with pytest.raises(GeometryError, match="same centre"):
        linearise(left, dataclasses.replace(right, c=left.c), (64, 64))


def test_another_image_size_is_refused(rectified):
    with pytest.raises(GeometryError, match="raw image has shape"):
        rectified["msl_navcam"][2].left_map.apply(np.zeros((512, 512), np.uint8))


@pytest.mark.parametrize("label", [pair[0] for pair in PAIRS])
def test_maps_between_nodes(rectified, flown, label):
    """Looked up eight pixels apart, the maps are those of every pixel to two hundredths."""
    left, right, exact, _ = rectified[label]
    quick = linearise(left, right, (flown[label].width, flown[label].height), step=8)
    assert (quick.left, quick.right) == (exact.left, exact.right)
    for ours, slow in ((quick.left_map, exact.left_map), (quick.right_map, exact.right_map)):
        both = ours.seen & slow.seen
        assert both.sum() > 0.99 * slow.seen.sum()
        for axis in ("columns", "rows"):
            assert np.abs(getattr(ours, axis) - getattr(slow, axis))[both].max() < 0.02
