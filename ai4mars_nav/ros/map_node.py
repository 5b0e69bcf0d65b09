"""The node `map`: labelled points and rocks in, the rolling cost map and its elevation out."""

from __future__ import annotations

import math
import time
from collections import deque
from typing import Any, ClassVar

import numpy as np
from geometry_msgs.msg import PointStamped
from nav_msgs.msg import OccupancyGrid
from sensor_msgs.msg import CameraInfo, Image, PointCloud2
from visualization_msgs.msg import MarkerArray

from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.mapping.cost import CostSettings
from ai4mars_nav.mapping.felt import Place
from ai4mars_nav.mapping.loose import FeltSettings
from ai4mars_nav.mapping.map_settings import MapSettings
from ai4mars_nav.mapping.terrain_map import TerrainMap
from ai4mars_nav.ros import node, qos, spin
from ai4mars_nav.ros.convert import camera, cloud, grid, image
from ai4mars_nav.ros.convert.grid_map import HAS_GRID_MAP_MSGS, grid_map_type, to_grid_map
from ai4mars_nav.ros.convert.header import nanoseconds
from ai4mars_nav.ros.convert.rocks import RockSighting, from_markers
from ai4mars_nav.ros.errors import MessageError
from ai4mars_nav.ros.matcher import Frame, Matcher, MatchSettings
from ai4mars_nav.ros.perceive import Cameras, RangeSettings
from ai4mars_nav.ros.worker import Worker
from ai4mars_nav.terrain import BIG_ROCK_HEIGHT

POINTS, ROCKS, RIGHT_INFO = "terrain/points", "terrain/big_rocks", "right/camera_info"
STUCK, SLIP = "stuck", "slip"
COST, ELEVATION, LAYERS = "terrain/cost", "terrain/elevation", "terrain/grid"


