"""Batches: a pure function of seed and step, with big rock in each and labels left intact."""

from __future__ import annotations

import numpy as np
import pytest

from ai4mars_nav.dataset.chosen import frames_of_split
from ai4mars_nav.learn.augment import (
    Augmentation,
    Brightness,
    crop_corner,
    crop_sides,
    draw_batch,
    draw_window,
    pick_frames,
    pool_of,
    tone,
)
from ai4mars_nav.learn.data import load_frames
from ai4mars_nav.learn.errors import DataError

ALL = Augmentation(zoom=1.5, pasted=0.5)


def test_batch_depends_on_seed_and_step_only(data):
    pool = pool_of(load_frames(frames_of_split(data, "train"), 64))

    def batch(seed: int, step: int) -> np.ndarray:
        made = draw_batch(pool, 4, seed, step, ALL)
        return np.concatenate([made.images, made.labels])

    np.testing.assert_array_equal(batch(1, 5), batch(1, 5))
    assert batch(1, 5).shape != batch(1, 6).shape or (batch(1, 5) != batch(1, 6)).any()


def test_every_batch_shows_big_rock(data):
    pool = pool_of(load_frames(frames_of_split(data, "train"), 64))
    for step in range(20):
        labels = draw_batch(pool, 2, 0, step, ALL).labels
        assert (labels[-1] == 3).any()


def test_an_epoch_shows_every_frame_once():
    chosen = np.concatenate([pick_frames(12, np.arange(2), 4, 0, step)[:3] for step in range(4)])
    assert sorted(chosen) == list(range(12))


def test_crop_sides_of_the_real_frames():
    assert crop_sides(256) == (192, 224, 256)
    with pytest.raises(DataError, match="100"):
        crop_sides(100)


def test_rock_crop_holds_a_rock_in_the_corner():
    label = np.zeros((64, 64), np.uint8)
    label[63, 0] = 3
    row, column = crop_corner(label, 32, True, np.random.default_rng(0))
    assert (row, column) == (32, 0)


def test_tone_reaches_dark_and_bright_and_keeps_the_order():
    rng = np.random.default_rng(0)
    image = rng.integers(40, 80, (32, 32)).astype(np.uint8)
    toned = [tone(image, Brightness(), rng) for _ in range(200)]
    means = [picture.mean() for picture in toned]
    assert min(means) < 32 and max(means) > 130
    order = np.argsort(image, axis=None)
    assert all((np.diff(picture.ravel()[order].astype(int)) >= 0).all() for picture in toned)


def test_a_zoomed_crop_shows_a_part_of_the_frame_larger():
    rows, columns = np.mgrid[:64, :64]
    image, label = rows.astype(np.uint8), (columns // 16).astype(np.uint8)
    rng = np.random.default_rng(0)
    spans = []
    for _ in range(100):
        window = draw_window(label, 64, 2.0, False, rng)
        seen, named = window.image(image), window.nearest(label)
        assert seen.shape == named.shape == (64, 64)
        assert set(np.unique(named)) <= {0, 1, 2, 3}
        spans.append(int(seen.max()) - int(seen.min()))
    assert min(spans) < 36 and max(spans) > 58
