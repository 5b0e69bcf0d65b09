"""Bags that lack something, through the real nodes: what is there is answered, the rest told."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from .conftest import COST, Replayed, S, Sequence, stamps


def test_a_tenth_of_the_messages_lost_is_accounted_for(
    sequence: Sequence, replay_of: Callable[..., Replayed]
) -> None:
    cameras = [e for e in sequence.entries if e.topic not in ("/tf_static", "/odom", "/goal_pose")]
    lost = random.Random(5).sample(cameras, len(cameras) // 10)
    kept = [e for e in sequence.entries if not any(e is each for each in lost)]
    gone = Counter(each.topic for each in lost)
    assert gone["/left/image_rect"]
    assert gone["/depth/image_rect"], "the test loses what matters"
    done = replay_of(kept)

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


def test_a_bag_without_poses_has_no_map_and_says_why(
    sequence: Sequence, replay_of: Callable[..., Replayed]
) -> None:
    kept = [e for e in sequence.entries if e.topic not in ("/odom", "/tf_static", "/goal_pose")]
    done = replay_of(kept[:15])
    report = done.report
    assert report["frames_in"] == 3
    assert report["less_expected"] == {"no odom and no TF: no rocks, no map": 3}
    assert not stamps(done.out, COST)
    assert len(stamps(done.out, "terrain/points")) == 3


def test_a_bag_that_breaks_is_replayed_up_to_the_break(
    tmp_path: Path,
    sequence: Sequence,
    write_bag: Callable[..., Path],
    params: Callable[..., Path],
    replay: Callable[..., Replayed],
) -> None:
    path = write_bag(tmp_path / "bag", sequence.entries, "zstd")
    (file,) = path.glob("*.mcap")
    content = bytearray(file.read_bytes())
    at = len(content) * 3 // 4
    content[at : at + 2048] = bytes(255 for _ in range(2048))
    file.write_bytes(content)
    done = replay(path, "--params", str(params()))
    assert done.code == 1
    assert f"ended before the bag: {path}: breaks " in done.words
    report = done.report
    assert 0 < report["frames_in"] < 10
    assert not [frame for frame in report["frames"] if frame["missing"]]
    assert report["frames_answered"] == report["frames_in"]
