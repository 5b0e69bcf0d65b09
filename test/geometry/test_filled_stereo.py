"""Holes of a match are filled from half the size, and nothing else is touched."""

import dataclasses

import numpy as np
import pytest

from ai4mars_nav.geometry.filled_stereo import FilledStereo
from ai4mars_nav.geometry.stereo import StereoMatcher, StereoSettings

SETTINGS = StereoSettings(scale=1, max_disparity=112, least_confidence=0.2, fill_confidence=0.4)
FAINT = np.s_[260:500, 200:500]


@pytest.fixture(scope="module")
def faint(scene):
    """The scene with a patch of ground whose contrast is almost that of the noise."""
    rng = np.random.default_rng(5)

    def paled(image):
        paler = image.astype(float)
        paler[260:500] = 100.0 + 0.06 * (paler[260:500] - 100.0)
        paler[260:500] += rng.normal(0.0, 1.5, paler[260:500].shape)
        return np.clip(paler, 0, 255).astype(np.uint8)

    return dataclasses.replace(scene, left=paled(scene.left), right=paled(scene.right))


def matched(kind, settings, scene):
    result = kind(settings, scene.left_camera, scene.right_camera).match(scene.left, scene.right)
    return result.disparity.copy(), result.confidence.copy()


def test_ground_of_faint_texture_is_filled_with_its_disparity(faint):
    bare, _ = matched(StereoMatcher, SETTINGS, faint)
    filled, confidence = matched(FilledStereo, SETTINGS, faint)
    both = faint.seen_by_both[FAINT]
    holes = np.isnan(bare[FAINT]) & both
    assert holes.mean() > 0.3
    new = holes & np.isfinite(filled[FAINT])
    assert new.sum() > 0.3 * holes.sum()
    truth = -faint.right_camera.tx / faint.depth
    error = np.abs(filled - truth)[FAINT][new]
    assert np.median(error) < 0.75 and (error > 3.0).mean() < 0.02
    assert (confidence[FAINT][new] >= SETTINGS.fill_confidence).all()


def test_what_the_full_size_matched_stays(faint):
    bare, trust = matched(StereoMatcher, SETTINGS, faint)
    filled, confidence = matched(FilledStereo, SETTINGS, faint)
    there = np.isfinite(bare)
    assert (filled[there] == bare[there]).all() and (confidence[there] == trust[there]).all()


@pytest.mark.parametrize("scale", [1, 2])
def test_at_a_confidence_of_one_nothing_is_filled(faint, scale):
    settings = dataclasses.replace(SETTINGS, scale=scale, fill_confidence=1.0)
    for one, two in zip(
        matched(StereoMatcher, settings, faint), matched(FilledStereo, settings, faint), strict=True
    ):
        np.testing.assert_array_equal(one, two)


def test_an_odd_size_is_filled_to_its_edge(faint):
    cut = dataclasses.replace(
        faint,
        left=np.ascontiguousarray(faint.left[:-1, :-1]),
        right=np.ascontiguousarray(faint.right[:-1, :-1]),
        left_camera=faint.left_camera.subframe(0, 0, 639, 511),
        right_camera=faint.right_camera.subframe(0, 0, 639, 511),
    )
    filled, _ = matched(FilledStereo, SETTINGS, cut)
    assert filled.shape == (511, 639) and np.isfinite(filled[300:, 200:]).mean() > 0.3
