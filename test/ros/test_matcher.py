"""Matching by stamp: every fate of a message, by hand-made times."""

import numpy as np
import pytest

from ai4mars_nav.ros.matcher import Frame, Matcher, MatchSettings, Order, StampOrder

LEFT, RIGHT, DEPTH = "left/image_rect", "right/image_rect", "depth/image_rect"
MS = 1_000_000


def matcher(**changes: float) -> Matcher[str]:
    return Matcher(MatchSettings(**changes), LEFT, (DEPTH, RIGHT))


def frames(m: Matcher[str], messages: list[tuple[int, str, int]]) -> list[Frame[str]]:
    """Push (arrival ms, topic, stamp ms), popping after each."""
    found = []
    for now, topic, stamp in messages:
        m.push(topic, stamp * MS, f"{topic} {stamp}", now * MS)
        frame = m.pop(now * MS)
        if frame is not None:
            found.append(frame)
    return found


def test_depth_is_preferred_to_the_right_image() -> None:
    m = matcher()
    got = frames(m, [(0, LEFT, 0), (1, RIGHT, 0), (2, DEPTH, 0)])
    assert got == [Frame(0, "left/image_rect 0", "depth/image_rect 0", DEPTH)]
    assert not m.counts


def test_right_that_comes_after_a_depth_frame_is_not_unmatched() -> None:
    m = matcher()
    got = frames(
        m, [(0, LEFT, 0), (1, DEPTH, 0), (2, RIGHT, 0), (200, LEFT, 200), (201, DEPTH, 200)]
    )
    assert [f.stamp for f in got] == [0, 200 * MS]
    assert not m.counts


def test_order_of_arrival_does_not_matter() -> None:
    for order in ((LEFT, DEPTH), (DEPTH, LEFT)):
        m = matcher()
        got = frames(m, [(i, topic, 7) for i, topic in enumerate(order)])
        assert [f.source for f in got] == [DEPTH]


def test_right_is_used_when_depth_never_came() -> None:
    m = matcher(wait=0.1)
    assert frames(m, [(0, LEFT, 0), (1, RIGHT, 0)]) == []
    first = m.pop(101 * MS)
    assert first is not None and first.source == RIGHT
    second = frames(m, [(200, LEFT, 200), (201, RIGHT, 200)])
    assert [f.source for f in second] == [RIGHT], "depth is not waited for a second time"
    assert m.counts == {f"{DEPTH} missing": 1}


def test_left_alone_is_a_frame_without_companion() -> None:
    m = matcher(wait=0.1)
    assert frames(m, [(0, LEFT, 0)]) == []
    alone = m.pop(101 * MS)
    assert alone == Frame(0, "left/image_rect 0", None, "")
    assert [f.source for f in frames(m, [(200, LEFT, 200)])] == [""]


def test_depth_that_falls_silent_is_waited_for_until_silence() -> None:
    m = matcher(wait=0.1, silence=1.0)
    frames(m, [(0, LEFT, 0), (1, DEPTH, 0)])
    assert frames(m, [(200, LEFT, 200)]) == []
    assert m.pop(301 * MS) is not None
    assert [f.source for f in frames(m, [(1500, LEFT, 1500)])] == [""]


def test_depth_that_comes_back_is_used_again() -> None:
    m = matcher(wait=0.1, silence=1.0)
    m.push(LEFT, 0, "a", 0)
    assert m.pop(150 * MS) is not None
    got = frames(
        m, [(2000, LEFT, 2000), (2001, DEPTH, 2000), (2200, LEFT, 2200), (2201, DEPTH, 2200)]
    )
    assert [f.source for f in got] == ["", DEPTH]


def test_tolerance_is_inclusive_and_the_nearest_wins() -> None:
    m = matcher(tolerance=0.005)
    m.push(DEPTH, 5 * MS, "far", 0)
    m.push(DEPTH, 9 * MS, "near", 0)
    m.push(LEFT, 10 * MS, "left", 0)
    frame = m.pop(0)
    assert frame is not None and frame.companion == "near"
    m = matcher(tolerance=0.005)
    m.push(DEPTH, 5 * MS - 1, "too far", 0)
    m.push(LEFT, 10 * MS, "left", 0)
    assert m.pop(0) is None


