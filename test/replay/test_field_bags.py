"""Bags of common stereo cameras, with their topic names and encodings, through the real nodes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ai4mars_nav.replay.digest import outputs

from .conftest import FRAMES, Entry, Replayed, Sequence


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
    sequence: Sequence, replay_of: Callable[..., Replayed], base: Replayed
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
    done = replay_of(entries, "--remap", "realsense")
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
    sequence: Sequence, replay_of: Callable[..., Replayed]
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
    done = replay_of(entries, "--remap", "zed")
    assert done.report["frames_answered"] == FRAMES, done.words
