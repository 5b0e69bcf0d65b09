"""The pinhole: projection, scaling and CameraInfo there and back, and what is refused."""

import dataclasses

import cv2
import numpy as np
import pytest

from ai4mars_nav.geometry.errors import GeometryError
from ai4mars_nav.geometry.pinhole import Pinhole, check_pair

LEFT = Pinhole(1024, 768, 1220.0, 1219.0, 509.3, 380.2)
RIGHT = dataclasses.replace(LEFT, tx=-1220.0 * 0.424)


def whole_image(camera: Pinhole, step: int = 37) -> np.ndarray:
    u, v = np.meshgrid(np.arange(0, camera.width, step), np.arange(0, camera.height, step))
    return np.stack([u.ravel(), v.ravel()], axis=1).astype(float)


@pytest.mark.parametrize("camera", [LEFT, RIGHT])
def test_round_trip_over_the_whole_image(camera):
    uv = whole_image(camera)
    depth = np.random.default_rng(1).uniform(0.5, 50.0, len(uv))
    back, visible = camera.project(camera.unproject(uv, depth))
    assert visible.all()
    assert np.abs(back - uv).max() < 1e-9


def test_points_behind_are_reported_not_projected():
    uv, visible = LEFT.project(np.array([[0.1, 0.2, -3.0], [0.1, 0.2, 0.0], [0.0, 0.0, 2.0]]))
    assert visible.tolist() == [False, False, True]
    assert np.isnan(uv[:2]).all()
    assert uv[2].tolist() == [LEFT.cx, LEFT.cy]


def test_the_right_camera_sees_a_point_further_left():
    point = np.array([[0.3, -0.2, 10.0]])
    (left, _), (right, _) = LEFT.project(point), RIGHT.project(point)
    assert RIGHT.baseline == pytest.approx(0.424)
    assert left[0, 0] - right[0, 0] == pytest.approx(1220.0 * 0.424 / 10.0)
    assert left[0, 1] == right[0, 1]


@pytest.mark.parametrize("camera", [LEFT, RIGHT])
def test_camera_info_round_trip(camera):
    fields = camera.to_fields()
    assert (len(fields.k), len(fields.r), len(fields.p)) == (9, 9, 12)
    assert fields.p[3] == camera.tx
    back = Pinhole.from_fields(fields.width, fields.height, fields.k, fields.r, fields.p, fields.d)
    assert back == camera


def test_projection_matrix_says_the_same_as_project():
    point = np.array([0.7, 0.4, 9.0])
    u, v, w = np.reshape(RIGHT.to_fields().p, (3, 4)) @ np.append(point, 1.0)
    assert np.allclose([[u / w, v / w]], RIGHT.project(point[None])[0])


def test_scaling_agrees_with_the_resize_of_opencv():
    row = np.arange(64, dtype=np.float32)
    ramp = np.tile(row, (48, 1))  # a pixel's value is its column
    small = cv2.resize(ramp, (32, 24), interpolation=cv2.INTER_AREA)
    camera = Pinhole(64, 48, 50.0, 50.0, 31.5, 23.5)
    half = camera.scaled(0.5, 0.5)
    assert (half.width, half.height) == (32, 24)
    seen_at = small[5, 20]  # column in the large image of column 20 of the small one
    assert (20 - half.cx) / half.fx == pytest.approx((seen_at - camera.cx) / camera.fx)
    assert RIGHT.scaled(0.5, 0.5).baseline == pytest.approx(RIGHT.baseline)
    back = camera.scaled(0.5, 0.25).scaled(2.0, 4.0)
    assert (back.fx, back.fy, back.cx, back.cy) == pytest.approx((50.0, 50.0, 31.5, 23.5))


def test_subframe_sees_the_same_directions():
    window = LEFT.subframe(100, 50, 200, 300)
    point = np.array([[-0.8, -0.5, 8.0]])
    assert np.allclose(window.project(point)[0] + [100, 50], LEFT.project(point)[0])
    with pytest.raises(GeometryError, match="subframe"):
        LEFT.subframe(900, 0, 200, 10)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("k", (0.0,) * 9, "CameraInfo.K is all zero"),
        ("p", (0.0,) * 12, "CameraInfo.P is all zero"),
        ("k", (1.0,) * 8, "CameraInfo.K has 8 numbers"),
        ("p", (1.0,) * 9, "CameraInfo.P has 9 numbers"),
        ("r", (1.0,) * 12, "CameraInfo.R has 12 numbers"),
        ("r", (0.0, -1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0), "CameraInfo.R .* not the identity"),
        ("r", (0.0,) * 9, "CameraInfo.R .* not the identity"),
        ("d", (0.1, 0.0, 0.0, 0.0, 0.0), "CameraInfo.D .* must be rectified"),
        ("width", 0, "camera size is 0 x 768"),
    ],
)
def test_refused_camera_info_names_the_field(field, value, message):
    fields = LEFT.to_fields()._replace(**{field: value})
    with pytest.raises(GeometryError, match=message):
        Pinhole.from_fields(fields.width, fields.height, fields.k, fields.r, fields.p, fields.d)


@pytest.mark.parametrize("name", ["k", "r", "p", "d"])
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_numbers_that_are_not_finite_are_refused(name, bad):
    numbers = list(getattr(LEFT.to_fields(), name))
    numbers[0] = bad
    fields = LEFT.to_fields()._replace(**{name: tuple(numbers)})
    with pytest.raises(GeometryError, match=rf"CameraInfo\.{name.upper()} holds .* not finite"):
        Pinhole.from_fields(fields.width, fields.height, fields.k, fields.r, fields.p, fields.d)


@pytest.mark.parametrize(
    ("name", "index", "message"),
    [
        ("p", 0, "disagree on fx"),
        ("p", 6, "disagree on cy"),
        ("p", 7, "P is not a rectified pinhole"),
        ("k", 1, "K is not a rectified pinhole"),
        ("k", 8, "K is not a rectified pinhole"),
    ],
)
def test_contradicting_matrices_are_refused(name, index, message):
    numbers = list(getattr(LEFT.to_fields(), name))
    numbers[index] += 3.0
    fields = LEFT.to_fields()._replace(**{name: tuple(numbers)})
    with pytest.raises(GeometryError, match=message):
        Pinhole.from_fields(fields.width, fields.height, fields.k, fields.r, fields.p, fields.d)


def test_negative_focal_length_is_refused():
    with pytest.raises(GeometryError, match="focal lengths are fx -1"):
        Pinhole(10, 10, -1.0, 1.0, 5.0, 5.0)


@pytest.mark.parametrize(
    ("left", "right", "message"),
    [
        (RIGHT, LEFT, "swapped"),
        (LEFT, LEFT, "right camera has Tx 0"),
        (LEFT, dataclasses.replace(RIGHT, tx=500.0), "right camera has Tx 500"),
        (LEFT, dataclasses.replace(RIGHT, width=512), "right is 512 x 768"),
        (LEFT, dataclasses.replace(RIGHT, fy=1000.0), "left and right fy"),
        (LEFT, dataclasses.replace(RIGHT, cy=300.0), "left and right cy"),
    ],
)
def test_a_pair_that_is_not_rectified_is_refused(left, right, message):
    with pytest.raises(GeometryError, match=message):
        check_pair(left, right)
