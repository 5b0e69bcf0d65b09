"""What one side of a rock tells of the other: against rocks drawn by their size-frequency."""

from __future__ import annotations

import numpy as np
import pytest

from ai4mars_nav.perception import evidence
from ai4mars_nav.sim.world import golombek
from ai4mars_nav.terrain import BIG_ROCK_WIDTH


def drawn(k: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Longer side, extent from a random direction, height (n,) of rocks 0.27 to 0.60 m high."""
    random = np.random.default_rng(3)
    across = golombek.diameters(random, k, 2e6, 0.24, 2.5)
    n = len(across)
    stretch = np.sqrt(random.uniform(*golombek.ELONGATION, n))
    height = across * np.clip(random.normal(0.5, 0.15, n), golombek.FLATTEST, golombek.TALLEST)
    yaw = random.uniform(0.0, np.pi, n)
    extent = across * np.hypot(stretch * np.cos(yaw), np.sin(yaw) / stretch)
    some = (height > 0.27) & (height < 0.60)
    return (across * stretch)[some], extent[some], height[some]


def test_the_numbers_are_the_least_squares_of_drawn_rocks():
    longer, extent, height = drawn(0.05)
    terms = np.stack([extent, height, np.ones(len(height))], axis=1)
    found = np.linalg.lstsq(terms, longer, rcond=None)[0]
    kept = (evidence._BY_EXTENT, evidence._BY_HEIGHT, evidence._AT_LEAST)
    assert found == pytest.approx(kept, abs=0.03)
    assert (longer - terms @ found).std() == pytest.approx(evidence._BY_CHANCE, abs=0.01)


@pytest.mark.parametrize("k", [0.03, 0.05, 0.1])
def test_the_chance_is_how_often_it_is_so(k):
    longer, extent, height = drawn(k)
    told = np.array(
        [evidence.p_wide(*each) for each in zip(extent, 0 * extent, height, strict=True)]
    )
    wide = longer >= BIG_ROCK_WIDTH
    for low in np.arange(0.3, 1.0, 0.1):
        here = (told >= low) & (told < low + 0.1)
        assert here.sum() > 100
        assert wide[here].mean() == pytest.approx(told[here].mean(), abs=0.17), low
    assert told.mean() == pytest.approx(wide.mean(), abs=0.04)


def test_a_post_is_none():
    assert evidence.p_wide(0.3, 0.0, 0.9) < 0.25
