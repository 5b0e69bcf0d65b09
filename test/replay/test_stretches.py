"""A stretch of a bag, more than once, or at a rate, through the real nodes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ai4mars_nav.replay.digest import outputs

from .conftest import BEGIN, COST, Replayed, S, Sequence, per_frame, stamps


def test_from_later_on_and_twice(sequence: Sequence, replay_of: Callable[..., Replayed]) -> None:
    """The mount was told before the start only, and the second time is like the first."""
    words = ["--start", "0.4", "--duration", "2.3", "--loop", "2"]
    done = replay_of(sequence.entries, *words, storage="sqlite3")
    expected = [stamp for stamp in sequence.stamps if 0.4 * S <= stamp - BEGIN < 2.7 * S]
    # over more than a second, or it is no jump; the map's window, which stays, moves only later
    assert len(expected) == 5
    report = done.report
    assert report["frames_in"] == report["frames_answered"] == 2 * len(expected), done.words
    assert stamps(done.out, COST) == 2 * expected
    found = outputs(done.out / "bag")
    half = len(expected)
    for topic in per_frame():
        first, second = found[topic][:half], found[topic][half:]
        assert [message for _, message in first] == [message for _, message in second], topic
    logs = [log for log, _ in found[COST]]
    assert logs == sorted(logs), "the recorded time goes on"
    assert report["nodes"]["terrain"]["counts"]["time jumps"] == 1


def test_at_a_rate_nothing_is_waited_for(
    bag: Path, params: Callable[..., Path], replay: Callable[..., Replayed]
) -> None:
    done = replay(bag, "--rate", "0.8", "--duration", "2.3", "--params", str(params()))
    report = done.report
    assert done.code == 0
    assert report["mode"] == "rate 0.8"
    assert report["frames_in"] == 5
    assert report["wall_s"]["replay"] > 2.2 / 0.8
    dropped = [frame for frame in report["frames"] if not frame["answered"]]
    assert report["frames_dropped"] == len(dropped)
    assert all(frame["why"] for frame in dropped)
