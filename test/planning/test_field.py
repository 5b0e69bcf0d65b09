"""The kept and repaired cost-to-go field against a plain search from nothing, bit for bit."""

from __future__ import annotations

import numpy as np
import pytest

from ai4mars_nav.planning import slow
from ai4mars_nav.planning.field import Field, Prices

PER_METRE = np.full(256, np.inf)
PER_METRE[:100] = 20.0 + np.arange(100)
PER_METRE[255] = 2020.0
PRICES = Prices(PER_METRE, 0.1)


def random_cost(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    cost = rng.integers(-1, 100, shape).astype(np.int8)
    cost[rng.random(shape) < 0.3] = 100
    return cost


def inner(field: Field) -> np.ndarray:
    rows, cols = field.shape
    return field.togo.reshape(rows + 2, cols + 2)[1:-1, 1:-1]


@pytest.mark.parametrize("seed", range(12))
def test_field_from_nothing_is_the_plain_twins(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shape = (int(rng.integers(1, 50)), int(rng.integers(1, 50)))
    cost = random_cost(rng, shape)
    goal = (int(rng.integers(shape[0])), int(rng.integers(shape[1])))
    cost[goal] = 7
    expected = slow.togo_field(cost, PER_METRE, 0.1, goal)
    assert np.array_equal(inner(Field(cost, PRICES, [(goal, 0.0)])), expected)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("change", ["dearer", "cheaper", "anything"])
def test_repaired_field_is_that_of_a_search_from_nothing(seed: int, change: str) -> None:
    rng = np.random.default_rng(seed)
    cost = random_cost(rng, (40, 34))
    goal = (int(rng.integers(40)), int(rng.integers(34)))
    cost[goal] = 7
    field = Field(cost, PRICES, [(goal, 0.0)])
    repaired = 0
    for i in range(10):
        row, col = rng.integers(0, 30, 2)
        patch = np.s_[row : row + 3, col : col + 3]
        cost = cost.copy()
        values = {"dearer": [90, 99, 100], "cheaper": [0, 3]}.get(change, [-1, 0, 40, 99, 100])
        cost[patch] = rng.choice(values, cost[patch].shape)
        cost[goal] = 7 if i < 8 else rng.integers(0, 99)
        field.update(cost)
        assert np.array_equal(inner(field), slow.togo_field(cost, PER_METRE, 0.1, goal))
        repaired += field.expanded < np.isfinite(inner(field)).sum()
    assert repaired >= 3, "the repair was not what was tested"


@pytest.mark.parametrize("seed", range(8))
def test_scattered_changes_and_rolling(seed: int) -> None:
    rng = np.random.default_rng(seed)
    cost = random_cost(rng, (30, 36))
    goal = (15, 18)
    cost[goal] = 7
    field = Field(cost, PRICES, [(goal, 0.0)])
    for _ in range(8):
        down, right = (int(n) for n in rng.integers(-2, 3, 2))
        if not (4 < goal[0] - down < 26 and 4 < goal[1] - right < 32):
            continue
        rolled = random_cost(rng, (30, 36))
        rolled[max(0, -down) : 30 - max(0, down), max(0, -right) : 36 - max(0, right)] = cost[
            max(0, down) : 30 + min(0, down), max(0, right) : 36 + min(0, right)
        ]
        goal = (goal[0] - down, goal[1] - right)
        changed = rng.random(rolled.shape) < 0.01
        rolled[changed] = rng.integers(-1, 101, int(changed.sum()))
        rolled[goal] = 7
        cost = rolled
        field.update(cost, (down, right))
        assert np.array_equal(inner(field), slow.togo_field(cost, PER_METRE, 0.1, goal))


def test_a_small_change_visits_few_cells() -> None:
    cost = np.random.default_rng(0).integers(0, 100, (200, 200)).astype(np.int8)
    field = Field(cost, PRICES, [((199, 199), 0.0)])
    assert field.expanded == cost.size
    cost = cost.copy()
    cost[2:12, 2:12] = 100
    field.update(cost)
    assert 0 < field.expanded < 2000


def test_nothing_changed_visits_nothing() -> None:
    cost = np.full((20, 20), 5, np.int8)
    field = Field(cost, PRICES, [((3, 3), 0.0)])
    field.update(cost.copy())
    assert field.expanded == 0
