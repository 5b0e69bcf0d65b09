"""Landmarks: what was put into an image is found, in strips as in one piece; the border is not."""

from __future__ import annotations

import numpy as np
import pytest

from ai4mars_nav.content import salience
from ai4mars_nav.content.landmarks import (
    Box,
    Landmark,
    LandmarkSettings,
    apart,
    cut,
    find_landmarks,
    paired,
    square_around,
)
from ai4mars_nav.content.no_data import reduced

from . import orbit


def centre(box):
    return np.array([(box.left + box.right) / 2, (box.top + box.bottom) / 2])


def test_craters_and_dunes_are_found_where_they_are():
    hits = claims = false = 0
    for seed in range(3):
        grey, known = orbit.scene(seed)
        middles = np.array([centre(one.box) for one in find_landmarks(grey, LandmarkSettings())])
        gaps = np.linalg.norm(known[:, None, :2] - middles[None], axis=2)
        near = gaps < np.maximum(known[:, 2], 12.0)[:, None]
        hits += near.any(axis=1).sum()
        false += (~near.any(axis=0)).sum()
        claims += len(middles)
    assert hits / 30 >= 0.9
    assert false / claims <= 0.15


def test_rough_ground_alone_has_hardly_any_and_none_along_its_black_border():
    grey = orbit.image(orbit.ground(1200, 1200, 9))
    assert len(find_landmarks(grey, LandmarkSettings())) <= 2
    orbit.add_border(grey)
    found = find_landmarks(grey, LandmarkSettings())
    assert len(found) <= 3
    # nothing is known of a crater behind the border either
    levels = orbit.ground(600, 600, 1)
    orbit.add_crater(levels, 300, 300, 40)
    grey = orbit.image(levels)
    assert any(
        np.abs(centre(one.box) - 300).max() < 30 for one in find_landmarks(grey, LandmarkSettings())
    )
    grey[200:400] = 0
    assert not any(
        200 < centre(one.box)[1] < 400 for one in find_landmarks(grey, LandmarkSettings())
    )


def test_a_dark_shadow_inside_is_ground_and_the_border_is_not():
    grey = np.full((80, 120), 90, np.uint8)
    grey[20:40, 40:60] = 0
    grey[:, :8] = 2
    means, ground = reduced(grey, 4)
    assert means.shape == (20, 30)
    # one block more than the border itself
    assert not ground[:, :3].any() and ground[:, 3:].all()
    assert means[6, 12] == 0.0 and means[6, 20] == 90.0


@pytest.mark.parametrize("strip", [16, 100])
def test_strips_give_what_the_whole_image_gives(strip):
    grey, _ = orbit.scene(3, 900, 700)
    whole = list(salience.levels(grey, 3, strip=10_000))
    strips = list(salience.levels(grey, 3, strip=strip))
    assert [level.step for level in whole] == [4, 8, 16]
    for one, other in zip(whole, strips, strict=True):
        np.testing.assert_allclose(one.salience, other.salience, atol=1e-4)


def test_salience_is_the_distance_from_what_is_usual_around():
    """The slow twin: windows cut out one by one."""
    rng = np.random.default_rng(4)
    means = rng.normal(120.0, 6.0, (70, 90)).astype(np.float32)
    means[30:38, 40:50] -= 40.0
    ground = np.ones(means.shape, bool)
    ground[:, :12] = False
    fast = salience.standing_out(means, ground)
    level, contrast, held = (np.zeros(means.shape) for _ in range(3))
    reach, far = salience.WINDOW // 2, salience.AROUND // 2
    for row, column in np.ndindex(means.shape):
        window = np.s_[
            max(0, row - reach) : row + reach + 1, max(0, column - reach) : column + reach + 1
        ]
        inside = means[window][ground[window]] - 128.0
        held[row, column] = len(inside) >= salience.WINDOW**2 / 2
        if len(inside):
            level[row, column] = inside.mean()
            contrast[row, column] = 0.5 * np.log(inside.var() + 1.0)
    for row, column in ((34, 45), (3, 80), (60, 20), (34, 14), (10, 2)):
        around = np.s_[max(0, row - far) : row + far + 1, max(0, column - far) : column + far + 1]
        square = 0.0
        for values, least in ((level, 2.0), (contrast, 0.1)):
            near = values[around][held[around] > 0]
            # each place has usual ones around it of its own
            usual = _usual(values, held, far, least)[around]
            kept = values[around][(held[around] > 0) & usual]
            assert len(kept) <= len(near)
            square += (values[row, column] - kept.mean()) ** 2 / (kept.var() + least**2)
        expected = np.sqrt(square) if held[row, column] else 0.0
        assert fast[row, column] == pytest.approx(expected, rel=1e-3, abs=1e-3)


def _usual(values, held, far, least):
    usual = np.zeros(values.shape, bool)
    for row, column in np.ndindex(values.shape):
        around = np.s_[max(0, row - far) : row + far + 1, max(0, column - far) : column + far + 1]
        near = values[around][held[around] > 0]
        away = (values[row, column] - near.mean()) ** 2
        usual[row, column] = away <= salience._USUAL**2 * (near.var() + least**2)
    return usual


def test_squares_have_a_margin_and_stay_in_the_image():
    assert square_around(Box(100, 200, 180, 240), 30, (1000, 800)) == Box(70, 150, 210, 290)
    assert square_around(Box(0, 0, 20, 10), 30, (1000, 800)) == Box(0, 0, 80, 80)
    assert square_around(Box(780, 980, 800, 1000), 30, (1000, 800)) == Box(720, 920, 800, 1000)
    assert square_around(Box(0, 0, 300, 90), 30, (100, 400)) == Box(100, 0, 200, 100)
    grey = np.arange(256, dtype=np.uint8)[None].repeat(300, 0)
    assert cut(grey, Box(10, 10, 60, 60)).shape == (227, 227, 3)
    assert cut(grey, Box(0, 0, 256, 256)).shape == (227, 227, 3)


def test_of_two_that_overlap_the_weightier_stays():
    one = Landmark(Box(0, 0, 40, 40), 5.0, 5.0)
    inside = Landmark(Box(10, 10, 20, 20), 6.0, 6.0)
    beside = Landmark(Box(30, 30, 70, 70), 4.0, 4.0)
    assert apart([one, inside, beside], 0.5) == (inside, beside)
    whole = Landmark(one.box, 5.0, 7.0)
    assert apart([whole, inside, beside], 0.5) == (whole, beside)


def test_the_halves_of_a_rim_are_one_and_others_stay_apart():
    left, right = Landmark(Box(0, 0, 10, 30), 6.0, 6.0), Landmark(Box(40, 2, 50, 32), 5.0, 5.0)
    far = Landmark(Box(300, 0, 310, 30), 4.0, 4.0)
    assert paired([left, right, far]) == [Landmark(Box(0, 0, 50, 32), 6.0, 6.0), far]
    below = Landmark(Box(60, 60, 70, 90), 5.0, 5.0)
    assert paired([left, below]) == [left, below]
    assert paired([]) == []


def test_an_image_of_nothing_has_no_landmarks():
    for grey in (np.zeros((300, 300), np.uint8), np.full((300, 300), 77, np.uint8)):
        assert find_landmarks(grey, LandmarkSettings()) == ()
    assert find_landmarks(np.full((20, 300), 77, np.uint8), LandmarkSettings()) == ()
