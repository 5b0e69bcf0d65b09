"""Calibration: better on what it was fitted on, and a threshold that keeps its promise."""

from __future__ import annotations

import numpy as np
import pytest

from ai4mars_nav.learn.calibrate import (
    IDENTITY,
    Pixels,
    cross_fitted,
    fit,
    reliability,
    risk_and_coverage,
    softmax,
    threshold_for_risk,
)


def pixels(sharpness: float, shift: float, seed: int = 0) -> Pixels:
    """Pixels of known class probabilities; the logits are those, sharpened and shifted."""
    rng = np.random.default_rng(seed)
    true = rng.normal(0.0, 2.0, (20_000, 4))
    cumulated = softmax(true).cumsum(axis=1)
    labels = (rng.random((20_000, 1)) > cumulated).sum(axis=1).clip(0, 3)
    logits = sharpness * true + shift * np.array([1.0, 0.0, 0.0, -1.0])
    return Pixels(logits, labels, np.arange(20_000) % 4)


@pytest.mark.parametrize(("sharpness", "shift"), [(3.0, 0.0), (0.4, 0.0), (2.0, 1.5), (1.0, 0.0)])
def test_fit_lowers_nll_and_never_raises_ece(sharpness, shift):
    sample = pixels(sharpness, shift)
    before = reliability(softmax(sample.logits), sample.labels)
    after = reliability(fit(sample).probabilities(sample.logits), sample.labels)
    assert after.nll <= before.nll
    assert after.ece <= before.ece


def test_fit_finds_the_scaling_that_was_put_in():
    scaling = fit(pixels(2.0, 1.5))
    np.testing.assert_allclose(scaling.scale, 0.5, atol=0.03)
    np.testing.assert_allclose(scaling.bias, [-0.75, 0.0, 0.0, 0.75], atol=0.06)


def test_held_out_sites_gain_too():
    before, after = cross_fitted(pixels(3.0, 1.0))
    assert after.nll < 0.8 * before.nll
    assert after.ece < 0.3 * before.ece


def test_identity_changes_nothing():
    logits = pixels(1.0, 0.0).logits
    np.testing.assert_allclose(IDENTITY.probabilities(logits), softmax(logits))


def test_reliability_by_hand():
    shares = np.array([[0.9, 0.1, 0.0, 0.0], [0.9, 0.1, 0.0, 0.0], [0.6, 0.4, 0.0, 0.0]])
    found = reliability(shares, np.array([0, 1, 0]))
    assert found.ece == pytest.approx((abs(1 - 1.8) + abs(1 - 0.6)) / 3)
    assert found.nll == pytest.approx(-np.log([0.9, 0.1, 0.6]).mean())


def test_threshold_keeps_the_stated_risk_and_the_most_pixels():
    confidence = np.array([0.9, 0.8, 0.8, 0.7, 0.6, 0.5])
    right = np.array([True, True, True, False, True, False])
    threshold = threshold_for_risk(confidence, right, 0.2)
    assert threshold == pytest.approx(0.6, abs=1e-6)
    assert risk_and_coverage(confidence, right, threshold) == (
        pytest.approx(0.2),
        pytest.approx(5 / 6),
    )


def test_equal_confidences_are_kept_or_dropped_together():
    confidence = np.array([0.9, 0.8, 0.8, 0.8])
    right = np.array([True, True, False, False])
    assert threshold_for_risk(confidence, right, 0.34) == pytest.approx(0.9, abs=1e-6)


def test_risk_out_of_reach_has_no_threshold():
    assert threshold_for_risk(np.array([0.9, 0.5]), np.array([False, True]), 0.01) is None