class MapNode(node.GraphNode):
    """Turns frames into arrays, gives them to the map, turns its cost into a message."""

    sections: ClassVar[dict[str, type]] = {
        "map": MapSettings,
        "cost": CostSettings,
        "felt": FeltSettings,
        "range": RangeSettings,
        "match": MatchSettings,
    }

    def __init__(self, **kwargs: Any) -> None:
        self._worker: Worker[tuple[int, Frame[Any]]] | None = None
        super().__init__("map", **kwargs)

    def build(self) -> None:
        """Make the map, open the topics, start the worker."""
        read = self.parameters.read
        self._range = read("range", RangeSettings)
        self._range_error = Cameras().range_error(self._range)
        costs, felt = read("cost", CostSettings), read("felt", FeltSettings)
        self._map = TerrainMap(read("map", MapSettings), self.rover(), costs, felt)
        self._warm_up()
        self._epoch = self._map_epoch = 0
        self._camera_frame = ""
        self._held: deque[tuple[int, float, float]] = deque()
        """Epoch, x and y in odom of where the rover was stuck, until a frame takes them over."""
        self._slips: deque[tuple[int, float, Place, float]] = deque()
        """Epoch, stamp (s), place and slip of what was felt, likewise."""
        self._poses = self.follow_poses()
        self._matcher: Matcher[Any] = Matcher(read("match", MatchSettings), POINTS, (ROCKS,))
        self._worker = Worker("map", self._work, self.broken)
        self._open_topics()

    def drop(self) -> None:
        """End the worker."""
        if self._worker is not None and not self._worker.end():
            self.get_logger().warning("a frame is still in work and was left to itself")
        self._worker = None

    def report(self) -> dict[str, str]:
        """How old each source is, and what became of each message that was not used."""
        ages = self._map.age(self.now() / 1e9)
        current = self._map.current(self.now() / 1e9)
        told = {
            f"{source} current": f"{'yes' if current[source] else 'no'}, {age:.2f} s old"
            for source, age in ages.items()
        }
        told["loose sand"] = self._map.learned
        if self._camera_frame:
            told["pose"] = self._poses.camera_source(self._camera_frame)
        return told | {name: str(number) for name, number in sorted(self._matcher.counts.items())}

    def _warm_up(self) -> None:
        """Let the loops compile now rather than at the first frame."""
        points = np.full((4, 4, 3), np.nan, np.float32)
        labels = np.full((4, 4), 255, np.uint8)
        self._map.integrate(points, labels, labels, Pose.identity(), self._range_error, 0.0)
        self._map.add_rocks(np.zeros((1, 3)), np.ones(1), np.ones(1), np.full(1, 0.9), 0.0)
        self._map.update()
        self._map.clear()

    def _open_topics(self) -> None:
        self.health.expect(POINTS)
        self._cost = self.say(OccupancyGrid, COST, qos.LATCHED)
        self._elevation = self.say(Image, ELEVATION, qos.STREAM)
        self._layers = None
        if HAS_GRID_MAP_MSGS:
            self._layers = self.say(grid_map_type(), LAYERS, qos.STREAM)
        # first what the points need: they are put to work as soon as they are taken
        self.hear(CameraInfo, RIGHT_INFO, self._take_info, qos.IMAGES)
        self.hear(PointStamped, STUCK, self._take_stuck, qos.STREAM)
        self.hear(PointStamped, SLIP, self._take_slip, qos.STREAM)
        self.hear(MarkerArray, ROCKS, self._take_rocks, qos.STREAM)
        self.hear(PointCloud2, POINTS, self._take_points, qos.STREAM)
        self.every(0.02, self._pump)

    def _take_points(self, message: PointCloud2) -> None:
        self._take(POINTS, nanoseconds(message.header.stamp), message)

    def _take_rocks(self, message: MarkerArray) -> None:
        stamp, frame, rocks = from_markers(message, ROCKS)
        self._take(ROCKS, stamp, (frame, rocks))

    def _take(self, topic: str, stamp: int, content: Any) -> None:
        if self._matcher.push(topic, stamp, content, time.monotonic_ns()):
            self.get_logger().warning(f"{topic}: time jumped back, the map is cleared")
            self.health.count("time jumps")
            self._epoch += 1
            self._poses.clear(stamp)
        self._pump()

    def _take_info(self, message: CameraInfo) -> None:
        right = camera.to_pinhole(message, RIGHT_INFO)
        self._range_error = Cameras(right=right).range_error(self._range)

    def _take_stuck(self, message: PointStamped) -> None:
        """Kept for the worker: the map is its own."""
        if message.header.frame_id != self._poses.odom_frame:
            raise MessageError(
                f"{STUCK}: frame_id is {message.header.frame_id!r}, not the odometry frame"
            )
        x, y = message.point.x, message.point.y
        if not (math.isfinite(x) and math.isfinite(y)):
            raise MessageError(f"{STUCK}: ({x}, {y}) is not a place")
        self._held.append((self._epoch, x, y))
        self.health.count("stuck")

    def _take_slip(self, message: PointStamped) -> None:
        """As `stuck`, with the slip (0..1) as z; where the rover then looked, odometry knows."""
        if message.header.frame_id != self._poses.odom_frame:
            raise MessageError(
                f"{SLIP}: frame_id is {message.header.frame_id!r}, not the odometry frame"
            )
        x, y, slip = message.point.x, message.point.y, message.point.z
        if not (math.isfinite(x) and math.isfinite(y) and 0.0 <= slip <= 1.0):
            raise MessageError(f"{SLIP}: {slip} at ({x}, {y}) is no slip, 0 to 1, at a place")
        stamp = nanoseconds(message.header.stamp)
        place = Place(x, y, self._poses.odom_from_base(stamp).yaw())
        self._slips.append((self._epoch, stamp / 1e9, place, slip))
        self.health.count("slips felt")

    def _pump(self) -> None:
        frame = self._matcher.pop(time.monotonic_ns()) if self._matcher.pending() else None
        if frame is None or self._worker is None:
            return
        if self._worker.submit((self._epoch, frame)):
            self.health.count("frames replaced")

    def _work(self, job: tuple[int, Frame[Any]]) -> None:
        """One frame; each jump back in time begins an epoch, with a map of its own."""
        begun = time.perf_counter()
        epoch, frame = job
        if epoch != self._epoch:
            self.health.count("frames of before a time jump")
            return
        if epoch != self._map_epoch:
            self._map_epoch = epoch
            self._map.clear()
        self._camera_frame = frame.primary.header.frame_id
        with self.health.stage("pose"):
            odom_from_camera = self._poses.odom_from_camera(self._camera_frame, frame.stamp)
            odom_from_base = self._poses.odom_from_base(frame.stamp)
            x, y, _ = odom_from_base.translation
        self._map.move_to(float(x), float(y))
        self._integrate(frame, odom_from_camera)
        self._hold()
        with self.health.stage("update"):
            self._map.update()
        with self.health.stage("publish"):
            self._publish(frame.stamp)
        lacking = "" if frame.companion is not None else f"{ROCKS} is missing"
        self.health.published(COST, lacking)
        self.health.took("frame", time.perf_counter() - begun)
        self.health.took("age of the image when published", (self.now() - frame.stamp) / 1e9)

    def _hold(self) -> None:
        """Places of before a time jump are those of another drive."""
        while self._held:
            epoch, x, y = self._held.popleft()
            if epoch == self._map_epoch:
                self._map.hold(x, y)
        while self._slips:
            epoch, stamp, place, slip = self._slips.popleft()
            if epoch == self._map_epoch:
                self._map.feel(place, slip, stamp)

    def _integrate(self, frame: Frame[Any], odom_from_camera: Pose) -> None:
        stamp = frame.stamp / 1e9
        with self.health.stage("read"):
            seen = cloud.to_cloud(frame.primary, POINTS)
            points = np.ascontiguousarray(seen.points)
            classes = np.ascontiguousarray(seen.classes)
            confidence = np.ascontiguousarray(seen.confidence)
        with self.health.stage("integrate"):
            self._map.integrate(
                points, classes, confidence, odom_from_camera, self._range_error, stamp
            )
            if frame.companion is not None:
                rocks_frame, rocks = frame.companion
                if rocks_frame != frame.primary.header.frame_id:
                    raise MessageError(
                        f"{ROCKS}: frame_id {rocks_frame!r} is not that of {POINTS}, "
                        f"{frame.primary.header.frame_id!r}"
                    )
                self._add_rocks(rocks, odom_from_camera, stamp)

    def _add_rocks(self, rocks: list[RockSighting], odom_from_camera: Pose, stamp: float) -> None:
        bases = np.array([rock.base.translation for rock in rocks]).reshape(-1, 3)
        heights = np.nan_to_num([rock.height for rock in rocks], nan=BIG_ROCK_HEIGHT)
        self._map.add_rocks(
            odom_from_camera.apply(bases),
            np.array([rock.width for rock in rocks]),
            heights,
            np.array([rock.probability for rock in rocks]),
            stamp,
        )

    def _publish(self, stamp: int) -> None:
        frame = self._poses.odom_frame
        costs = grid.CostGrid(self._map.cost, self._map.origin, self._map.resolution, stamp, frame)
        self._cost.publish(grid.to_message(costs))
        layers = self._map.layers
        heights = np.stack([layers["elevation"], np.sqrt(layers["variance"])], axis=-1)
        self._elevation.publish(image.from_array(heights, stamp, frame))
        if self._layers is not None and self._layers.get_subscription_count():
            self._layers.publish(to_grid_map(layers, costs))


def main(args: list[str] | None = None) -> None:
    """Run the node."""
    spin.run(MapNode, args)


if __name__ == "__main__":
    main()
