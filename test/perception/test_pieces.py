"""Groups of labelled pixels and the cutting of wide things."""

import numpy as np
import pytest

from ai4mars_nav.perception.pieces import cut, groups

ANGLE = 0.002


def strip(width, away=10.0, deep=0.0, rows=6):
    """Points (rows, columns, 3) of an upright strip `width` metres wide that leans back."""
    columns = round(width / (ANGLE * away)) + 1
    points = np.zeros((rows, columns, 3), np.float32)
    points[..., 0] = away + deep * np.linspace(0.0, 1.0, rows)[:, None]
    return points, tuple(index.ravel() for index in np.indices((rows, columns)))


def test_groups_are_the_labels():
    random = np.random.default_rng(0)
    labels = random.integers(0, 6, (20, 30)).astype(np.int32)
    found = groups(labels, 1)
    assert len(found) == 5
    for name, pixels in enumerate(found, start=1):
        np.testing.assert_array_equal(np.stack(pixels), np.stack(np.nonzero(labels == name)))


def test_small_groups_are_left_out():
    labels = np.array([[1, 1, 1, 0, 2, 3, 3]], np.int32)
    assert [len(rows) for rows, _ in groups(labels, 2)] == [3, 2]
    assert groups(np.zeros((3, 3), np.int32), 1) == []


@pytest.mark.parametrize(("width", "pieces"), [(1.0, 1), (2.9, 1), (3.3, 2), (10.0, 4)])
def test_wide_things_are_cut_across(width, pieces):
    points, pixels = strip(width)
    found = cut(points, pixels, ANGLE, 3.0, 1)
    assert len(found) == pieces
    widths = [np.ptp(columns) * ANGLE * 10.0 for _, columns in found]
    assert max(widths) <= 3.0 and max(widths) < 1.2 * min(widths) + 0.05
    assert sum(len(rows) for rows, _ in found) == points.shape[0] * points.shape[1]


def test_deep_things_are_cut_along():
    points, pixels = strip(1.0, deep=5.0)
    found = cut(points, pixels, ANGLE, 3.0, 1)
    assert len(found) == 2
    assert all(np.ptp(points[piece][:, 0]) <= 3.0 for piece in found)


def test_pixels_without_points_do_not_stretch_a_thing():
    points, pixels = strip(2.0)
    points[0] = np.nan
    points[1] = np.inf
    assert len(cut(points, pixels, ANGLE, 3.0, 1)) == 1
    points[:] = np.nan
    assert len(cut(points, pixels, ANGLE, 3.0, 1)) == 1


def test_crumbs_are_left_out():
    points, pixels = strip(10.0)
    assert cut(points, pixels, ANGLE, 3.0, 10_000) == []
