"""Bags read back: topics, stamps and messages, and what messages mean."""

from __future__ import annotations

import numpy as np
from rosbags.highlevel import AnyReader

from ai4mars_nav.geometry.pinhole import Pinhole
from ai4mars_nav.geometry.pose import Pose

TOPICS = {
    "/tf_static": "tf2_msgs/msg/TFMessage",
    "/tf": "tf2_msgs/msg/TFMessage",
    "/odom": "nav_msgs/msg/Odometry",
    "/pds/identity": "std_msgs/msg/String",
    "/left/camera_info": "sensor_msgs/msg/CameraInfo",
    "/right/camera_info": "sensor_msgs/msg/CameraInfo",
    "/depth/image_rect": "sensor_msgs/msg/Image",
    "/right/image_rect": "sensor_msgs/msg/Image",
    "/left/image_rect": "sensor_msgs/msg/Image",
}
"""Of a bag with both eyes and depth, in the order of one moment."""


def heard(bag):
    """All (topic, stamp, message) of a bag."""
    with AnyReader([bag]) as reader:
        return [
            (connection.topic, stamp, reader.deserialize(raw, connection.msgtype))
            for connection, stamp, raw in reader.messages()
        ]


def of(messages, topic):
    return [message for name, _, message in messages if name == topic]


def stamp_of(message):
    header = message.transforms[0].header if hasattr(message, "transforms") else message.header
    return header.stamp.sec * 10**9 + header.stamp.nanosec


def pixels_of(message):
    dtype = {"mono8": np.uint8, "32FC1": np.float32}[message.encoding]
    return message.data.view(dtype).reshape(message.height, message.width)


def pinhole_of(message):
    p = message.p
    return Pinhole(message.width, message.height, p[0], p[5], p[2], p[6], p[3])


def pose_of(transform):
    at, turned = transform.translation, transform.rotation
    return Pose.from_quaternion((at.x, at.y, at.z), (turned.w, turned.x, turned.y, turned.z))


def plain(messages):
    """Messages as text without addresses, to compare field by field."""
    return [(topic, stamp, repr(message)) for topic, stamp, message in messages]
