"""A rendered pair is a rectified pair: rows agree, and our own stereo finds the depth."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from ai4mars_nav.geometry.pinhole import Pinhole
from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.geometry.range_error import RangeError
from ai4mars_nav.geometry.stereo import StereoMatcher, StereoSettings, depth_from_disparity
from ai4mars_nav.sim.march.marcher import Marcher
from ai4mars_nav.sim.render import View

Looking = Callable[..., Pose]
Navcam = Callable[[int], tuple[Pinhole, Pinhole]]
SIZE = 512


@pytest.fixture(scope="module")
def seen(marcher: Marcher) -> tuple[View, View]:
    """Left and right at SIZE."""
    from ai4mars_nav.sim.rig import OPTICAL, pair

    left, right = pair(SIZE, SIZE, 1230.0 * SIZE / 1024.0, 0.42)
    pose = Pose.from_rpy((-2.0, 1.0, 2.3), (0.0, np.deg2rad(24.0), 0.5)) @ OPTICAL
    return marcher.see(left, pose, 1), marcher.see(right, pose, 2)


def test_rows_of_a_pair_agree_to_a_tenth_of_a_pixel(
    seen: tuple[View, View], navcam: Navcam
) -> None:
    left, right = seen
    camera = navcam(SIZE)[1]
    v, u = np.mgrid[:SIZE, :SIZE].astype(np.float32)
    at = (u + camera.tx / left.depth).astype(np.float32)
    moved = cv2.remap(right.grey, at, v, cv2.INTER_LINEAR).astype(np.float32)
    window = cv2.createHanningWindow((64, 64), cv2.CV_32F)
    shifts = []
    for row in range(128, SIZE - 64, 64):
        for column in range(192, SIZE - 64, 64):
            here = np.s_[row : row + 64, column : column + 64]
            one, two = left.grey[here].astype(np.float32), moved[here]
            shifts.append(cv2.phaseCorrelate(one, two, window)[0])
    across, down = np.abs(np.median(shifts, axis=0))
    # stones of the fine structure stand up to 4 cm before the depth of the raster
    assert down < 0.1 and across < 0.3


def test_our_stereo_finds_the_depth_within_its_error_model(
    seen: tuple[View, View], navcam: Navcam
) -> None:
    left, right = seen
    cameras = navcam(SIZE)
    matcher = StereoMatcher(StereoSettings(scale=1, max_disparity=192), *cameras)
    found = matcher.match(left.grey, right.grey)
    depth = depth_from_disparity(found.disparity, matcher.focal_baseline)
    judged = np.isfinite(depth) & np.isfinite(left.depth) & (left.depth < 12.0)
    assert judged.mean() > 0.4
    sigma = RangeError(matcher.focal_baseline, disparity_sigma=0.25).range_sigma(
        left.depth[judged].astype(np.float64)
    )
    error = np.abs(depth[judged] - left.depth[judged])
    assert np.median(error / sigma) < 1.0
    assert (error < 3.0 * sigma).mean() > 0.85
