"""What goes into a pass: the lazy greedy against greedy that is not, and against the best set."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from ai4mars_nav.content.triage import slow_choose
from ai4mars_nav.content.triage.choose import choose
from ai4mars_nav.content.triage.likeness import shared, stands_for

GUARANTEED = 0.5 * (1.0 - 1.0 / np.e)


Pass = tuple[NDArray[np.float64], list[int], int, NDArray[np.float64]]
NOTHING = np.zeros(2)


def a_pass(seed: int, images: int) -> Pass:
    """Products of random images in random groups, what they cost, a budget for some of them, and
    what has been told of them: nothing in two of three passes."""
    rng = np.random.default_rng(seed)
    groups = rng.integers(0, max(2, images // 2), images)
    alike = np.where(groups[:, None] == groups[None, :], rng.uniform(0.3, 1.0), 0.0)
    np.fill_diagonal(alike, 1.0)
    worths = rng.uniform(0.0, 2.0, images) * (rng.random(images) < 0.8)
    whole = stands_for(worths, alike)
    costs = [*rng.integers(1, 6, images).tolist(), *rng.integers(10, 80, images).tolist()]
    tells = np.concatenate([0.2 * whole, whole])
    told = 0.2 * whole[0] if seed % 3 == 0 else np.zeros(images)
    return tells, costs, int(sum(costs) * rng.uniform(0.05, 0.7)), told


@pytest.mark.parametrize("seed", range(30))
def test_looking_again_only_where_needed_changes_nothing(seed: int) -> None:
    day = a_pass(seed, 14)
    assert choose(*day) == slow_choose.choose(*day)


def test_equal_products_are_taken_in_their_order() -> None:
    tells = np.tile(np.eye(3), (2, 1))
    assert choose(tells, [2] * 6, 6, np.zeros(3)).order == (0, 1, 2)
    assert slow_choose.choose(tells, [2] * 6, 6, np.zeros(3)).order == (0, 1, 2)


def test_it_is_near_the_best_of_all_sets() -> None:
    """200 passes of 5 images, 10 products: never under what is guaranteed, and mostly the best."""
    shares = []
    for seed in range(200):
        tells, costs, budget, told = a_pass(1000 + seed, 5)
        best = slow_choose.optimum(tells, costs, budget, told)
        found = choose(tells, costs, budget, told)
        assert sum(costs[k] for k in found.order) <= budget
        if best > 0.0:
            shares.append(found.worth / best)
    assert min(shares) >= max(GUARANTEED, 0.6)
    assert max(shares) <= 1.0 + 1e-9
    assert np.mean(shares) > 0.95


def test_one_costly_product_that_is_worth_most_is_not_crowded_out() -> None:
    """By worth for a byte the small one comes first, and then the large one does not fit."""
    tells = np.diag([1.0, 50.0])
    found = choose(tells, [1, 100], 100, NOTHING)
    assert found.order == (1,) and found.worth == pytest.approx(50.0)


def test_of_ten_alike_one_is_sent() -> None:
    alike = np.ones((10, 10))
    worths = np.full(10, 2.0)
    assert shared(worths, alike) == pytest.approx(np.full(10, 0.2))
    found = choose(stands_for(worths, alike), [5] * 10, 50, np.zeros(10))
    assert len(found.order) == 1 and found.worth == pytest.approx(2.0)


def test_a_dull_image_does_not_stand_for_a_good_one_like_it() -> None:
    worths = np.array([2.0, 0.1])
    found = choose(stands_for(worths, np.ones((2, 2))), [5, 5], 5, NOTHING)
    assert found.order == (0,)
    assert shared(worths, np.ones((2, 2)))[0] > 1.9


def test_what_has_been_told_is_not_told_again() -> None:
    told = np.array([1.0, 0.2])
    found = choose(np.eye(2), [5, 5], 10, told)
    assert found.order == (1,) and found.adds == pytest.approx((0.8,))


def test_nothing_fits_or_nothing_is_wanted() -> None:
    assert choose(np.eye(2), [5, 5], 4, NOTHING).order == ()
    assert choose(np.zeros((2, 2)), [5, 5], 40, NOTHING).order == ()
    assert slow_choose.choose(np.eye(2), [5, 5], 4, NOTHING).order == ()
