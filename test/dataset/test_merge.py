"""Merging: the paper's worked pixels, the rules at their edges, and the plain twin."""

from __future__ import annotations

import numpy as np
import pytest

from ai4mars_nav.dataset import slow
from ai4mars_nav.dataset.errors import DatasetError
from ai4mars_nav.dataset.merge import MergeSettings, count_votes, merge, merge_gold, soft_label

SOIL, BEDROCK, SAND, ROCK, BLANK = 0, 1, 2, 3, 255


def pixel(*votes: int) -> np.ndarray:
    """Labels (n, 1, 1) of one pixel."""
    return np.array(votes, np.uint8)[:, None, None]


def merged(*votes: int, **rules: float) -> int:
    return int(merge(pixel(*votes), MergeSettings(**rules))[0, 0])


def test_pixel_x_of_the_paper():
    # 10 labellers: 2 unlabelled, 6 soil, 1 sand, 1 bedrock: 75 % agree on soil
    assert merged(*[BLANK] * 2, *[SOIL] * 6, SAND, BEDROCK) == SOIL


def test_pixel_y_of_the_paper():
    # 9 labellers: 3 unlabelled, 3 soil, 2 sand, 1 bedrock: 50 % only
    assert merged(*[BLANK] * 3, *[SOIL] * 3, *[SAND] * 2, BEDROCK) == BLANK


def test_three_labellers_are_needed():
    assert merged(ROCK, ROCK) == BLANK
    assert merged(ROCK, ROCK, ROCK, BLANK) == ROCK
    assert merged(ROCK, ROCK, min_labels=2) == ROCK
    # three labelled the pixel, but only two for the class
    assert merged(ROCK, ROCK, SOIL, min_agreement=0.5) == BLANK


def test_the_agreement_must_be_exceeded():
    # 13 of 20 is exactly 65 %
    assert merged(*[SAND] * 13, *[SOIL] * 7) == BLANK
    assert merged(*[SAND] * 14, *[SOIL] * 6) == SAND
    assert merged(*[SAND] * 3, SOIL, min_agreement=0.75) == BLANK


def test_a_tie_is_no_label():
    assert merged(*[SAND] * 3, *[SOIL] * 3, min_agreement=0.3) == BLANK
    assert merged(*[SAND] * 4, *[SOIL] * 3, min_agreement=0.3) == SAND
    assert merged(*[ROCK] * 3, *[SAND] * 3, *[SOIL] * 2, min_agreement=0.3) == BLANK


@pytest.mark.parametrize("value", [SOIL, BEDROCK, SAND, ROCK])
def test_gold_needs_everyone_who_labelled_the_pixel(value):
    other = (value + 1) % 4
    for least in (1, 2, 3):
        assert merge_gold(pixel(value, value, value), least)[0, 0] == value
        assert merge_gold(pixel(value, value, other), least)[0, 0] == BLANK
        assert merge_gold(pixel(BLANK, BLANK, BLANK), least)[0, 0] == BLANK
        one, two = pixel(BLANK, value, BLANK), pixel(BLANK, value, value)
        assert (merge_gold(one, least)[0, 0] == value) == (least == 1)
        assert (merge_gold(two, least)[0, 0] == value) == (least <= 2)


@pytest.mark.parametrize("seed", range(12))
def test_equal_to_the_plain_twin(seed, blobs):
    rng = np.random.default_rng(seed)
    shape = [(1, 1), (3, 5), (64, 64), (70, 131), (1, 9000)][seed % 5]
    labels = blobs(seed, int(rng.integers(1, 13)), shape, blank=rng.uniform(0.0, 0.9))
    labels = np.where(rng.random(labels.shape) < 0.5, labels[:1], labels)
    np.testing.assert_array_equal(count_votes(labels), slow.count_votes(labels))
    for least, share in ((3, 0.65), (1, 0.0), (2, 0.5), (5, 0.99), (1, 0.3)):
        fast = merge(labels, MergeSettings(min_labels=least, min_agreement=share))
        np.testing.assert_array_equal(fast, slow.merge(labels, least, share))
    for least in (1, 2, 3):
        np.testing.assert_array_equal(merge_gold(labels, least), slow.merge_gold(labels, least))


def test_as_many_labels_as_a_byte_counts():
    labels = np.full((254, 2, 2), SAND, np.uint8)
    assert (merge(labels) == SAND).all()
    assert (count_votes(labels)[SAND] == 254).all()
    with pytest.raises(DatasetError, match="255, 2, 2"):
        merge(np.full((255, 2, 2), SAND, np.uint8))


def test_labels_of_another_form_are_refused():
    for wrong in (np.zeros((2, 2), np.uint8), np.zeros((2, 2, 2)), np.zeros((0, 2, 2), np.uint8)):
        with pytest.raises(DatasetError, match="must be uint8"):
            merge(wrong)
    with pytest.raises(DatasetError, match="1, 2 or 3"):
        merge_gold(pixel(SOIL), 4)


def test_soft_labels_keep_the_votes():
    soft = soft_label(count_votes(np.concatenate([pixel(0, 0, 0, 2), pixel(*[255] * 4)], axis=2)))
    np.testing.assert_allclose(soft[:, 0, 0], [0.75, 0, 0.25, 0])
    np.testing.assert_allclose(soft[:, 0, 1], 0.0)


def test_labels_that_are_not_contiguous(blobs):
    labels = blobs(5, 4, (30, 44))
    np.testing.assert_array_equal(
        merge(labels[:, ::2, ::3]), slow.merge(labels[:, ::2, ::3], 3, 0.65)
    )
