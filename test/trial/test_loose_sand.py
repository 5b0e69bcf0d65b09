"""What the map believes of loose sand beforehand is what the recipes of the sites come to."""

from __future__ import annotations

import numpy as np
import pytest

from ai4mars_nav.mapping.cost import CostSettings
from ai4mars_nav.mapping.loose import FeltSettings
from ai4mars_nav.sim.world.hidden import PATCH
from ai4mars_nav.sim.world.noise import fractal
from ai4mars_nav.sim.world.recipe import read_recipe
from ai4mars_nav.trial.sites import KINDS, recipe_file


def test_the_prior_is_that_of_all_sites_together() -> None:
    sand = [read_recipe(recipe_file(kind)).sand for kind in KINDS]
    low, high = np.array([each.loose for each in sand]).T
    middle = 0.5 * (low + high)
    mean = middle.mean()
    variance = middle.var() + ((high - low) ** 2 / 12.0).mean()
    strength = mean * (1.0 - mean) / variance - 1.0
    assert FeltSettings().strength == pytest.approx(strength, abs=0.1)
    of_sand = np.average(middle, weights=[np.mean(each.share) for each in sand])
    assert mean < CostSettings().loose_share < of_sand, "of a site, and of a metre of sand"


@pytest.mark.parametrize("share", [0.15, 0.3, 0.65])
def test_what_is_known_of_sand_fades_as_its_patches_do(share: float) -> None:
    away = np.array([0.5, 1.0, 2.0, 3.0, 4.0])
    found = np.zeros(len(away))
    for seed in range(4):
        state = fractal(np.random.default_rng(seed), 500, 0.1, *PATCH, 0.9)
        loose = (state > np.quantile(state, 1.0 - share)) - share
        for index, metres in enumerate(away):
            cells = round(metres / 0.1)
            together = (loose[:, :-cells] * loose[:, cells:]).mean() / (loose**2).mean()
            found[index] += together / 4.0
    np.testing.assert_allclose(np.exp(-away / FeltSettings().patch), found, atol=0.1)
