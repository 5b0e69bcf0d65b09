"""Worlds of one formula and the test rover, for MuJoCo."""

from __future__ import annotations

from functools import partial

import pytest

from ai4mars_nav.rover import Rover, load_rover
from ai4mars_nav.share import rover_file

from ..formula_world import MakeWorld, formula_world


@pytest.fixture(scope="session")
def make_world() -> MakeWorld:
    """A builder of worlds, smaller and finer than those of `sim_vehicle`."""
    return partial(formula_world, size=12.0, resolution=0.025)


@pytest.fixture(scope="session")
def small() -> Rover:
    """config/test_rover.yaml."""
    return load_rover(rover_file("test_rover"))
