"""The ground from above: a known floor seen by a mast camera, and back on the image."""

from __future__ import annotations

import numpy as np
import pytest

from ai4mars_nav.dataset.errors import DatasetError
from ai4mars_nav.dataset.ortho import OrthoSettings, project, tiles, to_image

EDGE, FOCAL, HEIGHT = 400, 480.0, 1.9


def floor(x, y):
    """Class of the ground: squares of two metres."""
    return (np.floor(x / 2) + 2 * np.floor(y / 2)).astype(int) % 4


@pytest.fixture
def view():
    """Image, label and points of level ground, seen by a camera that looks down by 15 degrees."""
    v, u = np.mgrid[:EDGE, :EDGE] + 0.5 - EDGE / 2
    tilt = np.deg2rad(15.0)
    forward = np.cos(tilt) * FOCAL - np.sin(tilt) * v
    down = np.sin(tilt) * FOCAL + np.cos(tilt) * v
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = np.where(down > 0.0, HEIGHT / down, np.nan)
    points = np.stack([forward * scale, -u * scale, 0.0 * scale], axis=-1).astype(np.float32)
    hit = np.isfinite(scale)
    label = np.full((EDGE, EDGE), 255, np.uint8)
    label[hit] = floor(points[hit][:, 0], points[hit][:, 1])
    image = np.where(hit, 40 + 50 * (label % 4), 0).astype(np.uint8)
    return image, label, points


def centres(ortho, cell):
    rows, columns = ortho.seen.shape
    x = ortho.origin[0] + (np.arange(columns) + 0.5) * cell
    y = ortho.origin[1] + (np.arange(rows) + 0.5) * cell
    return np.meshgrid(x, y)


def test_the_floor_is_where_it_is(view):
    settings = OrthoSettings(limit=12.0)
    ortho = project(*view, settings)
    area = np.pi / 8 * (12**2 - 2.5**2)  # the view is 45 degrees wide
    x, y = centres(ortho, settings.cell)
    assert ortho.seen.sum() * settings.cell**2 == pytest.approx(area, rel=0.1)
    assert np.hypot(x, y)[ortho.seen].max() < 12.0 + settings.cell
    right = ortho.label[ortho.seen] == floor(x, y)[ortho.seen]
    assert right.mean() > 0.95
    grey = ortho.image[ortho.seen].astype(int)
    assert np.mean(np.abs(grey - (40 + 50 * floor(x, y)[ortho.seen])) < 2) > 0.9
    assert (ortho.label[~ortho.seen] == 255).all()


def test_back_on_the_image(view):
    _, label, points = view
    ortho = project(*view)
    back = to_image(ortho.label, ortho)
    near = np.hypot(points[..., 0], points[..., 1]) <= 30.0
    assert (back[~near] == 255).all()
    assert (back[near] == label[near]).mean() > 0.97


def test_gaps_between_rows_are_closed_and_edges_do_not_grow(view):
    bare = project(*view, OrthoSettings(bridge=0.0, limit=15.0))
    closed = project(*view, OrthoSettings(bridge=0.3, limit=15.0))
    assert closed.seen.sum() > 1.2 * bare.seen.sum()
    assert (closed.seen >= bare.seen).all()
    np.testing.assert_array_equal(closed.label[bare.seen], bare.label[bare.seen])
    lone = np.full((1, 1, 3), 2.0, np.float32)
    one = np.zeros((1, 1), np.uint8)
    assert project(one, one, lone).seen.shape == (1, 1)


def test_a_gap_wider_than_the_bridge_stays():
    points = np.zeros((2, 40, 3), np.float32)
    points[..., 1] = np.arange(40) * 0.05
    points[1, :, 0] = 1.0
    image, label = np.full((2, 40), 9, np.uint8), np.ones((2, 40), np.uint8)
    assert not project(image, label, points, OrthoSettings(bridge=0.5)).seen[:, 5:15].any()
    assert project(image, label, points, OrthoSettings(bridge=1.1)).seen[15:-15].all()


def test_tiles_cover_what_was_seen(view):
    ortho = project(*view)
    whole = OrthoSettings(edge=64, least_seen=0.0)
    found = list(tiles(ortho, whole))
    built = np.full(tuple(-(-n // 64) * 64 for n in ortho.seen.shape), 255, np.uint8)
    for tile in found:
        built[tile.row : tile.row + 64, tile.column : tile.column + 64] = tile.label
        assert tile.image.shape == (64, 64)
    rows, columns = ortho.seen.shape
    np.testing.assert_array_equal(built[:rows, :columns], ortho.label)
    few = list(tiles(ortho, OrthoSettings(edge=64, least_seen=0.5)))
    assert 0 < len(few) < len(found)


def test_unlabelled_pixels_have_no_vote(view):
    image, label, points = view
    sparse = label.copy()
    sparse[:, ::2] = 255
    ortho = project(image, sparse, points, OrthoSettings(limit=8.0, cell=0.1))
    x, y = centres(ortho, 0.1)
    known = ortho.label != 255
    assert known.sum() > 0.8 * ortho.seen.sum()
    assert (ortho.label[known] == floor(x, y)[known]).mean() > 0.9


def test_what_cannot_be_projected_is_refused(view):
    image, label, points = view
    with pytest.raises(DatasetError, match="of one size"):
        project(image, label[:-1], points)
    with pytest.raises(DatasetError, match=r"no point within 30\.0 m"):
        project(image, label, np.full_like(points, np.nan))
