"""Stereo on a scene of known depth, on a real pair, and on what must be refused."""

import dataclasses
import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from ai4mars_nav.geometry.errors import GeometryError
from ai4mars_nav.geometry.pinhole import Pinhole
from ai4mars_nav.geometry.points import Unprojector
from ai4mars_nav.geometry.sgbm import sgbm
from ai4mars_nav.geometry.stereo import (
    MATCH_SIGMA,
    StereoMatcher,
    StereoSettings,
    depth_from_disparity,
)
from ai4mars_nav.settings import SettingsError

DATA = Path(os.environ.get("AI4MARS_DATA", Path(__file__).parents[3] / "shared" / "data"))
ALOE = DATA / "stereo-aloe"
FULL = StereoSettings(scale=1, max_disparity=112)
HALF = StereoSettings(scale=2, max_disparity=112)


def matcher_of(scene, settings):
    return StereoMatcher(settings, scene.left_camera, scene.right_camera)


def errors(scene, settings, right=None):
    """Disparity error (h, w), nan without a match; which pixels both cameras see; the result."""
    matcher = matcher_of(scene, settings)
    result = matcher.match(scene.left, scene.right if right is None else right)
    blocks = [scene.depth[i :: settings.scale, j :: settings.scale]
              for i in range(settings.scale) for j in range(settings.scale)]  # fmt: skip
    truth = matcher.focal_baseline * np.mean([1.0 / block for block in blocks], axis=0)
    both = scene.seen_by_both[:: settings.scale, :: settings.scale]
    return np.abs(result.disparity - truth), both, result


@pytest.mark.parametrize(
    ("settings", "coverage", "wrong"),
    [
        (FULL, 0.96, 0.006),
        (HALF, 0.95, 0.012),
        (dataclasses.replace(FULL, mode="five_way"), 0.95, 0.02),
        (dataclasses.replace(HALF, mode="eight_way"), 0.95, 0.04),
    ],
)
def test_disparity_of_the_known_scene(scene, settings, coverage, wrong):
    error, both, result = errors(scene, settings)
    matched = np.isfinite(result.disparity)
    assert result.disparity.dtype == np.float32
    columns = np.broadcast_to(np.arange(matched.shape[1]), matched.shape)
    assert (result.disparity <= columns)[matched].all()  # nothing matches outside the right image
    assert matched[both].mean() > coverage
    assert (error[matched] > 1.0).mean() < wrong


@pytest.mark.parametrize("settings", [FULL, HALF])
def test_good_matches_are_as_exact_as_the_error_model_says(scene, settings):
    error, both, _ = errors(scene, settings)
    good = both & (error < 1.0)
    assert np.sqrt(np.mean(error[good] ** 2)) < MATCH_SIGMA


def test_the_left_right_check_removes_most_wrong_matches(scene):
    border = [np.pad(image, ((0, 0), (112, 0)), mode="edge") for image in (scene.left, scene.right)]
    unchecked = sgbm(0, 112, FULL.block_size, FULL.mode, FULL.uniqueness).compute(*border)
    raw = unchecked[:, 112:] / 16.0
    raw[(raw <= 0.0) | (raw > np.arange(raw.shape[1]))] = np.nan
    truth = -scene.right_camera.tx / scene.depth
    error, both, _ = errors(scene, dataclasses.replace(FULL, speckle_area=0))
    assert (error > 1.0).sum() < 0.5 * (np.abs(raw - truth) > 1.0).sum()
    assert np.isfinite(error[both]).mean() > np.isfinite(raw[both]).mean() - 0.02


def test_a_match_of_little_confidence_is_dropped_and_most_wrong_ones_are_such(scene):
    _, _, everything = errors(scene, dataclasses.replace(FULL, speckle_area=0))
    wrong, kept = np.isfinite(everything.disparity), everything.confidence.copy()
    error, _, sure = errors(scene, dataclasses.replace(FULL, speckle_area=0, least_confidence=0.2))
    assert (np.isfinite(sure.disparity) == (wrong & (kept >= 0.2))).all()
    assert (sure.confidence[np.isnan(sure.disparity)] == 0.0).all()
    before, _, _ = errors(scene, dataclasses.replace(FULL, speckle_area=0))
    assert (error > 2.0).sum() < 0.5 * (before > 2.0).sum()


