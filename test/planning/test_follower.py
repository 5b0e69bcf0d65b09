"""The follower: every reason to stop, and what it drives when it may."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import numpy as np
import pytest

from ai4mars_nav.planning.arcs import Arcs, ArcSettings, candidate_arcs
from ai4mars_nav.planning.clearance import ArcVerdict
from ai4mars_nav.planning.errors import PlanningError
from ai4mars_nav.planning.follower import Command, Follower, FollowerSettings, Situation
from ai4mars_nav.rover import Rover

SETTINGS = FollowerSettings()
AHEAD = np.array([(0.0, 0.0), (10.0, 0.0)])


def clear(arcs: Arcs) -> list[ArcVerdict]:
    """Verdicts that let every arc pass."""
    return [
        ArcVerdict(True, "", float(end), float(end), 0.0, math.inf) for end in arcs.travelled[:, -1]
    ]


def barred(verdicts: list[ArcVerdict], which: np.ndarray, upto: float = 0.0) -> list[ArcVerdict]:
    """Verdicts with some arcs (a mask) vetoed after `upto` metres."""
    veto = ArcVerdict(False, "a step too high for a wheel", upto, upto, 0.0, math.inf)
    return [veto if bad else v for v, bad in zip(verdicts, which, strict=True)]


class Bench:
    """A rover's arcs and follower with a situation in which nothing is wrong."""

    def __init__(self, rover: Rover, settings: FollowerSettings = SETTINGS) -> None:
        self.rover = rover
        self.arcs = candidate_arcs(ArcSettings(), rover)
        self.follower = Follower(settings, rover, self.arcs)
        self.good = Situation(100.0, (0.0, 0.0, 0.0), 100.0, AHEAD, 99.0, 99.5, clear(self.arcs))

    def command(self, **changes: object) -> Command:
        return self.follower.command(replace(self.good, **changes))


def test_a_straight_path_is_driven_straight_at_full_speed(curiosity: Rover) -> None:
    command = Bench(curiosity).command()
    assert (command.linear, command.angular) == (curiosity.max_speed, 0.0)
    assert command.reason == "following the path" and not command.stopped


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"pose": None}, "no pose"),
        ({"pose": (math.nan, 0.0, 0.0)}, "pose .* is not finite"),
        ({"pose_stamp": 98.0}, "pose is 2.0 s old, more than 0.5 s"),
        ({"map_stamp": None}, "no map"),
        ({"map_stamp": 90.0}, "map is 10.0 s old, more than 3.0 s"),
        ({"path": None}, "no plan"),
        ({"path": np.empty((0, 2))}, "no plan"),
        ({"path": np.array([(0.0, 0.0), (math.nan, 1.0)])}, "the plan holds points .* not finite"),
        ({"path_stamp": 80.0}, "plan is 20.0 s old, more than 10.0 s"),
        ({"path": AHEAD + 5.0}, "m off the path, more than off_path"),
        ({"path": AHEAD * 0.01}, "arrived"),
    ],
)
def test_reasons_to_stop(curiosity: Rover, changes: dict[str, object], reason: str) -> None:
    command = Bench(curiosity).command(**changes)
    assert command.stopped
    assert (command.linear, command.angular) == (0.0, 0.0)
    assert re.search(reason, command.reason), command.reason
    assert command.arrived is (reason == "arrived")


def test_stops_when_all_arcs_are_vetoed(curiosity: Rover) -> None:
    bench = Bench(curiosity)
    everything = barred(bench.good.verdicts, np.ones(len(bench.arcs), bool), 0.1)
    command = bench.command(verdicts=everything)
    assert command.stopped
    assert command.reason == (
        "all arcs vetoed; the one wanted: a step too high for a wheel after 0.1 m"
    )


