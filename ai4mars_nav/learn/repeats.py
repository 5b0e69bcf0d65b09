"""How well crowd labels repeat: frames that show the same view were labelled by other people.

`python -m ai4mars_nav.learn.repeats --data ROOT --list train` prints what a model that is exactly
as good as one label would score against another. With `--model MODEL ...` models are scored on the
pixels that both labels of a view name alike: the nearest thing to gold where there is none.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.dataset.chosen import frames_of_split
from ai4mars_nav.dataset.layout import Frame, read_frame
from ai4mars_nav.dataset.splits import group_of
from ai4mars_nav.learn.data import I64, U8
from ai4mars_nav.learn.errors import DataError
from ai4mars_nav.learn.evaluate import Labelled, measure
from ai4mars_nav.learn.scores import class_iou, confusion, mean_iou, pixel_accuracy
from ai4mars_nav.perception.engine import open_engine
from ai4mars_nav.perception.sidecar import load_model
from ai4mars_nav.terrain import NAMES, UNKNOWN

F64 = NDArray[np.float64]

ALIKE = 0.6
"""Correlation of two frames' fine detail above which they show the same view."""
_SIDE, _COARSE = 128, 4.0
_LEAST = 500
"""Pixels that both labels must name for a pair to count."""


@dataclass(frozen=True)
class Pair:
    """Two frames of one view and their labels' counts (4, 4), the first's in rows."""

    first: str
    second: str
    counts: I64


def detail(image: U8) -> F64:
    """The fine detail (128, 128) of a frame (h, w): of mean 0 and spread 1, light taken away."""
    small = cv2.resize(image, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA).astype(np.float64)
    fine: F64 = small - cv2.GaussianBlur(small, (0, 0), _COARSE)
    spread = float(fine.std())
    return (fine - fine.mean()) / spread if spread > 0.0 else np.zeros_like(fine)


def same_views(frames: Sequence[Frame]) -> Iterator[Pair]:
    """Every pair of frames of one drive that show the same view and are both labelled."""
    drives: dict[str, list[Frame]] = defaultdict(list)
    for frame in frames:
        drives[group_of(frame.product, "drive")].append(frame)
    for group in drives.values():
        read = [(frame.product, *read_frame(frame)) for frame in group]
        seen = [(name, detail(image), label) for name, image, label in read]
        for (one, sharp, label), (other, sharp_too, label_too) in combinations(seen, 2):
            if label.shape == label_too.shape and float((sharp * sharp_too).mean()) >= ALIKE:
                counts = confusion(label, label_too)
                if counts.sum() >= _LEAST:
                    yield Pair(one, other, counts)


def both_ways(pairs: Sequence[Pair]) -> I64:
    """Counts (4, 4) of all pairs, each label once the truth and once what is said."""
    if not pairs:
        raise DataError("no two labelled frames show the same view")
    total: I64 = np.sum([pair.counts + pair.counts.T for pair in pairs], axis=0)
    return total


def told(pairs: Sequence[Pair]) -> str:
    """The scores of label against label in words."""
    total = both_ways(pairs)
    return (
        f"{len(pairs)} pairs of frames show the same view, {total.sum() // 2} pixels labelled in "
        f"both: {float(pixel_accuracy(total)):.3f} of them alike, {_ious(total)}"
    )


def agreed(frames: Sequence[Frame], pairs: Sequence[Pair]) -> Iterator[Labelled]:
    """Each frame of a pair once, its label kept where the other one of its first pair agrees."""
    known = {frame.product: frame for frame in frames}
    partners: dict[str, str] = {}
    for pair in pairs:
        partners.setdefault(pair.first, pair.second)
        partners.setdefault(pair.second, pair.first)
    for name, other in partners.items():
        image, label = read_frame(known[name])
        alike = label == read_frame(known[other])[1]
        yield name, image, np.where(alike, label, np.uint8(UNKNOWN))


def told_of(model: Path, frames: Sequence[Frame], pairs: Sequence[Pair]) -> str:
    """The scores of a model on what labels agree on, in words."""
    sidecar, _ = load_model(model)
    engine = open_engine("onnx", model, threads=1)
    found = measure(engine, sidecar, agreed(frames, pairs))
    total: I64 = found.every.sum(axis=0)
    return (
        f"{model.name}: {len(found.names)} frames, {total.sum()} pixels that two labels name "
        f"alike: accuracy {float(pixel_accuracy(total)):.4f}, {_ious(total)}"
    )


def _ious(total: I64) -> str:
    iou = ", ".join(
        f"{name} {'-' if np.isnan(value) else f'{value:.3f}'}"
        for name, value in zip(NAMES, class_iou(total), strict=True)
    )
    return f"mIoU {float(mean_iou(total)):.3f} ({iou})"


def main() -> None:
    """Print how well the labels of a list repeat, and how good models are where they do."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="AI4Mars in its official layout")
    parser.add_argument("--list", dest="listed", default="train", help="splits/<name>.txt")
    parser.add_argument("--model", type=Path, nargs="+", default=[], help="ONNX models to score")
    args = parser.parse_args()
    frames = frames_of_split(args.data, args.listed)
    pairs = list(same_views(frames))
    print(told(pairs))
    for model in args.model:
        print(told_of(model, frames, pairs))


if __name__ == "__main__":
    main()
