"""What belongs to one image: found by its stamp, newest first, and what is not used is counted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ai4mars_nav.ros.convert import image, rocks
from ai4mars_nav.ros.errors import MessageError
from ai4mars_nav.ros.triage_frames import CLASSES, HELD, IMAGE, ROCKS, Frames, pixels, shot_of

S = 10**9
GREY = np.arange(48, dtype=np.uint8).reshape(6, 8)


def picture(stamp: int) -> Any:
    return image.from_array(GREY, stamp, "navcam")


def classes(stamp: int) -> Any:
    return image.from_array(np.zeros((3, 4), np.uint8), stamp, "navcam")


def test_classes_that_come_seconds_late_still_find_their_image() -> None:
    """At 5 Hz and with a slow terrain node, four held images were gone before their classes."""
    frames = Frames()
    for number in range(15):
        frames.push(IMAGE, picture(number * S // 5))
    frames.push(CLASSES, classes(0))
    parts = frames.pop()
    assert parts is not None and parts.stamp == 0 and parts.frame == "navcam"
    assert not frames.counts


def test_no_more_than_so_many_are_held() -> None:
    frames = Frames()
    for number in range(HELD + 3):
        frames.push(IMAGE, picture(number * S))
    assert frames.counts["frames incomplete"] == 3
    frames.push(CLASSES, classes(2 * S))
    assert frames.pop() is None


def test_the_newest_complete_one_wins() -> None:
    frames = Frames()
    for stamp in (1 * S, 2 * S, 3 * S):
        frames.push(IMAGE, picture(stamp))
    for stamp in (1 * S, 2 * S):
        frames.push(CLASSES, classes(stamp))
    parts = frames.pop()
    assert parts is not None and parts.stamp == 2 * S
    assert frames.counts["frames superseded"] == 1 and frames.pop() is None
    frames.push(CLASSES, classes(3 * S))
    assert frames.pop() is not None, "a newer one that waits is not dropped"


def test_what_comes_late_or_twice_is_left_out() -> None:
    frames = Frames()
    for stamp in (2 * S, 2 * S, 2 * S - S // 2):
        assert frames.push(IMAGE, picture(stamp)) is None
    assert frames.counts == {f"{IMAGE} duplicate": 1, f"{IMAGE} out_of_order": 1}


def test_a_jump_back_forgets_all_and_says_where_to() -> None:
    frames = Frames()
    frames.push(IMAGE, picture(100 * S))
    assert frames.push(CLASSES, classes(100 * S)) is None
    assert frames.push(IMAGE, picture(5 * S)) == 5 * S
    assert frames.pop() is None
    assert frames.push(CLASSES, classes(5 * S)) is None, "no second jump"
    assert frames.pop() is not None


def test_messages_without_frame_or_stamp_are_refused() -> None:
    frames = Frames()
    nameless = image.from_array(GREY, S, "")
    with pytest.raises(MessageError, match=r"left/image_rect: header\.frame_id is empty"):
        frames.push(IMAGE, nameless)
    with pytest.raises(MessageError, match=r"markers\[0\] is not DELETEALL"):
        frames.push(ROCKS, type(rocks.to_markers([], S, "navcam"))())


def test_colours_stay_and_grey_stays_grey() -> None:
    colour = np.zeros((2, 3, 3), np.uint8)
    colour[..., 0] = 200
    message = image.from_array(colour, S, "mastcam")
    assert (pixels(message, IMAGE, 16) == colour).all()
    message.encoding = "bgr8"
    assert (pixels(message, IMAGE, 16)[..., 2] == 200).all()
    assert pixels(picture(S), IMAGE, 16).shape == GREY.shape


def test_without_a_pose_there_are_classes_alone() -> None:
    frames = Frames()
    frames.push(IMAGE, picture(S))
    frames.push(CLASSES, classes(S))
    parts = frames.pop()
    assert parts is not None
    shot = shot_of(parts, None, 16)
    assert shot.name == "navcam@1.000000000" and shot.ground is not None
    assert shot.ground.eye is None and shot.ground.classes.shape == (3, 4)
