"""What the node `sim` publishes: the rover's own topics, and the truth on topics of its own."""

from __future__ import annotations

from geometry_msgs.msg import Vector3
from nav_msgs.msg import Odometry
from rclpy.node import Node
from rclpy.qos import qos_profile_sensor_data
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import CameraInfo, Image
from std_msgs.msg import String

from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.ros import qos
from ai4mars_nav.ros.convert.camera import from_pinhole
from ai4mars_nav.ros.convert.header import to_time
from ai4mars_nav.ros.convert.image import from_array
from ai4mars_nav.ros.convert.pose import StampedPose, to_odometry, to_transform
from ai4mars_nav.sim.drive.faults import Shots
from ai4mars_nav.sim.drive.truth_state import Truth, to_json
from ai4mars_nav.sim.render import View
from ai4mars_nav.sim.rig import Rig
from ai4mars_nav.sim.vehicle.odometry import Twist

try:
    from tf2_msgs.msg import TFMessage
except ModuleNotFoundError:  # TF is optional: the graph then runs on odometry
    TFMessage = None

ODOM, BASE, CAMERA = "odom", "base_link", "navcam_left_optical"
TRUTH_STATE, TRUTH_ODOM = "truth/state", "truth/odom"
TRUTH_CLASSES, TRUTH_DEPTH = "truth/classes", "truth/depth"
"""No node of the graph reads these."""


class Outlets:
    """Publishers and the messages they send; stamps in nanoseconds."""

    def __init__(self, node: Node, rig: Rig, right: bool, depth: bool) -> None:
        self._rig = rig
        images = ["left/image_rect"] + ["right/image_rect"] * right + ["depth/image_rect"] * depth
        cameras = ["left/camera_info"] + ["right/camera_info"] * right
        sensor = qos_profile_sensor_data
        self._images = {t: node.create_publisher(Image, t, sensor) for t in images}
        self._cameras = {t: node.create_publisher(CameraInfo, t, sensor) for t in cameras}
        self._odom = node.create_publisher(Odometry, "odom", 50)
        self._clock = node.create_publisher(Clock, "/clock", 10)
        self._truth = node.create_publisher(String, TRUTH_STATE, 100)
        self._true_odom = node.create_publisher(Odometry, TRUTH_ODOM, 50)
        self._true_images = {
            topic: node.create_publisher(Image, topic, qos.STREAM)
            for topic in (TRUTH_CLASSES, TRUTH_DEPTH)
        }
        self._tf = None
        if TFMessage is None:
            node.get_logger().info("tf2_msgs is not there: a mast that pans cannot be told")
        else:
            self._tf = node.create_publisher(TFMessage, "/tf", 100)

    @property
    def topics(self) -> tuple[str, ...]:
        """What a rover says, as opposed to the truth and the time."""
        return (*self._images, *self._cameras, "odom", *["/tf"] * (self._tf is not None))

    def tell_time(self, stamp: int) -> None:
        """The clock alone."""
        self._clock.publish(Clock(clock=to_time(stamp)))

    def tell_pose(self, stamp: int, believed: Pose, twist: Twist, mast: Pose) -> None:
        """Where the rover believes to be and where its left camera stands on it; then the time."""
        place = StampedPose(stamp, ODOM, BASE, believed)
        message = to_odometry(place)
        message.twist.twist.linear = Vector3(**dict(zip("xyz", twist.linear.tolist(), strict=True)))
        message.twist.twist.angular = Vector3(
            **dict(zip("xyz", twist.angular.tolist(), strict=True))
        )
        self._odom.publish(message)
        if self._tf is not None:
            camera = StampedPose(stamp, BASE, CAMERA, mast)
            # the camera first: whoever acts on the rover's pose then knows both
            both = [to_transform(camera), to_transform(place)]
            self._tf.publish(TFMessage(transforms=both))
        self.tell_time(stamp)

    def tell_truth(self, truth: Truth, odom_from_base: Pose) -> None:
        """The state of the vehicle."""
        self._truth.publish(String(data=to_json(truth)))
        true = StampedPose(truth.stamp, ODOM, "base_link_truth", odom_from_base)
        self._true_odom.publish(to_odometry(true))

    def show(self, shots: Shots) -> None:
        """One frame: the cameras, then their images."""
        infos = {"left/camera_info": self._rig.left, "right/camera_info": self._rig.right}
        for topic, info in self._cameras.items():
            info.publish(from_pinhole(infos[topic], shots.stamp, CAMERA))
        images = {
            "depth/image_rect": shots.depth,
            "right/image_rect": shots.right,
            "left/image_rect": shots.left,
        }
        for topic, pixels in images.items():
            if pixels is not None and topic in self._images:
                self._images[topic].publish(from_array(pixels, shots.stamp, CAMERA))

    def show_truth(self, view: View, stamp: int) -> None:
        """Classes and depth of the left camera, for whoever records or judges."""
        for topic, pixels in ((TRUTH_CLASSES, view.classes), (TRUTH_DEPTH, view.depth)):
            if self._true_images[topic].get_subscription_count():
                self._true_images[topic].publish(from_array(pixels, stamp, CAMERA))
