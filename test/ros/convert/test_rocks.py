"""Big rocks as markers and back, with what could not be measured, and each refusal."""

import math

import numpy as np
import pytest

from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.ros.convert import rocks
from ai4mars_nav.ros.errors import MessageError

STAMP = 1_700_000_000_123_456_789
SOMEWHERE = Pose.from_rpy((1.0, -2.0, 3.0), (0.1, -0.4, 2.5))


def test_rocks_round_trip() -> None:
    sent = [
        rocks.RockSighting(SOMEWHERE, 0.42, 0.021, 0.8, 0.97, True, False),
        rocks.RockSighting(Pose.identity(), 0.31, 0.1, 1.25, 0.5, False, True),
    ]
    message = rocks.to_markers(sent, STAMP, "camera")
    assert message.markers[1].text == "h 0.42±0.021 m w 0.80 m p 0.97 height:yes class:no"
    stamp, frame, got = rocks.from_markers(message, "t")
    assert (stamp, frame) == (STAMP, "camera")
    for a, b in zip(sent, got, strict=True):
        np.testing.assert_allclose(a.base.translation, b.base.translation, atol=1e-12)
        np.testing.assert_allclose(a.base.rotation, b.base.rotation, atol=1e-12)
        assert (a.height, a.width, a.by_height, a.by_class) == (
            b.height,
            b.width,
            b.by_height,
            b.by_class,
        )
        assert b.probability == pytest.approx(a.probability, abs=1e-6)
        assert b.height_sigma == a.height_sigma


def test_a_rock_without_a_height_stays_without_one() -> None:
    sent = rocks.RockSighting(SOMEWHERE, math.nan, math.nan, 0.8, 0.97, False, True)
    message = rocks.to_markers([sent], STAMP, "camera")
    assert message.markers[1].text == "h ? w 0.80 m p 0.97 height:no class:yes"
    assert message.markers[1].scale.z == 0.30
    got = rocks.from_markers(message, "t")[2][0]
    assert math.isnan(got.height) and math.isnan(got.height_sigma)
    np.testing.assert_allclose(got.base.translation, SOMEWHERE.translation, atol=1e-12)


def test_a_rock_measured_below_its_ground_round_trips() -> None:
    """The network may call a hollow a rock; refusing its marker cost the frame all its rocks."""
    sent = rocks.RockSighting(SOMEWHERE, -0.01, 0.064, 0.76, 0.0, False, True)
    message = rocks.to_markers([sent], STAMP, "camera")
    assert message.markers[1].text == "h -0.01±0.064 m w 0.76 m p 0.00 height:no class:yes"
    assert message.markers[1].scale.z > 0.0
    got = rocks.from_markers(message, "t")[2][0]
    assert got.height == pytest.approx(-0.01) and got.height_sigma == pytest.approx(0.064)
    np.testing.assert_allclose(got.base.translation, SOMEWHERE.translation, atol=1e-9)


def test_no_rocks_still_have_a_stamp() -> None:
    assert rocks.from_markers(rocks.to_markers([], STAMP, "c"), "t") == (STAMP, "c", [])


def test_other_markers_are_refused() -> None:
    message = rocks.to_markers([rocks.RockSighting(SOMEWHERE, 1, 0, 1, 1, True, True)], STAMP, "c")
    message.markers.pop(0)
    with pytest.raises(MessageError, match="DELETEALL"):
        rocks.from_markers(message, "terrain/big_rocks")


@pytest.mark.parametrize(
    ("width", "probability"), [(math.nan, 0.9), (math.inf, 0.9), (-0.8, 0.9), (0.8, 7.0)]
)
def test_a_rock_without_a_width_or_probability_is_refused(width: float, probability: float) -> None:
    sent = rocks.RockSighting(SOMEWHERE, 0.42, 0.021, 0.8, 0.9, True, True)
    message = rocks.to_markers([sent], STAMP, "c")
    message.markers[1].scale.x = width
    message.markers[1].color.a = probability
    with pytest.raises(MessageError, match=r"terrain/big_rocks: marker 'big_rock' 0: scale\.x"):
        rocks.from_markers(message, "terrain/big_rocks")
