"""The panning mast against the fixed rig, its own schedule and what the cameras must see."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ai4mars_nav.settings import SettingsError
from ai4mars_nav.sim.rig import NAVCAM_BASELINE, navcam_rig
from ai4mars_nav.sim.vehicle.mast import Mast, MastSettings


def test_straight_ahead_it_is_the_fixed_rig(curiosity, small):
    for rover in (curiosity, small):
        rig, mast = navcam_rig(rover), Mast(MastSettings(), rover)
        np.testing.assert_allclose(
            mast.base_from_camera(0.0).translation, rig.base_from_camera.translation
        )
        np.testing.assert_allclose(
            mast.base_from_camera(0.0).rotation, rig.base_from_camera.rotation, atol=1e-12
        )


@pytest.mark.parametrize("pan", [0.7, -1.2, math.pi])
def test_panning_turns_both_cameras_about_the_middle_between_them(curiosity, pan):
    mast = Mast(MastSettings(), curiosity)

    def eyes(angle):
        pose = mast.base_from_camera(angle)
        return pose.translation, pose.apply(np.array([NAVCAM_BASELINE, 0.0, 0.0]))

    (left, right), (left_ahead, right_ahead) = eyes(pan), eyes(0.0)
    np.testing.assert_allclose(0.5 * (left + right), 0.5 * (left_ahead + right_ahead))
    forward, ahead = (mast.base_from_camera(a).rotation[:, 2] for a in (pan, 0.0))
    assert math.remainder(math.atan2(forward[1], forward[0]) - pan, math.tau) == pytest.approx(0.0)
    assert forward[2] == pytest.approx(ahead[2])


def test_the_schedule_holds_turns_and_comes_round(curiosity):
    mast = Mast(MastSettings(pans_deg=(0.0, 40.0, -40.0), slew_deg=20.0, hold=1.0), curiosity)
    # 1 + 2 s, 1 + 4 s, 1 + 2 s
    wanted = [(0.0, 0.0), (3.0, 40.0), (8.0, -40.0), (11.0, 0.0), (14.0, 40.0), (22.0, 0.0)]
    for view, (time, pan) in zip((0, 1, 2, 3, 4, 6), wanted, strict=True):
        assert mast.shot(view) == (pytest.approx(time), pytest.approx(math.radians(pan)))
        gaze = mast.at(time + 1e-9)
        assert (gaze.steady, gaze.view) == (True, view)
        assert gaze.pan == pytest.approx(math.radians(pan), abs=1e-6)
    turning = mast.at(2.0)
    assert (turning.steady, turning.view) == (False, 0)
    assert turning.pan == pytest.approx(math.radians(20.0))


def test_the_mast_never_turns_faster_than_it_can(curiosity):
    settings = MastSettings(pans_deg=(0.0, 60.0, -60.0, 10.0), slew_deg=15.0, hold=0.3)
    mast, dt = Mast(settings, curiosity), 0.01
    pans = np.array([mast.at(step * dt).pan for step in range(6000)])
    assert np.abs(np.diff(pans)).max() <= math.radians(15.0) * dt * (1.0 + 1e-6)
    views = [mast.at(step * dt).view for step in range(6000)]
    assert set(np.diff(views)) == {0, 1}


def test_one_view_never_turns(curiosity):
    mast = Mast(MastSettings(pans_deg=(10.0,), hold=1.0), curiosity)
    for time in (0.0, 0.5, 3.7, 1000.2):
        assert mast.at(time).pan == pytest.approx(math.radians(10.0)) and mast.at(time).steady


def test_ground_before_the_outer_wheels_is_seen_only_by_panning(curiosity):
    """1.45 m before the front axle, where the faces of the wheels will roll."""
    rig, mast = navcam_rig(curiosity), Mast(MastSettings(), curiosity)
    spots = np.array([[2.6, side * 0.5 * curiosity.width, 0.0] for side in (1.0, -1.0)])

    def seen(pan):
        uv, before = rig.left.project(mast.base_from_camera(pan).inverse().apply(spots))
        return before & (uv >= 0.0).all(axis=1) & (uv <= rig.left.width - 1).all(axis=1)

    assert not seen(0.0).any()
    pans = np.radians(mast.settings.pans_deg)
    assert np.any([seen(pan) for pan in pans], axis=0).all()


def test_a_mast_without_a_view_is_refused():
    with pytest.raises(SettingsError, match="one view"):
        MastSettings(pans_deg=())
