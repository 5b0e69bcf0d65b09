"""What a run shows of itself while it trains: its curves, and a few frames as it sees them now."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from ai4mars_nav.dataset.images import write_image
from ai4mars_nav.learn.data import Frames
from ai4mars_nav.learn.pictures.examples import COUNT, Example, examples_page
from ai4mars_nav.learn.pictures.run import read_log, run_page
from ai4mars_nav.learn.preprocess import as_input
from ai4mars_nav.learn.state import average_weights
from ai4mars_nav.learn.train import CHECKPOINT, LOG, Progress
from ai4mars_nav.terrain import CLASSES

CURVES = "curves.png"
EXAMPLES = "examples.png"
EVERY = 60.0
"""Seconds at least between two drawings of a run."""


def drawing(
    report: Callable[[Progress], None], folder: Path, frames: Frames
) -> Callable[[Progress], None]:
    """A report that also draws the run in its folder, now and then and at its end."""
    shown = some_frames(frames)
    drawn = time.monotonic()

    def told(progress: Progress) -> None:
        nonlocal drawn
        report(progress)
        if progress.step == progress.steps or time.monotonic() - drawn >= EVERY:
            show_run(folder, shown)
            drawn = time.monotonic()

    return told


def show_run(folder: Path, frames: Frames) -> None:
    """Draw the run in a folder anew: curves.png and, on these few frames, examples.png."""
    log = read_log(folder / LOG)
    write_image(folder / CURVES, run_page(f"Training run {folder.resolve().name}", log))
    title = f"{folder.resolve().name} at step {int(log.ends[-1]):,} of {log.steps:,}"
    words = "Frames of the training set, judged by the averaged weights; confidence uncalibrated."
    write_image(folder / EXAMPLES, examples_page(title, words, seen_now(folder, frames)))


def some_frames(frames: Frames) -> Frames:
    """A few frames that show the most classes, and most of their rarest."""
    flat = frames.labels.reshape(len(frames.names), -1)
    pixels = np.stack([(flat == kind).sum(axis=1) for kind in CLASSES], axis=1)
    shown = (pixels > 0.01 * flat.shape[1]).sum(axis=1)
    rare = pixels.min(axis=1)
    rows = np.lexsort((rare, shown))[::-1][:COUNT]
    return Frames(tuple(frames.names[i] for i in rows), frames.images[rows], frames.labels[rows])


def seen_now(folder: Path, frames: Frames) -> list[Example]:
    """What the averaged weights of the run's checkpoint say of the frames."""
    # a network made draws from torch's generator, and being watched must not change a run
    with torch.random.fork_rng(devices=()):
        model = average_weights(folder / CHECKPOINT)
    with torch.no_grad():
        logits = model(as_input(frames.images))
        full = functional.interpolate(
            logits, frames.labels.shape[1:], mode="bilinear", align_corners=False
        )
        sure, classes = functional.softmax(full, dim=1).max(dim=1)
    said: npt.NDArray[np.uint8] = classes.numpy().astype(np.uint8)
    parts = zip(frames.names, frames.images, frames.labels, said, sure.numpy(), strict=True)
    return [Example(*part) for part in parts]
