"""A model on labelled frames, as it drives: what it says of each pixel, counted image by image."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ai4mars_nav.dataset.chosen import frames_of_split
from ai4mars_nav.dataset.errors import Findings
from ai4mars_nav.dataset.layout import find_frames
from ai4mars_nav.dataset.releases import GOLD, folders_of
from ai4mars_nav.learn.calibrate import Pixels
from ai4mars_nav.learn.data import I64, U8, Frames, load_frames, sites
from ai4mars_nav.learn.errors import DataError
from ai4mars_nav.learn.scores import confusion, kept_of, score
from ai4mars_nav.learn.seen import Seer
from ai4mars_nav.learn.trust import NOTHING, Trust, calibration_error, trust_of
from ai4mars_nav.perception.engine import Engine
from ai4mars_nav.perception.segmenter import Segmentation
from ai4mars_nav.perception.sidecar import Sidecar
from ai4mars_nav.terrain import CLASSES, UNKNOWN

F32 = npt.NDArray[np.float32]
Labelled = tuple[str, U8, U8]
"""Product, grey image (H, W) and label (h, w)."""
ManyLabelled = tuple[str, U8, Mapping[str, U8]]
"""Product, grey image (H, W) and labels (h, w) by name."""
Seen = tuple[Segmentation, Segmentation]
"""With calibration, and without."""

VALIDATION = "validation"


@dataclass(frozen=True)
class Measured:
    """Products (n), confusion matrices (n, 4, 4) of all pixels and of those not abstained from.

    `trust` counts all labelled pixels by the confidence that the model had, `plain` by what its
    network alone would have had, without calibration.
    """

    names: tuple[str, ...]
    every: I64
    kept: I64
    trust: Trust
    plain: Trust


@dataclass
class _Tally:
    """What is counted while images come."""

    names: list[str] = field(default_factory=list)
    every: list[I64] = field(default_factory=list)
    kept: list[I64] = field(default_factory=list)
    trust: Trust = NOTHING
    plain: Trust = NOTHING

    def add(self, name: str, label: U8, seen: Seen, threshold: float) -> None:
        found, plain = seen
        unsure = found.confidence < threshold
        self.names.append(name)
        self.every.append(confusion(label, found.classes))
        self.kept.append(confusion(label, np.where(unsure, np.uint8(UNKNOWN), found.classes)))
        self.trust += trust_of(label, found.classes, found.confidence)
        self.plain += trust_of(label, plain.classes, plain.confidence)

    def measured(self) -> Measured:
        every, kept = np.stack(self.every), np.stack(self.kept)
        return Measured(tuple(self.names), every, kept, self.trust, self.plain)


def network_input(grey: U8, sidecar: Sidecar) -> F32:
    """(h, w) uint8 to the (1, 1, h, w) float32 that the sidecar's network takes."""
    prepare = sidecar.preprocessing
    x = grey.astype(np.float32) * np.float32(prepare.scale) + np.float32(prepare.offset)
    return x[None, None]


def measure(
    engine: Engine,
    sidecar: Sidecar,
    labelled: Iterable[Labelled],
    look: Callable[[Segmentation], None] | None = None,
) -> Measured:
    """Count what the model says of every labelled image, at the size of its label.

    `look` sees each segmentation, in order and with nothing abstained from.
    """
    single = ((name, image, {"": label}) for name, image, label in labelled)
    return measure_sides(engine, sidecar, single, look)[""]


def measure_sides(
    engine: Engine,
    sidecar: Sidecar,
    labelled: Iterable[ManyLabelled],
    look: Callable[[Segmentation], None] | None = None,
) -> dict[str, Measured]:
    """The same for images that have several labels each, of one size: counts by the labels' names.

    What the model says of an image is compared with each of its labels in turn.
    """
    seer = Seer(engine, sidecar)
    threshold = sidecar.calibration.abstain_below
    tallies: dict[str, _Tally] = {}
    for name, image, labels in labelled:
        shape = next(iter(labels.values())).shape
        seen = seer.see(image, (shape[0], shape[1]))
        for side, label in labels.items():
            tallies.setdefault(side, _Tally()).add(name, label, seen, threshold)
        if look is not None:
            look(seen[0])
    if not tallies:
        raise DataError("no labelled image to score")
    return {side: tally.measured() for side, tally in tallies.items()}


def sample_cells(engine: Engine, sidecar: Sidecar, frames: Frames, per_image: int) -> Pixels:
    """Up to per_image cells of the logits of every frame, at random among those with a label.

    The label of a cell is that of the pixel at its centre.
    """
    rng = np.random.default_rng(0)
    stride = sidecar.output.stride
    logits, labels, numbers = [], [], []
    for image, label, site in zip(frames.images, frames.labels, sites(frames.names), strict=True):
        cells = label[stride // 2 :: stride, stride // 2 :: stride].ravel()
        known = np.flatnonzero(cells != UNKNOWN)
        chosen = rng.choice(known, min(per_image, known.size), replace=False)
        planes = engine.infer(network_input(image, sidecar))[0].reshape(len(CLASSES), -1)
        logits.append(planes[:, chosen].T.astype(np.float64))
        labels.append(cells[chosen].astype(np.int64))
        numbers.append(np.full(chosen.size, site))
    return Pixels(np.concatenate(logits), np.concatenate(labels), np.concatenate(numbers))


def score_set(engine: Engine, sidecar: Sidecar, frames: Frames) -> dict[str, Any]:
    """The scores of one labelled set as plain values, as a sidecar holds them."""
    found = measure(engine, sidecar, zip(frames.names, frames.images, frames.labels, strict=True))
    scores = score(found.every, sites(found.names))
    kept, error = kept_of(found.every, found.kept), calibration_error(found.trust)
    return {**asdict(scores), "kept": asdict(kept), "ece": error}


def at_mean(frames: Frames, mean: float) -> Frames:
    """The frames re-exposed so that each averages about `mean` grey levels (clipped at 255)."""
    own = np.maximum(1.0, frames.images.mean(axis=(1, 2)))
    images = np.empty_like(frames.images)
    for index, level in enumerate(own):
        curve = np.clip(np.rint(np.arange(256) * (mean / level)), 0, 255).astype(np.uint8)
        images[index] = curve[frames.images[index]]
    return Frames(frames.names, images, frames.labels)


def load_set(root: Path, name: str, side: int) -> Frames:
    """Frames of 'validation' (splits/val.txt) or of a gold set of the data under root."""
    if name == VALIDATION:
        return load_frames(frames_of_split(root, "val"), side)
    return load_frames(find_frames(root, name, Findings(skip=False)), side)


def available_sets(root: Path) -> tuple[str, ...]:
    """The labelled sets to score: validation, and the gold sets that are under root."""
    folders = folders_of(root)
    gold = (name for name in GOLD if any(f.labels(root, name).is_dir() for f in folders))
    return (VALIDATION, *gold)
