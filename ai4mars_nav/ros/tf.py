"""Where base and camera stand in odom at the time of an image: from TF, else odometry and rover.

TF is heard where tf2_msgs is installed. An edge that TF has told is not taken from odometry;
a camera that TF does not know stands where the rover's description puts it.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable

from geometry_msgs.msg import TransformStamped
from nav_msgs.msg import Odometry
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy

from ai4mars_nav.geometry.frames import body_from_camera
from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.ros.convert.pose import StampedPose, from_odometry, from_transform
from ai4mars_nav.ros.errors import RosError
from ai4mars_nav.ros.transforms import TransformSettings, TransformTree
from ai4mars_nav.rover import Rover

HAS_TF = importlib.util.find_spec("tf2_msgs") is not None


class Poses:
    """The poses a node asks for, in the odometry frame."""

    def __init__(
        self, settings: TransformSettings, rover: Rover, odom_frame: str, base_frame: str
    ) -> None:
        self._rover_name = rover.name
        self._base_from_camera = body_from_camera(rover.camera_xyz, rover.camera_pitch_deg)
        self.odom_frame = odom_frame
        self._base = base_frame
        self._tree = TransformTree(settings)
        self._wait = settings.wait
        self._from_tf: set[str] = set()
        self.on_move: Callable[[int], None] = lambda _stamp: None
        """Called with the stamp of each new pose of the rover."""

    def odom_from_base(self, stamp: int) -> Pose:
        """Pose of the rover in odom at `stamp`, or `NoTransform`."""
        return self._tree.lookup(self.odom_frame, self._base, stamp)

    def newest(self) -> tuple[int, Pose]:
        """Stamp and pose of the rover in odom as last heard, or `NoTransform`."""
        return self._tree.newest(self.odom_frame, self._base)

    def odom_from(self, frame: str) -> Pose:
        """Pose in odom, as last heard, of a frame that goals may be given in."""
        return self._tree.newest(self.odom_frame, frame)[1]

    def odom_from_camera(self, camera_frame: str, stamp: int) -> Pose:
        """Pose of the camera's optical frame in odom at `stamp`, or `NoTransform`.

        A pose that is not there yet is given a moment to arrive: call it from a worker.
        """
        if self._tree.knows(camera_frame):
            return self._tree.wait(self.odom_frame, camera_frame, stamp, self._wait)
        odom_from_base = self._tree.wait(self.odom_frame, self._base, stamp, self._wait)
        return odom_from_base @ self._base_from_camera

    def camera_source(self, camera_frame: str) -> str:
        """Who says where the camera is, for the diagnostics."""
        if self._tree.knows(camera_frame):
            return f"camera {camera_frame!r} by TF"
        why = "which does not know it" if self._from_tf else "which is not heard"
        if not HAS_TF:
            why = "as tf2_msgs is not installed"
        return f"camera {camera_frame!r} by rover {self._rover_name!r}, not TF, {why}"

    def take_odometry(self, message: Odometry, topic: str) -> None:
        """Hear an Odometry message; refused unless it is about the frames this node knows."""
        stamped = from_odometry(message, topic)
        if (stamped.parent, stamped.child) != (self.odom_frame, self._base):
            raise RosError(
                f"{topic}: is of {stamped.child!r} in {stamped.parent!r}; wanted is "
                f"{self._base!r} in {self.odom_frame!r} (parameters base_frame, odom_frame)"
            )
        if self._base not in self._from_tf:
            self._tree.add(stamped)
            self.on_move(stamped.stamp)

    def take_transform(self, stamped: StampedPose, static: bool) -> None:
        """Hear one transform of TF."""
        self._from_tf.add(stamped.child)
        self._tree.add(stamped, static)
        if stamped.child == self._base and not static:
            self.on_move(stamped.stamp)

    def clear(self, now: int) -> None:
        """Forget where things were, after time jumped back to `now`."""
        self._tree.clear(now)


def listen(node: Node, poses: Poses, bad: Callable[[str, Exception], None]) -> list[object]:
    """Subscribe to odometry and, where its messages are installed, TF; `bad(topic, error)`."""

    def on_odometry(message: Odometry) -> None:
        try:
            poses.take_odometry(message, "odom")
        except RosError as error:
            bad("odom", error)

    best_effort = QoSProfile(depth=50, reliability=ReliabilityPolicy.BEST_EFFORT)
    heard: list[object] = [node.create_subscription(Odometry, "odom", on_odometry, best_effort)]
    if HAS_TF:
        heard += _listen_to_tf(node, poses, bad)
    return heard


def _listen_to_tf(node: Node, poses: Poses, bad: Callable[[str, Exception], None]) -> list[object]:
    from tf2_msgs.msg import TFMessage

    def hear(topic: str, static: bool) -> Callable[[TFMessage], None]:
        def take(transform: TransformStamped) -> None:
            try:
                poses.take_transform(from_transform(transform, topic), static)
            except RosError as error:
                bad(topic, error)

        def on_tf(message: TFMessage) -> None:
            for transform in message.transforms:
                take(transform)

        return on_tf

    moving = QoSProfile(depth=100, reliability=ReliabilityPolicy.RELIABLE)
    latched = QoSProfile(
        depth=100,
        reliability=ReliabilityPolicy.RELIABLE,
        durability=DurabilityPolicy.TRANSIENT_LOCAL,
    )
    return [
        node.create_subscription(TFMessage, "/tf", hear("/tf", False), moving),
        node.create_subscription(TFMessage, "/tf_static", hear("/tf_static", True), latched),
    ]
