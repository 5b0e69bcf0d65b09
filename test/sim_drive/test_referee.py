"""When a drive is over, and why."""

import re
from collections.abc import Callable

import pytest

from ai4mars_nav.sim.drive.referee import Referee, Rules, is_hard
from ai4mars_nav.sim.drive.truth_state import Truth, from_json, to_json
from ai4mars_nav.sim.vehicle.strikes import Strike
from ai4mars_nav.sim.world.world import NO_ROCK

RULES = Rules(goal=(20.0, 0.0), tolerance=0.3, standing=10.0, progress=60.0, longest=500.0)
Make = Callable[..., Truth]


def strike(rock: int = 7, height: float = 0.4, by: str = "wheel") -> Strike:
    return Strike(rock, height, by, 1.0, 2.0, 3.0)


def ended(referee: Referee) -> str:
    assert referee.end is not None
    return referee.end.reason


def test_a_rover_that_stands_at_the_goal_has_reached_it(truth: Make) -> None:
    referee = Referee(RULES)
    for i in range(20):
        referee.hear(truth(i / 10, place=(19.5, 0.2, 0.0), believed=(19.9, 0.0, 0.0)))
    assert referee.end is None, "it is still under way"
    for i in range(20, 40):
        here = truth(i / 10, place=(19.5, 0.2, 0), believed=(19.9, 0, 0), ordered=(0.0, 0.0))
        referee.hear(here)
    assert referee.end is not None and referee.end.reached
    assert "0.54 m off by the truth" in ended(referee)
    heard = len(referee.truths)
    referee.hear(truth(9.0))
    assert len(referee.truths) == heard, "what comes after the end does not count"


def test_a_rover_that_only_believes_to_be_there_is_lost(truth: Make) -> None:
    referee = Referee(RULES)
    for i in range(20):
        referee.hear(truth(i / 10, place=(17.0, 2.0, 0), believed=(20, 0, 0), ordered=(0.0, 0.0)))
    assert referee.end is not None and not referee.end.reached
    assert ended(referee) == "lost: it believes to be at the goal and is 3.6 m off"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"strikes": (strike(),)}, r"struck: wheel on rock 7, 0.40 m high, at \(1.0, 2.0\)"),
        ({"strikes": (strike(NO_ROCK, 0.1, "belly"),)}, "struck: belly on the ground"),
        ({"embedded": True, "sinkage": 0.11}, "embedded: the wheels sank 0.11 m"),
        ({"tipped": True, "tilt": 0.8}, "tipped over at 46 degrees"),
    ],
)
def test_harm_ends_a_drive(truth: Make, changes: dict[str, object], reason: str) -> None:
    referee = Referee(RULES)
    referee.hear(truth(1.0, **changes))
    assert referee.end is not None and not referee.end.reached

    assert re.match(reason, ended(referee))


def test_a_small_rock_and_a_step_of_ground_under_a_wheel_are_no_strikes_that_count() -> None:
    assert is_hard(strike(height=0.31))
    assert not is_hard(strike(height=0.30))
    assert not is_hard(strike(NO_ROCK, 0.5))


def test_a_rover_that_stands_too_long_is_stalled(truth: Make) -> None:
    referee = Referee(RULES)
    referee.hear(truth(1.0))
    for time in (5.0, 10.9):
        referee.hear(truth(time, place=(1.0, 0, 0), ordered=(0.0, 0.0)))
    assert referee.end is None
    referee.hear(truth(11.1, place=(1.0, 0, 0), ordered=(0.0, 0.0)))
    assert "stalled: it stood for 10 s, the driver gives no command" in ended(referee)


def test_wheels_that_turn_in_vain_are_stalled_too(truth: Make) -> None:
    referee = Referee(RULES)
    for time in (1.0, 11.5):
        referee.hear(truth(time, place=(1.0, 0, 0), stall="wheel on rock 3"))
    assert ended(referee).endswith("wheel on rock 3")


def test_a_rover_that_comes_no_nearer_is_stalled(truth: Make) -> None:
    referee = Referee(RULES)
    for time in range(1, 63):
        referee.hear(truth(float(time), place=(1.0, 0.1 * (time % 2), 0.0)))
    assert ended(referee).startswith("stalled: no nearer to the goal for 60 s")


def test_time_runs_out(truth: Make) -> None:
    referee = Referee(RULES)
    for step in range(600):
        referee.hear(truth(float(step), place=(0.01 * step, 0.0, 0.0)))
    assert "out of time after 501 s" in ended(referee)


def test_a_truth_crosses_the_topic(truth: Make) -> None:
    sent = truth(2.5, strikes=(strike(),), counts={"frame answered": 3}, stall="wheel on 2")
    assert from_json(to_json(sent)) == sent
