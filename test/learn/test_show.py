"""A run shows itself: curves and examples are in its folder when it ends."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch")

from ai4mars_nav.cli import main  # noqa: E402
from ai4mars_nav.learn import show  # noqa: E402
from ai4mars_nav.learn.data import Frames  # noqa: E402
from ai4mars_nav.learn.state import average_weights  # noqa: E402
from ai4mars_nav.learn.train import CHECKPOINT, Progress  # noqa: E402
from ai4mars_nav.learn.validate import confusion_of  # noqa: E402


def test_the_frames_shown_have_the_most_classes():
    labels = np.full((6, 10, 10), 255, np.uint8)
    for row in range(6):
        for kind in range(min(row, 4)):
            labels[row, kind] = kind
    labels[5, 3:6] = 3
    frames = Frames(tuple("abcdef"), np.zeros_like(labels), labels)
    chosen = show.some_frames(frames)
    assert chosen.names == ("f", "e", "d", "c")
    np.testing.assert_array_equal(chosen.labels[0], labels[5])


def test_a_run_is_drawn_at_its_end_and_not_at_every_report(tmp_path, monkeypatch):
    drawn = []
    monkeypatch.setattr(show, "show_run", lambda *given: drawn.append(given[0]))
    frames = Frames(("a",), np.zeros((1, 8, 8), np.uint8), np.zeros((1, 8, 8), np.uint8))
    told = []
    report = show.drawing(told.append, tmp_path, frames)
    ends = [Progress(step, 6, 1.0, 1.0, 1e-4, 0.1, 0.1, 1.0) for step in (2, 4, 6)]
    for progress in ends:
        report(progress)
    assert told == ends
    assert drawn == [tmp_path]


def test_train_leaves_its_curves_and_what_it_sees(data, tmp_path):
    run = tmp_path / "run"
    words = ["train", "--data", data, "--out", run, "--steps", "2", "--batch", "2"]
    assert main([*map(str, words), "--side", "64", "--interval", "1", "--threads", "1"]) == 0
    for name in (show.CURVES, show.EXAMPLES):
        assert cv2.imread(str(run / name)).std() > 5


def test_what_is_shown_is_what_validation_counts(data, tmp_path):
    run = tmp_path / "run"
    words = ["train", "--data", data, "--out", run, "--steps", "1", "--batch", "2"]
    assert main([*map(str, words), "--side", "64", "--threads", "1"]) == 0
    rng = np.random.default_rng(0)
    images = rng.integers(0, 255, (2, 64, 64)).astype(np.uint8)
    labels = rng.integers(0, 4, (2, 64, 64)).astype(np.uint8)
    frames = Frames(("a", "b"), images, labels)
    before = torch.random.get_rng_state()
    seen = show.seen_now(run, frames)
    assert torch.equal(before, torch.random.get_rng_state())
    right = sum(int((one.classes == one.label).sum()) for one in seen)
    assert right == np.trace(confusion_of(average_weights(run / CHECKPOINT), frames))
    assert all((one.confidence >= 0.25).all() and (one.confidence <= 1.0).all() for one in seen)
