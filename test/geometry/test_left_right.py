"""The half-size right match and the confidence, each against a plain slow twin."""

import cv2
import numpy as np
import pytest

from ai4mars_nav.geometry.left_right import CoarseRightMatch
from ai4mars_nav.geometry.match_quality import NOISE, WORST_SHIFT, MatchQuality
from ai4mars_nav.geometry.sgbm import disparity_count, sgbm


def textured_disparity(shape):
    rng = np.random.default_rng(2)
    disparity = rng.uniform(1.0, 40.0, shape).astype(np.float32)
    disparity[rng.random(shape) < 0.1] = np.nan
    return disparity


def slow_difference(left, right, disparity, high):
    """Pixel by pixel, from a right disparity matched on plainly mirrored images."""
    height, width = (size // 2 for size in left.shape)
    count = disparity_count(0, -(-high // 2))
    halves = [
        cv2.resize(image[: 2 * height, : 2 * width], (width, height), interpolation=cv2.INTER_AREA)
        for image in (right, left)
    ]
    border = [np.pad(np.fliplr(half), ((0, 0), (count, 0)), mode="edge") for half in halves]
    raw = sgbm(0, -(-high // 2), 5, "three_way", 10).compute(*border)
    of_right = np.fliplr(raw[:, count:].astype(np.float32) / 16.0)
    difference = np.full(left.shape, np.inf, np.float32)
    for row, column in np.argwhere(np.isfinite(disparity)):
        in_right = (column - disparity[row, column] + 0.5) / 2.0 - 0.5
        nearest = int(np.rint(in_right)), min(int(np.rint((row + 0.5) / 2 - 0.5)), height - 1)
        if not 0 <= nearest[0] < width:
            continue
        seen = of_right[nearest[1], nearest[0]]
        if seen >= 0.0:
            difference[row, column] = abs(2.0 * seen - disparity[row, column])
    return difference


@pytest.mark.parametrize("crop", [(200, 240), (201, 241)])
def test_difference_is_that_of_the_slow_twin(scene, crop):
    left, right = scene.left[200:, 200:][: crop[0], : crop[1]], scene.right[200:, 200:]
    right = right[: crop[0], : crop[1]]
    disparity = textured_disparity(crop)
    check = CoarseRightMatch(crop, 0, 112, 5, "three_way", 10)
    fast = check.difference(left, right, disparity)
    slow = slow_difference(left, right, disparity, 112)
    inside = disparity <= np.arange(crop[1])  # the caller drops what leaves the image
    inside[:, -1] &= crop[1] % 2 == 0  # an odd last column takes its neighbour's match
    assert np.isfinite(slow[inside]).mean() > 0.5
    close = np.isclose(fast[inside], slow[inside], atol=1e-4)
    # exact halves may round either way in the two arithmetics
    assert close.mean() > 0.999


def slow_confidence(left, right, disparity, block):
    """Window by window in float64, away from the image's border."""
    half, (height, width) = block // 2, left.shape
    confidence = np.zeros(left.shape)
    columns = np.arange(width)
    matched = np.zeros(left.shape)
    for row in range(height):
        at = columns - np.nan_to_num(disparity[row], nan=columns + 1.0)
        matched[row] = np.where(
            np.isnan(disparity[row]), 0.0, np.interp(at, columns, right[row].astype(float))
        )
        matched[row][at < 0] = 0.0
    step = np.zeros(left.shape)
    grey = left.astype(float)
    smooth = grey[:-2] + 2.0 * grey[1:-1] + grey[2:]
    step[1:-1, 1:-1] = np.abs(smooth[:, 2:] - smooth[:, :-2]) / 8.0

    def mean(image, row, column):
        return image[row - half : row + half + 1, column - half : column + half + 1].mean()

    seen = np.isfinite(disparity)
    residual = np.where(seen, grey - np.rint(matched), 0.0)
    flat = np.zeros(left.shape)
    inner = [(r, c) for r in range(3 * half, height - 3 * half)
             for c in range(3 * half, width - 3 * half)]  # fmt: skip
    for row in range(half, height - half):
        for column in range(half, width - half):
            flat[row, column] = abs(residual[row, column] - mean(residual, row, column))
    for row, column in inner:
        if np.isfinite(disparity[row, column]):
            shift = mean(flat, row, column) / (mean(step, row, column) + NOISE)
            trust = np.clip(1.0 - shift / WORST_SHIFT, 0.0, 1.0)
            confidence[row, column] = trust * mean(seen.astype(float), row, column) ** 4
    return confidence


def test_confidence_is_that_of_the_slow_twin(scene):
    crop = np.s_[340:380, 200:400]
    left, right = np.ascontiguousarray(scene.left[crop]), np.ascontiguousarray(scene.right[crop])
    rng = np.random.default_rng(3)
    truth = -scene.right_camera.tx / scene.depth[crop]
    wrong_by = rng.choice([0.0, 0.7, 3.0], (4, 20)).repeat(10, axis=0).repeat(10, axis=1)
    disparity = (truth + wrong_by).astype(np.float32)
    disparity[rng.random(truth.shape) < 0.02] = np.nan
    disparity[disparity > np.arange(truth.shape[1])] = np.nan
    fast = MatchQuality(left.shape, 5).confidence(left, right, disparity)
    slow = slow_confidence(left, right, disparity, 5)
    inner = np.s_[6:-6, 6:-6]
    assert 0.1 < slow[inner].mean() < 0.9
    assert np.abs(fast[inner] - slow[inner]).max() < 0.05  # cv2.remap rounds to 1/32 pixel
