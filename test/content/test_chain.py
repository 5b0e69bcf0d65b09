"""The chain and Platt's scaling against what they are by definition; scores of several classes."""

from __future__ import annotations

import numpy as np
import pytest

from ai4mars_nav.content import multi_label_scores as scores
from ai4mars_nav.content.chain import Platt, no_platt, sigmoid, through_chain
from ai4mars_nav.content.errors import ContentError
from ai4mars_nav.content.multi_label_platt import fit_platt
from ai4mars_nav.content.multi_label_scores import Claims


def test_each_class_is_told_how_likely_those_before_it_are():
    rng = np.random.default_rng(0)
    own, links = rng.normal(size=(5, 4)), rng.normal(size=(4, 4))
    platt = Platt((0.5, 1.0, 2.0, 1.5), (0.1, -0.2, 0.0, 0.3), "nothing")
    found = through_chain(own, links, platt)
    for row in range(5):
        told: list[float] = []
        for at in range(4):
            logit = own[row, at] + sum(links[at, before] * told[before] for before in range(at))
            told.append(1.0 / (1.0 + np.exp(-(logit / platt.temperature[at] + platt.bias[at]))))
        np.testing.assert_allclose(found[row], told)


def test_without_links_the_heads_are_independent():
    own = np.random.default_rng(1).normal(size=(6, 3)) * 200
    found = through_chain(own, np.zeros((3, 3)), no_platt(3))
    np.testing.assert_allclose(found, sigmoid(own))
    assert np.isfinite(found).all()


def crooked(count=20000):
    """Own logits of a chain that are three times too sure and shifted, and labels drawn right."""
    rng = np.random.default_rng(2)
    right = rng.normal(size=(count, 3))
    links = np.array([[0, 0, 0], [2.0, 0, 0], [-1.0, 1.5, 0]])
    labels = rng.random((count, 3)) < through_chain(right, links, no_platt(3))
    own = right.copy()
    own[:, 0] = 3.0 * (right[:, 0] + 0.5)
    return own, links, labels.astype(np.int8)


def test_platt_finds_the_scale_and_the_shift():
    own, links, labels = crooked()
    platt = fit_platt(own, links, labels, "made")
    assert platt.temperature[0] == pytest.approx(3.0, rel=0.1)
    assert platt.bias[0] == pytest.approx(-0.5, abs=0.05)
    # the others were right, once the first is calibrated
    np.testing.assert_allclose(platt.temperature[1:], 1.0, atol=0.1)
    groups = tuple("a" for _ in labels)
    before, after = (
        scores.calibration_errors(Claims(through_chain(own, links, one), labels, groups))
        for one in (no_platt(3), platt)
    )
    assert after[0] < 0.02 < before[0] and after.max() < 0.02


def test_platt_of_a_class_that_is_never_there_stays_finite():
    own = np.random.default_rng(3).normal(size=(50, 3))
    labels = np.zeros((50, 3), np.int8)
    labels[:, 1], labels[:, 2] = 1, -1
    platt = fit_platt(own, np.zeros((3, 3)), labels, "made")
    found = through_chain(own, np.zeros((3, 3)), platt)
    assert found[:, 0].mean() == pytest.approx(1 / 52, abs=1e-3)
    assert found[:, 1].mean() == pytest.approx(51 / 52, abs=1e-3)
    assert platt.temperature[2] == 1.0 and platt.bias[2] == 0.0
    with pytest.raises(ContentError, match="no picture to fit"):
        fit_platt(own[:0], np.zeros((3, 3)), labels[:0], "made")


def test_scores_of_a_few_pictures_by_hand():
    shares = np.array([[0.95, 0.2], [0.92, 0.7], [0.4, 0.6], [0.1, 0.99]])
    labels = np.array([[1, 0], [0, 1], [1, -1], [0, 0]], np.int8)
    claims = Claims(shares, labels, ("a", "a", "b", "b"))
    first, second = scores.at_threshold(claims, 0.9)
    assert (first.support, first.claimed, first.precision, first.recall) == (2, 2, 0.5, 0.5)
    assert (second.support, second.claimed, second.precision, second.recall) == (1, 1, 0.0, 0.0)
    np.testing.assert_allclose(scores.average_precisions(claims), [(1 + 2 / 3) / 2, 0.5])
    # bins of 1/15: 0.95 and 0.92 fall into two, all four stand alone
    errors = scores.calibration_errors(claims)
    assert errors[0] == pytest.approx((0.05 + 0.92 + 0.6 + 0.1) / 4)
    assert errors[1] == pytest.approx((0.2 + 0.3 + 0.99) / 3)
    assert scores.all_right(claims) == pytest.approx(0.25)
    right = [0.95, 0.8, 0.08, 0.7, 0.4, 0.9, 0.01]
    assert scores.surprise(claims) == pytest.approx(-np.log(right).mean())


def test_what_calibration_error_chance_alone_gives():
    rng = np.random.default_rng(4)
    shares = rng.random((400, 1))
    drawn = [
        scores.calibration_errors(
            Claims(shares, (rng.random((400, 1)) < shares).astype(np.int8), ("a",) * 400)
        )[0]
        for _ in range(50)
    ]
    claims = Claims(shares, np.zeros((400, 1), np.int8), ("a",) * 400)
    assert scores.chance_errors(claims)[0] == pytest.approx(np.mean(drawn), rel=0.1)


def test_a_class_that_nobody_judged_has_no_score():
    claims = Claims(np.full((3, 2), 0.4), np.array([[1, -1]] * 3, np.int8), ("a", "b", "c"))
    for found in (scores.calibration_errors(claims), scores.average_precisions(claims)):
        assert np.isfinite(found[0]) and np.isnan(found[1])
    assert scores.at_threshold(claims, 0.9)[1].recall is None


def test_an_interval_of_a_difference_is_paired():
    rng = np.random.default_rng(5)
    labels = (rng.random((300, 2)) < 0.5).astype(np.int8)
    groups = tuple(f"g{at % 30}" for at in range(300))
    noisy = Claims(np.clip(labels + rng.normal(0, 0.6, labels.shape), 0, 1), labels, groups)
    low, high = scores.interval(scores.all_right, noisy, noisy)
    assert low == high == 0.0
    better = Claims(np.clip(labels + rng.normal(0, 0.3, labels.shape), 0, 1), labels, groups)
    low, high = scores.interval(scores.all_right, better, noisy)
    assert 0.0 < low < scores.all_right(better) - scores.all_right(noisy) < high


def test_pictures_of_several_chains_go_each_through_its_own():
    rng = np.random.default_rng(3)
    own = rng.normal(0.0, 2.0, (200, 3))
    one, other = (np.tril(rng.normal(0.0, 1.0, (3, 3)), -1) for _ in range(2))
    of_one = rng.random(200) < 0.5
    links = np.where(of_one[:, None, None], one, other)
    labels = rng.integers(0, 2, (200, 3)).astype(np.int8)
    mixed = fit_platt(own, links, labels, "both")
    found = through_chain(own, links, mixed)
    for chosen, matrix in ((of_one, one), (~of_one, other)):
        np.testing.assert_allclose(found[chosen], through_chain(own[chosen], matrix, mixed))
    # the same links for all are what one matrix is
    alike = fit_platt(own, np.broadcast_to(one, (200, 3, 3)), labels, "one")
    np.testing.assert_allclose(alike.temperature, fit_platt(own, one, labels, "one").temperature)
