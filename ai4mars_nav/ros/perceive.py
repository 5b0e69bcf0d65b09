"""One frame through perception: image and depth (or pair) in, classes, points and rocks out.

The composition of geometry and perception that the terrain node runs; no ROS in it.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.geometry.depth import decode_depth
from ai4mars_nav.geometry.filled_stereo import FilledStereo
from ai4mars_nav.geometry.pinhole import Pinhole
from ai4mars_nav.geometry.points import Unprojector, to_frame
from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.geometry.range_error import RangeError
from ai4mars_nav.geometry.stereo import StereoSettings, depth_from_disparity
from ai4mars_nav.perception import masks
from ai4mars_nav.perception.engine import Engine
from ai4mars_nav.perception.rocks import Rock, RockSettings
from ai4mars_nav.perception.segmenter import Segmentation, Segmenter, SegmenterSettings
from ai4mars_nav.perception.sidecar import Sidecar
from ai4mars_nav.ros.errors import RosError
from ai4mars_nav.settings import SettingsError, setting

Grey = NDArray[np.uint8]


@dataclass(frozen=True)
class OutputSettings:
    """What is given out, and what is not judged."""

    stride: int = setting(2, "one output pixel for so many image pixels a side", lo=1, hi=16)
    max_range: float = setting(60.0, "ground farther is unknown", unit="m", lo=1.0, hi=1000.0)
    sky_margin_deg: float = setting(
        0.0, "rays this far above the horizon still count as ground", unit="deg", lo=0.0, hi=45.0
    )
    rover_mask: str = setting("", "image, white where the rover hides the ground; empty for none")


@dataclass(frozen=True)
class RangeSettings:
    """How well depth is measured, in pixels of the full-size image."""

    focal_baseline: float = setting(
        516.6, "fx * baseline, where no right/camera_info tells it", unit="px*m", lo=1.0, hi=1e5
    )
    disparity_sigma: float = setting(
        0.5,
        "standard deviation of a disparity; our own stereo has 0.25 times stereo.scale",
        unit="px",
        lo=0.01,
        hi=8.0,
    )


@dataclass(frozen=True)
class PerceptionSettings:
    """The settings of all the parts that work on a frame."""

    segmenter: SegmenterSettings
    stereo: StereoSettings
    rocks: RockSettings
    output: OutputSettings
    range: RangeSettings

    def __post_init__(self) -> None:
        if self.output.stride % self.stereo.scale:
            raise SettingsError(
                f"output.stride {self.output.stride} is no multiple of stereo.scale "
                f"{self.stereo.scale}, so points by stereo would not lie on the class map"
            )
        if self.output.rover_mask and not Path(self.output.rover_mask).is_file():
            raise SettingsError(f"output.rover_mask: {self.output.rover_mask!r} is no file")


@dataclass(frozen=True)
class Cameras:
    """What is known of the cameras; both may be missing."""

    left: Pinhole | None = None
    right: Pinhole | None = None

    def range_error(self, settings: RangeSettings) -> RangeError:
        """Of points measured by this pair, or by one like it."""
        focal_baseline = settings.focal_baseline
        if self.right is not None and self.right.tx < 0.0:
            focal_baseline = -self.right.tx
        return RangeError(focal_baseline, settings.disparity_sigma)


@dataclass(frozen=True)
class Shot:
    """One frame as it came: grey (H, W), with depth (encoding, pixels) or the right image."""

    grey: Grey
    depth: tuple[str, NDArray[np.generic]] | None = None
    right: Grey | None = None


@dataclass(frozen=True)
class View:
    """What was made of a frame, (h, w) each, overwritten by the next; `lacking` says what is not
    there and why."""

    segmentation: Segmentation
    confidence: NDArray[np.uint8]
    points: NDArray[np.float32] | None
    rocks: list[Rock]
    lacking: str


@dataclass(frozen=True)
class Measured:
    """A frame before anything is hidden or called a rock, (h, w) each."""

    segmentation: Segmentation
    points: NDArray[np.float32] | None
    lacking: str


class Clock(Protocol):
    """Times a stage of the work."""

    def stage(self, name: str) -> AbstractContextManager[None]:
        """Time what is done inside."""


class Perception:
    """Perception of frames of one size from one pair of cameras; owns all buffers."""

    def __init__(
        self,
        settings: PerceptionSettings,
        engine: Engine,
        sidecar: Sidecar,
        image_size: tuple[int, int],
        cameras: Cameras,
    ) -> None:
        stride = settings.output.stride
        self._settings = settings
        self.image_size = image_size
        self.size = (image_size[0] // stride, image_size[1] // stride)
        self._segmenter = Segmenter(engine, sidecar, settings.segmenter, image_size, self.size)
        self._confidence = np.empty(self.size, np.uint8)
        self._rover_mask = self._read_rover_mask()
        self.cameras = cameras
        self._stereo: FilledStereo | None = None
        if cameras.left is not None:
            self._make_geometry(cameras.left)

    def look(self, shot: Shot, odom_from_camera: Pose | None, clock: Clock) -> View:
        """Everything that can be said of a frame; without a pose no rocks and no sky."""
        return self.judge(self.measure(shot, clock), odom_from_camera, clock)

    def measure(self, shot: Shot, clock: Clock) -> Measured:
        """What needs no pose, so that the pose has this long to arrive."""
        with clock.stage("segment"):
            segmentation = self._segmenter.segment(shot.grey)
        with clock.stage("points"):
            points, lacking = self._points(shot)
        return Measured(segmentation, points, lacking)

    def judge(self, measured: Measured, odom_from_camera: Pose | None, clock: Clock) -> View:
        """What does: the sky, and rocks, which stand upright."""
        segmentation, points = measured.segmentation, measured.points
        with clock.stage("masks"):
            self._mask(segmentation, points, odom_from_camera)
        rocks: list[Rock] = []
        if points is not None and odom_from_camera is not None:
            with clock.stage("rocks"):
                rocks = self._find_rocks(segmentation, points, odom_from_camera)
        return View(segmentation, self._confidence, points, rocks, measured.lacking)

    def _make_geometry(self, left: Pinhole) -> None:
        stride = self._settings.output.stride
        even = left.subframe(0, 0, self.size[1] * stride, self.size[0] * stride)
        self._out_camera = even.scaled(1.0 / stride, 1.0 / stride)
        self._full = Unprojector(left, stride)
        first = int(self._full.rows[0])
        # depth is decoded where it is used, which a camera of those pixels alone allows
        sampled = Pinhole(
            self.size[1],
            self.size[0],
            left.fx / stride,
            left.fy / stride,
            (left.cx - first) / stride,
            (left.cy - first) / stride,
        )
        self._from_depth = Unprojector(sampled)
        # here, as classes alone need none of what is compiled
        from ai4mars_nav.perception.rock_finder import RockFinder

        self._rocks = RockFinder(
            self._settings.rocks,
            self.size,
            1.0 / self._out_camera.fx,
            self.cameras.range_error(self._settings.range),
        )
        self._points_up = np.empty((*self.size, 3), np.float32)
        self._up = np.zeros(3)
        self._sky: NDArray[np.bool_] = np.zeros(self.size, np.bool_)

    def _points(self, shot: Shot) -> tuple[NDArray[np.float32] | None, str]:
        if self.cameras.left is None:
            return None, "no points: left/camera_info is missing"
        if shot.depth is not None:
            encoding, pixels = shot.depth
            self._check_as_left(pixels.shape, "depth/image_rect")
            depth = decode_depth(encoding, np.ascontiguousarray(self._full.sample(pixels)))
            points = self._from_depth.points(depth.metres)
            if depth.missing + depth.impossible == depth.metres.size:
                return points, "depth/image_rect has not one usable pixel"
            if depth.impossible:
                return points, f"depth/image_rect is below zero in {depth.impossible} pixels"
            return points, ""
        if shot.right is None:
            return None, "no points: right/image_rect and depth/image_rect are missing"
        self._check_as_left(shot.right.shape, "right/image_rect")
        if self.cameras.right is None:
            return None, "no points: right/camera_info is missing"
        return self._points_by_stereo(shot.grey, shot.right), ""

    def _check_as_left(self, shape: tuple[int, ...], topic: str) -> None:
        if shape != self.image_size:
            raise RosError(
                f"{topic}: is {shape[1]} x {shape[0]}, "
                f"left/image_rect {self.image_size[1]} x {self.image_size[0]}"
            )

    def _points_by_stereo(self, left: Grey, right: Grey) -> NDArray[np.float32]:
        if self._stereo is None:
            self._stereo = self._make_stereo()
        match = self._stereo.match(left, right)
        depth = depth_from_disparity(match.disparity, self._stereo.focal_baseline)
        return self._from_stereo.points(depth)

    def _make_stereo(self) -> FilledStereo:
        assert self.cameras.left is not None and self.cameras.right is not None
        settings = self._settings.stereo
        stereo = FilledStereo(settings, self.cameras.left, self.cameras.right)
        stride = self._settings.output.stride // settings.scale
        self._from_stereo = Unprojector(stereo.camera, stride)
        return stereo

    def _mask(
        self,
        segmentation: Segmentation,
        points: NDArray[np.float32] | None,
        odom_from_camera: Pose | None,
    ) -> None:
        hidden = [] if self._rover_mask is None else [self._rover_mask]
        if points is not None:
            depth = points[..., 2]
            hidden.append(masks.range_mask(depth, self._settings.output.max_range, missing=False))
            if odom_from_camera is not None:
                hidden.append(self._sky_of(odom_from_camera) & np.isnan(depth))
        masks.apply(segmentation, *hidden)
        cv2.convertScaleAbs(segmentation.confidence, dst=self._confidence, alpha=255.0)

    def _sky_of(self, odom_from_camera: Pose) -> NDArray[np.bool_]:
        """Rays above the horizon; kept while the camera has not turned by a thousandth."""
        up = odom_from_camera.rotation[2]
        if np.abs(up - self._up).max() > 1e-3:
            margin = float(np.deg2rad(self._settings.output.sky_margin_deg))
            self._sky = masks.sky_mask(self._out_camera, up, margin=margin)
            self._up = up.copy()
        return self._sky

    def _find_rocks(
        self, segmentation: Segmentation, points: NDArray[np.float32], odom_from_camera: Pose
    ) -> list[Rock]:
        turned = Pose(odom_from_camera.rotation, np.zeros(3))
        to_frame(points, turned, self._points_up)
        return self._rocks.find(self._points_up, segmentation.p_big_rock)

    def _read_rover_mask(self) -> NDArray[np.bool_] | None:
        path = self._settings.output.rover_mask
        return masks.read_rover_mask(Path(path), self.size) if path else None