def test_backs_out_until_there_is_room_ahead_when_every_arc_ahead_is_vetoed(
    curiosity: Rover,
) -> None:
    bench = Bench(curiosity)
    ahead = barred(bench.good.verdicts, bench.arcs.direction == 1, 0.3)
    command = bench.command(verdicts=ahead)
    assert command.linear < 0.0 and command.reason == "backing, every arc ahead is vetoed"
    little_room = barred(bench.good.verdicts, bench.arcs.direction == 1, 1.0)
    assert bench.command(verdicts=little_room).linear < 0.0
    assert bench.command().linear > 0.0


@pytest.mark.parametrize(
    ("pose", "stamp", "reason"),
    [
        ((3.0, 0.0, 0.0), 100.2, "pose jumped by 3.00 m in 0.20 s"),
        ((0.0, 0.0, 1.0), 100.2, "pose turned by 57 deg in 0.20 s"),
        ((0.0, 0.0, 0.0), 99.8, "pose stamps went back by 0.20 s"),
    ],
)
def test_a_pose_that_jumps_stops_the_rover_once(
    curiosity: Rover, pose: tuple[float, float, float], stamp: float, reason: str
) -> None:
    bench = Bench(curiosity)
    assert not bench.command().stopped
    jumped = bench.command(pose=pose, pose_stamp=stamp, now=100.2)
    assert jumped.stopped and jumped.reason == reason
    after = bench.command(pose=pose, pose_stamp=stamp + 0.1, now=100.3, path=AHEAD + pose[:2])
    assert not after.stopped


def test_a_turned_heading_is_not_a_jump_over_pi(curiosity: Rover) -> None:
    bench = Bench(curiosity)
    behind = np.array([(0.0, 0.0), (-10.0, 0.0)])
    bench.command(pose=(0.0, 0.0, math.pi - 0.01), path=behind)
    after = bench.command(pose=(0.0, 0.0, -math.pi + 0.01), pose_stamp=100.1, path=behind)
    assert not after.stopped


def test_vetoed_arcs_are_avoided(curiosity: Rover) -> None:
    bench = Bench(curiosity)
    middle = np.abs(bench.arcs.curvature) < 0.1
    command = bench.command(verdicts=barred(bench.good.verdicts, middle))
    assert command.reason == "around what the clearance check vetoed"
    assert abs(command.angular / command.linear) >= 0.1 - 1e-9


def test_an_arc_clear_for_a_while_is_driven_when_none_is_clear_for_long(curiosity: Rover) -> None:
    bench = Bench(curiosity)
    verdicts = barred(bench.good.verdicts, np.ones(len(bench.arcs), bool), 0.7)
    command = bench.command(verdicts=verdicts)
    assert 0.0 < command.linear < curiosity.max_speed


def test_slows_before_the_goal(curiosity: Rover) -> None:
    near = np.array([(0.0, 0.0), (0.6, 0.0)])
    command = Bench(curiosity).command(path=near)
    assert 0.0 < command.linear == pytest.approx(0.6 * curiosity.max_speed)


@pytest.mark.parametrize("yaw", np.linspace(-math.pi, math.pi, 25))
@pytest.mark.parametrize("which", ["curiosity", "small_rover"])
def test_commands_keep_the_limits(yaw: float, which: str, request: pytest.FixtureRequest) -> None:
    rover = request.getfixturevalue(which)
    command = Bench(rover).command(pose=(0.0, 0.3, float(yaw)))
    assert abs(command.linear) <= rover.max_speed * (1 + 1e-9)
    assert abs(command.angular) <= rover.max_turn_rate * (1 + 1e-9)
    if rover.drive == "ackermann":
        assert command.linear != 0.0
        assert abs(command.angular / command.linear) <= 1 / rover.min_turn_radius + 1e-9


def test_a_skid_steered_rover_turns_in_place_toward_a_path_behind_it(small_rover: Rover) -> None:
    command = Bench(small_rover).command(pose=(0.0, 0.0, 2.5))
    assert command.linear == 0.0 and command.angular < 0.0
    assert command.reason == "turning in place"


def test_the_other_way_round_when_something_stands_beside(small_rover: Rover) -> None:
    bench = Bench(small_rover)
    verdicts = barred(bench.good.verdicts, bench.arcs.turn < 0.0)
    command = bench.command(pose=(0.0, 0.0, 2.5), verdicts=verdicts)
    assert command.linear == 0.0 and command.angular > 0.0