def test_patches_are_weighed_by_what_the_checks_left_of_them(scene):
    alone = np.zeros(scene.left.shape, np.uint8)
    _, _, result = errors(scene, dataclasses.replace(FULL, speckle_area=200, least_confidence=0.2))
    matched = np.isfinite(result.disparity).astype(np.uint8)
    count, _, patches, _ = cv2.connectedComponentsWithStats(matched, alone, connectivity=4)
    assert count > 1 and patches[1:, cv2.CC_STAT_AREA].min() > 200


def test_matches_reach_the_left_edge_where_the_right_image_sees_the_ground(scene):
    _, both, result = errors(scene, FULL)
    edge = np.s_[:, 40:100]
    assert both[edge].mean() > 0.3
    assert np.isfinite(result.disparity[edge])[both[edge]].mean() > 0.9


def test_confidence_ranks_the_matches(scene):
    error, _, result = errors(scene, FULL)
    matched = np.isfinite(result.disparity)
    assert (result.confidence[~matched] == 0.0).all()
    assert result.confidence.min() >= 0.0 and result.confidence.max() <= 1.0
    confidence, wrong = result.confidence[matched], error[matched] > 1.0
    low, median = np.quantile(confidence, [0.05, 0.5])
    assert wrong[confidence <= low].mean() > 20.0 * wrong[confidence > median].mean()


def test_a_brighter_right_camera_changes_little(scene):
    bright = np.clip(scene.right.astype(float) + 20.0, 0, 255).astype(np.uint8)
    plain, _, result = errors(scene, FULL)
    first = result.confidence.mean()
    brighter, _, result = errors(scene, FULL, right=bright)
    assert np.isfinite(brighter).mean() > 0.97 * np.isfinite(plain).mean()
    assert abs(result.confidence.mean() - first) < 0.03


def test_depth_of_the_known_scene_lands_on_the_ground(scene):
    matcher = matcher_of(scene, HALF)
    disparity = matcher.match(scene.left, scene.right).disparity
    depth = depth_from_disparity(disparity, matcher.focal_baseline)
    points = Unprojector(matcher.camera).points(depth)
    pitch = np.deg2rad(20.0)
    height = -(points[..., 1] * np.cos(pitch) + points[..., 2] * np.sin(pitch))
    near = np.isfinite(depth) & (depth < 10.0)
    sigma = matcher.range_error.height_sigma(depth[near], height[near], 1.0 / matcher.camera.fx)
    assert (height[near] < -1.9 - 4.0 * sigma).mean() < 0.002
    on_ground = np.abs(height[near] + 1.9) < 4.0 * sigma
    assert on_ground.mean() > 0.75  # the rest are the slabs


def test_depth_from_disparity_against_a_loop():
    disparity = np.array([[2.0, 0.5, np.nan], [0.0, -1.0, 100.0]], np.float32)
    depth = depth_from_disparity(disparity, 520.0)
    for got, given in zip(depth.ravel(), disparity.ravel(), strict=True):
        assert got == pytest.approx(520.0 / given) if given > 0 else np.isnan(got)
    out = np.empty_like(disparity)
    assert depth_from_disparity(disparity, 520.0, out) is out


def test_an_image_without_texture_gives_nothing_to_trust(scene):
    matcher = matcher_of(scene, FULL)
    blank = np.full(scene.left.shape, 90, np.uint8)
    result = matcher.match(blank, blank)
    assert np.isnan(result.disparity).all()


def test_a_range_that_begins_above_zero_finds_the_same_near_points(scene):
    """Such a range has its own mark for "no match", which must not be taken for a disparity."""
    whole = matcher_of(scene, FULL).match(scene.left, scene.right).disparity.copy()
    ranged = dataclasses.replace(FULL, min_disparity=40)
    near = matcher_of(scene, ranged).match(scene.left, scene.right).disparity
    assert np.nanmin(near) >= 40.0
    expected = whole > 50.0
    assert np.isfinite(near[expected]).mean() > 0.97
    assert (np.abs(near - whole)[expected & np.isfinite(near)] < 1.0).mean() > 0.99
    blank = np.full(scene.left.shape, 90, np.uint8)
    assert np.isnan(matcher_of(scene, ranged).match(blank, blank).disparity).all()


