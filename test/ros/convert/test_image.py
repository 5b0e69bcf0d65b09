"""Images: round trips, strides, byte orders, and each refusal by topic and field."""

import array
import re

import numpy as np
import pytest

from ai4mars_nav.ros.convert import image
from ai4mars_nav.ros.errors import MessageError

STAMP = 1_700_000_000_123_456_789
RNG = np.random.default_rng(7)


def random_image(kind: str) -> np.ndarray:
    if kind == "f4":
        return RNG.normal(5.0, 2.0, (6, 5)).astype("f4")
    if kind == "f4 x 2":
        return RNG.normal(5.0, 2.0, (6, 5, 2)).astype("f4")
    shape = (6, 5, 3) if kind == "rgb" else (6, 5)
    dtype = "u2" if kind == "u2" else "u1"
    return RNG.integers(0, np.iinfo(dtype).max, shape, dtype=dtype)


@pytest.mark.parametrize("kind", ["u1", "rgb", "u2", "f4", "f4 x 2"])
def test_images_round_trip(kind: str) -> None:
    pixels = random_image(kind)
    message = image.from_array(pixels, STAMP, "camera")
    assert isinstance(message.data, array.array) and message.header.frame_id == "camera"
    np.testing.assert_array_equal(image.to_array(message, "t"), pixels)


@pytest.mark.parametrize("kind", ["u1", "rgb", "u2", "f4", "f4 x 2"])
def test_rows_may_be_padded_and_bytes_swapped(kind: str) -> None:
    pixels = random_image(kind)
    message = image.from_array(pixels, STAMP, "camera")
    swapped = pixels.astype(pixels.dtype.newbyteorder(">"))
    rows = swapped.view(np.uint8).reshape(6, -1)
    padded = np.concatenate([rows, np.full((6, 7), 99, np.uint8)], axis=1)
    message.step, message.is_bigendian = padded.shape[1], 1
    message.data = image.byte_array(padded)
    got = image.to_array(message, "t")
    np.testing.assert_array_equal(got, pixels)
    assert got.dtype.isnative


def test_reading_does_not_copy() -> None:
    message = image.from_array(random_image("f4"), STAMP, "camera")
    pixels = image.to_array(message, "t")
    message.data[0:4] = array.array("B", np.float32(42.0).tobytes())
    assert pixels[0, 0] == 42.0


@pytest.mark.parametrize("encoding", ["rgb8", "bgr8"])
def test_colour_becomes_grey(encoding: str) -> None:
    pixels = np.zeros((2, 2, 3), np.uint8)
    pixels[..., 0 if encoding == "rgb8" else 2] = 200
    message = image.from_array(pixels, STAMP, "camera")
    message.encoding = encoding
    assert image.grey(message, "t")[0, 0] == pytest.approx(0.299 * 200, abs=1)


def test_twelve_bits_in_mono16() -> None:
    message = image.from_array(np.array([[0, 4095], [16, 2048]], np.uint16), STAMP, "camera")
    message.encoding = "mono16"
    np.testing.assert_array_equal(image.grey(message, "t", bits=12), [[0, 255], [1, 128]])
    with pytest.raises(MessageError, match="t: mono16 holds 4095, more than 10 bits"):
        image.grey(message, "t", bits=10)


BAD_IMAGES = {
    "yuv422": ({"encoding": "yuv422"}, "left/image_rect: encoding 'yuv422'"),
    "short step": ({"step": 4}, "left/image_rect: step 4 is shorter than a row of 5 mono8"),
    "long step": ({"step": 6}, "left/image_rect: data holds 30 bytes, 6 rows of step 6 need 36"),
    "height": ({"height": 7}, "left/image_rect: data holds 30 bytes, 7 rows"),
    "no width": ({"width": 0}, "left/image_rect: width x height is 0 x 6"),
    "depth": ({"encoding": "32FC1"}, "left/image_rect: encoding '32FC1' is no intensity image"),
}


@pytest.mark.parametrize("case", BAD_IMAGES)
def test_bad_images_are_refused_by_topic_and_field(case: str) -> None:
    changes, said = BAD_IMAGES[case]
    message = image.from_array(random_image("u1"), STAMP, "camera")
    for field, value in changes.items():
        setattr(message, field, value)
    with pytest.raises(MessageError, match=re.escape(said)):
        image.grey(message, "left/image_rect")


def test_a_grey_image_is_no_depth() -> None:
    message = image.from_array(random_image("u1"), STAMP, "camera")
    with pytest.raises(MessageError, match="depth/image_rect: encoding 'mono8' is no depth"):
        image.depth(message, "depth/image_rect")
