"""Probabilities of height and width, and how they are joined with the network's opinion."""

import math

import numpy as np
import pytest

from ai4mars_nav.perception import evidence

WEIGHTS = (0.35, 0.05)
"""Of its yes and of its no."""


def test_p_over_is_the_normal_law():
    random = np.random.default_rng(0)
    draws = random.normal(0.33, 0.05, 400_000)
    assert evidence.p_over(0.33, 0.05, 0.30) == pytest.approx((draws > 0.30).mean(), abs=2e-3)
    assert evidence.p_over(0.30, 0.01, 0.30) == 0.5


def test_height_and_width_are_both_needed():
    assert evidence.p_big(0.5, 0.02, evidence.p_wide(0.8, 0.05, 0.5)) > 0.99
    assert evidence.p_big(0.5, 0.02, evidence.p_wide(0.15, 0.05, 0.5)) < 0.01
    assert evidence.p_big(0.2, 0.02, evidence.p_wide(0.8, 0.05, 0.2)) < 0.01


def test_how_wide_it_is_stays_open_near_the_limit():
    """One side of 0.7 m leaves little doubt, one of 0.3 m some: it may be the shorter."""
    assert evidence.p_wide(0.7, 0.05, 0.5) > 0.98
    assert 0.05 < evidence.p_wide(0.3, 0.05, 0.3) < 0.25
    assert evidence.p_wide(0.2, 0.05, 0.3) < 0.05


def test_log_odds_is_the_inverse_of_the_logistic():
    for p in (0.01, 0.3, 0.5, 0.9):
        assert 1.0 / (1.0 + math.exp(-evidence.log_odds(p))) == pytest.approx(p)
    assert evidence.log_odds(0.0) == -evidence.log_odds(1.0) == -6.0
    assert evidence.log_odds(1.0 - 1e-12) == 6.0


@pytest.mark.parametrize("p_class", [0.0, 0.02, 0.5, 0.98, 1.0])
def test_a_clear_measurement_decides(p_class):
    assert evidence.fuse(1.0, p_class, *WEIGHTS) > 0.95
    assert evidence.fuse(0.0, p_class, *WEIGHTS) < 0.05


def test_opinion_tips_what_is_open():
    assert evidence.fuse(0.5, 0.9, *WEIGHTS) > 0.65
    assert 0.4 < evidence.fuse(0.5, 0.1, *WEIGHTS) < 0.5, "it passes over most rocks"
    assert evidence.fuse(0.5, 0.5, *WEIGHTS) == pytest.approx(0.5)


def test_one_source_alone():
    assert evidence.fuse(math.nan, 0.8, *WEIGHTS) == 0.8
    assert evidence.fuse(0.7, math.nan, *WEIGHTS) == 0.7


def test_more_of_either_is_never_less():
    steps = np.linspace(0.0, 1.0, 11)
    table = np.array([[evidence.fuse(a, b, *WEIGHTS) for b in steps] for a in steps])
    assert (np.diff(table, axis=0) >= 0.0).all()
    assert (np.diff(table, axis=1) >= 0.0).all()
