"""Agreement scores: cases worked by hand and the plain twin."""

from __future__ import annotations

import numpy as np
import pytest

from ai4mars_nav.dataset import slow
from ai4mars_nav.dataset.agreement import agreement_scores, pair_scores


def label(*values: int) -> np.ndarray:
    return np.array([values], np.uint8)


def test_one_class_is_intersection_over_union():
    a, b = label(0, 0, 0, 255, 255), label(255, 0, 0, 0, 255)
    assert pair_scores(np.stack([a, b]))[0, 1] == 2 / 4


def test_another_class_on_the_same_pixel_is_in_the_union_twice():
    # shared: (0, soil); union: (0, soil), (1, soil), (1, sand)
    assert pair_scores(np.stack([label(0, 0), label(0, 2)]))[0, 1] == 1 / 3


def test_a_score_is_the_mean_over_the_pairs_of_a_label():
    labels = np.stack([label(0, 0, 1, 1), label(0, 0, 1, 255), label(3, 255, 255, 1)])
    pairs = {(0, 1): 3 / 4, (0, 2): 1 / 5, (1, 2): 0 / 5}
    expected = [
        (pairs[0, 1] + pairs[0, 2]) / 2,
        (pairs[0, 1] + pairs[1, 2]) / 2,
        (pairs[0, 2] + pairs[1, 2]) / 2,
    ]
    np.testing.assert_allclose(agreement_scores(labels), expected)


def test_one_label_has_no_score():
    assert np.isnan(agreement_scores(label(0, 1)[None])).all()


def test_an_empty_label_agrees_with_nothing():
    labels = np.stack([label(255, 255), label(0, 255), label(255, 255)])
    scores = pair_scores(labels)
    assert scores[0, 1] == 0.0
    assert np.isnan(scores[0, 2])


@pytest.mark.parametrize("seed", range(10))
def test_equal_to_the_plain_twin(seed, blobs):
    rng = np.random.default_rng(seed)
    shape = [(1, 1), (3, 5), (64, 64), (70, 131), (1, 9000)][seed % 5]
    labels = blobs(seed, int(rng.integers(1, 12)), shape, blank=rng.uniform(0.0, 0.95))
    np.testing.assert_array_equal(pair_scores(labels), slow.pair_scores(labels))


def test_large_equal_labels_agree_in_full():
    labels = np.full((2, 1024, 1024), 3, np.uint8)
    assert (pair_scores(labels) == 1.0).all()
