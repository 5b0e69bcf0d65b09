"""ROS messages of a shot as serialised bytes: images, cameras, odometry, transforms, identity."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rosbags.typesys import Stores, get_typestore

from ai4mars_nav.geometry.pinhole import Pinhole
from ai4mars_nav.geometry.pose import Pose

STORE = get_typestore(Stores.ROS2_JAZZY)
IMAGE, CAMERA = "sensor_msgs/msg/Image", "sensor_msgs/msg/CameraInfo"
ODOMETRY = "nav_msgs/msg/Odometry"
TRANSFORMS, TEXT = "tf2_msgs/msg/TFMessage", "std_msgs/msg/String"
_ENCODINGS = {np.dtype(np.uint8): "mono8", np.dtype(np.float32): "32FC1"}

Message = bytes | memoryview


def image(pixels: NDArray[Any], stamp: int, frame: str) -> Message:
    """Grey u8 (h, w) as mono8, metres f32 (h, w) as 32FC1."""
    height, width = pixels.shape
    data = np.ascontiguousarray(pixels).reshape(-1).view(np.uint8)
    step = width * pixels.dtype.itemsize
    message = STORE.types[IMAGE](
        header=_header(stamp, frame),
        height=height,
        width=width,
        encoding=_ENCODINGS[pixels.dtype],
        is_bigendian=int(sys.byteorder == "big"),
        step=step,
        data=data,
    )
    return STORE.serialize_cdr(message, IMAGE)


def camera_info(camera: Pinhole, stamp: int, frame: str) -> Message:
    """The camera of a rectified image."""
    fields = camera.to_fields()
    region = STORE.types["sensor_msgs/msg/RegionOfInterest"](
        x_offset=0, y_offset=0, height=0, width=0, do_rectify=False
    )
    message = STORE.types[CAMERA](
        header=_header(stamp, frame),
        height=fields.height,
        width=fields.width,
        distortion_model=fields.distortion_model,
        d=np.array(fields.d),
        k=np.array(fields.k),
        r=np.array(fields.r),
        p=np.array(fields.p),
        binning_x=0,
        binning_y=0,
        roi=region,
    )
    return STORE.serialize_cdr(message, CAMERA)


def odometry(odom_from_base: Pose, stamp: int, parent: str, child: str) -> Message:
    """Where the rover stands; products say nothing about how fast it moves."""
    at, turned = _place(odom_from_base)
    zero = STORE.types["geometry_msgs/msg/Vector3"](x=0.0, y=0.0, z=0.0)
    unknown = np.zeros(36)
    message = STORE.types[ODOMETRY](
        header=_header(stamp, parent),
        child_frame_id=child,
        pose=STORE.types["geometry_msgs/msg/PoseWithCovariance"](
            pose=STORE.types["geometry_msgs/msg/Pose"](
                position=STORE.types["geometry_msgs/msg/Point"](x=at[0], y=at[1], z=at[2]),
                orientation=turned,
            ),
            covariance=unknown,
        ),
        twist=STORE.types["geometry_msgs/msg/TwistWithCovariance"](
            twist=STORE.types["geometry_msgs/msg/Twist"](linear=zero, angular=zero),
            covariance=unknown,
        ),
    )
    return STORE.serialize_cdr(message, ODOMETRY)


def transforms(edges: Sequence[tuple[str, str, Pose]], stamp: int) -> Message:
    """Poses of (parent, child) as one TFMessage."""
    message = STORE.types[TRANSFORMS](transforms=[_transform(edge, stamp) for edge in edges])
    return STORE.serialize_cdr(message, TRANSFORMS)


def text(data: str) -> Message:
    """A String."""
    return STORE.serialize_cdr(STORE.types[TEXT](data=data), TEXT)


def _transform(edge: tuple[str, str, Pose], stamp: int) -> Any:
    parent, child, pose = edge
    at, turned = _place(pose)
    return STORE.types["geometry_msgs/msg/TransformStamped"](
        header=_header(stamp, parent),
        child_frame_id=child,
        transform=STORE.types["geometry_msgs/msg/Transform"](
            translation=STORE.types["geometry_msgs/msg/Vector3"](x=at[0], y=at[1], z=at[2]),
            rotation=turned,
        ),
    )


def _place(pose: Pose) -> tuple[tuple[float, float, float], Any]:
    x, y, z = (float(value) for value in pose.translation)
    qw, qx, qy, qz = pose.quaternion()
    return (x, y, z), STORE.types["geometry_msgs/msg/Quaternion"](x=qx, y=qy, z=qz, w=qw)


def _header(stamp: int, frame: str) -> Any:
    seconds, nanoseconds = divmod(stamp, 1_000_000_000)
    time = STORE.types["builtin_interfaces/msg/Time"](sec=seconds, nanosec=nanoseconds)
    return STORE.types["std_msgs/msg/Header"](stamp=time, frame_id=frame)
