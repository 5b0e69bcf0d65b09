"""A rectified pair of image files as a bag of one frame, so that it can be replayed:

python -m ai4mars_nav.replay.pair LEFT RIGHT -o BAG --focal 1250 --baseline 0.16
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from rclpy.serialization import serialize_message
from rosbags.rosbag2 import StoragePlugin, Writer
from rosbags.typesys import Stores, get_typestore
from tf2_msgs.msg import TFMessage

from ai4mars_nav.bags.written import BAG_VERSION, offered
from ai4mars_nav.geometry.frames import body_from_camera
from ai4mars_nav.geometry.pinhole import Pinhole
from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.replay.errors import ReplayError
from ai4mars_nav.replay.inputs import INPUTS, TF_STATIC, in_bag
from ai4mars_nav.ros.convert.camera import from_pinhole
from ai4mars_nav.ros.convert.image import from_array
from ai4mars_nav.ros.convert.pose import StampedPose, to_odometry, to_transform

STAMP = 10**12
"""Nanoseconds: any time will do, but 0, which means `none` to ROS."""
CAMERA = "left_camera_optical"


def main(words: Sequence[str] | None = None) -> int:
    """Write the bag; 2 if the images or numbers cannot be used."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("left", type=Path)
    parser.add_argument("right", type=Path)
    parser.add_argument("-o", "--out", type=Path, required=True, help="bag to write")
    parser.add_argument("--focal", type=float, required=True, help="focal length [px]")
    parser.add_argument("--baseline", type=float, required=True, help="between the cameras [m]")
    parser.add_argument("--height", type=float, default=1.0, help="of the camera [m] (1.0)")
    parser.add_argument("--pitch", type=float, default=15.0, help="downwards [deg] (15)")
    args = parser.parse_args(words)
    try:
        left, right = read_pair(args.left, args.right)
        mount = body_from_camera((0.0, 0.0, _positive("--height", args.height)), args.pitch)
        camera = pinhole(left.shape, args.focal, args.baseline)
        write(args.out, (left, right), camera, mount)
    except ReplayError as error:
        print(f"pair: {error}", file=sys.stderr)
        return 2
    print(f"{args.out}: one frame of {left.shape[1]} x {left.shape[0]}")
    return 0


def read_pair(left: Path, right: Path) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Two grey images u8 (h, w) of one size."""
    images = []
    for path in (left, right):
        image = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        if image is None:
            raise ReplayError(f"{path}: is no image that can be read")
        images.append(np.asarray(image, np.uint8))
    if images[0].shape != images[1].shape:
        raise ReplayError(
            f"{right}: is {images[1].shape}, {left} is {images[0].shape} (rows, columns)"
        )
    return images[0], images[1]


def pinhole(shape: tuple[int, ...], focal: float, baseline: float) -> Pinhole:
    """The right camera of a pair that looks through the middle of its images (h, w)."""
    focal, baseline = _positive("--focal", focal), _positive("--baseline", baseline)
    height, width = shape[:2]
    centre = ((width - 1) / 2.0, (height - 1) / 2.0)
    return Pinhole(width, height, focal, focal, *centre, tx=-focal * baseline)


def write(
    out: Path,
    pair: tuple[NDArray[np.uint8], NDArray[np.uint8]],
    right: Pinhole,
    base_from_camera: Pose,
) -> None:
    """A bag of one frame of a rover that stands at the origin."""
    if out.exists():
        raise ReplayError(f"{out}: is there already")
    left = Pinhole(right.width, right.height, right.fx, right.fy, right.cx, right.cy)
    mount = StampedPose(STAMP, "base_link", CAMERA, base_from_camera)
    place = StampedPose(STAMP, "odom", "base_link", Pose.identity())
    messages: dict[str, Any] = {
        TF_STATIC: TFMessage(transforms=[to_transform(mount)]),
        "odom": to_odometry(place),
        "left/camera_info": from_pinhole(left, STAMP, CAMERA),
        "right/camera_info": from_pinhole(right, STAMP, CAMERA),
        "right/image_rect": from_array(pair[1], STAMP, CAMERA),
        "left/image_rect": from_array(pair[0], STAMP, CAMERA),
    }
    store = get_typestore(Stores.ROS2_JAZZY)
    with Writer(out, version=BAG_VERSION, storage_plugin=StoragePlugin.MCAP) as writer:
        for topic, message in messages.items():
            lasting = [offered(True)] if topic == TF_STATIC else []
            connection = writer.add_connection(
                in_bag(topic), INPUTS[topic], typestore=store, offered_qos_profiles=lasting
            )
            writer.write(connection, STAMP, serialize_message(message))


def _positive(name: str, value: float) -> float:
    if not math.isfinite(value) or value <= 0.0:
        raise ReplayError(f"{name} is {value}, must be over 0")
    return value


if __name__ == "__main__":
    sys.exit(main())
