"""sensor_msgs/Image to arrays and back, honouring encoding, stride and byte order."""

from __future__ import annotations

import array
import sys
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from sensor_msgs.msg import Image

from ai4mars_nav.ros.convert.header import header
from ai4mars_nav.ros.errors import MessageError

_LAYOUT: dict[str, tuple[type[np.generic], int]] = {
    "mono8": (np.uint8, 1),
    "8UC1": (np.uint8, 1),
    "rgb8": (np.uint8, 3),
    "bgr8": (np.uint8, 3),
    "mono16": (np.uint16, 1),
    "16UC1": (np.uint16, 1),
    "32FC1": (np.float32, 1),
    "32FC2": (np.float32, 2),
}
_ENCODING = {
    (np.dtype(np.uint8), ()): "mono8",
    (np.dtype(np.uint8), (3,)): "rgb8",
    (np.dtype(np.uint16), ()): "16UC1",
    (np.dtype(np.float32), ()): "32FC1",
    (np.dtype(np.float32), (2,)): "32FC2",
}
_GREY = ("mono8", "8UC1", "rgb8", "bgr8", "mono16")
_DEPTH = ("32FC1", "16UC1")


def to_array(message: Image, topic: str) -> NDArray[Any]:
    """Pixels (height, width) or (height, width, channels), native bytes; no copy where possible."""
    if message.encoding not in _LAYOUT:
        raise MessageError(
            f"{topic}: encoding {message.encoding!r} is not one of {', '.join(_LAYOUT)}"
        )
    kind, channels = _LAYOUT[message.encoding]
    dtype = np.dtype(kind)
    height, width, step = message.height, message.width, message.step
    row = width * channels * dtype.itemsize
    if height == 0 or width == 0:
        raise MessageError(f"{topic}: width x height is {width} x {height}")
    if step < row:
        raise MessageError(
            f"{topic}: step {step} is shorter than a row of {width} {message.encoding} pixels, "
            f"{row} bytes"
        )
    if len(message.data) != height * step:
        raise MessageError(
            f"{topic}: data holds {len(message.data)} bytes, {height} rows of step {step} need "
            f"{height * step}"
        )
    if dtype.itemsize > 1 and bool(message.is_bigendian) != (sys.byteorder == "big"):
        dtype = dtype.newbyteorder()
    rows = np.frombuffer(message.data, dtype=np.uint8).reshape(height, step)[:, :row]
    pixels = rows.view(dtype) if rows.flags.c_contiguous else rows.copy().view(dtype)
    if not pixels.dtype.isnative:
        pixels = pixels.astype(pixels.dtype.newbyteorder("="))
    return pixels if channels == 1 else pixels.reshape(height, width, channels)


def grey(message: Image, topic: str, bits: int = 16) -> NDArray[np.uint8]:
    """An intensity image as u8 (height, width); `bits` is how many of mono16 are used."""
    if message.encoding not in _GREY:
        raise MessageError(
            f"{topic}: encoding {message.encoding!r} is no intensity image; "
            f"wanted is one of {', '.join(_GREY)}"
        )
    pixels = to_array(message, topic)
    if message.encoding == "rgb8":
        return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
    if message.encoding == "bgr8":
        return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), dtype=np.uint8)
    if message.encoding == "mono16":
        largest = int(pixels.max())
        if largest >> bits:
            raise MessageError(f"{topic}: mono16 holds {largest}, more than {bits} bits can")
        return np.asarray(pixels >> (bits - 8), dtype=np.uint8)
    return np.asarray(pixels, dtype=np.uint8)


def depth(message: Image, topic: str) -> tuple[str, NDArray[Any]]:
    """Encoding and pixels (height, width) of a depth image, for geometry's `decode_depth`."""
    if message.encoding not in _DEPTH:
        raise MessageError(
            f"{topic}: encoding {message.encoding!r} is no depth image; wanted is 32FC1 in metres "
            "or 16UC1 in millimetres (REP 118)"
        )
    return message.encoding, to_array(message, topic)


def from_array(pixels: NDArray[np.generic], stamp: int, frame: str) -> Image:
    """An Image of u8 (h, w), u8 RGB (h, w, 3), u16 (h, w), f32 (h, w) or f32 (h, w, 2)."""
    encoding = _ENCODING.get((pixels.dtype, pixels.shape[2:]))
    if encoding is None or pixels.ndim < 2:
        raise TypeError(f"no image encoding for {pixels.dtype} of shape {pixels.shape}")
    message = Image(
        header=header(stamp, frame),
        height=pixels.shape[0],
        width=pixels.shape[1],
        encoding=encoding,
        is_bigendian=int(sys.byteorder == "big"),
        step=pixels.nbytes // pixels.shape[0],
    )
    message.data = byte_array(pixels)
    return message


def byte_array(pixels: NDArray[np.generic]) -> array.array[int]:
    """The bytes of an array as the only type that rclpy takes without checking each of them."""
    data = array.array("B")
    data.frombytes(np.ascontiguousarray(pixels).data.cast("B"))
    return data
