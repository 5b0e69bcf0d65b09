"""Messages of foreign cameras as the graph takes them: grey pictures, depth in millimetres."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from rclpy.serialization import deserialize_message
from sensor_msgs.msg import CompressedImage, Image

from ai4mars_nav.replay.errors import ConversionError
from ai4mars_nav.replay.remap import AS_IT_IS
from ai4mars_nav.ros.convert.header import nanoseconds
from ai4mars_nav.ros.convert.image import from_array, grey
from ai4mars_nav.ros.errors import MessageError

_WITH_ALPHA = {"bgra8": cv2.COLOR_BGRA2GRAY, "rgba8": cv2.COLOR_RGBA2GRAY}
_DEPTH_HEADER = struct.Struct("<iff")
"""compressed_depth_image_transport: a word, then A and B of A / (value - B) metres."""


def converter(convert: str, topic: str) -> Callable[[bytes], Any]:
    """What turns serialised messages of a topic into what is published."""
    if convert == AS_IT_IS:
        return lambda raw: raw
    make = {
        "grey": _grey,
        "compressed": _compressed,
        "compressed_depth": _compressed_depth,
    }[convert]
    kind = Image if convert == "grey" else CompressedImage

    def turn(raw: bytes) -> Any:
        try:
            message = deserialize_message(raw, kind)
        except Exception as error:
            # rclpy raises whatever its C side has to say
            raise ConversionError(f"{topic}: is no {kind.__name__}: {error}") from error
        pixels = make(message, topic)
        return from_array(pixels, nanoseconds(message.header.stamp), message.header.frame_id)

    return turn


def _grey(message: Image, topic: str) -> NDArray[np.uint8]:
    """u8 (h, w) of an image in any 8-bit colour."""
    if message.encoding not in _WITH_ALPHA:
        try:
            return grey(message, topic)
        except MessageError as error:
            raise ConversionError(str(error)) from error
    height, width, step = message.height, message.width, message.step
    if not height or step < 4 * width or len(message.data) != height * step:
        raise ConversionError(
            f"{topic}: {len(message.data)} bytes are not {height} rows of {step} bytes with "
            f"{width} pixels of {message.encoding}"
        )
    rows = np.frombuffer(message.data, np.uint8).reshape(height, step)[:, : 4 * width]
    colours = np.ascontiguousarray(rows).reshape(height, width, 4)
    return np.asarray(cv2.cvtColor(colours, _WITH_ALPHA[message.encoding]), np.uint8)


def _compressed(message: CompressedImage, topic: str) -> NDArray[np.uint8]:
    """u8 (h, w) of a JPEG or PNG."""
    return np.asarray(_decoded(message, 0, cv2.IMREAD_GRAYSCALE, topic), np.uint8)


def _compressed_depth(message: CompressedImage, topic: str) -> NDArray[Any]:
    """Depth (h, w), u16 millimetres or f32 metres, as compressed_depth_image_transport packs it."""
    if "compressedDepth" not in message.format:
        raise ConversionError(f"{topic}: format {message.format!r} is not compressedDepth")
    values = _decoded(message, _DEPTH_HEADER.size, cv2.IMREAD_UNCHANGED, topic)
    if values.dtype != np.uint16 or values.ndim != 2:
        raise ConversionError(f"{topic}: holds {values.dtype} {values.shape}, not 16-bit depth")
    if message.format.startswith("16UC1"):
        return values
    _, a, b = _DEPTH_HEADER.unpack(bytes(message.data[: _DEPTH_HEADER.size]))
    metres = np.full(values.shape, np.nan, np.float32)
    known = values > 0
    metres[known] = a / (values[known] - b)
    return metres


def _decoded(message: CompressedImage, skip: int, flag: int, topic: str) -> NDArray[Any]:
    data = np.frombuffer(message.data, np.uint8)[skip:]
    pixels = cv2.imdecode(data, flag) if data.size else None
    if pixels is None:
        raise ConversionError(
            f"{topic}: {data.size} bytes of format {message.format!r} are no picture"
        )
    return np.asarray(pixels)
