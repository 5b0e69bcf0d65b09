"""The node `terrain`: stereo frames in; classes, confidence, points and big rocks out."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
from rclpy.lifecycle import LifecycleState, TransitionCallbackReturn
from sensor_msgs.msg import CameraInfo, Image, PointCloud2
from visualization_msgs.msg import MarkerArray

from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.geometry.stereo import StereoSettings
from ai4mars_nav.perception.engines.choose import Choice
from ai4mars_nav.perception.errors import ModelError
from ai4mars_nav.perception.overlay import overlay
from ai4mars_nav.perception.rocks import Rock, RockSettings
from ai4mars_nav.perception.segmenter import SegmenterSettings
from ai4mars_nav.ros import node, qos, spin
from ai4mars_nav.ros.convert import camera, image
from ai4mars_nav.ros.convert.cloud import Cloud, CloudWriter
from ai4mars_nav.ros.convert.header import nanoseconds
from ai4mars_nav.ros.convert.labels import HAS_VISION_MSGS, label_info_type, to_label_info
from ai4mars_nav.ros.convert.rocks import RockSighting, to_markers
from ai4mars_nav.ros.diagnostics import Health
from ai4mars_nav.ros.errors import MessageError, NoTransform
from ai4mars_nav.ros.long_work import Say
from ai4mars_nav.ros.loops import Loops
from ai4mars_nav.ros.matcher import Frame, Matcher, MatchSettings
from ai4mars_nav.ros.model import ModelSettings, chosen, lost, report
from ai4mars_nav.ros.perceive import (
    Cameras,
    OutputSettings,
    Perception,
    PerceptionSettings,
    RangeSettings,
    Shot,
    View,
)
from ai4mars_nav.ros.warm_up import warm_up
from ai4mars_nav.ros.worker import Worker

LEFT, RIGHT, DEPTH = "left/image_rect", "right/image_rect", "depth/image_rect"
LEFT_INFO, RIGHT_INFO = "left/camera_info", "right/camera_info"
POINTS, ROCKS = "terrain/points", "terrain/big_rocks"
CLASSES, CONFIDENCE, OVERLAY = "terrain/classes", "terrain/confidence", "terrain/overlay"

FIRST = "no points yet: classes come first, then what makes points is loaded"

Ready = tuple[PerceptionSettings, Choice]
"""What takes long to have."""


class TerrainNode(node.GraphNode):
    """Turns frames into arrays, calls perception once, turns arrays into messages."""

    sections: ClassVar[dict[str, type]] = {
        "model": ModelSettings,
        "segmenter": SegmenterSettings,
        "stereo": StereoSettings,
        "rocks": RockSettings,
        "output": OutputSettings,
        "range": RangeSettings,
        "match": MatchSettings,
    }

    def __init__(self, **kwargs: Any) -> None:
        self._worker: Worker[Frame[Image]] | None = None
        self._loops = Loops(self.broken)
        self._close: Callable[[], None] = lambda: None
        super().__init__("terrain", **kwargs)

    def prepare(self, say: Say) -> Ready:
        """Open the engine, which may have to be built."""
        read = self.parameters.read
        settings = PerceptionSettings(
            read("segmenter", SegmenterSettings),
            read("stereo", StereoSettings),
            read("rocks", RockSettings),
            read("output", OutputSettings),
            read("range", RangeSettings),
        )
        choice = chosen(read("model", ModelSettings), say)
        try:
            warm_up(settings, choice.engine, choice.sidecar, Health(silence=0.0))
            # whoever awaits each answer must not take a first start, that compiles, for none
            if read("", node.NodeSettings).lockstep:
                self._loops.load()
        except BaseException:
            choice.engine.close()
            raise
        return settings, choice

    def discard(self, prepared: Ready) -> None:
        """Close the engine."""
        _, choice = prepared
        choice.engine.close()

    def build(self) -> None:
        """Open the topics, start the worker."""
        read = self.parameters.read
        self._model = read("model", ModelSettings)
        ready: Ready = self.prepared()
        self._settings, self._choice = ready
        self._sidecar, self._close = self._choice.sidecar, self._choice.engine.close
        self._perception: Perception | None = None
        self._cameras = Cameras()
        self._told: dict[str, tuple[Any, ...]] = {}
        self._faults: dict[str, str] = {}
        self._poses = self.follow_poses()
        self._matcher: Matcher[Image] = Matcher(read("match", MatchSettings), LEFT, (DEPTH, RIGHT))
        self._worker = Worker("perception", self._work, self.broken)
        self._open_topics()
        self._loops.load_later()

    def drop(self) -> None:
        """End the worker, then the engine; one that has a frame in work goes with that."""
        self._loops.give_up()
        if self._worker is not None and not self._worker.end():
            self.get_logger().warning("a frame is still in work and was left to itself")
            self._close = lambda: None
        self._worker = None
        try:
            self._close()
        except ModelError as error:
            self.get_logger().warning(f"the engine does not let go: {error}")
        self._close = lambda: None

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Say once, for whoever comes when, what the class values mean."""
        result = super().on_activate(state)
        if self._labels is not None:
            self._labels.publish(to_label_info(self._abstain_below(), self.now()))
        return result

    def report(self) -> dict[str, str]:
        """Model, engine, and what became of each message that was not used."""
        unused = {name: str(number) for name, number in sorted(self._matcher.counts.items())}
        return {**report(self._choice), **unused}

    def _open_topics(self) -> None:
        self.health.expect(LEFT)
        # first what an image needs: it is put to work as soon as it is taken
        self.hear(CameraInfo, LEFT_INFO, lambda m: self._take_info(LEFT_INFO, m), qos.IMAGES)
        self.hear(CameraInfo, RIGHT_INFO, lambda m: self._take_info(RIGHT_INFO, m), qos.IMAGES)
        for topic in (DEPTH, RIGHT, LEFT):
            self.hear(Image, topic, self._taker(topic), qos.IMAGES)
        self._out = {
            topic: self.say(kind, topic, qos.STREAM)
            for topic, kind in (
                (ROCKS, MarkerArray),
                (POINTS, PointCloud2),
                (CLASSES, Image),
                (CONFIDENCE, Image),
                (OVERLAY, Image),
            )
        }
        self._labels = None
        if HAS_VISION_MSGS:
            self._labels = self.say(label_info_type(), "terrain/label_info", qos.LATCHED)
        # a frame that waits for a depth image which never comes must not wait for the next
        self.every(0.02, self._pump)

    def _abstain_below(self) -> float:
        own = self._settings.segmenter.abstain_below
        return self._sidecar.calibration.abstain_below if own < 0.0 else own

    def _taker(self, topic: str) -> Any:
        def take(message: Image) -> None:
            if not message.header.frame_id and topic == LEFT:
                raise MessageError(f"{topic}: header.frame_id is empty")
            stamp = nanoseconds(message.header.stamp)
            if self._matcher.push(topic, stamp, message, time.monotonic_ns()):
                self._forget(topic, stamp)
            self._pump()

        return take

    def _take_info(self, topic: str, message: CameraInfo) -> None:
        """Keep what is new; a camera that cannot be used costs the points, not the classes."""
        window = (message.roi.width, message.roi.height, message.binning_x, message.binning_y)
        content = (message.width, message.height, tuple(message.p), window)
        if self._told.get(topic) == content:
            return
        self._told[topic] = content
        try:
            pinhole = camera.to_pinhole(message, topic)
            self._faults.pop(topic, None)
        except MessageError as error:
            pinhole = None
            self._faults[topic] = str(error)
            self.health.count(f"{topic} refused")
            self.get_logger().warning(str(error))
        left, right = self._cameras.left, self._cameras.right
        self._cameras = Cameras(pinhole, right) if topic == LEFT_INFO else Cameras(left, pinhole)

    def _forget(self, topic: str, now: int) -> None:
        self.get_logger().warning(f"{topic}: time jumped back, everything is cleared")
        self.health.count("time jumps")
        self._poses.clear(now)
        if self._worker is not None:
            self._worker.drop()

    def _pump(self) -> None:
        frame = self._matcher.pop(time.monotonic_ns()) if self._matcher.pending() else None
        if frame is not None and self._worker is not None and self._worker.submit(frame):
            self.health.count("frames replaced")

    def _work(self, frame: Frame[Image]) -> None:
        begun = time.perf_counter()
        with self.health.stage("read"):
            shot = self._shot(frame)
        stamp, camera_frame = frame.stamp, frame.primary.header.frame_id
        # classes alone need no loops: the first frame does not wait for them
        first = not self._loops.begun
        cameras = Cameras() if first else self._cameras
        perception = self._perception_of((shot.grey.shape[0], shot.grey.shape[1]), cameras)
        measured = perception.measure(shot, self.health)
        pose, lacking = self._pose(camera_frame, stamp)
        view = perception.judge(measured, pose, self.health)
        with self.health.stage("publish"):
            self._publish(view, pose, stamp, camera_frame)
        if self._out[OVERLAY].get_subscription_count():
            self._publish_overlay(shot, view, stamp, camera_frame)
        gone = lost(self._choice)
        if gone:
            self.get_logger().warning(gone, once=True)
        faults = [*self._faults.values(), FIRST if first else view.lacking, lacking, gone]
        self.health.published(CLASSES, "; ".join(fault for fault in faults if fault))
        self._loops.go_on()
        self.health.took("frame", time.perf_counter() - begun)
        self.health.took("age of the frame when published", (self.now() - stamp) / 1e9)

    def _shot(self, frame: Frame[Image]) -> Shot:
        grey = image.grey(frame.primary, LEFT, self._model.mono16_bits)
        if frame.companion is None:
            return Shot(grey)
        if frame.source == DEPTH:
            return Shot(grey, depth=image.depth(frame.companion, DEPTH))
        return Shot(grey, right=image.grey(frame.companion, RIGHT, self._model.mono16_bits))

    def _pose(self, camera_frame: str, stamp: int) -> tuple[Pose | None, str]:
        try:
            with self.health.stage("pose"):
                return self._poses.odom_from_camera(camera_frame, stamp), ""
        except NoTransform as error:
            self.health.count("frames without pose")
            return None, f"no rocks: {error}"

    def _perception_of(self, size: tuple[int, int], cameras: Cameras) -> Perception:
        """The one for this size and these cameras, whose buffers are made when they change."""
        perception = self._perception
        if perception is None or (perception.image_size, perception.cameras) != (size, cameras):
            for topic, pinhole in ((LEFT_INFO, cameras.left), (RIGHT_INFO, cameras.right)):
                if pinhole is not None:
                    camera.check_size(pinhole, size, topic)
            engine, sidecar = self._choice.engine, self._sidecar
            perception = Perception(self._settings, engine, sidecar, size, cameras)
            self._writer = CloudWriter(*perception.size)
            self._perception = perception
        return perception

    def _publish(self, view: View, pose: Pose | None, stamp: int, frame: str) -> None:
        """Rocks first: the map waits for those of the points it has."""
        if pose is not None and view.points is not None:
            rocks = [_sighting(rock, pose) for rock in view.rocks]
            self._out[ROCKS].publish(to_markers(rocks, stamp, frame))
        if view.points is not None:
            cloud = Cloud(view.points, view.segmentation.classes, view.confidence)
            self._out[POINTS].publish(self._writer.write(cloud, stamp, frame))
        self._out[CLASSES].publish(image.from_array(view.segmentation.classes, stamp, frame))
        self._out[CONFIDENCE].publish(image.from_array(view.confidence, stamp, frame))

    def _publish_overlay(self, shot: Shot, view: View, stamp: int, frame: str) -> None:
        seen = view.segmentation
        picture = overlay(shot.grey, seen.classes, seen.confidence, view.rocks)
        self._out[OVERLAY].publish(image.from_array(picture, stamp, frame))


def _sighting(rock: Rock, odom_from_camera: Pose) -> RockSighting:
    """A rock of the upright frame at the camera, in the camera's own frame."""
    camera_from_up = Pose(odom_from_camera.rotation.T, np.zeros(3))
    base = camera_from_up @ Pose(np.eye(3), rock.position)
    size = rock.height, rock.height_sigma, rock.width
    return RockSighting(base, *size, rock.probability, rock.by_height, rock.by_class)


def main(args: list[str] | None = None) -> None:
    """Run the node."""
    spin.run(TerrainNode, args)


if __name__ == "__main__":
    main()
