"""What a node tells late of one frame is not taken for its word of the next."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from ai4mars_nav.replay.account import Asked
from ai4mars_nav.replay.conduct import conduct
from ai4mars_nav.replay.digest import outputs
from ai4mars_nav.replay.inputs import SAID

from .conftest import Replayed


@dataclass(frozen=True)
class AskedOfALateOne(Asked):
    """The graph with a `terrain` that tells of each frame with the next."""

    def commands(self) -> dict[str, list[str]]:
        """As they are, but for the module of one node."""
        commands = super().commands()
        terrain = "ai4mars_nav.ros.terrain_node"
        commands["terrain"] = [
            "late_terrain" if word == terrain else word for word in commands["terrain"]
        ]
        return commands


def test_terrain_that_tells_of_a_frame_with_the_next_changes_nothing(
    bag: Path,
    params: Callable[..., Path],
    base: Replayed,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On a busy machine a frame was answered before `terrain` told that it was done with it; that
    was taken for its word of the next, which was no longer waited for, and whose plan came late."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent), prepend=os.pathsep)
    asked = AskedOfALateOne(bag, tmp_path / "out", rover="test_rover", params=str(params()))
    before = dict(os.environ)
    outcome = conduct(asked, lambda _words: None)
    os.environ.clear()
    os.environ.update(before)
    assert not [(frame.stamp, frame.why) for frame in outcome.frames if frame.missing]
    late, usual = outputs(outcome.bag), outputs(base.out / "bag")
    assert {topic: late[topic] for topic in SAID} == {topic: usual[topic] for topic in SAID}
