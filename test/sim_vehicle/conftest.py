"""Worlds made of one formula, and the two rovers."""

from __future__ import annotations

import pytest

from ai4mars_nav.rover import Rover, load_rover
from ai4mars_nav.share import rover_file

from ..formula_world import MakeWorld, formula_world


@pytest.fixture(scope="session")
def make_world() -> MakeWorld:
    """A builder of worlds."""
    return formula_world


@pytest.fixture(scope="session")
def curiosity() -> Rover:
    """config/curiosity.yaml."""
    return load_rover(rover_file("curiosity"))


@pytest.fixture(scope="session")
def small() -> Rover:
    """config/test_rover.yaml."""
    return load_rover(rover_file("test_rover"))
