"""OpenCV's semi-global block matcher, set up the one way that stereo uses it."""

from __future__ import annotations

import cv2

SUBPIXEL = 16
"""Steps a pixel in OpenCV's fixed-point disparities; without a match they are below the range."""

_MODES = {
    "three_way": cv2.STEREO_SGBM_MODE_SGBM_3WAY,
    "five_way": cv2.STEREO_SGBM_MODE_SGBM,
    "eight_way": cv2.STEREO_SGBM_MODE_HH,
}


def disparity_count(low: int, high: int) -> int:
    """Disparities searched to cover [low, high], a multiple of 16 as OpenCV demands."""
    return -(-(high - low) // 16) * 16


def sgbm(low: int, high: int, block: int, mode: str, uniqueness: int) -> cv2.StereoSGBM:
    """A matcher of disparities from `low` to `high` pixels; checks are left to left_right.py."""
    return cv2.StereoSGBM.create(
        minDisparity=low,
        numDisparities=disparity_count(low, high),
        blockSize=block,
        P1=8 * block * block,
        P2=32 * block * block,
        disp12MaxDiff=-1,
        preFilterCap=31,
        uniquenessRatio=uniqueness,
        speckleWindowSize=0,
        speckleRange=0,
        mode=_MODES[mode],
    )
