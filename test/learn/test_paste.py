"""Pasted rocks: cut whole, put onto labelled ground near their row, as bright as the ground is."""

from __future__ import annotations

import numpy as np

from ai4mars_nav.learn.paste import MOVED_ROWS, cut_rocks, paste


def rocky(ground: int = 40) -> tuple[np.ndarray, np.ndarray]:
    """A frame (64, 64) of soil with a rock of 10 x 12 pixels, twice as bright, from row 30."""
    image, label = np.full((64, 64), ground, np.uint8), np.zeros((64, 64), np.uint8)
    image[30:40, 20:32] = 2 * ground
    label[30:40, 20:32] = 3
    return image, label


def test_rocks_are_cut_whole_and_small_ones_left():
    image, label = rocky()
    label[5:8, 5:8] = 3
    (rock,) = cut_rocks(image[None], label[None])
    assert rock.mask.sum() == 120
    assert (rock.grey[rock.mask] == 80).all()
    assert rock.ground == 40.0


def test_a_pasted_rock_is_labelled_and_as_bright_as_its_ground_asks():
    cuttings = cut_rocks(*(part[None] for part in rocky()))
    ground, bare = np.full((64, 64), 60, np.uint8), np.ones((64, 64), np.uint8)
    for seed in range(20):
        image, label = paste(ground, bare, cuttings, np.random.default_rng(seed))
        rock = label == 3
        assert rock.sum() == 120
        rows = np.flatnonzero(rock.any(axis=1))
        assert abs(rows[0] - 30) <= MOVED_ROWS * 64
        inside = image[rows[0] + 3 : rows[-1] - 2][:, np.flatnonzero(rock.any(axis=0))[3:-3]]
        assert np.abs(inside.astype(int) - 120).max() <= 3
    assert (bare == 1).all() and (ground == 60).all()


def test_nothing_is_pasted_where_nothing_is_known():
    cuttings = cut_rocks(*(part[None] for part in rocky()))
    ground, unknown = np.full((64, 64), 60, np.uint8), np.full((64, 64), 255, np.uint8)
    image, label = paste(ground, unknown, cuttings, np.random.default_rng(0))
    assert (image == 60).all() and (label == 255).all()
