"""Faults on demand: what becomes of a frame and of the odometry, drawn from the seed."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.sim.drive.errors import DriveError
from ai4mars_nav.sim.drive.sim_settings import FaultSettings

DUST_GREY = 96.0
"""What dust on a lens scatters into every pixel behind it."""
DUST_SPOTS = 9
WINDOW = 5
"""Pixels over which stereo's errors are about the same."""


@dataclass(frozen=True)
class Shots:
    """One frame as it leaves the cameras: grey u8 (h, w), depth f32 (h, w) m; stamp in ns."""

    stamp: int
    left: NDArray[np.uint8]
    right: NDArray[np.uint8] | None
    depth: NDArray[np.float32] | None


class Faults:
    """Spoils frames as the settings ask; the same seed spoils the same frames in the same way."""

    def __init__(
        self, settings: FaultSettings, seed: int, focal_baseline: float = math.inf
    ) -> None:
        """`focal_baseline` of the pair in px * m, for faults of depth."""
        if settings.depth_noise > 0.0 and not math.isfinite(focal_baseline):
            raise DriveError("fault depth_noise: how far it moves a point needs focal_baseline")
        self._settings = settings
        self._focal_baseline = focal_baseline
        self._seed = seed
        self._jumped = False
        self.counts: Counter[str] = Counter()

    def spoil(self, shots: Shots, elapsed: float, index: int) -> Shots | None:
        """The frame `index` as it leaves, `elapsed` seconds into the drive; None if it is lost."""
        wanted = self._settings
        if elapsed < wanted.after:
            return shots
        # each frame has its own generator: what one fault draws must not move the next frame's
        rng = np.random.default_rng((self._seed, index, 77))
        lost, black, white, late = rng.random(4)
        if lost < wanted.lost:
            self.counts["frames lost"] += 1
            return None
        if wanted.dust > 0.0:
            shots = replace(shots, left=dusty(shots.left, wanted.dust, self._seed))
        if wanted.dead_pixels > 0.0:
            shots = replace(shots, left=dead(shots.left, wanted.dead_pixels, self._seed))
        if wanted.depth_holes > 0.0 and shots.depth is not None:
            shots = replace(shots, depth=holed(shots.depth, wanted.depth_holes, rng))
        if wanted.depth_noise > 0.0 and shots.depth is not None:
            noisy = with_noise(shots.depth, wanted.depth_noise / self._focal_baseline, rng)
            shots = replace(shots, depth=noisy)
        if black < wanted.black:
            self.counts["frames black"] += 1
            shots = _even(shots, 0)
        elif white < wanted.saturated:
            self.counts["frames saturated"] += 1
            shots = _even(shots, 255)
        if late < wanted.wrong_stamps:
            self.counts["stamps wrong"] += 1
            shots = replace(shots, stamp=max(0, shots.stamp + round(wanted.stamp_error * 1e9)))
        return shots

    def jump(self, elapsed: float) -> float:
        """Metres by which the odometry is wrong from now on."""
        if self._settings.odom_jump == 0.0 or elapsed < self._settings.after:
            return 0.0
        if not self._jumped:
            self._jumped = True
            self.counts["odometry jumps"] += 1
        return self._settings.odom_jump


def dead(image: NDArray[np.uint8], share: float, seed: int) -> NDArray[np.uint8]:
    """The image with a share of its pixels stuck at 0 or 255, always the same ones."""
    rng = np.random.default_rng((seed, 5))
    stuck = rng.random(image.shape) < share
    values = np.where(rng.random(image.shape) < 0.5, 0, 255).astype(np.uint8)
    return np.where(stuck, values, image)


def dusty(image: NDArray[np.uint8], strength: float, seed: int) -> NDArray[np.uint8]:
    """The image behind dust: spots that are out of focus and take `strength` of the contrast."""
    rng = np.random.default_rng((seed, 6))
    height, width = image.shape
    veil = np.full((height, width), 0.3, np.float32)
    for _ in range(DUST_SPOTS):
        centre = (int(rng.integers(width)), int(rng.integers(height)))
        cv2.circle(veil, centre, int(width * rng.uniform(0.03, 0.12)), 1.0, cv2.FILLED)
    soft = strength * np.asarray(cv2.GaussianBlur(veil, (0, 0), width / 40.0), np.float32)
    dusted = np.rint(image * (1.0 - soft) + DUST_GREY * soft)
    return np.asarray(np.clip(dusted, 0, 255), np.uint8)


def holed(
    depth: NDArray[np.float32], share: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    """The depth (h, w) with nan in blobs that cover about `share` of it."""
    coarse = rng.random((16, 16)).astype(np.float32)
    size = (depth.shape[1], depth.shape[0])
    smooth = np.asarray(cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC), np.float32)
    holes = smooth <= np.quantile(smooth, share) if share < 1.0 else np.ones(depth.shape, bool)
    return np.where(holes, np.float32(np.nan), depth)


def with_noise(
    depth: NDArray[np.float32], sigma: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    """The depth (h, w) as a disparity with an error of `sigma` [1/m] would give it: errors of
    neighbours go together over WINDOW pixels, as those of a matching window do."""
    white = rng.standard_normal(depth.shape).astype(np.float32)
    smooth = np.asarray(cv2.GaussianBlur(white, (0, 0), 0.3 * WINDOW), np.float32)
    error = smooth * np.float32(sigma / float(smooth.std()))
    return np.asarray(depth / np.maximum(1.0 + depth * error, 0.05), np.float32)


def _even(shots: Shots, value: int) -> Shots:
    left = np.full_like(shots.left, value)
    right = None if shots.right is None else np.full_like(shots.right, value)
    # a rover's depth is made from its images: where they show nothing there is none
    depth = None if shots.depth is None else np.full_like(shots.depth, np.nan)
    return replace(shots, left=left, right=right, depth=depth)
