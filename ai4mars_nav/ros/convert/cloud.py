"""sensor_msgs/PointCloud2, organised: x y z class confidence, 16 bytes a point.

float32 x, y, z at bytes 0, 4, 8; uint8 class and confidence at bytes 12 and 13; two bytes spare.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sensor_msgs.msg import PointCloud2, PointField

from ai4mars_nav.ros.convert.header import header
from ai4mars_nav.ros.convert.image import byte_array
from ai4mars_nav.ros.errors import MessageError

POINT_BYTES = 16
_FIELDS = [
    PointField(name="x", offset=0, datatype=PointField.FLOAT32, count=1),
    PointField(name="y", offset=4, datatype=PointField.FLOAT32, count=1),
    PointField(name="z", offset=8, datatype=PointField.FLOAT32, count=1),
    PointField(name="class", offset=12, datatype=PointField.UINT8, count=1),
    PointField(name="confidence", offset=13, datatype=PointField.UINT8, count=1),
]
_DTYPES: dict[int, np.dtype[Any]] = {
    PointField.FLOAT32: np.dtype("f4"),
    PointField.UINT8: np.dtype("u1"),
}


@dataclass(frozen=True)
class Cloud:
    """Points f32 (h, w, 3) with class and confidence u8 (h, w); views into the message."""

    points: NDArray[np.float32]
    classes: NDArray[np.uint8]
    confidence: NDArray[np.uint8]


class CloudWriter:
    """Writes clouds of one size; the interleaved buffer is allocated once."""

    def __init__(self, height: int, width: int) -> None:
        self._bytes = np.zeros((height, width, POINT_BYTES), np.uint8)
        self._xyz = self._bytes.view(np.float32)[..., :3]

    def write(self, cloud: Cloud, stamp: int, frame: str) -> PointCloud2:
        """The message of a cloud of this writer's size."""
        self._xyz[:] = cloud.points
        self._bytes[..., 12] = cloud.classes
        self._bytes[..., 13] = cloud.confidence
        height, width = cloud.classes.shape
        message = PointCloud2(
            header=header(stamp, frame),
            height=height,
            width=width,
            fields=_FIELDS,
            is_bigendian=sys.byteorder == "big",
            point_step=POINT_BYTES,
            row_step=POINT_BYTES * width,
            is_dense=False,
        )
        message.data = byte_array(self._bytes)
        return message


def to_cloud(message: PointCloud2, topic: str) -> Cloud:
    """Arrays of a cloud with fields x y z class confidence, wherever they lie in a point."""
    offsets = [_offset(message, name, "f4", topic) for name in "xyz"]
    _check_size(message, topic)
    if offsets == [offsets[0], offsets[0] + 4, offsets[0] + 8]:
        strides = (message.row_step, message.point_step, 4)
        shape = (message.height, message.width, 3)
        points: NDArray[np.float32] = np.ndarray(
            shape, np.float32, message.data, offsets[0], strides
        )
    else:
        points = np.stack([_view(message, offset, "f4") for offset in offsets], axis=-1)
    return Cloud(
        points,
        _view(message, _offset(message, "class", "u1", topic), "u1"),
        _view(message, _offset(message, "confidence", "u1", topic), "u1"),
    )


def _offset(message: PointCloud2, name: str, wanted: str, topic: str) -> int:
    field = next((field for field in message.fields if field.name == name), None)
    if field is None:
        have = ", ".join(field.name for field in message.fields)
        raise MessageError(f"{topic}: fields: no {name!r} among {have or 'none'}")
    dtype = _DTYPES.get(field.datatype)
    if dtype is None or dtype != np.dtype(wanted) or field.count != 1:
        raise MessageError(
            f"{topic}: fields: {name!r} has datatype {field.datatype} x {field.count}, "
            f"wanted is one {np.dtype(wanted).name}"
        )
    if field.offset + dtype.itemsize > message.point_step:
        raise MessageError(
            f"{topic}: fields: {name!r} ends at byte {field.offset + dtype.itemsize} of points of "
            f"{message.point_step} bytes"
        )
    return int(field.offset)


def _check_size(message: PointCloud2, topic: str) -> None:
    if bool(message.is_bigendian) != (sys.byteorder == "big"):
        raise MessageError(f"{topic}: is_bigendian is {message.is_bigendian}, as no machine here")
    if message.row_step < message.width * message.point_step:
        raise MessageError(
            f"{topic}: row_step {message.row_step} is shorter than {message.width} points of "
            f"{message.point_step} bytes"
        )
    if message.width == 0 or message.height == 0:
        raise MessageError(f"{topic}: width x height is {message.width} x {message.height}")
    if len(message.data) != message.height * message.row_step:
        raise MessageError(
            f"{topic}: data holds {len(message.data)} bytes, {message.height} rows of row_step "
            f"{message.row_step} need {message.height * message.row_step}"
        )


def _view(message: PointCloud2, offset: int, dtype: str) -> NDArray[Any]:
    strides = (message.row_step, message.point_step)
    return np.ndarray((message.height, message.width), dtype, message.data, offset, strides)
