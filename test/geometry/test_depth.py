"""Depth by encoding: units, what is missing, and what is refused."""

import numpy as np
import pytest

from ai4mars_nav.geometry.depth import decode_depth
from ai4mars_nav.geometry.errors import GeometryError


def test_metres_pass_unchanged():
    image = np.array([[1.5, 2.5], [30.0, 0.01]], np.float32)
    depth = decode_depth("32FC1", image)
    assert depth.metres.dtype == np.float32
    assert np.array_equal(depth.metres, image)
    assert (depth.missing, depth.impossible) == (0, 0)
    assert depth.metres is not image


def test_millimetres_become_metres():
    depth = decode_depth("16UC1", np.array([[1500, 0], [65535, 1]], np.uint16))
    assert depth.metres.dtype == np.float32
    assert np.allclose(depth.metres[[0, 1, 1], [0, 0, 1]], [1.5, 65.535, 0.001])
    assert np.isnan(depth.metres[0, 1])
    assert (depth.missing, depth.impossible) == (1, 0)


def test_small_whole_numbers_are_not_taken_for_metres():
    near = np.full((2, 2), 3, np.uint16)
    assert np.allclose(decode_depth("16UC1", near).metres, 0.003)
    far = np.full((2, 2), 3000.0, np.float32)
    assert np.allclose(decode_depth("32FC1", far).metres, 3000.0)


def test_what_cannot_be_a_depth_is_counted_and_nan():
    image = np.array([[np.nan, np.inf, -np.inf], [0.0, -0.5, 4.0]], np.float32)
    depth = decode_depth("32FC1", image)
    assert np.isnan(depth.metres).sum() == 5
    assert depth.metres[1, 2] == 4.0
    assert (depth.missing, depth.impossible) == (4, 1)


def test_blanking_without_branches_is_that_of_where():
    rng = np.random.default_rng(0)
    image = rng.normal(5.0, 20.0, (60, 80)).astype(np.float32)
    image[rng.random(image.shape) < 0.3] = np.nan
    image[rng.random(image.shape) < 0.1] = np.inf
    slow = np.where((image > 0.0) & (image < np.inf), image, np.nan)
    depth = decode_depth("32FC1", image)
    assert np.array_equal(depth.metres, slow, equal_nan=True)
    assert depth.impossible == (image < 0.0).sum()
    assert depth.missing + depth.impossible == np.isnan(slow).sum()
    whole = rng.integers(0, 3, (60, 80)).astype(np.uint16)
    slow = np.where(whole > 0, whole * np.float32(1e-3), np.float32(np.nan))
    assert np.array_equal(decode_depth("16UC1", whole).metres, slow, equal_nan=True)


def test_big_endian_messages_read_the_same():
    image = np.array([[1500, 7]], np.uint16)
    swapped = decode_depth("16UC1", image.astype(">u2"))
    assert np.array_equal(swapped.metres, decode_depth("16UC1", image).metres)
    metres = np.array([[1.5, 7.0]], np.float32)
    assert decode_depth("32FC1", metres.astype(">f4")).metres.dtype == np.dtype("=f4")


def test_rows_padded_by_their_stride_are_read():
    padded = np.arange(1, 25, dtype=np.float32).reshape(4, 6)[:, :5]
    assert np.array_equal(decode_depth("32FC1", padded).metres, padded)


@pytest.mark.parametrize("encoding", ["mono16", "32FC3", "64FC1", "32fc1", ""])
def test_other_encodings_are_refused(encoding):
    with pytest.raises(GeometryError, match="must be '32FC1'"):
        decode_depth(encoding, np.ones((2, 2), np.float32))


@pytest.mark.parametrize(
    ("encoding", "dtype"), [("32FC1", np.uint16), ("16UC1", np.float32), ("32FC1", np.float64)]
)
def test_an_array_of_another_type_is_refused(encoding, dtype):
    with pytest.raises(GeometryError, match=f"called {encoding} but holds"):
        decode_depth(encoding, np.ones((2, 2), dtype))


@pytest.mark.parametrize("shape", [(4,), (2, 2, 1), (0, 5)])
def test_an_array_that_is_no_image_is_refused(shape):
    with pytest.raises(GeometryError, match="must be \\(height, width\\)"):
        decode_depth("32FC1", np.ones(shape, np.float32))


def test_another_size_than_the_camera_is_refused():
    with pytest.raises(GeometryError, match="depth image is 3 x 2, its camera 4 x 2"):
        decode_depth("32FC1", np.ones((2, 3), np.float32), shape=(2, 4))


@pytest.mark.parametrize("view", [np.s_[:, ::2], np.s_[::-1], np.s_[:, ::-1]])
def test_a_wrong_stride_is_refused(view):
    with pytest.raises(GeometryError, match="strides"):
        decode_depth("32FC1", np.ones((4, 6), np.float32)[view])
    with pytest.raises(GeometryError, match="strides"):
        decode_depth("32FC1", np.ones((4, 6), np.float32).T)
