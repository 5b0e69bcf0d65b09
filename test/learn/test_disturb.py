"""Disturbed frames: labels move with their pixels, what came in has none, mixing keeps places."""

from __future__ import annotations

import numpy as np
import pytest

from ai4mars_nav.dataset.chosen import frames_of_split
from ai4mars_nav.learn.augment import Augmentation, draw_batch, pool_of
from ai4mars_nav.learn.data import load_frames
from ai4mars_nav.learn.disturb import disturb, grainy, mixed, turned
from ai4mars_nav.learn.errors import DataError
from ai4mars_nav.learn.soft import Soft


def coded(side: int = 64) -> tuple[np.ndarray, np.ndarray]:
    """A frame whose grey levels tell its labels: four quarters of 20, 80, 140 and 200."""
    quarter = np.arange(side) // (side // 2)
    label = (2 * quarter[:, None] + quarter).astype(np.uint8)
    return (20 + 60 * label).astype(np.uint8), label


def test_labels_turn_with_their_pixels():
    image, label = coded()
    rng = np.random.default_rng(0)
    for _ in range(20):
        moved, known = turned(image, label, 8.0, rng)
        inside = known != 255
        off = np.abs(moved.astype(int) - (20 + 60 * known.astype(int)))
        # but for the seams, where grey levels are mixed
        assert (off[inside] > 2).mean() < 0.1
        assert inside.mean() > 0.8
    assert (known != label).any()


def test_what_is_turned_in_has_no_label():
    image, label = np.full((64, 64), 50, np.uint8), np.zeros((64, 64), np.uint8)
    rng = np.random.default_rng(1)
    seen = np.stack([turned(image, label, 30.0, rng)[1] for _ in range(10)])
    assert set(np.unique(seen)) == {0, 255}
    assert (seen[:, 32, 32] == 0).all()


def test_grain_grows_with_brightness_and_keeps_the_mean():
    rng = np.random.default_rng(2)

    def spread(level: int) -> float:
        flat = np.full((64, 64), level, np.uint8)
        frames = [grainy(flat, 4.0, rng).astype(float) for _ in range(40)]
        assert abs(np.mean(frames) - level) < 0.2
        return float(np.mean([frame.std() for frame in frames]))

    assert spread(120) > 1.5 * spread(60) > 0.0


def test_a_part_of_the_next_frame_comes_with_its_labels_to_the_same_place():
    images = np.stack([np.full((32, 32), 10 * n, np.uint8) for n in range(4)])
    labels = (images // 10).astype(np.uint8)
    after, known = mixed(images, labels, 1.0, np.random.default_rng(3))
    np.testing.assert_array_equal(after // 10, known)
    for slot in range(4):
        assert set(np.unique(known[slot])) == {slot, (slot + 1) % 4}
        foreign = known[slot] != slot
        rows, columns = foreign.any(1).sum(), foreign.any(0).sum()
        assert foreign.sum() == rows * columns
        assert 8 <= rows <= 24 and 8 <= columns <= 24
    np.testing.assert_array_equal(mixed(images, labels, 0.0, np.random.default_rng(3))[0], images)


def test_a_batch_is_left_as_it_was_and_disturbed_by_its_seed_alone():
    image, label = coded()
    images, labels = np.stack([image] * 3), np.stack([label] * 3)
    first = disturb(images, labels, 8.0, 3.0, 0.5, np.random.default_rng(4))
    again = disturb(images, labels, 8.0, 3.0, 0.5, np.random.default_rng(4))
    np.testing.assert_array_equal(first[0], again[0])
    np.testing.assert_array_equal(first[1], again[1])
    np.testing.assert_array_equal(images[0], image)
    assert (first[0] != images).any()


def test_disturbance_is_part_of_a_batch(data):
    pool = pool_of(load_frames(frames_of_split(data, "train"), 64))
    plain = draw_batch(pool, 4, 0, 0, Augmentation())
    same = draw_batch(pool, 4, 0, 0, Augmentation(mixed=1.0))
    assert plain.images.shape == same.images.shape
    assert (plain.images != same.images).any()


def test_soft_targets_are_not_disturbed(data):
    frames = load_frames(frames_of_split(data, "train"), 64)
    count = len(frames.names)
    shares = np.full((count, 4, 16, 16), 64, np.uint8)
    soft = Soft(shares, np.full(count, 0.5, np.float32))
    with pytest.raises(DataError, match="soft targets"):
        draw_batch(pool_of(frames, soft), 4, 0, 0, Augmentation(mixed=1.0))
