"""Scores against numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from ai4mars_nav.learn.data import Frames
from ai4mars_nav.learn.errors import DataError
from ai4mars_nav.learn.evaluate import at_mean
from ai4mars_nav.learn.scores import confusion, interval95, kept_of, mean_iou, resampled, score


def test_confusion_by_hand():
    truth = np.array([[0, 0, 1, 1], [2, 3, 255, 0]], np.uint8)
    found = np.array([[0, 1, 1, 1], [2, 0, 2, 255]], np.uint8)
    expected = [[1, 1, 0, 0], [0, 2, 0, 0], [0, 0, 1, 0], [1, 0, 0, 0]]
    assert confusion(truth, found).tolist() == expected


def test_scores_by_hand():
    matrix = np.array([[6, 2, 0, 0], [1, 3, 0, 0], [0, 0, 4, 0], [2, 0, 0, 2]])[None]
    scores = score(matrix, np.zeros(1, np.int64))
    assert scores.iou == pytest.approx(
        {"soil": 6 / 11, "bedrock": 3 / 6, "sand": 1.0, "big rock": 2 / 4}
    )
    assert scores.miou == pytest.approx((6 / 11 + 0.5 + 1.0 + 0.5) / 4)
    assert scores.accuracy == pytest.approx(15 / 20)
    assert scores.support == {"soil": 8, "bedrock": 4, "sand": 4, "big rock": 4}
    assert scores.interval95 == pytest.approx((scores.miou, scores.miou))
    assert scores.accuracy_interval95 == pytest.approx((15 / 20, 15 / 20))
    assert scores.class_accuracy == pytest.approx(
        {"soil": 6 / 8, "bedrock": 3 / 4, "sand": 1.0, "big rock": 2 / 4}
    )
    assert scores.precision == pytest.approx(
        {"soil": 6 / 9, "bedrock": 3 / 5, "sand": 1.0, "big rock": 1.0}
    )


def test_class_without_support_is_left_out_of_the_mean():
    matrix = np.array([[8, 0, 0, 2], [0, 5, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]])[None]
    scores = score(matrix, np.zeros(1, np.int64))
    assert scores.iou["sand"] is None and scores.iou["big rock"] is None
    assert scores.miou == pytest.approx((0.8 + 1.0) / 2)
    assert scores.iou_interval95["sand"] is None
    assert scores.class_accuracy["big rock"] is None
    assert scores.precision == {"soil": 1.0, "bedrock": 1.0, "sand": None, "big rock": 0.0}


def test_interval_is_over_groups_not_images():
    good, bad = np.diag([10, 10, 10, 10]), np.full((4, 4), 10)
    matrices = np.stack([good, good, good, bad, bad, bad])
    low, high = interval95(mean_iou(resampled(matrices, np.array([0, 0, 0, 1, 1, 1]))))
    all_bad = score(bad[None], np.zeros(1, np.int64)).miou
    assert (low, high) == pytest.approx((all_bad, 1.0))
    tighter = interval95(mean_iou(resampled(matrices, np.arange(6))))
    assert tighter[0] > low


def test_nothing_labelled_is_an_error():
    with pytest.raises(DataError, match="no labelled pixel"):
        score(np.zeros((2, 4, 4), np.int64), np.zeros(2, np.int64))


def test_coverage_and_risk_of_what_is_kept():
    every = np.array([[5, 5, 0, 0], [0, 10, 0, 0], [0] * 4, [0] * 4])[None]
    kept = np.array([[4, 1, 0, 0], [0, 5, 0, 0], [0] * 4, [0] * 4])[None]
    found = kept_of(every, kept)
    assert (found.coverage, found.risk) == (pytest.approx(0.5), pytest.approx(0.1))
    assert kept_of(every, 0 * kept).risk is None


def test_re_exposed_frames_have_the_mean_and_their_labels():
    images = np.random.default_rng(0).integers(30, 90, (3, 32, 32)).astype(np.uint8)
    labels = np.zeros_like(images)
    bright = at_mean(Frames(("a", "b", "c"), images, labels), 140.0)
    np.testing.assert_allclose(bright.images.mean(axis=(1, 2)), 140.0, atol=2.0)
    assert bright.labels is labels