def cramped(bench: Bench, *directions: int) -> list[ArcVerdict]:
    """Verdicts without room to the sides on arcs of these directions."""
    narrow = np.isin(bench.arcs.direction, directions)
    return [
        replace(verdict, roomy=0.0) if bad else verdict
        for verdict, bad in zip(bench.good.verdicts, narrow, strict=True)
    ]


TURNING = np.array([(0.0, 0.0), (-2.0, 5.0)])


def test_a_rover_first_goes_where_its_corners_have_room_to_turn(small_rover: Rover) -> None:
    """Acceptance drives 3 and 4 passed a rock by less than 2 cm while turning beside it."""
    bench = Bench(small_rover)
    ahead = bench.command(path=TURNING, verdicts=cramped(bench, 0))
    assert ahead.reason == "to where there is room to turn"
    assert ahead.linear > 0.0 and ahead.angular > 0.0
    assert bench.command(path=TURNING).reason == "turning in place"
    bench = Bench(small_rover)
    back = bench.command(path=TURNING, verdicts=cramped(bench, 0, 1))
    assert back.linear < 0.0 and back.angular == 0.0
    bench = Bench(small_rover)
    nowhere = bench.command(path=TURNING, verdicts=cramped(bench, 0, 1, -1))
    assert nowhere.reason == "turning in place", "or else as near as it is"


def test_room_to_turn_is_looked_for_once_a_turn(small_rover: Rover) -> None:
    """To and fro between ahead and back it came nowhere for 17 s on acceptance drive 4."""
    bench = Bench(small_rover)
    assert bench.command(path=TURNING, verdicts=cramped(bench, 0, 1)).linear < 0.0
    still = {"path": TURNING, "verdicts": cramped(bench, 0)}
    assert bench.command(pose=(-0.4, 0.0, 0.0), **still).linear < 0.0, "goes on the same way"
    assert bench.command(pose=(-0.8, 0.0, 0.0), **still).reason == "turning in place"
    assert bench.command(pose=(-0.4, 0.0, 0.0), path=AHEAD).reason == "following the path"
    again = bench.command(pose=(-0.4, 0.0, 0.0), **still)
    assert again.reason == "to where there is room to turn", "the next turn is another"


def test_an_arc_with_room_beside_it_is_worth_a_small_detour(small_rover: Rover) -> None:
    bench = Bench(small_rover)
    curvature = bench.arcs.curvature
    ahead = bench.arcs.direction == 1

    def narrow_within(width: float) -> Command:
        beside = ahead & (np.abs(curvature) < width)
        verdicts = [
            replace(verdict, roomy=0.0) if bad else verdict
            for verdict, bad in zip(bench.good.verdicts, beside, strict=True)
        ]
        return bench.command(verdicts=verdicts)

    away = narrow_within(0.3)
    assert away.reason == "away from what stands beside"
    assert 0.3 <= abs(away.angular / away.linear) < 0.6
    assert narrow_within(1.0).reason == "following the path", "but no great one"


def test_an_ackermann_rover_backs_where_its_circle_cannot_reach(curiosity: Rover) -> None:
    command = Bench(curiosity).command(path=np.array([(0.0, 0.0), (0.0, 1.5)]))
    assert command.reason == "backing to turn"
    assert command.linear < 0.0
    assert command.angular > 0.0  # the nose comes round to the left, where the path is


def test_verdicts_of_other_arcs_are_refused(curiosity: Rover) -> None:
    with pytest.raises(PlanningError, match="2 verdicts for 36 candidate arcs"):
        bench = Bench(curiosity)
        bench.command(verdicts=bench.good.verdicts[:2])


