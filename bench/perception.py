"""Speed of the perception room on one core: segmenting, what it costs beside the network, rocks.

Times are CPU time of the one thread that works, so that a busy machine counts for little.
Each row is measured turn by turn with its reference. The naive pipeline is what a first
version would do: enlarge the logits, softmax over the full size, argmax.
"""

from __future__ import annotations

import cv2
import numpy as np

from ai4mars_nav.geometry.points import Unprojector, to_frame
from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.geometry.range_error import RangeError
from ai4mars_nav.perception import sidecar as sidecars
from ai4mars_nav.perception import slow, slow_rocks
from ai4mars_nav.perception.engine import Engine, open_engine
from ai4mars_nav.perception.ground import STANDING, Ground
from ai4mars_nav.perception.rock_finder import RockFinder
from ai4mars_nav.perception.rocks import RockSettings
from ai4mars_nav.perception.segmenter import Segmenter, SegmenterSettings
from ai4mars_nav.rover import Rover
from ai4mars_nav.share import model_file
from ai4mars_nav.sim.rig import navcam_rig, see, standing
from ai4mars_nav.sim.scenes import random_scene
from measure import Row, compared

MODEL = "terrain-256"
RANGE_ERROR = RangeError(focal_baseline=516.6, disparity_sigma=0.25)


def run() -> list[Row]:
    """All rows; about a minute."""
    return [*_segmenting(), *_rocks()]


def _segmenting() -> list[Row]:
    path = model_file(MODEL)
    sidecar, _ = sidecars.load_model(path)
    engine = open_engine("onnx", path, threads=1)
    rows = []
    for image, output in ((512, 256), (1024, 512), (1024, 1024)):
        grey = np.random.default_rng(0).integers(0, 256, (image, image)).astype(np.uint8)
        segmenter = Segmenter(
            engine, sidecar, SegmenterSettings(), (image, image), (output, output)
        )
        size = f"{image}² to {output}²"
        rows.append(
            compared(
                f"segment, {MODEL}",
                size,
                lambda segmenter=segmenter, grey=grey: segmenter.segment(grey),
                "naive pipeline",
                lambda grey=grey, output=output: naive(engine, sidecar, grey, output),
                repeats=15,
            )
        )
        logits = _RecordedEngine(sidecar, engine.infer(np.zeros(engine.input_shape, np.float32)))
        post = Segmenter(logits, sidecar, SegmenterSettings(), (image, image), (output, output))
        rows.append(
            compared(
                "segment, without the network",
                size,
                lambda post=post, grey=grey: post.segment(grey),
                "slow twin, float64",
                lambda logits=logits, output=output: slow_segment(sidecar, logits.logits, output),
                repeats=9,
            )
        )
    return rows


class _RecordedEngine:
    """An engine that gives the same logits at once, to time what stands around it."""

    name = "recorded"

    def __init__(self, sidecar: sidecars.Sidecar, logits: np.ndarray) -> None:
        self.model = sidecar.name
        self.input_shape, self.output_shape = sidecar.input_shape, sidecar.output_shape
        self.logits = logits

    def infer(self, batch: np.ndarray) -> np.ndarray:
        assert batch.shape == self.input_shape
        return self.logits

    def close(self) -> None:
        """Nothing to give back."""


def slow_segment(sidecar: sidecars.Sidecar, logits: np.ndarray, output: int) -> object:
    """What follows the network, by the plain twin."""
    vector = sidecar.calibration
    size = (output, output)
    return slow.segment(logits[0], vector.scale, vector.bias, vector.abstain_below, size)


def naive(
    engine: Engine, sidecar: sidecars.Sidecar, grey: np.ndarray, output: int
) -> tuple[np.ndarray, np.ndarray]:
    """Classes and confidence by a softmax at full size, in fresh arrays."""
    small = cv2.resize(grey, sidecar.input_shape[:1:-1], interpolation=cv2.INTER_AREA)
    batch = small.astype(np.float32) * sidecar.preprocessing.scale + sidecar.preprocessing.offset
    logits = engine.infer(batch[None, None].astype(np.float32))[0]
    full = np.stack([cv2.resize(plane, (output, output)) for plane in logits])
    scale = np.float32(sidecar.calibration.scale)[:, None, None]
    calibrated = full * scale + np.float32(sidecar.calibration.bias)[:, None, None]
    exponentials = np.exp(calibrated - calibrated.max(axis=0))
    probabilities = exponentials / exponentials.sum(axis=0)
    classes, confidence = probabilities.argmax(axis=0).astype(np.uint8), probabilities.max(axis=0)
    classes[confidence < sidecar.calibration.abstain_below] = 255
    return classes, confidence


def _rocks() -> list[Row]:
    rows, settings = [], RockSettings()
    for size in (256, 512, 1024):
        points, pixel_angle = _points(size)
        opinion = np.zeros((size, size), np.float32)
        finder = RockFinder(settings, (size, size), pixel_angle, RANGE_ERROR)
        rocks = finder.find(points, opinion)
        rows.append(
            compared(
                f"big rocks, {len(rocks)} in sight",
                f"{size}² points",
                lambda finder=finder, points=points, opinion=opinion: finder.find(points, opinion),
                "slow twin of its loops",
                lambda points=points: slow_things(points, settings),
                repeats=11 if size < 1024 else 5,
                their_repeats=1,
                goal="<= 15 ms" if size == 512 else "",
            )
        )
    return rows


def slow_things(points: np.ndarray, settings: RockSettings) -> np.ndarray:
    """Labels (h, w) of what stands above the ground, by the plain twins."""
    own, gain = settings, RANGE_ERROR.disparity_sigma / RANGE_ERROR.focal_baseline
    shape = Ground(own, gain)
    heights = np.full(points.shape[:2], np.nan)
    for over in STANDING:
        means = slow_rocks.ground_means(
            points, heights, over, own.max_range, own.cell, gain, shape.means.shape[0]
        )
        patches = slow_rocks.fit_ground(
            means, own.spacing, len(shape.sigmas), own.radius, own.scatter, gain, shape.priors
        )
        heights = slow_rocks.heights_above(points, own.max_range, own.spacing, *patches)
    steady = slow_rocks.standing_pixels(points, heights, own.low, gain, own.spacing, *patches)
    return slow_rocks.label_objects(*steady, own.low, gain)


def _points(size: int) -> tuple[np.ndarray, float]:
    """Noisy points of a random scene, z up, and the angle of a pixel."""
    scene, rig = random_scene(7), navcam_rig(Rover(), size)
    sight = see(scene, rig, standing(scene, 0.0, 0.0, 0.0), "natural", right=False)
    random = np.random.default_rng(3)
    disparity = RANGE_ERROR.focal_baseline / sight.left.depth
    disparity += random.normal(0.0, RANGE_ERROR.disparity_sigma, disparity.shape)
    depth = (RANGE_ERROR.focal_baseline / disparity).astype(np.float32)
    points = Unprojector(rig.left).points(depth)
    turned = Pose(sight.odom_from_camera.rotation, np.zeros(3))
    return to_frame(points, turned), 1.0 / rig.left.fx
