"""What one side of a rock tells of the other: against rocks drawn by their size-frequency."""

from __future__ import annotations

import numpy as np
import pytest

from ai4mars_nav.perception import evidence
from ai4mars_nav.sim.world import golombek
from ai4mars_nav.terrain import BIG_ROCK_WIDTH

from .test_rocks import make, nearest, opinion, see


def rocks(k: float, area: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Longer, narrower side, height, yaw (n,) of the rocks 0.27 to 0.60 m high on `area` m²."""
    random = np.random.default_rng(3)
    across = golombek.diameters(random, k, area, 0.24, 2.5)
    n = len(across)
    stretch = np.sqrt(random.uniform(*golombek.ELONGATION, n))
    height = across * np.clip(random.normal(0.5, 0.15, n), golombek.FLATTEST, golombek.TALLEST)
    yaw = random.uniform(0.0, np.pi, n)
    some = (height > 0.27) & (height < 0.60)
    return (across * stretch)[some], (across / stretch)[some], height[some], yaw[some]


def drawn(k: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Longer side, extent from a random direction, height (n,) of such rocks."""
    longer, narrower, height, yaw = rocks(k, 2e6)
    return longer, np.hypot(longer * np.cos(yaw), narrower * np.sin(yaw)), height


def test_the_numbers_are_the_least_squares_of_drawn_rocks():
    longer, extent, height = drawn(0.05)
    terms = np.stack([extent, height, np.ones(len(height))], axis=1)
    found = np.linalg.lstsq(terms, longer, rcond=None)[0]
    kept = (evidence._BY_EXTENT, evidence._BY_HEIGHT, evidence._AT_LEAST)
    assert found == pytest.approx(kept, abs=0.03)
    assert (longer - terms @ found).std() == pytest.approx(evidence._BY_CHANCE, abs=0.01)


@pytest.mark.parametrize(("k", "off"), [(0.03, 0.17), (0.05, 0.12), (0.1, 0.1)])
def test_the_chance_is_how_often_it_is_so(k, off):
    longer, extent, height = drawn(k)
    told = np.array(
        [evidence.p_wide(*each) for each in zip(extent, 0 * extent, height, strict=True)]
    )
    wide = longer >= BIG_ROCK_WIDTH
    for low in np.arange(0.3, 1.0, 0.1):
        here = (told >= low) & (told < low + 0.1)
        assert here.sum() > 100
        assert wide[here].mean() == pytest.approx(told[here].mean(), abs=off), low
    assert told.mean() == pytest.approx(wide.mean(), abs=0.04)


def test_a_post_is_none():
    assert evidence.p_wide(0.3, 0.0, 0.9) < 0.25


def test_of_drawn_rocks_those_told_of_are_the_long_ones(scene):
    """Blocks and domes 5 to 12 m away, as wide, long and high as rocks are, in any direction."""
    finder, random = make(scene), np.random.default_rng(5)
    sizes = random.permutation(np.stack(rocks(0.05, 2e4), axis=1))[:160].reshape(40, 4, 4)
    big, told = [], []
    for seed, four in enumerate(sizes):
        things = []
        for azimuth, (longer, narrower, height, yaw) in zip(
            (-0.27, -0.09, 0.09, 0.27), four, strict=True
        ):
            kind, away = str(random.choice(["block", "dome"])), random.uniform(5.0, 12.0)
            x, y = away * np.cos(azimuth), away * np.sin(azimuth)
            things.append(scene.Thing(kind, x, y, narrower, height, yaw, length=longer))
        found = finder.find(see(scene, scene.flat, things, seed=seed), opinion())
        big += [thing.is_big for thing in things]
        told += [(rock := nearest(found, each)) is not None and rock.fused for each in things]
    both = np.logical_and(big, told).sum()
    assert sum(big) > 80
    assert both / sum(big) > 0.9
    assert both / sum(told) > 0.75