def test_a_turn_barred_behind_goes_ahead_until_barred_there(curiosity: Rover) -> None:
    """No dithering: each leg of a many-point turn is driven to its end."""
    bench = Bench(curiosity)
    path = np.array([(0.0, 0.0), (0.0, 1.5)])
    free, behind = bench.good.verdicts, bench.arcs.direction == -1
    assert bench.command(path=path).reason == "backing to turn"
    assert bench.command(path=path, verdicts=barred(free, behind)).linear > 0.0
    assert bench.command(path=path).linear > 0.0
    ahead = bench.arcs.direction == 1
    assert bench.command(path=path, verdicts=barred(free, ahead)).reason == "backing to turn"


def test_backing_ends_when_the_circle_reaches_the_target(curiosity: Rover) -> None:
    bench = Bench(curiosity)
    assert bench.command(path=np.array([(0.0, 0.0), (0.0, 1.5)])).linear < 0.0
    away = bench.command(path=np.array([(0.0, 0.0), (-1.5, 0.0), (-4.0, 0.0)]))
    assert away.reason == "turning on a tight arc"


def test_steers_on_the_circle_through_the_point_ahead(curiosity: Rover) -> None:
    for side in (1.0, -1.0):
        command = Bench(curiosity).command(path=np.array([(0.0, 0.0), (1.4, 0.25 * side)]))
        circle = command.linear / command.angular
        assert math.hypot(1.4, 0.25 * side - circle) == pytest.approx(abs(circle))
        assert math.copysign(1.0, command.angular) == side


def test_a_turn_does_not_go_all_the_way_round_to_a_new_plan_on_the_other_side(
    small_rover: Rover,
) -> None:
    bench = Bench(small_rover)
    assert bench.command(path=np.array([(0.0, 0.0), (0.0, -8.0)])).angular < 0.0
    for place, turns in ((-90.0, -1), (-179.0, -1), (140.0, -1), (40.0, 1)):
        x, y = 8.0 * math.cos(math.radians(place)), 8.0 * math.sin(math.radians(place))
        command = bench.command(path=np.array([(0.0, 0.0), (x, y)]))
        assert command.reason == "turning in place"
        assert command.angular * turns > 0.0, place


def test_a_rover_that_turns_in_place_turns_to_where_the_path_leaves_a_barred_place(
    small_rover: Rover,
) -> None:
    """The point steered to lies ahead, but the way there begins to the left."""
    bench = Bench(small_rover)
    round_it = np.array([(0.0, 0.0), (0.0, 0.6), (1.5, 0.6), (8.0, 0.0)])
    ahead = barred(bench.good.verdicts, bench.arcs.direction != 0, upto=0.2)
    command = bench.command(path=round_it, verdicts=ahead)
    assert (command.linear, command.reason) == (0.0, "turning in place")
    assert command.angular > 0.0


def test_a_rover_that_turns_in_place_backs_out_where_all_ahead_is_vetoed(
    small_rover: Rover,
) -> None:
    """To the end once begun, though a few centimetres farther back arcs ahead look clear again."""
    bench = Bench(small_rover)
    ahead = barred(bench.good.verdicts, bench.arcs.direction == 1, upto=0.2)
    assert bench.command(verdicts=ahead).reason == "backing out, all ahead is vetoed"
    for x in (-0.3, -0.6):
        slightly = bench.command(pose=(x, 0.0, 0.0), pose_stamp=100.0)
        assert slightly.linear < 0.0 and slightly.angular == 0.0
    done = bench.command(pose=(-0.9, 0.0, 0.0), pose_stamp=100.0)
    assert done.linear > 0.0
    everything = barred(bench.good.verdicts, np.ones(len(bench.arcs), bool), upto=0.2)
    assert bench.command(verdicts=everything).stopped


def test_a_tight_curve_is_driven_as_slowly_as_the_turn_rate_asks(small_rover: Rover) -> None:
    slow_to_turn = replace(small_rover, max_turn_rate=0.1)
    command = Bench(slow_to_turn).command(path=np.array([(0.0, 0.0), (1.0, 0.8), (8.0, 6.4)]))
    assert command.angular == pytest.approx(0.1)
    assert 0.0 < command.linear < 0.2
