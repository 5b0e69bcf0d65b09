"""The picture for people: colours mean classes, opacity means confidence, rocks carry heights."""

import numpy as np
import pytest

from ai4mars_nav import terrain
from ai4mars_nav.perception.errors import PerceptionError
from ai4mars_nav.perception.overlay import FUSED_COLOUR, OPINION_COLOUR, STRONGEST, overlay
from ai4mars_nav.perception.rocks import Rock

GREY = np.full((240, 240), 100, np.uint8)


def rock(fused, height):
    return Rock(
        position=np.array([8.0, 0.0, -2.0]),
        height=height,
        height_sigma=0.02,
        width=0.8,
        outline=np.array([[40, 40], [80, 40], [80, 70], [40, 70]], np.int32),
        probability=0.9 if fused else 0.1,
        p_height=0.9 if fused else 0.1,
        p_class=0.9,
        by_height=fused,
        by_class=True,
        fused=fused,
    )


def planes(value, confidence=1.0, size=120):
    return np.full((size, size), value, np.uint8), np.full((size, size), confidence, np.float32)


@pytest.mark.parametrize("kind", terrain.CLASSES)
@pytest.mark.parametrize("confidence", [0.0, 0.5, 1.0])
def test_colour_and_opacity(kind, confidence):
    picture = overlay(GREY, *planes(kind, confidence))
    share = STRONGEST * confidence
    wanted = 100 * (1.0 - share) + terrain.COLOURS[kind] * share
    assert np.abs(picture[20, 100].astype(float) - wanted).max() <= 1.0
    assert picture.dtype == np.uint8 and picture.shape == (120, 120, 3)


def test_unknown_stays_grey():
    picture = overlay(GREY, *planes(terrain.UNKNOWN, 0.9))
    assert (picture[:50] == 100).all()


@pytest.mark.parametrize(("fused", "colour"), [(True, FUSED_COLOUR), (False, OPINION_COLOUR)])
def test_rocks_are_outlined(fused, colour):
    picture = overlay(GREY, *planes(terrain.UNKNOWN), [rock(fused, 0.4)])
    # the line is smoothed: close to its colour, not it
    assert np.abs(picture[55, 80].astype(int) - colour).max() < 30
    assert (picture[55, 60] == 100).all()


def test_height_is_written_or_questioned():
    plain = overlay(GREY, *planes(terrain.UNKNOWN))
    tall = overlay(GREY, *planes(terrain.UNKNOWN), [rock(True, 0.4)])
    unknown = overlay(GREY, *planes(terrain.UNKNOWN), [rock(True, np.nan)])
    label = np.s_[28:38, 40:60]
    assert (tall[label] != plain[label]).any()
    assert (unknown[label] != plain[label]).any()
    assert (unknown[label] != tall[label]).any()


def test_legend_shows_every_class_where_there_is_room():
    picture = overlay(GREY, *planes(terrain.UNKNOWN, size=240))
    for colour in terrain.COLOURS:
        assert (picture[:, :14] == colour).all(axis=2).sum() >= 50
    assert (overlay(GREY, *planes(terrain.UNKNOWN, size=40)) == 100).all()


def test_wrong_inputs():
    with pytest.raises(PerceptionError, match="frame is"):
        overlay(np.zeros((8, 8, 3), np.uint8), *planes(0))
    with pytest.raises(PerceptionError, match="one segmentation"):
        overlay(GREY, planes(0)[0], planes(0, size=60)[1])
