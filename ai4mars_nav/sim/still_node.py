"""The node `still`: a rover standing in a scene, or stepping from place to place, publishing what
a rover or a bag would. Everything is rendered and packed once; a frame costs only its sending."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import rclpy
from nav_msgs.msg import Odometry
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile, qos_profile_sensor_data
from rclpy.signals import SignalHandlerOptions
from rclpy.task import Future

from ai4mars_nav.ros import ending
from ai4mars_nav.ros.convert.camera import from_pinhole
from ai4mars_nav.ros.convert.header import to_time
from ai4mars_nav.ros.convert.image import from_array
from ai4mars_nav.ros.convert.pose import StampedPose, to_odometry, to_transform
from ai4mars_nav.ros.errors import ParameterError
from ai4mars_nav.ros.params import Parameters
from ai4mars_nav.rover import Rover
from ai4mars_nav.settings import SettingsError, setting
from ai4mars_nav.sim.rig import NAVCAM_SIZE, Rig, Sight, navcam_rig, see, standing
from ai4mars_nav.sim.scenes import NAMES, named_scene
from ai4mars_nav.sim.shading import LOOKS

try:
    from tf2_msgs.msg import TFMessage
except ModuleNotFoundError:  # TF is optional: the graph then runs on odometry
    TFMessage = None

LINGER = 0.5
"""Seconds that the last frame is given to leave before the node ends."""

ODOM, BASE, CAMERA = "odom", "base_link", "navcam_left_optical"


@dataclass(frozen=True)
class StillSettings:
    """What is seen, from where, how often and on which topics."""

    scene: str = setting("acceptance", "the scene to stand in", choices=NAMES)
    seed: int = setting(0, "of the random scene", lo=0)
    look: str = setting(
        "natural", "as a camera would see it, or class by grey level", choices=LOOKS
    )
    size: int = setting(NAVCAM_SIZE, "width and height of the images", unit="px", lo=16, hi=4096)
    rate: float = setting(5.0, "frames per second", unit="Hz", lo=0.01, hi=100.0)
    odom_rate: float = setting(
        20.0, "odometry besides that of each frame, when the clock gives the stamps; 0 none",
        unit="Hz", lo=0.0, hi=1000.0,
    )  # fmt: skip
    count: int = setting(0, "end after so many frames; 0 never", lo=0)
    right: bool = setting(True, "publish the right camera")
    depth: bool = setting(True, "publish depth; without it the graph has to do its own stereo")
    places: tuple[float, ...] = setting(
        (0.0, 0.0, 0.0), "x, y [m], yaw [rad] of each place to stand at, three numbers each"
    )
    dwell: int = setting(1, "frames at each place; the last place is held", lo=1)
    first_stamp: float = setting(
        -1.0, "stamp of the first frame, the others 1/rate apart; -1: the clock", unit="s", lo=-1.0
    )

    def __post_init__(self) -> None:
        if not self.places or len(self.places) % 3:
            raise SettingsError(f"places has {len(self.places)} numbers, must be x, y, yaw each")


class Frame:
    """The messages of one place, made once and stamped anew every time they are sent."""

    def __init__(self, sight: Sight, rig: Rig, settings: StillSettings) -> None:
        place = StampedPose(0, ODOM, BASE, sight.odom_from_base)
        self.transform = to_transform(place)
        self.odom = to_odometry(place)
        self.messages: dict[str, Any] = {
            "left/camera_info": from_pinhole(rig.left, 0, CAMERA),
            "left/image_rect": from_array(sight.left.grey, 0, CAMERA),
        }
        if sight.right is not None:
            self.messages["right/camera_info"] = from_pinhole(rig.right, 0, CAMERA)
            self.messages["right/image_rect"] = from_array(sight.right, 0, CAMERA)
        if settings.depth:
            self.messages["depth/image_rect"] = from_array(sight.left.depth, 0, CAMERA)

    def stamp(self, nanoseconds: int) -> None:
        """Give all messages one time."""
        moment = to_time(nanoseconds)
        self.transform.header.stamp = self.odom.header.stamp = moment
        for message in self.messages.values():
            message.header.stamp = moment


class StillNode(Node):
    """Publishes the frames on a timer; `done` completes once `count` were sent."""

    sections: ClassVar[Mapping[str, type]] = {"": StillSettings, "rover": Rover}

    def __init__(self) -> None:
        super().__init__("still", automatically_declare_parameters_from_overrides=True)
        parameters = Parameters(self, self.sections)
        parameters.check()
        self.settings = parameters.read("", StillSettings)
        rig = navcam_rig(parameters.read("rover", Rover), self.settings.size)
        self.frames = list(_frames(self.settings, rig))
        self.sent = 0
        self.done: Future = Future()
        self._outlets = {
            topic: self.create_publisher(type(message), topic, qos_profile_sensor_data)
            for topic, message in self.frames[0].messages.items()
        }
        self._odom = self.create_publisher(Odometry, "odom", 50)
        self._open_tf(rig)
        self.create_timer(1.0 / self.settings.rate, self._tick)
        if self.settings.odom_rate > 0.0 and self.settings.first_stamp < 0.0:
            self.create_timer(1.0 / self.settings.odom_rate, self._tell_pose)
        self.get_logger().info(f"{len(self.frames)} views rendered, publishing")

    def _open_tf(self, rig: Rig) -> None:
        self._tf = None
        if TFMessage is None:
            self.get_logger().info("tf2_msgs is not there: poses go out as odometry only")
            return
        self._tf = self.create_publisher(TFMessage, "/tf", 100)
        lasting = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
        self._tf_static = self.create_publisher(TFMessage, "/tf_static", lasting)
        mount = to_transform(StampedPose(self._now(), BASE, CAMERA, rig.base_from_camera))
        self._tf_static.publish(TFMessage(transforms=[mount]))

    def _tick(self) -> None:
        if self.done.done():
            return
        frame = self._frame
        frame.stamp(self._now())
        self._publish_pose(frame)
        for topic, message in frame.messages.items():
            self._outlets[topic].publish(message)
        self.sent += 1
        if self.sent == self.settings.count:
            self.done.set_result(None)

    def _tell_pose(self) -> None:
        frame = self._frame
        frame.stamp(self._now())
        self._publish_pose(frame)

    @property
    def _frame(self) -> Frame:
        return self.frames[min(self.sent // self.settings.dwell, len(self.frames) - 1)]

    def _publish_pose(self, frame: Frame) -> None:
        self._odom.publish(frame.odom)
        if self._tf is not None:
            self._tf.publish(TFMessage(transforms=[frame.transform]))

    def _now(self) -> int:
        if self.settings.first_stamp >= 0.0:
            return round((self.settings.first_stamp + self.sent / self.settings.rate) * 1e9)
        return int(self.get_clock().now().nanoseconds)


def _frames(settings: StillSettings, rig: Rig) -> Iterator[Frame]:
    scene = named_scene(settings.scene, settings.seed)
    for at in range(0, len(settings.places), 3):
        x, y, yaw = settings.places[at : at + 3]
        sight = see(scene, rig, standing(scene, x, y, yaw), settings.look, settings.right)
        yield Frame(sight, rig, settings)


def main(args: list[str] | None = None) -> None:
    """Run the node until it is done or told to end."""
    end = threading.Event()
    # rendering stops at once, a frame that is being sent leaves first
    _on_end(end, interrupt=True)
    rclpy.init(args=args, signal_handler_options=SignalHandlerOptions.NO)
    try:
        node = StillNode()
        _on_end(end, interrupt=False)
        executor = SingleThreadedExecutor()
        executor.add_node(node)
        while not (end.is_set() or node.done.done()):
            executor.spin_once(timeout_sec=0.1)
        end.wait(LINGER)
    except (SettingsError, ParameterError) as error:
        raise SystemExit(f"still: {error}") from error
    except (KeyboardInterrupt, ExternalShutdownException):
        pass
    except (RuntimeError, SystemError):
        # the interrupt met a kernel
        if not end.is_set():
            raise
    finally:
        rclpy.try_shutdown()
        ending.be_deaf()


def _on_end(end: threading.Event, interrupt: bool) -> None:
    """SIGINT and SIGTERM set `end`, both of them: an interrupt that meets a destructor is lost."""

    def told(_number: int, _frame: object) -> None:
        end.set()
        if interrupt:
            raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, told)


if __name__ == "__main__":
    main()
