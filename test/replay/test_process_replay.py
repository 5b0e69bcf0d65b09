"""Process replay: the real nodes, a recorded sequence in lockstep, a stored reference.

`pytest test/replay --update-reference` writes the reference anew, where a change is meant.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ai4mars_nav.bags.read import messages
from ai4mars_nav.replay.digest import outputs
from ai4mars_nav.replay.feeder import MAPPED, PLANE, SPACE
from ai4mars_nav.replay.inputs import SAID

from .conftest import BEGIN, CAMERA, FRAMES, GOAL, Entry, Replayed, S, Sequence

COST = "terrain/cost"
REFERENCE = Path(__file__).with_name("reference.npz")
PER_FRAME = (*PLANE, *SPACE, *MAPPED)


@pytest.fixture(scope="session")
def base(
    bag: Path,
    params: Callable[..., Path],
    replay: Callable[..., Replayed],
    request: pytest.FixtureRequest,
) -> Replayed:
    """The sequence once through the graph, compared with the reference."""
    words = ["--params", str(params()), "--compare", str(REFERENCE)]
    if request.config.getoption("--update-reference", default=False):
        words.append("--update")
    return replay(bag, *words)


def stamps(out: Path, topic: str) -> list[int]:
    """Of all messages of an output."""
    found = []
    for _, _, message in messages(out / "bag", topic):
        stamp = (message.markers[0] if hasattr(message, "markers") else message).header.stamp
        found.append(stamp.sec * S + stamp.nanosec)
    return found


def test_outputs_are_as_the_reference_has_them(base: Replayed) -> None:
    assert base.code == 0, base.words
    assert REFERENCE.stat().st_size < 300_000


def test_every_frame_is_answered_with_its_own_stamp_and_frame_id(
    base: Replayed, sequence: Sequence
) -> None:
    report = base.report
    assert (report["frames_in"], report["frames_answered"]) == (FRAMES, FRAMES)
    for topic in PER_FRAME:
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


def test_a_tenth_of_the_messages_lost_is_accounted_for(
    tmp_path: Path,
    sequence: Sequence,
    write_bag: Callable[..., Path],
    params: Callable[..., Path],
    replay: Callable[..., Replayed],
) -> None:
    cameras = [e for e in sequence.entries if e.topic not in ("/tf_static", "/odom", "/goal_pose")]
    lost = random.Random(5).sample(cameras, len(cameras) // 10)
    kept = [e for e in sequence.entries if not any(e is each for each in lost)]
    gone = Counter(each.topic for each in lost)
    assert gone["/left/image_rect"]
    assert gone["/depth/image_rect"], "the test loses what matters"
    done = replay(write_bag(tmp_path / "bag", kept), "--params", str(params()))

    def of(topic: str) -> set[int]:
        return {
            e.message.header.stamp.sec * S + e.message.header.stamp.nanosec
            for e in kept
            if e.topic == topic
        }

    left, right, depth = (of(f"/{each}/image_rect") for each in ("left", "right", "depth"))
    report = done.report
    assert report["frames_in"] == len(left)
    assert report["frames_dropped"] == 0
    assert stamps(done.out, "terrain/classes") == sorted(left)
    assert stamps(done.out, COST) == sorted(left & (right | depth))
    counts = report["nodes"]["terrain"]["counts"]
    assert counts.get("depth/image_rect missing", 0) == len(left - depth)
    assert counts.get("depth/image_rect unmatched", 0) == sum(
        stamp < max(left) for stamp in depth - left
    )
    assert counts["left/image_rect received"] == len(left)


def test_from_later_on_and_twice(
    tmp_path: Path,
    sequence: Sequence,
    write_bag: Callable[..., Path],
    params: Callable[..., Path],
    replay: Callable[..., Replayed],
) -> None:
    """The mount was told before the start only, and the second time is like the first."""
    path = write_bag(tmp_path / "bag", sequence.entries, "sqlite3")
    words = ["--start", "0.4", "--duration", "2.3", "--loop", "2", "--params", str(params())]
    done = replay(path, *words)
    expected = [stamp for stamp in sequence.stamps if 0.4 * S <= stamp - BEGIN < 2.7 * S]
    # over more than a second, or it is no jump; the map's window, which stays, moves only later
    assert len(expected) == 5
    report = done.report
    assert report["frames_in"] == report["frames_answered"] == 2 * len(expected), done.words
    assert stamps(done.out, COST) == 2 * expected
    found = outputs(done.out / "bag")
    half = len(expected)
    for topic in PER_FRAME:
        first, second = found[topic][:half], found[topic][half:]
        assert [message for _, message in first] == [message for _, message in second], topic
    logs = [log for log, _ in found[COST]]
    assert logs == sorted(logs), "the recorded time goes on"
    assert report["nodes"]["terrain"]["counts"]["time jumps"] == 1


def test_at_a_rate_nothing_is_waited_for(
    bag: Path, params: Callable[..., Path], replay: Callable[..., Replayed]
) -> None:
    done = replay(bag, "--rate", "0.5", "--params", str(params()))
    report = done.report
    assert done.code == 0
    assert report["mode"] == "rate 0.5"
    assert report["frames_in"] == FRAMES
    assert report["wall_s"]["replay"] > 2.0 * 4.5
    dropped = [frame for frame in report["frames"] if not frame["answered"]]
    assert report["frames_dropped"] == len(dropped)
    assert all(frame["why"] for frame in dropped)


def field_entries(sequence: Sequence, rename: dict[str, Callable[[Entry], Entry]]) -> list[Entry]:
    return [rename.get(each.topic, lambda same: same)(each) for each in sequence.entries]


def named(topic: str) -> Callable[[Entry], Entry]:
    return lambda each: replace(each, topic=topic)


def as_png(topic: str) -> Callable[[Entry], Entry]:
    import cv2
    from sensor_msgs.msg import CompressedImage

    from ai4mars_nav.ros.convert.image import byte_array, to_array

    def turn(each: Entry) -> Entry:
        data = cv2.imencode(".png", to_array(each.message, "x"))[1]
        message = CompressedImage(header=each.message.header, format="mono8; png compressed ")
        message.data = byte_array(data)
        return Entry(topic, "sensor_msgs/msg/CompressedImage", each.log, message)

    return turn


def in_millimetres(topic: str) -> Callable[[Entry], Entry]:
    from ai4mars_nav.ros.convert.header import nanoseconds
    from ai4mars_nav.ros.convert.image import from_array, to_array

    def turn(each: Entry) -> Entry:
        metres = np.nan_to_num(to_array(each.message, "x"), nan=0.0, posinf=0.0)
        pixels = np.where(metres < 65.0, np.rint(metres * 1e3), 0).astype(np.uint16)
        head = each.message.header
        message = from_array(pixels, nanoseconds(head.stamp), head.frame_id)
        return Entry(topic, each.kind, each.log, message)

    return turn


def test_a_realsense_bag_replays_with_its_remap(
    tmp_path: Path,
    sequence: Sequence,
    write_bag: Callable[..., Path],
    params: Callable[..., Path],
    replay: Callable[..., Replayed],
    base: Replayed,
) -> None:
    """PNG loses nothing, so that the classes are those of the plain bag."""
    camera = "/camera/camera"
    entries = field_entries(
        sequence,
        {
            "/left/image_rect": as_png(f"{camera}/infra1/image_rect_raw/compressed"),
            "/right/image_rect": as_png(f"{camera}/infra2/image_rect_raw/compressed"),
            "/depth/image_rect": in_millimetres(f"{camera}/depth/image_rect_raw"),
            "/left/camera_info": named(f"{camera}/infra1/camera_info"),
            "/right/camera_info": named(f"{camera}/infra2/camera_info"),
        },
    )
    thing = b"\x00\x01\x00\x00" + bytes(4)
    entries.append(Entry(f"{camera}/extrinsics", "my_msgs/msg/Thing", entries[-1].log, thing))
    broken = next(
        i for i, e in enumerate(entries) if e.topic.endswith("infra2/image_rect_raw/compressed")
    )
    entries[broken].message.data = entries[broken].message.data[:20]
    path = write_bag(tmp_path / "bag", entries)
    done = replay(path, "--remap", "realsense", "--params", str(params()))
    report = done.report
    assert report["frames_answered"] == FRAMES, done.words
    assert report["topics_left_out"] == {f"{camera}/extrinsics": "nobody in the graph hears it"}
    (refusal,) = report["messages_refused"]
    assert "infra2/image_rect_raw/compressed: 20 bytes" in refusal
    ours, theirs = (outputs(each.out / "bag")["terrain/classes"] for each in (done, base))
    for (_, mine), (_, other) in zip(ours, theirs, strict=True):
        # 16UC1 has one word for none and for too far: other pixels may be judged at the horizon
        assert (np.asarray(mine.data) == np.asarray(other.data)).mean() > 0.95


def test_a_zed_bag_replays_with_its_remap(
    tmp_path: Path,
    sequence: Sequence,
    write_bag: Callable[..., Path],
    params: Callable[..., Path],
    replay: Callable[..., Replayed],
) -> None:
    """Colour with alpha, depth in metres, and a rover frame of the camera's own."""
    import cv2

    from ai4mars_nav.ros.convert.header import nanoseconds
    from ai4mars_nav.ros.convert.image import byte_array, from_array, to_array

    def coloured(topic: str) -> Callable[[Entry], Entry]:
        def turn(each: Entry) -> Entry:
            colours = cv2.cvtColor(to_array(each.message, "x"), cv2.COLOR_GRAY2BGRA)
            head = each.message.header
            message = from_array(colours[..., 0], nanoseconds(head.stamp), head.frame_id)
            message.encoding, message.step = "bgra8", 4 * colours.shape[1]
            message.data = byte_array(colours)
            return Entry(topic, each.kind, each.log, message)

        return turn

    def moved(each: Entry) -> Entry:
        from copy import deepcopy

        message = deepcopy(each.message)
        if each.topic == "/odom":
            message.child_frame_id = "zed_camera_link"
            return Entry("/zed/zed_node/odom", each.kind, each.log, message)
        message.transforms[0].header.frame_id = "zed_camera_link"
        return replace(each, message=message)

    node = "/zed/zed_node"
    entries = field_entries(
        sequence,
        {
            "/left/image_rect": coloured(f"{node}/left/image_rect_color"),
            "/right/image_rect": coloured(f"{node}/right/image_rect_color"),
            "/depth/image_rect": named(f"{node}/depth/depth_registered"),
            "/left/camera_info": named(f"{node}/left/camera_info"),
            "/right/camera_info": named(f"{node}/right/camera_info"),
            "/odom": moved,
            "/tf_static": moved,
        },
    )
    path = write_bag(tmp_path / "bag", entries)
    done = replay(path, "--remap", "zed", "--params", str(params()))
    assert done.report["frames_answered"] == FRAMES, done.words


def test_a_bag_without_poses_has_no_map_and_says_why(
    tmp_path: Path,
    sequence: Sequence,
    write_bag: Callable[..., Path],
    params: Callable[..., Path],
    replay: Callable[..., Replayed],
) -> None:
    kept = [e for e in sequence.entries if e.topic not in ("/odom", "/tf_static", "/goal_pose")][
        :15
    ]
    done = replay(write_bag(tmp_path / "bag", kept), "--params", str(params()))
    report = done.report
    assert report["frames_in"] == 3
    assert report["less_expected"] == {"no odom and no TF: no rocks, no map": 3}
    assert not stamps(done.out, COST)
    assert len(stamps(done.out, "terrain/points")) == 3


def test_what_the_report_holds_is_plain_json(base: Replayed) -> None:
    json.dumps(base.report)
