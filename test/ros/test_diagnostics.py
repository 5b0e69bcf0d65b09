"""The one line that says why nothing is published, in the order of what to look at first."""

import pytest

from ai4mars_nav.ros import diagnostics
from ai4mars_nav.ros.diagnostics import ERROR, OK, STALE, WARN, Health


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(diagnostics.time, "monotonic", lambda: now[0])
    return now


def test_from_start_to_silence(clock: list[float]) -> None:
    health = Health(silence=2.0)
    health.expect("left/image_rect")
    assert health.verdict() == (
        STALE,
        "nothing is published: left/image_rect has never been received",
    )
    health.heard("left/image_rect")
    assert health.verdict()[0] == STALE
    health.published("terrain/classes", lacking="no points: right and depth are missing")
    assert health.verdict() == (WARN, "publishing, but no points: right and depth are missing")
    health.published("terrain/classes")
    assert health.verdict() == (OK, "publishing, last 0.0 s ago")
    clock[0] += 0.5
    health.withheld("left/image_rect: encoding 'yuv422'")
    assert health.verdict() == (ERROR, "nothing is published: left/image_rect: encoding 'yuv422'")
    clock[0] += 3.0
    assert health.verdict() == (
        STALE,
        "nothing is published: left/image_rect is silent for 3.5 s",
    )
    health.fault("not configured: terrain: unknown parameter 'x'")
    assert health.verdict()[1].startswith("nothing is published: not configured")


def test_a_topic_that_is_not_needed_may_be_silent(clock: list[float]) -> None:
    health = Health(silence=2.0)
    health.expect("terrain/cost")
    health.heard("goal_pose")
    clock[0] += 60.0
    health.heard("terrain/cost")
    health.published("plan")
    assert health.verdict() == (OK, "publishing, last 0.0 s ago")


def test_what_is_missing_is_told_with_what_was_refused(clock: list[float]) -> None:
    """A nan in each odometry message: the pose is old, and that alone helps nobody."""
    health = Health(silence=2.0)
    refused, old = "odom: position (nan, 0.0, 0.0) is not finite", "the newest pose is 6 s old"
    health.refused(refused)
    clock[0] += 0.1
    health.withheld(old)
    assert health.verdict() == (ERROR, f"nothing is published: {old}; {refused}")
    health.published("terrain/classes", lacking=old)
    assert health.verdict() == (WARN, f"publishing, but {old}; {refused}")
    clock[0] += 3.0
    health.published("terrain/classes", lacking=old)
    assert health.verdict() == (WARN, f"publishing, but {old}")


def test_a_refusal_is_not_told_twice() -> None:
    health = Health(silence=2.0)
    health.withheld("the goal_pose was refused: frame 'moon' is unknown")
    health.refused("frame 'moon' is unknown")
    line = health.verdict()[1]
    assert line == "nothing is published: the goal_pose was refused: frame 'moon' is unknown"


def test_values_hold_percentiles_counts_and_ages(clock: list[float]) -> None:
    health = Health(silence=2.0)
    for i in range(101):
        health.took("infer", i / 1000.0)
    health.heard("odom")
    health.count("frames replaced", 3)
    clock[0] += 1.5
    values = health.values()
    assert values["infer p50 [ms]"] == "50.0" and values["infer p95 [ms]"] == "95.0"
    assert values["frames replaced"] == "3" and values["odom heard ago [s]"] == "1.50"
    message = diagnostics.to_message("/terrain", health.verdict(), values, 5)
    assert message.status[0].name == "/terrain" and len(message.status[0].values) == len(values)
    assert message.header.stamp.nanosec == 5


def test_a_refused_message_beside_good_ones_is_told_without_saying_that_nothing_comes(
    clock: list[float],
) -> None:
    """A right/camera_info of zeros, five times a second, while maps go out all the same."""
    health = Health(silence=2.0)
    health.refused("right/camera_info: p is all zero")
    assert health.verdict() == (ERROR, "nothing is published: right/camera_info: p is all zero")
    clock[0] += 0.1
    health.published("terrain/cost")
    clock[0] += 0.1
    health.refused("right/camera_info: p is all zero")
    assert health.verdict() == (WARN, "publishing, but right/camera_info: p is all zero")
    clock[0] += 3.0
    health.refused("right/camera_info: p is all zero")
    assert health.verdict() == (ERROR, "nothing is published: right/camera_info: p is all zero")
