"""Reading bags: from anywhere, with what still holds there, and up to where they break."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ai4mars_nav.replay.errors import ReplayError
from ai4mars_nav.replay.source import Recording
from ai4mars_nav.ros.convert.raw import stamp_of

from .conftest import BEGIN, FRAMES, Entry, S, Sequence


@pytest.mark.parametrize("storage", ["mcap", "sqlite3"])
def test_messages_come_raw_and_in_order(
    tmp_path: Path, sequence: Sequence, write_bag: Callable[..., Path], storage: str
) -> None:
    path = write_bag(tmp_path / "bag", sequence.entries, storage)
    with Recording(path) as recording:
        left = list(recording.messages(["/left/image_rect"]))
        assert recording.counts["/left/image_rect"] == FRAMES
        assert recording.begin == BEGIN
        assert recording.kinds["/odom"] == "nav_msgs/msg/Odometry"
        assert [stamp_of(raw.data) for raw in left] == sequence.stamps
        assert not recording.broken


def test_a_file_of_a_bag_is_a_bag_too(bag: Path) -> None:
    (file,) = bag.glob("*.mcap")
    with Recording(file) as recording:
        assert recording.counts["/left/image_rect"] == FRAMES


def test_from_the_middle_on_the_mounts_still_hold(bag: Path) -> None:
    with Recording(bag) as recording:
        middle = BEGIN + 2 * S
        lasting = recording.lasting(["/tf_static", "/odom"], middle)
        assert [raw.topic for raw in lasting] == ["/tf_static"]
        odom = list(recording.messages(["/odom"], middle, middle + S))
        assert all(middle <= raw.log < middle + S for raw in odom)
        assert len(odom) == 10


def test_of_a_latched_camera_info_the_last_one_holds(
    tmp_path: Path, sequence: Sequence, write_bag: Callable[..., Path]
) -> None:
    kind = "sensor_msgs/msg/CameraInfo"
    infos = [e.message for e in sequence.entries if e.topic == "/left/camera_info"]
    entries = [Entry("/left/camera_info", kind, i * S, m, True) for i, m in enumerate(infos)]
    with Recording(write_bag(tmp_path / "bag", entries)) as recording:
        (last,) = recording.lasting(["/left/camera_info"], 3 * S)
        assert last.log == 2 * S


@pytest.mark.parametrize("storage", ["mcap", "sqlite3"])
def test_a_bag_cut_short_is_refused_by_name_or_read_up_to_the_break(
    tmp_path: Path, sequence: Sequence, write_bag: Callable[..., Path], storage: str
) -> None:
    path = write_bag(tmp_path / "bag", sequence.entries, storage)
    (file,) = [each for each in path.iterdir() if each.suffix in (".mcap", ".db3")]
    content = file.read_bytes()
    for share in (0.0, 0.02, 0.5, 0.9, 0.999):
        file.write_bytes(content[: round(share * len(content))])
        read = 0
        try:
            with Recording(path) as recording:
                read = len(list(recording.messages(["/left/image_rect", "/odom"])))
                assert recording.broken or read == 0 or share > 0.99
                assert not recording.broken or str(path) in recording.broken
        except ReplayError as error:
            assert str(path) in str(error)
            assert "cannot be read" in str(error) or "no messages" in str(error)


def test_a_chunk_that_was_overwritten_ends_the_reading_there(
    tmp_path: Path, sequence: Sequence, write_bag: Callable[..., Path]
) -> None:
    path = write_bag(tmp_path / "bag", sequence.entries, "zstd")
    (file,) = path.glob("*.mcap")
    content = bytearray(file.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 4096] = bytes(255 for _ in range(4096))
    file.write_bytes(content)
    with Recording(path) as recording:
        read = len(list(recording.messages(["/left/image_rect"])))
        assert read < FRAMES
        assert f"{path}: breaks " in recording.broken


@pytest.mark.parametrize("what", ["nothing", "empty", "not_a_bag", "no_messages", "no_file"])
def test_what_is_no_bag_is_refused_by_name(
    tmp_path: Path, write_bag: Callable[..., Path], what: str
) -> None:
    path = tmp_path / "bag"
    if what == "empty":
        path.mkdir()
    elif what == "not_a_bag":
        path.write_text("a letter")
    elif what == "no_messages":
        write_bag(path, [])
    elif what == "no_file":
        path.mkdir()
        (path / "metadata.yaml").write_text("rosbag2_bagfile_information: {version: 99}")
    with pytest.raises(ReplayError, match=str(path)), Recording(path):
        pass


def test_stamps_are_read_in_either_byte_order() -> None:
    little = b"\x00\x01\x00\x00" + (5).to_bytes(4, "little") + (9).to_bytes(4, "little")
    big = b"\x00\x00\x00\x00" + (5).to_bytes(4, "big") + (9).to_bytes(4, "big")
    assert stamp_of(little) == stamp_of(big) == 5 * S + 9
    assert stamp_of(little[:4] + bytes(4) + little[4:], after=4) == 5 * S + 9


def test_a_bag_of_an_unknown_type_can_be_read(
    tmp_path: Path, write_bag: Callable[..., Path]
) -> None:
    entries: list[Any] = [Entry("/x", "my_msgs/msg/Thing", S, b"\x00\x01\x00\x00" + bytes(4))]
    with Recording(write_bag(tmp_path / "bag", entries)) as recording:
        assert recording.kinds == {"/x": "my_msgs/msg/Thing"}
