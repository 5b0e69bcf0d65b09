"""What the wheels are told."""

import math
from pathlib import Path

import pytest

from ai4mars_nav.rover import Rover, load_rover
from ai4mars_nav.sim.drive.orders import Orders

ROOT = Path(__file__).parents[2]


@pytest.fixture
def rover() -> Rover:
    return load_rover(ROOT / "config" / "test_rover.yaml")


def test_a_good_command_is_driven_until_it_is_too_old(rover: Rover) -> None:
    orders = Orders(rover, timeout=1.0)
    assert orders.at(0.0) == (0.0, 0.0), "nothing was heard yet"
    assert orders.take(0.3, -0.2, now=5.0) == ""
    assert orders.at(5.9) == (0.3, -0.2)
    assert orders.at(6.1) == (0.0, 0.0)
    assert orders.counts == {"cmd_vel fell silent": 1}


@pytest.mark.parametrize(("linear", "angular"), [(math.nan, 0.0), (0.0, math.inf)])
def test_what_is_not_finite_stops_the_wheels(rover: Rover, linear: float, angular: float) -> None:
    orders = Orders(rover, timeout=1.0)
    orders.take(0.3, 0.0, now=0.0)
    assert "is not finite, the wheels stand" in orders.take(linear, angular, now=0.1)
    assert orders.at(0.2) == (0.0, 0.0)
    assert orders.counts["cmd_vel not finite"] == 1


def test_what_is_over_the_limits_is_cut_to_them_and_told(rover: Rover) -> None:
    orders = Orders(rover, timeout=1.0)
    told = orders.take(-7.0, 0.1, now=0.0)
    assert told == f"cmd_vel: linear -7 m/s is over the limit of {rover.max_speed:g}, cut to it"
    assert orders.at(0.1) == (-rover.max_speed, 0.1)
    assert "angular 9 rad/s" in orders.take(0.1, 9.0, now=0.2)
    assert orders.at(0.3) == (0.1, rover.max_turn_rate)
    assert orders.counts == {"cmd_vel over the limit": 2}


def test_the_drivers_rounding_is_no_fault(rover: Rover) -> None:
    orders = Orders(rover, timeout=1.0)
    assert orders.take(rover.max_speed * (1 + 1e-9), 0.0, now=0.0) == ""
    assert orders.at(0.0) == (rover.max_speed, 0.0)
