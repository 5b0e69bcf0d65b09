"""Targets: where an outcrop, a rock and what is new lie in the map, and that each is told once."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from ai4mars_nav.content.triage.find import find, middle, newest
from ai4mars_nav.content.triage.image import Ground, Rock, shares
from ai4mars_nav.content.triage.targets import MOST, Targets
from ai4mars_nav.content.triage.wants import FLOAT_ROCK, NEW, OUTCROP, FindSettings
from ai4mars_nav.terrain import Terrain

from .conftest import EYE, plain

WANTED = FindSettings()


def with_outcrop(x: float, y: float, radius: float) -> Ground:
    """Soil with a round outcrop."""
    points = plain()
    classes = np.full(points.shape[:2], Terrain.SOIL, np.uint8)
    inside = np.hypot(points[..., 0] - x, points[..., 1] - y) < radius
    classes[inside] = Terrain.BEDROCK
    return Ground(classes, points, EYE)


def rock(x: float, probability: float = 0.9, height: float = 0.4) -> Rock:
    return Rock(np.array([x, 0.5, 0.0]), height, 0.6, probability)


def test_an_outcrop_is_told_where_it_lies_with_its_area() -> None:
    (found,) = find(with_outcrop(4.0, 0.5, 0.8), None, 0.0, WANTED)
    assert found.kind == OUTCROP
    assert found.position == pytest.approx((4.0, 0.5, 0.0), abs=0.15)
    area = float(found.says.split()[2])
    assert area == pytest.approx(np.pi * 0.8**2, rel=0.35)
    assert found.strength == pytest.approx(area / 4.0, abs=0.02)


@pytest.mark.parametrize(
    "ground",
    [
        with_outcrop(4.0, 0.5, 0.3),
        with_outcrop(4.0, 0.5, 0.05),
        Ground(np.full((4, 4), Terrain.BEDROCK, np.uint8)),
        Ground(
            np.full((40, 40), Terrain.BEDROCK, np.uint8),
            np.full((40, 40, 3), np.nan, np.float32),
            EYE,
        ),
        Ground(np.full((40, 40), Terrain.BEDROCK, np.uint8), plain() + np.float32(50.0), EYE),
    ],
    ids=["small", "a few pixels", "no points", "no depth", "far away"],
)
def test_what_is_no_outcrop_of_known_place_is_none(ground: Ground) -> None:
    assert find(ground, None, 0.0, WANTED) == []


def test_rocks_that_are_likely_and_near_are_float_rocks() -> None:
    classes = np.zeros((4, 4), np.uint8)
    rocks = (rock(3.0), rock(4.0, probability=0.2), rock(40.0), rock(5.0, height=np.nan))
    first, unmeasured = find(Ground(classes, None, EYE, rocks), None, 0.0, WANTED)
    assert first.kind == FLOAT_ROCK and first.position == (3.0, 0.5, 0.0)
    assert first.says == "float rock 0.40 m high, 0.60 m wide" and first.strength == 0.9
    assert unmeasured.says == "float rock 0.60 m wide"


def test_rocks_have_no_place_where_the_camera_has_none() -> None:
    assert find(Ground(np.zeros((4, 4), np.uint8), None, None, (rock(3.0),)), None, 0, WANTED) == []


def test_what_is_new_lies_where_it_is_seen() -> None:
    points = plain()
    ground = Ground(np.zeros((40, 40), np.uint8), points, EYE)
    places = np.zeros((4, 4))
    places[1, 2] = 1.0
    at = newest(ground, places, 15.0)
    assert at == pytest.approx(np.median(points[10:20, 20:30].reshape(-1, 3), axis=0).tolist())
    assert [each.kind for each in find(ground, at, 0.9, WANTED)] == [NEW]
    assert find(ground, at, 0.5, WANTED) == []


def test_what_is_new_in_the_sky_has_no_place_but_the_next_new_thing_has() -> None:
    points = plain()
    points[:10] = np.nan
    ground = Ground(np.zeros((40, 40), np.uint8), points, EYE)
    places = np.zeros((4, 4))
    places[0, 0], places[3, 3] = 1.0, 0.4
    assert newest(ground, places, 15.0) is None
    places[3, 3] = 0.8
    assert newest(ground, places, 15.0) is not None
    assert newest(ground, np.zeros((4, 4)), 15.0) is None
    assert newest(Ground(ground.classes), places, 15.0) is None


def test_the_place_of_an_image_is_the_middle_of_its_near_ground() -> None:
    ground = Ground(np.zeros((40, 40), np.uint8), plain(), EYE)
    assert middle(ground, 15.0) == pytest.approx((4.5, 0.0, 0.0), abs=0.2)
    assert middle(Ground(np.zeros((4, 4), np.uint8)), 15.0) is None


def test_one_rock_in_ten_images_is_one_target_best_seen_from_near() -> None:
    targets = Targets(2.0, {FLOAT_ROCK: 0.5})
    classes = np.zeros((4, 4), np.uint8)
    for number, distance in enumerate((9.0, 6.0, 3.0, 5.0)):
        eye = EYE - [distance, 0.0, 0.0]
        at = Rock(np.array([0.1 * number, 0.0, 0.0]), 0.4, 0.6, 0.9)
        ground = Ground(classes, None, eye, (at,))
        targets.take(find(ground, None, 0.0, WANTED), f"image {number}", number)
    (target,) = targets.ranked()
    assert (target.image, target.stamp, target.times) == ("image 2", 2, 4)
    assert target.position[0] == pytest.approx(0.2)
    assert targets.by_image() == {"image 2": [target]}


def test_pieces_of_one_outcrop_in_one_image_are_one_target() -> None:
    ground = with_outcrop(4.0, 0.5, 0.8)
    found = find(ground, None, 0.0, WANTED)
    targets = Targets(2.0, {OUTCROP: 1.0})
    targets.take(found * 3, "one", 1)
    (target,) = targets.ranked()
    assert target.times == 1


def test_the_most_interesting_come_first_and_the_least_are_forgotten() -> None:
    targets = Targets(0.5, {FLOAT_ROCK: 0.5, OUTCROP: 1.0})
    rocks = tuple(
        Rock(np.array([float(x), float(y), 0.0]), 0.4, 0.6, 0.75 + 0.001 * (20 * x + y))
        for x in range(-6, 6)
        for y in range(-10, 10)
    )
    targets.take(find(Ground(np.zeros((4, 4), np.uint8), None, EYE, rocks), None, 0, WANTED), "", 0)
    targets.take(find(with_outcrop(4.0, 0.5, 1.5), None, 0.0, WANTED), "near", 1)
    ranked = targets.ranked()
    assert len(ranked) == MOST and ranked[0].kind == OUTCROP
    strengths = [each.strength for each in ranked[1:]]
    assert strengths == sorted(strengths, reverse=True)


def test_shares_are_of_the_whole_image() -> None:
    classes: NDArray[np.uint8] = np.array([[0, 1], [255, 7]], np.uint8)
    assert shares(classes) == {
        "soil": 0.25, "bedrock": 0.25, "sand": 0.0, "big rock": 0.0, "unknown": 0.5
    }  # fmt: skip
