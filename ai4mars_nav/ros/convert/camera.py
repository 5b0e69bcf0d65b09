"""sensor_msgs/CameraInfo to `Pinhole` and back."""

from __future__ import annotations

from sensor_msgs.msg import CameraInfo

from ai4mars_nav.geometry.pinhole import Pinhole
from ai4mars_nav.ros.convert.header import header
from ai4mars_nav.ros.errors import MessageError

_NOT_TURNED = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)


def to_pinhole(message: CameraInfo, topic: str) -> Pinhole:
    """The camera of a rectified image; zeros and nonsense are refused by name.

    Only P counts: it describes image_rect. Drivers publish the K, R and D of the raw image
    beside it, which say nothing about the rectified one.
    """
    if max(message.binning_x, message.binning_y) > 1 or message.roi.width or message.roi.height:
        raise MessageError(f"{topic}: binning or roi is set; wanted is the camera of the image")
    p = tuple(message.p)
    if not any(p):
        raise MessageError(f"{topic}: p is all zero: the camera is not calibrated")
    k = (*p[0:3], *p[4:7], *p[8:11])
    try:
        return Pinhole.from_fields(message.width, message.height, k, _NOT_TURNED, p)
    except ValueError as error:
        raise MessageError(f"{topic}: {error}") from error


def check_size(camera: Pinhole, shape: tuple[int, ...], topic: str) -> None:
    """Refuse a camera whose image is not `shape` (height, width)."""
    if (camera.height, camera.width) != shape[:2]:
        raise MessageError(
            f"{topic}: is for {camera.width} x {camera.height}, "
            f"the image is {shape[1]} x {shape[0]}"
        )


def from_pinhole(camera: Pinhole, stamp: int, frame: str) -> CameraInfo:
    """The CameraInfo of a rectified camera: no distortion, P[3] = tx."""
    fields = camera.to_fields()
    return CameraInfo(
        header=header(stamp, frame),
        width=fields.width,
        height=fields.height,
        distortion_model=fields.distortion_model,
        d=fields.d,
        k=fields.k,
        r=fields.r,
        p=fields.p,
    )
