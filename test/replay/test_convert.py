"""Pictures of foreign cameras: what goes in comes out grey, or as depth; what cannot is named."""

from __future__ import annotations

import array
import struct
from typing import Any

import cv2
import numpy as np
import pytest

from ai4mars_nav.replay.convert import converter
from ai4mars_nav.replay.errors import ConversionError
from ai4mars_nav.ros.convert.header import header
from ai4mars_nav.ros.convert.image import from_array, to_array

RNG = np.random.default_rng(3)
GREY = RNG.integers(0, 256, (12, 17), dtype=np.uint8)
STAMP = 7_000_000_011


def raw(message: Any) -> bytes:
    from rclpy.serialization import serialize_message

    return bytes(serialize_message(message))


def image(encoding: str, pixels: Any, spare: int = 0) -> bytes:
    """An Image whose rows have some spare bytes at their ends."""
    from sensor_msgs.msg import Image

    height, width = pixels.shape[:2]
    rows = np.zeros((height, pixels[0].nbytes + spare), np.uint8)
    rows[:, : pixels[0].nbytes] = pixels.reshape(height, -1)
    message = Image(header=header(STAMP, "eye"), height=height, width=width, encoding=encoding)
    message.step = rows.shape[1]
    message.data = array.array("B", rows.tobytes())
    return raw(message)


def packed(format: str, data: bytes) -> bytes:
    from sensor_msgs.msg import CompressedImage

    message = CompressedImage(header=header(STAMP, "eye"), format=format)
    message.data = array.array("B", data)
    return raw(message)


def png(pixels: Any) -> bytes:
    return bytes(cv2.imencode(".png", pixels)[1])


def turned(convert: str, content: bytes) -> Any:
    message = converter(convert, "/cam")(content)
    assert message.header.frame_id == "eye"
    assert (message.header.stamp.sec, message.header.stamp.nanosec) == (7, 11)
    return to_array(message, "/cam")


def test_what_needs_no_conversion_is_handed_on_as_it_is() -> None:
    content = b"anything"
    assert converter("none", "/cam")(content) is content


@pytest.mark.parametrize("encoding", ["bgra8", "rgba8", "bgr8", "rgb8", "mono8"])
@pytest.mark.parametrize("spare", [0, 5])
def test_colours_become_grey(encoding: str, spare: int) -> None:
    channels = {"bgra8": 4, "rgba8": 4, "bgr8": 3, "rgb8": 3, "mono8": 1}[encoding]
    colours = np.repeat(GREY[..., None], channels, axis=2)
    got = turned("grey", image(encoding, colours, spare))
    assert np.abs(got.astype(int) - GREY).max() <= 1


def test_red_is_not_taken_for_blue() -> None:
    red = np.zeros((4, 4, 4), np.uint8)
    red[..., 2] = 255
    assert turned("grey", image("bgra8", red))[0, 0] == 76
    assert turned("grey", image("rgba8", red))[0, 0] == 29


def test_a_png_comes_back_as_it_was() -> None:
    np.testing.assert_array_equal(
        turned("compressed", packed("mono8; png compressed", png(GREY))), GREY
    )


def test_a_jpeg_comes_back_nearly() -> None:
    smooth = np.tile(np.arange(64, dtype=np.uint8) * 3, (48, 1))
    data = bytes(cv2.imencode(".jpg", cv2.cvtColor(smooth, cv2.COLOR_GRAY2BGR))[1])
    got = turned("compressed", packed("bgr8; jpeg compressed bgr8", data))
    assert np.abs(got.astype(int) - smooth).max() <= 4


def test_compressed_depth_in_millimetres_comes_back_as_it_was() -> None:
    depth = RNG.integers(0, 60000, (9, 8)).astype(np.uint16)
    content = packed("16UC1; compressedDepth png", struct.pack("<iff", 0, 0.0, 0.0) + png(depth))
    np.testing.assert_array_equal(turned("compressed_depth", content), depth)


def test_compressed_depth_in_metres_comes_back_within_its_steps() -> None:
    metres = np.array([[0.7, 2.0], [9.5, np.nan]], np.float32)
    a, b = 100.0 * 101.0, 1.0 - 100.0 * 101.0 / 10.0
    values = np.where(np.isfinite(metres), a / np.nan_to_num(metres, nan=1.0) + b, 0)
    data = struct.pack("<iff", 0, a, b) + png(np.rint(values).astype(np.uint16))
    got = turned("compressed_depth", packed("32FC1; compressedDepth png", data))
    np.testing.assert_allclose(got, metres, rtol=0.01)


@pytest.mark.parametrize(
    ("convert", "content", "named"),
    [
        ("grey", image("yuv422", GREY), "encoding 'yuv422'"),
        ("grey", b"\x00\x01\x00\x00xx", "is no Image"),
        ("compressed", packed("jpeg", b"nothing of the kind"), "19 bytes of format 'jpeg'"),
        ("compressed", packed("jpeg", b""), "0 bytes of format 'jpeg'"),
        ("compressed_depth", packed("png", png(GREY)), "format 'png' is not compressedDepth"),
        (
            "compressed_depth",
            packed("16UC1; compressedDepth", bytes(12) + png(GREY)),
            "holds uint8 .* not 16-bit depth",
        ),
    ],
)
def test_what_cannot_be_converted_names_topic_and_reason(
    convert: str, content: bytes, named: str
) -> None:
    with pytest.raises(ConversionError, match=f"^/cam: .*{named}"):
        converter(convert, "/cam")(content)


def test_an_image_cut_short_is_refused() -> None:
    from rclpy.serialization import deserialize_message
    from sensor_msgs.msg import Image

    message = deserialize_message(image("bgra8", np.zeros((4, 4, 4), np.uint8)), Image)
    message.data = message.data[:-3]
    with pytest.raises(ConversionError, match="61 bytes are not 4 rows of 16"):
        converter("grey", "/cam")(raw(message))


def test_the_graph_s_own_images_pass_through_grey_unchanged() -> None:
    np.testing.assert_array_equal(turned("grey", raw(from_array(GREY, STAMP, "eye"))), GREY)
