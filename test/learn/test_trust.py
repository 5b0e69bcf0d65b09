"""Trust from counts against the same figures from the pixels themselves."""

from __future__ import annotations

import numpy as np
import pytest

from ai4mars_nav.learn.calibrate import reliability, risk_and_coverage
from ai4mars_nav.learn.trust import (
    FINE,
    NOTHING,
    at_coverage,
    calibration_error,
    diagram,
    mean_risk,
    risk_curve,
    trust_of,
)


@pytest.fixture
def pixels():
    """Truth and prediction with 255 in the truth, and confidence as a float32 of its own."""
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 4, (3, 50, 40)).astype(np.uint8)
    confidence = rng.uniform(0.25, 1.0, truth.shape).astype(np.float32)
    wrong = rng.random(truth.shape) > confidence**2
    predicted = np.where(wrong, (truth + 1) % 4, truth).astype(np.uint8)
    truth[:, :5] = 255
    return truth, predicted, confidence


def test_counts_of_images_give_what_all_their_pixels_give(pixels):
    trust = NOTHING
    for image in zip(*pixels, strict=True):
        trust += trust_of(*image)
    truth, predicted, confidence = pixels
    used = truth != 255
    sure = confidence[used].astype(np.float64)
    spread = np.repeat((1.0 - sure[:, None]) / 3.0, 4, axis=1)
    spread[np.arange(sure.size), predicted[used]] = sure
    twin = reliability(spread, truth[used].astype(np.int64))
    assert calibration_error(trust) == pytest.approx(twin.ece, abs=1e-9)
    right = predicted[used] == truth[used]
    for wanted in (0.3, 0.9):
        point = at_coverage(trust, wanted)
        wrong, coverage = risk_and_coverage(sure, right, point.abstain_below)
        assert (point.coverage, point.accuracy) == pytest.approx((coverage, 1.0 - wrong))
        assert wanted <= point.coverage < wanted + 0.01
        assert risk_and_coverage(sure, right, point.abstain_below + 1 / FINE)[1] < wanted


def test_everything_is_kept_at_full_coverage(pixels):
    trust = trust_of(*(part[0] for part in pixels))
    point = at_coverage(trust, 1.0)
    assert point.coverage == 1.0
    assert point.accuracy == pytest.approx(trust.right.sum() / trust.pixels.sum())


def test_the_diagram_by_hand():
    truth = np.array([[0, 0, 1, 255]], np.uint8)
    predicted = np.array([[0, 1, 1, 1]], np.uint8)
    bars = diagram(trust_of(truth, predicted, np.array([[0.5, 0.52, 1.0, 0.9]], np.float32)))
    assert [bar.pixels for bar in bars] == [0] * 7 + [2] + [0] * 6 + [1]
    assert (bars[7].confidence, bars[7].accuracy) == pytest.approx((0.51, 0.5))
    assert (bars[14].confidence, bars[14].accuracy) == (1.0, 1.0)
    assert bars[0].confidence is None and bars[0].accuracy is None


def test_classes_apart_are_all_of_them_together(pixels):
    trust = trust_of(*(part[0] for part in pixels))
    parts = [trust.where_said(kind) for kind in range(4)]
    assert sum(part.pixels.sum() for part in parts) == trust.pixels.sum()
    truth, predicted, confidence = (part[0] for part in pixels)
    said = np.where(predicted == 2, truth, 255).astype(np.uint8)
    alone = trust_of(said, predicted, confidence)
    assert calibration_error(parts[2]) == pytest.approx(calibration_error(alone))
    assert calibration_error(NOTHING) is None


def test_the_risk_curve_by_hand():
    truth = np.array([[0, 0, 1, 1, 255]], np.uint8)
    predicted = np.array([[0, 1, 1, 0, 3]], np.uint8)
    sure = np.array([[0.9, 0.8, 0.7, 0.7, 1.0]], np.float32)
    coverage, risk = risk_curve(trust_of(truth, predicted, sure))
    assert coverage.tolist() == [0.25, 0.5, 1.0]
    assert risk.tolist() == [0.0, 0.5, 0.5]
    assert mean_risk(trust_of(truth, predicted, sure)) == pytest.approx(0.375)
