"""The order in which lockstep feeds a bag: each frame after all that belongs to it."""

from __future__ import annotations

from ai4mars_nav.replay.order import TF_LEAD, Heard, Step, steps

MS = 1_000_000
WINDOW, TOLERANCE = 1000 * MS, 5 * MS
LEFT, RIGHT, DEPTH = "left/image_rect", "right/image_rect", "depth/image_rect"


def heard(topic: str, stamp: int, log: int | None = None) -> Heard:
    """A message; times in milliseconds."""
    return Heard(topic, stamp * MS, (stamp if log is None else log) * MS)


def fed(*messages: Heard) -> list[Step]:
    return list(steps(messages, WINDOW, TOLERANCE))


def names(step: Step) -> list[tuple[str, int]]:
    return [(each.topic, each.stamp // MS) for each in step.before]


def test_depth_and_right_that_come_late_go_in_first() -> None:
    (step,) = fed(heard(LEFT, 0), heard("odom", 0, 5), heard(RIGHT, 0, 40), heard(DEPTH, 1, 60))
    assert names(step) == [("odom", 0), (RIGHT, 0), (DEPTH, 1)]
    assert step.frame is not None
    assert step.frame.topic == LEFT
    assert step.companions == {RIGHT, DEPTH}


def test_companions_that_came_before_are_known_too() -> None:
    (step,) = fed(heard(DEPTH, 0, 0), heard(RIGHT, 0, 1), heard(LEFT, 0, 2))
    assert step.companions == {RIGHT, DEPTH}


def test_another_frame_s_depth_is_none_of_this_one() -> None:
    first, second = fed(heard(LEFT, 0), heard(LEFT, 500), heard(DEPTH, 500, 510))
    assert not first.companions
    assert second.companions == {DEPTH}


def test_poses_up_to_the_first_after_the_frame_go_in_before_it() -> None:
    """Between two poses the nodes interpolate, and what they wait for depends on the machine."""
    poses = [heard("odom", stamp, stamp + 1) for stamp in (0, 90, 110, 200)]
    first, rest = fed(poses[0], heard(LEFT, 100), *poses[1:])
    assert names(first) == [("odom", 0), ("odom", 90), ("odom", 110)]
    assert rest == Step((poses[3],))


def test_a_pose_of_the_next_frame_is_left_where_it_is() -> None:
    """Rover products: one pose a frame, told just before it, and the next is days away."""
    steps_ = fed(heard("odom", 0), heard(LEFT, 0, 1), heard("odom", 900), heard(LEFT, 900, 901))
    assert [names(step) for step in steps_] == [[("odom", 0)], [("odom", 900)]]


def test_tf_goes_a_little_further_as_its_edges_come_from_several_publishers() -> None:
    lead = TF_LEAD // MS
    edges = [heard("/tf", stamp) for stamp in (101, 100 + lead, 101 + lead)]
    first, rest = fed(heard("/tf", 100), heard(LEFT, 100), *edges)
    assert len(first.before) == 3
    assert rest == Step((edges[2],))


def test_what_lies_beyond_the_window_is_not_looked_for() -> None:
    first, rest = fed(heard(LEFT, 0), heard("odom", 50), heard(DEPTH, 0, 1200))
    assert not first.companions
    assert names(rest) == [(DEPTH, 0)]


def test_nothing_is_lost_or_doubled() -> None:
    messages = [
        heard(topic, stamp, stamp + late)
        for stamp in range(0, 3000, 100)
        for late, topic in enumerate(("odom", LEFT, "left/camera_info", RIGHT, DEPTH, "/tf"))
    ]
    again = [each for step in fed(*messages) for each in (*step.before, step.frame) if each]
    assert sorted(again, key=lambda m: (m.log, m.topic)) == sorted(
        messages, key=lambda m: (m.log, m.topic)
    )
