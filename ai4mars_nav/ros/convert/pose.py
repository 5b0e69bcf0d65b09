"""Poses, odometry, transforms, paths and twists."""

from __future__ import annotations

from dataclasses import dataclass

import geometry_msgs.msg as geometry
import numpy as np
from nav_msgs.msg import Odometry, Path
from numpy.typing import NDArray

from ai4mars_nav.geometry.errors import GeometryError
from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.ros.convert.header import header, nanoseconds
from ai4mars_nav.ros.errors import MessageError

FARTHEST = 1e6
"""Metres from the origin of odometry beyond which no goal and no path is meant."""


@dataclass(frozen=True)
class StampedPose:
    """Pose of frame `child` in frame `parent` at `stamp` nanoseconds."""

    stamp: int
    parent: str
    child: str
    pose: Pose


def to_pose(message: geometry.Pose, topic: str) -> Pose:
    """A Pose message as `Pose`."""
    at, turned = message.position, message.orientation
    return _pose((at.x, at.y, at.z), (turned.w, turned.x, turned.y, turned.z), topic)


def from_pose(pose: Pose) -> geometry.Pose:
    """`Pose` as a message."""
    x, y, z = (float(value) for value in pose.translation)
    qw, qx, qy, qz = pose.quaternion()
    return geometry.Pose(
        position=geometry.Point(x=x, y=y, z=z),
        orientation=geometry.Quaternion(w=qw, x=qx, y=qy, z=qz),
    )


def from_odometry(message: Odometry, topic: str) -> StampedPose:
    """Where the rover is: pose of `child_frame_id` in the header's frame."""
    parent, child = message.header.frame_id, message.child_frame_id
    if not parent or not child:
        raise MessageError(f"{topic}: header.frame_id {parent!r}, child_frame_id {child!r}")
    pose = to_pose(message.pose.pose, topic)
    return StampedPose(nanoseconds(message.header.stamp), parent, child, pose)


def to_odometry(stamped: StampedPose) -> Odometry:
    """The Odometry message of a pose, without its twist."""
    message = Odometry(header=header(stamped.stamp, stamped.parent), child_frame_id=stamped.child)
    message.pose.pose = from_pose(stamped.pose)
    return message


def from_transform(message: geometry.TransformStamped, topic: str) -> StampedPose:
    """One transform of a TFMessage."""
    parent, child = message.header.frame_id.lstrip("/"), message.child_frame_id.lstrip("/")
    at, turned = message.transform.translation, message.transform.rotation
    pose = _pose((at.x, at.y, at.z), (turned.w, turned.x, turned.y, turned.z), topic)
    return StampedPose(nanoseconds(message.header.stamp), parent, child, pose)


def to_transform(stamped: StampedPose) -> geometry.TransformStamped:
    """The transform message of a stamped pose."""
    pose = from_pose(stamped.pose)
    at = pose.position
    return geometry.TransformStamped(
        header=header(stamped.stamp, stamped.parent),
        child_frame_id=stamped.child,
        transform=geometry.Transform(
            translation=geometry.Vector3(x=at.x, y=at.y, z=at.z), rotation=pose.orientation
        ),
    )


def to_path(points: NDArray[np.float64], stamp: int, frame: str) -> Path:
    """Waypoints (n, 2) in metres as a Path whose poses look along it."""
    steps = np.diff(points, axis=0)
    headings = np.arctan2(steps[:, 1], steps[:, 0]) if len(steps) else np.zeros(1)
    headings = np.append(headings, headings[-1])[: len(points)]
    shared = header(stamp, frame)
    poses = []
    for (x, y), heading in zip(points, headings, strict=True):
        pose = Pose.from_rpy((float(x), float(y), 0.0), (0.0, 0.0, float(heading)))
        poses.append(geometry.PoseStamped(header=shared, pose=from_pose(pose)))
    return Path(header=shared, poses=poses)


def from_path(message: Path, topic: str) -> NDArray[np.float64]:
    """Waypoints (n, 2) of a Path."""
    places = [(p.pose.position.x, p.pose.position.y) for p in message.poses]
    points = np.array(places, dtype=np.float64).reshape(-1, 2)
    if not np.isfinite(points).all():
        raise MessageError(f"{topic}: poses hold places that are not finite")
    far = np.flatnonzero((np.abs(points) > FARTHEST).any(axis=1))
    if far.size:
        x, y = points[far[0]]
        raise MessageError(f"{topic}: ({x:g}, {y:g}) is over {FARTHEST:.0e} m from the origin")
    return points


def to_twist(linear: float, angular: float) -> geometry.Twist:
    """Metres a second ahead and radians a second to the left."""
    return geometry.Twist(linear=geometry.Vector3(x=linear), angular=geometry.Vector3(z=angular))


def _pose(xyz: tuple[float, ...], wxyz: tuple[float, ...], topic: str) -> Pose:
    if not np.isfinite(xyz).all():
        raise MessageError(f"{topic}: position {xyz} is not finite")
    try:
        return Pose.from_quaternion(xyz, wxyz)
    except GeometryError as error:
        raise MessageError(f"{topic}: {error}") from error
