"""Bootstrap intervals: what they hold, and what pairing is worth."""

from __future__ import annotations

import numpy as np
import pytest

from ai4mars_nav.trial.intervals import change, difference, mean


def test_equal_sites_leave_no_doubt() -> None:
    found = mean(np.full(5, 3.0))
    assert found is not None and (found.value, found.low, found.high, found.n) == (3.0, 3.0, 3.0, 5)


def test_no_sites_tell_nothing() -> None:
    assert mean(np.zeros(0)) is None
    assert change(np.zeros(0), np.zeros(0)) is None


def test_the_interval_of_a_mean_is_that_of_the_normal_law() -> None:
    values = np.random.default_rng(3).normal(10.0, 2.0, 400)
    found = mean(values)
    assert found is not None
    error = 1.96 * values.std() / np.sqrt(400)
    assert found.low == pytest.approx(values.mean() - error, abs=0.02)
    assert found.high == pytest.approx(values.mean() + error, abs=0.02)


def test_nineteen_of_twenty_intervals_hold_the_truth() -> None:
    random = np.random.default_rng(5)
    held = 0
    for _ in range(100):
        found = mean(random.normal(0.0, 1.0, 40))
        held += found is not None and found.low <= 0.0 <= found.high
    assert 88 <= held <= 99


def test_pairing_sees_what_sites_that_differ_hide() -> None:
    random = np.random.default_rng(4)
    hard = random.uniform(100.0, 1000.0, 30)
    ours, theirs = 0.85 * hard + random.normal(0.0, 5.0, 30), hard
    paired = change(ours, theirs)
    assert paired is not None and paired.value == pytest.approx(-0.15, abs=0.01)
    assert paired.high < -0.13
    alone = mean(ours), mean(theirs)
    assert alone[0] is not None and alone[1] is not None
    assert alone[0].high > alone[1].low, "unpaired, the two overlap"
    apart = difference(ours, theirs)
    assert apart is not None and apart.high < 0.0


def test_a_change_against_nothing_is_not_told() -> None:
    assert change(np.array([1.0, 0.0]), np.zeros(2)) is None


def test_the_same_values_give_the_same_interval() -> None:
    values = np.array([1.0, 5.0, 2.0, 8.0])
    assert mean(values) == mean(values)
