"""Faults on demand: what becomes of frames and odometry, and that a seed repeats them."""

import numpy as np
import pytest

from ai4mars_nav.sim.drive.errors import DriveError
from ai4mars_nav.sim.drive.faults import Faults, Shots, dead, dusty, holed
from ai4mars_nav.sim.drive.sim_settings import FaultSettings

S = 10**9


def shots(stamp: int = 50 * S) -> Shots:
    rng = np.random.default_rng(1)
    grey = rng.integers(40, 160, (64, 64), dtype=np.uint8)
    return Shots(stamp, grey, grey[:, ::-1].copy(), np.full((64, 64), 5.0, np.float32))


def test_without_faults_a_frame_leaves_as_it_is() -> None:
    given = shots()
    assert Faults(FaultSettings(), 0).spoil(given, 100.0, 3) is given


def test_faults_begin_when_they_are_told_to() -> None:
    faults = Faults(FaultSettings(after=10.0, lost=1.0), 0)
    assert faults.spoil(shots(), 9.9, 0) is not None
    assert faults.spoil(shots(), 10.0, 1) is None
    assert faults.counts == {"frames lost": 1}


@pytest.mark.parametrize(("name", "value"), [("black", 0), ("saturated", 255)])
def test_both_images_go_black_or_white(name: str, value: int) -> None:
    spoilt = Faults(FaultSettings(**{name: 1.0}), 0).spoil(shots(), 1.0, 0)
    assert spoilt is not None and spoilt.right is not None
    assert (spoilt.left == value).all() and (spoilt.right == value).all()
    assert spoilt.depth is not None and np.isnan(spoilt.depth).all()


def test_a_share_of_the_frames_is_lost_the_same_ones_for_the_same_seed() -> None:
    def lost(seed: int) -> list[int]:
        faults = Faults(FaultSettings(lost=0.3), seed)
        return [i for i in range(300) if faults.spoil(shots(), 1.0, i) is None]

    assert lost(4) == lost(4) != lost(5)
    assert 60 <= len(lost(4)) <= 120


def test_one_fault_does_not_move_another() -> None:
    """What one fault draws leaves the others' frames where they were."""
    alone = Faults(FaultSettings(lost=0.3), 2)
    both = Faults(FaultSettings(lost=0.3, depth_holes=0.4, dust=0.5, dead_pixels=0.1), 2)
    for i in range(50):
        assert (alone.spoil(shots(), 1.0, i) is None) == (both.spoil(shots(), 1.0, i) is None)


def test_noise_of_depth_is_that_of_disparity_and_grows_with_the_square_of_depth() -> None:
    focal_baseline, sigma = 250.0, 0.5
    faults = Faults(FaultSettings(depth_noise=sigma), 1, focal_baseline)
    errors = {}
    for metres in (2.0, 8.0):
        grey = np.zeros((128, 128), np.uint8)
        given = Shots(0, grey, None, np.full(grey.shape, metres, np.float32))
        spoilt = faults.spoil(given, 1.0, 0)
        assert spoilt is not None and spoilt.depth is not None
        disparity = focal_baseline / spoilt.depth
        assert disparity.std() == pytest.approx(sigma, rel=0.02)
        beside = np.corrcoef(disparity[:, :-1].ravel(), disparity[:, 1:].ravel())[0, 1]
        far = np.corrcoef(disparity[:, :-9].ravel(), disparity[:, 9:].ravel())[0, 1]
        assert beside > 0.7 and abs(far) < 0.2, "neighbours err together, distant pixels do not"
        errors[metres] = float(spoilt.depth.std())
    assert errors[8.0] / errors[2.0] == pytest.approx(16.0, rel=0.1)


def test_noise_of_depth_without_a_pair_is_refused() -> None:
    with pytest.raises(DriveError, match=r"depth_noise: .* needs focal_baseline"):
        Faults(FaultSettings(depth_noise=0.5), 1)


def test_a_wrong_stamp_is_wrong_by_what_was_asked() -> None:
    spoilt = Faults(FaultSettings(wrong_stamps=1.0, stamp_error=-5.0), 0).spoil(shots(), 1.0, 0)
    assert spoilt is not None and spoilt.stamp == 45 * S
    early = Faults(FaultSettings(wrong_stamps=1.0, stamp_error=-99.0), 0).spoil(shots(), 1.0, 0)
    assert early is not None and early.stamp == 0, "no stamp is below zero"


def test_dead_pixels_are_always_the_same() -> None:
    image = shots().left
    first, second = dead(image, 0.05, 3), dead(image // 2 + 30, 0.05, 3)
    stuck = (first != image) & np.isin(first, (0, 255))
    assert 0.03 < stuck.mean() < 0.07
    assert (second[stuck] == first[stuck]).all()


def test_dust_takes_contrast_and_leaves_no_hole() -> None:
    image = shots().left
    spoilt = dusty(image, 0.8, 1)
    assert spoilt.std() < 0.9 * image.std()
    assert (dusty(image, 0.0, 1) == image).all()


@pytest.mark.parametrize("share", [0.2, 1.0])
def test_depth_holes_cover_their_share(share: float) -> None:
    depth = np.full((128, 128), 4.0, np.float32)
    spoilt = holed(depth, share, np.random.default_rng(0))
    assert np.isnan(spoilt).mean() == pytest.approx(share, abs=0.05)


def test_the_odometry_jumps_once_and_stays() -> None:
    faults = Faults(FaultSettings(odom_jump=3.0, after=2.0), 0)
    assert [faults.jump(t) for t in (0.0, 1.9, 2.0, 9.0)] == [0.0, 0.0, 3.0, 3.0]
    assert faults.counts == {"odometry jumps": 1}
