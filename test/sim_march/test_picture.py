"""The picture: repeatable, exposed as asked, with the noise of its seed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ai4mars_nav.geometry.pinhole import Pinhole
from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.sim.march.look import Look
from ai4mars_nav.sim.march.marcher import Marcher
from ai4mars_nav.sim.world.world import World

Looking = Callable[..., Pose]
Navcam = Callable[[int], tuple[Pinhole, Pinhole]]


def test_the_same_seeds_give_the_same_bytes(
    rolling: World, looking: Looking, navcam: Navcam
) -> None:
    camera, pose = navcam(128)[0], looking(0.0, 0.0, 2.0, 20.0)
    one = Marcher(rolling, Look(seed=4)).see(camera, pose, 5)
    two = Marcher(rolling, Look(seed=4)).see(camera, pose, 5)
    assert np.array_equal(one.grey, two.grey)
    noisy = Marcher(rolling, Look(seed=4)).see(camera, pose, 6)
    assert not np.array_equal(one.grey, noisy.grey)
    assert np.abs(one.grey.astype(int) - noisy.grey).mean() < 3.0


def test_the_exposure_aims_at_the_grey_that_was_asked_for(
    rolling: World, looking: Looking, navcam: Navcam
) -> None:
    camera, pose = navcam(128)[0], looking(0.0, 0.0, 2.0, 20.0)
    for wanted in (40.0, 59.0, 110.0):
        look = Look(mean_grey=wanted, vignetting=0.0)
        assert abs(Marcher(rolling, look).see(camera, pose, 0).grey.mean() - wanted) < 4.0
