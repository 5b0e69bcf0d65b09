"""Process replay: the real nodes, a recorded sequence in lockstep, a stored reference.

`pytest test/replay --update-reference` writes the reference anew, where a change is meant.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ai4mars_nav.bags.read import messages
from ai4mars_nav.replay.digest import outputs
from ai4mars_nav.replay.inputs import SAID

from .conftest import (
    CAMERA,
    COST,
    FRAMES,
    GOAL,
    REFERENCE,
    Replayed,
    Sequence,
    per_frame,
    stamps,
)


def test_outputs_are_as_the_reference_has_them(base: Replayed) -> None:
    assert base.code == 0, base.words
    assert REFERENCE.stat().st_size < 300_000


def test_every_frame_is_answered_with_its_own_stamp_and_frame_id(
    base: Replayed, sequence: Sequence
) -> None:
    report = base.report
    assert (report["frames_in"], report["frames_answered"]) == (FRAMES, FRAMES)
    for topic in per_frame():
        assert stamps(base.out, topic) == sequence.stamps, topic
    frames = {
        topic: {m.header.frame_id for _, _, m in messages(base.out / "bag", topic)}
        for topic in ("terrain/classes", "terrain/points", COST, "terrain/elevation")
    }
    assert frames == {
        "terrain/classes": {CAMERA},
        "terrain/points": {CAMERA},
        COST: {"odom"},
        "terrain/elevation": {"odom"},
    }


def test_a_goal_in_the_bag_is_planned_and_driven_to(base: Replayed, sequence: Sequence) -> None:
    none_yet, *plans = [message for _, _, message in messages(base.out / "bag", "plan")]
    assert not none_yet.poses, "the goal came before the first map"
    assert stamps(base.out, "plan")[1:] == sequence.stamps
    assert all(len(plan.poses) > 1 for plan in plans)
    end = plans[-1].poses[-1].pose.position
    assert np.hypot(end.x - GOAL[0], end.y - GOAL[1]) < 1.0
    said = [order for _, order in outputs(base.out / "bag")["cmd_vel"]]
    # ten commands a second, one for each pose that was told
    assert len(said) == 5 * FRAMES
    assert max(order.linear.x for order in said) > 0.05


def test_what_was_replayed_is_the_truth(base: Replayed, sequence: Sequence) -> None:
    """The coded look tells classes by grey level: most pixels that are judged are right."""
    from ai4mars_nav.ros.convert.image import to_array

    found = messages(base.out / "bag", "terrain/classes")
    for (_, _, message), sight in zip(found, sequence.sights, strict=True):
        classes = to_array(message, "terrain/classes")
        truth = sight.left.classes[::2, ::2]
        judged = (classes != 255) & (truth != 255)
        assert judged.mean() > 0.1
        assert (classes[judged] == truth[judged]).mean() > 0.9


def test_the_report_times_every_stage(base: Replayed) -> None:
    nodes = base.report["nodes"]
    for name, stages in {
        "terrain": ("read", "segment", "points", "rocks", "publish", "frame"),
        "map": ("integrate", "update", "publish", "frame"),
        "driver": ("decide",),
    }.items():
        for stage in stages:
            assert nodes[name]["stages_ms"][stage]["p95"] >= 0.0
    assert nodes["terrain"]["counts"]["terrain/classes published"] == FRAMES
    page = (base.out / "report.md").read_text()
    assert "| terrain | segment |" in page
    assert f"{FRAMES} in, {FRAMES} answered in full" in page


def test_pictures_are_left(base: Replayed) -> None:
    import cv2

    read, animation = cv2.imreadanimation(str(base.out / "film.gif"))
    assert read
    assert len(animation.frames) == FRAMES
    last = cv2.imread(str(base.out / "last.png"))
    assert last is not None
    assert last.shape[1] > 3 * last.shape[0]
    film = cv2.VideoCapture(str(base.out / "film.mp4"))
    assert film.get(cv2.CAP_PROP_FRAME_COUNT) == FRAMES


def test_two_replays_are_equal(
    base: Replayed, bag: Path, params: Callable[..., Path], replay: Callable[..., Replayed]
) -> None:
    again = replay(bag, "--params", str(params()))
    first, second = outputs(base.out / "bag"), outputs(again.out / "bag")
    for topic in SAID:
        assert len(first[topic]) == len(second[topic]), topic
        for (log, message), (other_log, other) in zip(first[topic], second[topic], strict=True):
            assert log == other_log, topic
            assert message == other, f"{topic} at {log}"


def test_one_changed_constant_of_the_cost_is_seen(
    bag: Path, params: Callable[..., Path], replay: Callable[..., Replayed], base: Replayed
) -> None:
    del base  # the reference may be in the making
    changed = params(cost={"energy_weight": 0.52})
    done = replay(bag, "--params", str(changed), "--compare", str(REFERENCE))
    assert done.code == 1
    differing = [line for line in done.words.splitlines() if "of message" in line]
    assert differing
    assert any(line.startswith("terrain/cost.cells") for line in differing), done.words
    # the plan is made of the cost, and the command of the plan
    assert all(line.startswith(("terrain/cost", "plan", "cmd_vel")) for line in differing)


def test_what_the_report_holds_is_plain_json(base: Replayed) -> None:
    json.dumps(base.report)
