"""The two rovers of config/ and the settings they are driven with."""

from __future__ import annotations

from pathlib import Path

import pytest

from ai4mars_nav.rover import Rover, load_rover

CONFIG = Path(__file__).parents[2] / "config"


@pytest.fixture(scope="session")
def curiosity() -> Rover:
    """The Curiosity-sized rover: Ackermann-like, radius 3 m."""
    return load_rover(CONFIG / "curiosity.yaml")


@pytest.fixture(scope="session")
def small_rover() -> Rover:
    """The 1 m test rover: skid-steered, turns in place."""
    return load_rover(CONFIG / "test_rover.yaml")
