"""The scores that are counted along the way, from truths made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from ai4mars_nav.sim.drive.seen import Frame
from ai4mars_nav.sim.drive.truth_state import Truth
from ai4mars_nav.terrain import UNKNOWN
from ai4mars_nav.trial.score import HIGH_SLIP, high_slip_share, named, stops


def truth(way: float, slip: float = 0.05, ordered: tuple[float, float] = (0.5, 0.0)) -> Truth:
    """A moment `way` metres into a drive."""
    place = (way, 0.0, 0.0)
    return Truth(
        0, way, place, place, ordered, 0.5, slip, 0.0, 0.0, 0.0, way, False, False, "", (), 1
    )


def test_the_share_of_high_slip_is_of_the_way_not_of_the_time() -> None:
    slow = [truth(1.0 + 0.1 * i, HIGH_SLIP + 0.2) for i in range(1, 11)]
    truths = [truth(0.0), truth(1.0), *slow, truth(4.0)]
    assert high_slip_share(truths) == pytest.approx(0.25)


def test_a_rover_that_never_moved_slipped_nowhere() -> None:
    assert high_slip_share([truth(0.0, 1.0), truth(0.0, 1.0)]) == 0.0


def test_stops_are_between_moves() -> None:
    go, stand, turn = (0.5, 0.0), (0.0, 0.0), (0.0, 0.3)
    orders = [stand, stand, go, go, stand, stand, turn, stand, go, stand, stand]
    truths = [truth(float(i), ordered=each) for i, each in enumerate(orders)]
    assert stops(truths, arrived=True) == 2, "to arrive is none, and turning is moving"
    assert stops(truths, arrived=False) == 3, "to stall is one"
    assert stops([truth(0.0, ordered=stand)] * 3, arrived=True) == 0


def test_what_the_network_named_is_told_for_each_true_class() -> None:
    grey = np.zeros((4, 4), np.uint8)
    true = np.kron([[0, 0], [2, UNKNOWN]], np.ones((2, 2), np.uint8)).astype(np.uint8)
    said = np.array([[0, UNKNOWN], [0, 2]], np.uint8)
    found = named([Frame(0, grey, said, true_classes=true), Frame(1, grey)])
    assert found == {
        "soil": {"share": pytest.approx(2 / 3), "right": 0.5, "unknown": 0.5},
        "sand": {"share": pytest.approx(1 / 3), "right": 0.0, "unknown": 0.0},
    }
    assert named([Frame(0, grey)]) is None