def test_results_of_one_matcher_do_not_depend_on_what_it_saw_before(scene):
    matcher = matcher_of(scene, HALF)
    first = matcher.match(scene.left, scene.right)
    disparity, confidence = first.disparity.copy(), first.confidence.copy()
    matcher.match(scene.right, scene.left)
    again = matcher.match(scene.left, scene.right)
    assert again.disparity is first.disparity
    assert np.array_equal(again.disparity, disparity, equal_nan=True)
    assert np.array_equal(again.confidence, confidence)


def test_odd_sizes_lose_their_last_row_and_column(scene):
    left = dataclasses.replace(scene.left_camera, width=639, height=511)
    right = dataclasses.replace(scene.right_camera, width=639, height=511)
    matcher = StereoMatcher(HALF, left, right)
    result = matcher.match(scene.left[:511, :639], scene.right[:511, :639])
    assert result.disparity.shape == (matcher.camera.height, matcher.camera.width) == (255, 319)
    whole = matcher_of(scene, HALF)
    assert (matcher.camera.cx, matcher.camera.fx) == (whole.camera.cx, whole.camera.fx)


@pytest.mark.parametrize(
    ("which", "change", "message"),
    [
        ("left", lambda image: image.astype(np.uint16), "left image is uint16"),
        ("right", lambda image: image.astype(np.float32), "right image is float32"),
        ("left", lambda image: cv2.cvtColor(image, cv2.COLOR_GRAY2BGR), "left image is uint8"),
        ("right", lambda image: image[:, :-1], "right image has shape"),
        ("left", lambda image: image[::2, ::2], "left image has shape"),
    ],
)
def test_other_images_are_refused(scene, which, change, message):
    images = {"left": scene.left, "right": scene.right}
    images[which] = change(images[which])
    with pytest.raises(GeometryError, match=message):
        matcher_of(scene, FULL).match(**images)


def test_swapped_cameras_and_tiny_images_are_refused(scene):
    with pytest.raises(GeometryError, match="swapped"):
        StereoMatcher(FULL, scene.right_camera, scene.left_camera)
    tiny = Pinhole(30, 20, 20.0, 20.0, 15.0, 10.0)
    with pytest.raises(GeometryError, match="too small"):
        StereoMatcher(HALF, tiny, dataclasses.replace(tiny, tx=-8.0))


def test_contradicting_settings_are_refused():
    with pytest.raises(SettingsError, match="block_size is 4"):
        StereoSettings(block_size=4)
    with pytest.raises(SettingsError, match="max_disparity 64 must exceed"):
        StereoSettings(min_disparity=64, max_disparity=64)


@pytest.mark.skipif(not ALOE.is_dir(), reason="no ../shared/data/stereo-aloe")
def test_a_real_pair_is_matched_better_than_by_the_reference():
    """The reference is itself a block matcher's work: where we differ, the images judge."""
    left, right, reference = (
        cv2.imread(str(ALOE / f"aloe-{name}.png"), cv2.IMREAD_GRAYSCALE)
        for name in ("L", "R", "disp")
    )
    height, width = left.shape
    camera = Pinhole(width, height, 1000.0, 1000.0, width / 2, height / 2)
    matcher = StereoMatcher(
        StereoSettings(scale=1, max_disparity=144), camera, dataclasses.replace(camera, tx=-160.0)
    )
    result = matcher.match(left, right)
    both = np.isfinite(result.disparity) & (reference > 0)
    apart = both & (np.abs(result.disparity - reference) > 2.0)
    assert np.isfinite(result.disparity[:, 144:]).mean() > 0.78
    assert apart[both].mean() < 0.12
    trusted = result.confidence > np.median(result.confidence[both])
    assert apart[both & trusted].mean() < 0.03

    def unexplained(disparity):
        rows, columns = np.nonzero(apart)
        matched = np.rint(columns - disparity[apart]).astype(int)
        return np.abs(left[apart].astype(float) - right[rows, matched]).mean()

    assert unexplained(result.disparity) < 0.6 * unexplained(reference.astype(float))
