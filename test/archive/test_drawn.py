"""Shapes of the page become label images as everybody's drawings do."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from ai4mars_nav.archive.errors import ArchiveError
from ai4mars_nav.archive.labelling.drawn import Drawn, label_in, label_of, png_of

SIZE = (40, 50)
ALL = (0, 1, 2, 3)


def plain_stroke(points, width):
    """The slow twin: the distance of every pixel's centre to every piece of the line."""
    y, x = np.mgrid[: SIZE[0], : SIZE[1]] + 0.5
    near = np.full(SIZE, np.inf)
    pieces = list(itertools.pairwise(points)) or [(points[0], points[0])]
    for (ax, ay), (bx, by) in pieces:
        length = (bx - ax) ** 2 + (by - ay) ** 2
        along = ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length if length else 0.0
        along = np.clip(along, 0.0, 1.0)
        near = np.minimum(near, np.hypot(x - ax - along * (bx - ax), y - ay - along * (by - ay)))
    return near <= width / 2


@pytest.mark.parametrize("seed", range(30))
def test_a_brush_is_what_is_near_its_way(seed):
    rng = np.random.default_rng(seed)
    points = [tuple(p) for p in rng.uniform(-5, 55, (rng.integers(1, 6), 2))]
    width = float(rng.uniform(0.5, 25))
    found = label_of([Drawn(2, "brush", points, width)], SIZE, ALL) == 2
    assert (found == plain_stroke(points, width)).all()


def test_straight_strokes_and_repeated_points():
    for points in ([(5.0, 5.0), (30.0, 5.0)], [(5.0, 5.0), (5.0, 30.0)], [(9.5, 9.5)] * 3):
        found = label_of([Drawn(1, "brush", points, 4.0)], SIZE, ALL) == 1
        assert (found == plain_stroke(points, 4.0)).all()


def test_later_shapes_lie_on_top_and_the_eraser_takes_away():
    square = [(0.0, 0.0), (20.0, 0.0), (20.0, 20.0), (0.0, 20.0)]
    label = label_of(
        [
            Drawn(0, "polygon", square),
            Drawn(3, "polygon", [(x / 2, y / 2) for x, y in square]),
            Drawn(255, "brush", [(0.0, 15.0), (50.0, 15.0)], 2.0),
        ],
        SIZE,
        ALL,
    )
    assert (label[:10, :10] == 3).all()
    assert (label[:10, 10:20] == 0).all()
    assert (label[14:16] == 255).all()
    assert (label[20:] == 255).all()
    assert (label_in(png_of(label)) == label).all()


def test_neighbours_leave_no_gap():
    left = Drawn(0, "polygon", [(0, 0), (21.3, 0), (17.7, 40), (0, 40)])
    right = Drawn(1, "polygon", [(21.3, 0), (50, 0), (50, 40), (17.7, 40)])
    assert set(np.unique(label_of([left, right], SIZE, ALL))) == {0, 1}


@pytest.mark.parametrize(
    ("drawn", "words"),
    [
        (Drawn(4, "polygon", [(0, 0), (9, 0), (9, 9)]), "shape 1: there is no class 4"),
        (Drawn(0, "circle", [(0, 0), (9, 0), (9, 9)]), "neither a polygon nor a brush"),
        (Drawn(0, "polygon", [(0, 0), (9, 0)]), "has 3 points at least"),
        (Drawn(0, "brush", [], 2.0), "has 1 points at least"),
        (Drawn(0, "brush", [(0, 0)], 0.0), "up to 1000 pixels wide"),
        (Drawn(0, "brush", [(0, 0)], float("nan")), "up to 1000 pixels wide"),
        (Drawn(0, "brush", [(0, float("nan"))], 2.0), "a point far outside"),
        (Drawn(0, "polygon", [(0, 0), (9, 0), (9, 1e9)]), "a point far outside"),
        (Drawn(0, "brush", [(0, 0)] * 50_001, 2.0), "over 50000 points"),
        (Drawn(0, "brush", [(0, 0), (50, 40)] * 500, 900.0), "too often"),
    ],
)
def test_what_cannot_be_drawn(drawn, words):
    with pytest.raises(ArchiveError, match=words):
        label_of([drawn], SIZE, ALL)


def test_a_damaged_label_is_told():
    with pytest.raises(ArchiveError, match="no grey PNG"):
        label_in(b"\x89PNG nothing")
