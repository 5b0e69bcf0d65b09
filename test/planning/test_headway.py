"""Whether a rover that is told to move does, and what it does when it does not."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ai4mars_nav.planning.headway import LONGEST, Headway, HeadwaySettings
from ai4mars_nav.planning.way_out import BACK_OUT
from ai4mars_nav.rover import Rover

from .stage import PERIOD, Stage


def told(headway: Headway, seconds: float, linear: float, angular: float, grip: float) -> list[int]:
    """Periods at whose end it was lost, of a rover that makes good a share `grip` of its way."""
    found, x, yaw = [], 0.0, 0.0
    for index in range(round(seconds / PERIOD) + 1):
        if headway.lost(index * PERIOD, (x, 0.0, yaw), linear, angular):
            found.append(index)
        x, yaw = x + grip * linear * PERIOD, yaw + grip * angular * PERIOD
    return found


@pytest.mark.parametrize(("linear", "angular"), [(0.5, 0.0), (-0.3, 0.0), (0.0, 0.6), (0.2, -0.6)])
def test_a_rover_that_stands_is_found_out_after_a_window(
    small_rover: Rover, linear: float, angular: float
) -> None:
    found = told(Headway(HeadwaySettings(), small_rover), 7.0, linear, angular, 0.0)
    assert found == [30, 61], "once a window, and then it begins anew"


@pytest.mark.parametrize("grip", [0.25, 0.6, 1.0])
@pytest.mark.parametrize(("linear", "angular"), [(0.5, 0.0), (0.0, 0.6), (0.2, -0.6)])
def test_a_rover_that_slips_gets_on(
    small_rover: Rover, linear: float, angular: float, grip: float
) -> None:
    assert not told(Headway(HeadwaySettings(), small_rover), 10.0, linear, angular, grip)


def test_a_slow_rover_is_given_the_time_to_be_seen_moving(curiosity: Rover) -> None:
    found = told(Headway(HeadwaySettings(), curiosity), 10.0, curiosity.max_speed, 0.0, 0.0)
    assert found == [75], "0.3 m at 0.04 m/s"


def test_a_rover_told_to_stand_or_to_dither_is_not_stuck(small_rover: Rover) -> None:
    headway = Headway(HeadwaySettings(), small_rover)
    assert not told(headway, 20.0, 0.0, 0.0, 0.0)
    headway.forget()
    for index in range(200):
        assert not headway.lost(index * PERIOD, (0.0, 0.0, 0.0), 0.5 * (-1) ** index, 0.0)


def test_nothing_is_found_where_somebody_else_drives(small_rover: Rover) -> None:
    assert not told(Headway(HeadwaySettings(watch=False), small_rover), 10.0, 0.5, 0.0, 0.0)


def test_a_whole_turn_within_a_window_is_way(small_rover: Rover) -> None:
    """Its yaw ends where it began."""
    assert not told(Headway(HeadwaySettings(), small_rover), 10.0, 0.0, math.tau / 3.0, 1.0)
    assert told(Headway(HeadwaySettings(), small_rover), 3.2, 0.0, math.tau / 3.0, 0.0)


@pytest.mark.parametrize(
    "told",
    [
        [(-0.12, 0.0)] * 30 + [(0.5, 0.0)] * 40,
        [(0.0, -0.6)] * 18 + [(0.0, 0.6)] * 20 + [(0.5, 0.1)] * 20,
    ],
    ids=["backing, then ahead", "turning right, then left, then ahead"],
)
def test_a_rover_that_turns_back_is_given_the_time_to_do_so(
    small_rover: Rover, told: list[tuple[float, float]]
) -> None:
    """Taken to be held while its wheels came to rest and rolled back, and the place barred."""
    headway, lost = Headway(HeadwaySettings(), small_rover), []
    speed = rate = x = yaw = 0.0
    for index, (linear, angular) in enumerate(told):
        speed = follows(speed, linear, small_rover.max_speed)
        rate = follows(rate, angular, small_rover.max_turn_rate)
        x, yaw = x + speed * PERIOD, yaw + rate * PERIOD
        lost.append(headway.lost((index + 1) * PERIOD, (x, 0.0, yaw), linear, angular))
    assert not any(lost)


def follows(speed: float, told: float, most: float) -> float:
    """A speed after a period in which another is told; at rest it takes a second to the most."""
    return speed + min(max(told - speed, -most * PERIOD), most * PERIOD)


def test_after_a_silence_nobody_knows_what_led_to_the_pose(small_rover: Rover) -> None:
    headway = Headway(HeadwaySettings(), small_rover)
    assert not headway.lost(0.0, (0.0, 0.0, 0.0), 0.5, 0.0)
    assert not headway.lost(60.0, (0.0, 0.0, 0.0), 0.5, 0.0)


def test_minutes_of_to_and_fro_are_not_added_up(small_rover: Rover) -> None:
    """A little more ahead than back, made good by nobody: 0.3 m only after two minutes."""
    headway = Headway(HeadwaySettings(), small_rover)
    for index in range(2000):
        linear = 0.105 if index % 2 else -0.1
        assert not headway.lost(index * PERIOD, (0.0, 0.0, 0.0), linear, 0.0)
    assert len(headway._moments) <= LONGEST * headway.settings.window / PERIOD + 2


def test_a_stuck_rover_says_where_and_backs_out(small_rover: Rover) -> None:
    stage = Stage(small_rover)
    stage.run(1.0, 1.0)
    at = stage.pose[0]
    commands = stage.run(3.5, 0.0)
    said = [command for command in commands if command.stuck_at is not None]
    assert len(said) == 1
    before_the_wheels = at + 0.5 * small_rover.wheelbase + small_rover.wheel_radius
    assert said[0].stuck_at == pytest.approx((before_the_wheels, 0.0))
    assert said[0].linear < 0.0 and "it did not" in said[0].reason
    back = stage.run(1.0, 1.0)
    assert all(command.linear < 0.0 for command in back), "until it is out"
    stage.run(4.0, 1.0)
    assert stage.pose[0] > at - BACK_OUT, "then it follows the path again"


def test_one_led_twice_to_where_all_is_vetoed_says_where(small_rover: Rover) -> None:
    """A plan through a gap that no arc passes: to and fro for 40 s on site 4 of the benchmark."""
    stage = Stage(small_rover)
    free = stage.clear.copy()
    said = []
    for _ in range(2):
        while stage.pose[0] < 1.0:
            stage.clear = free.copy()
            assert stage.run(PERIOD, 1.0)[0].stuck_at is None
        stage.clear[stage.arcs.direction == 1] = 0.3
        commands = stage.run(1.5, 1.0)
        assert all(command.linear < 0.0 for command in commands)
        said.append([command.stuck_at for command in commands if command.stuck_at is not None])
    assert said[0] == [] and len(said[1]) == 1
    before_the_wheels = 1.0 + 0.3 + 0.5 * small_rover.wheelbase + small_rover.wheel_radius
    assert said[1][0] == pytest.approx((before_the_wheels, 0.0), abs=0.06)


def test_a_rover_that_somebody_else_drives_is_stuck_nowhere(small_rover: Rover) -> None:
    """A replay goes on past where this driver would have turned back."""
    said = {}
    for watch in (True, False):
        stage = Stage(small_rover, watch)
        stage.clear[stage.arcs.direction == 1] = 0.3
        commands = []
        for x in np.arange(0.0, 3.0, 0.05):
            stage.pose = (float(x), 0.0, 0.0)
            commands += stage.run(PERIOD, 0.0)
        said[watch] = [command.stuck_at for command in commands if command.stuck_at is not None]
    assert said[True] and not said[False]


def test_backing_out_prefers_an_arc_that_is_clear_to_its_end(small_rover: Rover) -> None:
    """Backed straight onto a stone 0.7 m behind it, with a free way beside it."""
    stage = Stage(small_rover)
    back = np.flatnonzero(stage.arcs.direction == -1)
    straight = back[np.abs(stage.arcs.curvature[back]).argmin()]
    stage.clear[stage.arcs.direction == 1] = 0.3
    stage.clear[straight] = 0.6
    command = stage.run(PERIOD, 1.0)[0]
    assert command.linear < 0.0 and command.angular != 0.0
    stage.clear[back] = 0.6
    command = stage.run(PERIOD, 1.0)[0]
    assert command.linear < 0.0 and command.angular == 0.0, "or else the straightest"


def test_where_all_else_is_vetoed_it_goes_back_over_its_own_trail(small_rover: Rover) -> None:
    """It stood for ever where the map knew nothing behind it, a metre from its start: sites 121 and
    129 of the benchmark."""
    stage = Stage(small_rover)
    stage.clear[stage.arcs.direction == 1] = 0.3
    stage.clear[stage.arcs.direction == -1] = 0.0
    assert stage.run(PERIOD, 1.0)[0].stopped, "it never was behind its start"
    stage.clear[stage.arcs.direction == 1] = 4.0
    stage.run(2.0, 1.0)
    at = stage.pose[0]
    stage.clear[stage.arcs.direction == 1] = 0.3
    commands = stage.run(1.0, 1.0)
    assert all(command.linear < 0.0 for command in commands)
    assert "own trail" in commands[0].reason
    assert stage.pose[0] < at - 0.3


def test_a_short_trail_and_a_turn_lead_out_of_a_dead_end(small_rover: Rover) -> None:
    """Turned in place, 0.3 m on, and all is vetoed: it stood there."""
    stage = Stage(small_rover)
    stage.path = np.array([(0.0, 0.0), (0.0, 10.0)])
    while stage.pose[1] < 0.3:
        stage.run(PERIOD, 1.0)
    stage.clear[:] = 0.0
    back, turned, standing = stage.run(1.5, 1.0), stage.run(3.0, 1.0), stage.run(3.0, 1.0)
    assert back[0].linear < 0.0
    assert any(command.linear == 0.0 and command.angular < 0.0 for command in turned)
    assert stage.pose == pytest.approx((0.0, 0.0, 0.0), abs=0.15)
    assert standing[-1].stopped, "at its beginning"


def test_one_that_is_held_backing_does_not_trust_its_trail_again(small_rover: Rover) -> None:
    stage = Stage(small_rover)
    stage.clear[stage.arcs.direction == -1] = 0.0
    stage.run(3.0, 1.0)
    commands = stage.run(8.0, 0.0)
    said = [command for command in commands if command.stuck_at is not None]
    assert len(said) == 2
    assert said[0].linear < 0.0 and "own trail" in said[0].reason
    assert said[1].linear > 0.0, "behind it is what holds it now"


def test_one_that_is_stuck_turning_is_held_by_what_it_stands_on(small_rover: Rover) -> None:
    stage = Stage(small_rover)
    stage.path = np.array([(0.0, 0.0), (0.0, 10.0)])
    said = [c for c in stage.run(3.5, 0.0) if c.stuck_at is not None]
    assert [command.stuck_at for command in said] == [(0.0, 0.0)]
    assert said[0].linear < 0.0


def test_one_stuck_backward_leaves_ahead_and_one_shut_in_stands(small_rover: Rover) -> None:
    stage = Stage(small_rover)
    stage.clear[stage.arcs.direction == -1] = 0.0
    said = [c for c in stage.run(3.5, 0.0) if c.stuck_at is not None]
    assert said[0].linear > 0.0, "behind is barred"
    stage = Stage(small_rover)
    stage.run(3.0, 0.0)
    stage.clear[:] = 0.0
    last = stage.run(PERIOD, 0.0)[0]
    assert last.stopped and "no way out is clear" in last.reason and last.stuck_at is not None


def test_a_stop_begins_the_watch_anew(small_rover: Rover) -> None:
    stage = Stage(small_rover)
    stage.run(2.5, 0.0)
    path, stage.path = stage.path, np.empty((0, 2))
    stage.run(0.2, 0.0)
    stage.path = path
    assert all(command.stuck_at is None for command in stage.run(2.5, 0.0))


def test_one_that_was_told_to_stand_by_somebody_else_is_not_stuck(small_rover: Rover) -> None:
    """As when its node was deactivated: no pose was shown to the follower meanwhile."""
    stage = Stage(small_rover)
    stage.run(2.5, 1.0)
    stage.follower.stand()
    stage.now += 2.9
    assert all(command.stuck_at is None for command in stage.run(2.0, 1.0))


def test_on_the_next_goal_it_does_not_go_on_backing_out_of_the_last(small_rover: Rover) -> None:
    stage = Stage(small_rover)
    assert any(command.stuck_at for command in stage.run(3.5, 0.0))
    stage.path = np.array([(-5.0, 0.0), stage.pose[:2]])
    assert stage.run(PERIOD, 1.0)[0].arrived
    stage.path = np.array([(0.0, 0.0), (10.0, 0.0)])
    assert all(command.linear > 0.0 for command in stage.run(1.0, 1.0))


def test_a_jump_of_the_pose_ends_the_way_out(small_rover: Rover) -> None:
    stage = Stage(small_rover)
    assert any(command.stuck_at for command in stage.run(3.5, 0.0))
    stage.pose = (0.7, 0.0, 0.0)
    assert "jumped" in stage.run(PERIOD, 1.0)[0].reason
    assert all(command.linear > 0.0 for command in stage.run(1.0, 1.0))


def test_a_rover_that_slips_by_half_drives_on(small_rover: Rover) -> None:
    commands = Stage(small_rover).run(8.0, 0.5)
    assert all(command.linear > 0.0 and command.stuck_at is None for command in commands)
