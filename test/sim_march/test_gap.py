"""What is said of the gap between real pictures and ours, on pictures whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from ai4mars_nav.sim.march import gap, gap_classes
from ai4mars_nav.terrain import UNKNOWN, Terrain


def test_contrast_is_that_of_squares_of_one_class() -> None:
    grey = np.full((256, 256), 100, np.uint8)
    grey[:, ::2] = 80
    label = np.full((256, 256), UNKNOWN, np.uint8)
    label[:32, :48] = Terrain.BEDROCK
    label[128:, 128:136] = Terrain.SAND
    found = gap_classes.contrasts(grey, label)
    assert len(found[Terrain.BEDROCK]) == 2 * 3 and not found[Terrain.SAND]
    assert found[Terrain.BEDROCK][0] == pytest.approx(10.0 / 90.0)
    rows = gap_classes.class_table(found, found)
    assert rows[3] == "| bedrock | 0.11 (0.11 to 0.11) of 6 | 0.11 (0.11 to 0.11) of 6 |"
    assert rows[4] == "| sand | no square | no square |"


def test_white_noise_has_a_flat_spectrum_and_its_own_deviation() -> None:
    noise = np.random.default_rng(0).normal(100.0, 20.0, (12, 256, 256))
    told = [gap.statistics(image) for image in np.clip(noise, 0, 255).astype(np.uint8)]
    assert told[0].mean == pytest.approx(100.0, abs=1.0)
    assert told[0].deviation == pytest.approx(20.0, abs=0.5)
    # the inner rings hold few frequencies each: of one image they say little
    assert abs(gap.slope(np.mean([t.power for t in told], axis=0))) < 0.1
    flat = gap.statistics(np.full((512, 512), 40, np.uint8))
    assert flat.edges == 0.0 and flat.deviation == 0.0


def test_a_brighter_picture_is_so_many_levels_away() -> None:
    one, other = np.zeros(64), np.zeros(64)
    one[10], other[15] = 1.0, 1.0
    assert gap.shift(one, other) == pytest.approx(20.0)