def test_newest_complete_frame_wins_and_the_older_is_counted() -> None:
    m = matcher()
    for stamp in (0, 200):
        m.push(LEFT, stamp * MS, "left", stamp * MS)
        m.push(DEPTH, stamp * MS, "depth", stamp * MS)
    frame = m.pop(200 * MS)
    assert frame is not None and frame.stamp == 200 * MS
    assert m.counts[f"{LEFT} superseded"] == 1
    assert m.pop(200 * MS) is None and not m.pending()


def test_duplicates_and_late_messages_are_counted_and_dropped() -> None:
    m = matcher()
    got = frames(
        m, [(0, LEFT, 100), (1, DEPTH, 100), (2, LEFT, 100), (3, LEFT, 50), (4, DEPTH, 50)]
    )
    assert len(got) == 1
    assert m.counts[f"{LEFT} duplicate"] == 1
    assert m.counts[f"{LEFT} out_of_order"] == 1
    assert m.counts[f"{DEPTH} out_of_order"] == 1


def test_a_backward_jump_clears_everything_and_goes_on() -> None:
    m = matcher()
    m.push(LEFT, 100_000 * MS, "old", 0)
    assert m.push(DEPTH, 50_000 * MS, "too", 0) is False
    assert m.push(LEFT, 10_000 * MS, "new", 1) is True
    assert m.push(DEPTH, 10_000 * MS, "new depth", 2) is False
    frame = m.pop(2)
    assert frame is not None and (frame.primary, frame.companion) == ("new", "new depth")
    assert m.counts[f"{LEFT} jumped_back"] == 1


def test_held_messages_are_bounded_and_counted() -> None:
    m = matcher(held=2)
    for stamp in range(5):
        m.push(DEPTH, stamp * 100 * MS, "depth", stamp)
    assert m.counts[f"{DEPTH} unmatched"] == 3


def test_a_random_exchange_loses_nothing_unaccounted() -> None:
    """Every left image is either a frame or counted, whatever order and gaps there are."""
    rng = np.random.default_rng(3)
    m = matcher(wait=0.05)
    sent, got, now = 0, 0, 0
    for stamp in range(400):
        events = [
            (LEFT, rng.random() < 0.95),
            (DEPTH, rng.random() < 0.7),
            (RIGHT, rng.random() < 0.8),
        ]
        rng.shuffle(events)
        for topic, is_sent in events:
            now += int(rng.integers(0, 60)) * MS
            if str(is_sent) == "True":
                sent += topic == LEFT
                m.push(str(topic), stamp * 100 * MS, "m", now)
            got += m.pop(now) is not None
    got += m.pop(now + 10**9) is not None
    assert sent == got + m.counts[f"{LEFT} superseded"] + m.counts[f"{LEFT} unmatched"]
    assert m.counts[f"{LEFT} superseded"] < sent / 4


@pytest.mark.parametrize(
    ("stamp", "order"),
    [
        (11, Order.NEWER),
        (10, Order.DUPLICATE),
        (9, Order.LATE),
        (10 - 10**9, Order.LATE),
        (9 - 10**9, Order.JUMPED_BACK),
    ],
)
def test_stamp_order(stamp: int, order: Order) -> None:
    stamps = StampOrder(jump_back=1.0)
    stamps.follow(10)
    assert stamps.follow(stamp) is order


def test_a_companion_that_never_fits_cannot_starve_a_fast_camera() -> None:
    """Left at 30 Hz, depth 10 ms beside it for ever: frames without depth come out all the same."""
    m = matcher()
    events = [(33 * k, LEFT, 33 * k) for k in range(60)]
    events += [(33 * k + 10, DEPTH, 33 * k + 10) for k in range(60)]
    got = frames(m, sorted(events))
    assert len(got) >= 10
    assert all(frame.companion is None for frame in got)
    counts = m.counts
    waiting = 60 - len(got) - counts[f"{LEFT} superseded"] - counts[f"{LEFT} unmatched"]
    assert 0 <= waiting <= 4
