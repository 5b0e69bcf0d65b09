"""In a process of a pool rows are one band on its own thread: the same picture, to the last bit."""

from __future__ import annotations

import multiprocessing

import numpy as np
import pytest


def test_one_band_shows_what_many_do(
    marcher, looking, navcam, monkeypatch: pytest.MonkeyPatch
) -> None:
    left, _ = navcam(160)
    poses = [looking(1.0, -2.0, 1.8, down, yaw) for down, yaw in ((18.0, 0.3), (3.0, 2.0))]
    many = [marcher.see(left, pose, 5) for pose in poses]
    monkeypatch.setattr(multiprocessing, "parent_process", multiprocessing.current_process)
    for one, before in zip([marcher.see(left, pose, 5) for pose in poses], many, strict=True):
        assert np.array_equal(one.grey, before.grey)
        assert np.array_equal(one.depth, before.depth, equal_nan=True)
        assert np.array_equal(one.classes, before.classes)
