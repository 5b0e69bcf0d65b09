"""The slip that is felt: right within odometry's error, whatever the drive was told."""

from __future__ import annotations

import numpy as np
import pytest

from ai4mars_nav.planning.slip import LONGEST_SILENCE, Felt, SlipSense, SlipSettings
from ai4mars_nav.rover import Rover

PERIOD = 0.1


def driven(
    rover: Rover, told: list[float], slip: float, curvature: float = 0.0, seed: int = -1
) -> list[Felt]:
    """What is felt by a rover that follows `told` (m/s) at full ramp and slips all the way."""
    sense, found = SlipSense(SlipSettings(), rover), []
    x = y = yaw = speed = 0.0
    random = np.random.default_rng(seed) if seed >= 0 else None
    for index, wanted in enumerate(told):
        noise = random.normal(0.0, 0.002, 2) if random is not None else np.zeros(2)
        felt = sense.felt(index * PERIOD, (x + noise[0], y + noise[1], yaw))
        if felt is not None:
            found.append(felt)
        sense.tell(wanted)
        for _ in range(10):
            change = rover.max_speed * PERIOD / 10
            speed += min(max(wanted - speed, -change), change)
            way = (1.0 - slip) * speed * PERIOD / 10
            yaw += curvature * way
            x, y = x + way * np.cos(yaw), y + way * np.sin(yaw)
    return found


@pytest.mark.parametrize("slip", [0.0, 0.08, 0.3, 0.8, 1.0])
@pytest.mark.parametrize("curvature", [0.0, 0.7])
def test_a_slip_is_felt_from_standing_on(small_rover: Rover, slip: float, curvature: float) -> None:
    found = driven(small_rover, [0.5] * 80, slip, curvature)
    assert [felt.slip for felt in found] == pytest.approx([slip] * len(found), abs=0.02)
    assert len(found) == 13, "3.7 m of rims in windows of 0.5, each 0.25 m"


def test_changes_of_speed_are_no_slip(small_rover: Rover) -> None:
    told = [0.5] * 20 + [0.15] * 20 + [0.4] * 20 + [0.0] * 20 + [0.5] * 30
    found = driven(small_rover, told, 0.1)
    assert len(found) > 8
    assert [felt.slip for felt in found] == pytest.approx([0.1] * len(found), abs=0.03)


def test_noise_of_odometry_is_a_few_hundredths(small_rover: Rover) -> None:
    found = driven(small_rover, [0.5] * 400, 0.3, seed=4)
    assert float(np.std([felt.slip for felt in found])) < 0.03
    assert float(np.mean([felt.slip for felt in found])) == pytest.approx(0.3, abs=0.03)


def test_backing_standing_and_turning_are_not_looked_at(small_rover: Rover) -> None:
    for told in ([-0.4] * 60, [0.0] * 60):
        assert not driven(small_rover, told, 0.5)


def test_a_silence_is_no_slip(small_rover: Rover) -> None:
    sense, found = SlipSense(SlipSettings(), small_rover), []
    for index in range(10):
        # it stood meanwhile, and nobody knows
        stamp = index * (LONGEST_SILENCE + 0.5)
        found.append(sense.felt(stamp, (0.1 * index, 0.0, 0.0)))
        sense.tell(0.5)
    assert not any(found)


def test_a_pose_that_jumps_says_nothing(small_rover: Rover) -> None:
    sense, found = SlipSense(SlipSettings(), small_rover), []
    for index in range(60):
        jump = 3.0 if index >= 32 else 0.0
        found.append(sense.felt(index * PERIOD, (jump + 0.05 * index, 0.0, 0.0)))
        sense.tell(0.5)
    slips = [felt.slip for felt in found if felt is not None]
    assert len(slips) >= 5 and slips == pytest.approx([0.0] * len(slips), abs=0.05)
    assert not any(found[32:37]), "begun anew"


def test_nothing_is_felt_where_somebody_else_drives(small_rover: Rover) -> None:
    sense = SlipSense(SlipSettings(watch=False), small_rover)
    for index in range(60):
        assert sense.felt(index * PERIOD, (0.0, 0.0, 0.0)) is None
        sense.tell(0.5)


def test_it_says_where_and_when(small_rover: Rover) -> None:
    first = driven(small_rover, [0.5] * 40, 0.0)[0]
    assert first.stamp == pytest.approx(1.5) and first.y == 0.0
    assert first.x == pytest.approx(0.5, abs=0.01)
