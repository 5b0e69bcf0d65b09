"""How `ai4mars evaluate` goes over label folders and raw labels, with progress."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ai4mars_nav.cli.labels.over_archive import Progress

if TYPE_CHECKING:
    from ai4mars_nav.dataset.errors import Findings
    from ai4mars_nav.dataset.layout import Frame
    from ai4mars_nav.dataset.raw import RawImage
    from ai4mars_nav.learn.data import I64, U8
    from ai4mars_nav.learn.evaluate import Measured
    from ai4mars_nav.perception.engine import Engine
    from ai4mars_nav.perception.segmenter import Segmentation
    from ai4mars_nav.perception.sidecar import Sidecar

T = TypeVar("T")


@dataclass
class Judge:
    """A model and what was found wrong with the input while it was scored."""

    args: argparse.Namespace
    engine: Engine
    sidecar: Sidecar
    findings: Findings
    sides: dict[str, Measured] = field(default_factory=dict)
    read: dict[str, Callable[[str], tuple[U8, U8]]] = field(default_factory=dict)
    """By the labels' names: what was counted, and how image and label of a product are read."""
    people: list[I64] = field(default_factory=list)


def judge_folder(judge: Judge, name: str, frames: Sequence[Frame]) -> None:
    """Score the labels of one folder; the first folder's predictions are written."""
    from ai4mars_nav.dataset.images import write_label
    from ai4mars_nav.dataset.layout import read_frame
    from ai4mars_nav.learn.evaluate import measure
    from ai4mars_nav.terrain import UNKNOWN

    folder: Path | None = None if judge.sides else judge.args.predictions
    threshold = judge.sidecar.calibration.abstain_below if judge.args.abstain else 0.0
    read: list[Frame] = []

    def write(into: Path, found: Segmentation) -> None:
        classes = found.classes.copy()
        classes[found.confidence < threshold] = UNKNOWN
        write_label(into / read[-1].label.name, classes)

    labelled = _read(frames, judge.findings, read)
    look = None if folder is None else partial(write, folder)
    judge.sides[name] = measure(judge.engine, judge.sidecar, labelled, look)
    by_product = {frame.product: frame for frame in frames}
    judge.read[name] = lambda product: read_frame(by_product[product])


def judge_raw(judge: Judge, images: Sequence[RawImage]) -> None:
    """Score the merge of the crowd, a labeller at random, and him where the merge has a class."""
    from ai4mars_nav.dataset.merge import MergeSettings
    from ai4mars_nav.learn.crowd_sides import read_sides
    from ai4mars_nav.learn.evaluate import measure_sides

    def sides(chosen: Sequence[RawImage], people: list[I64]) -> Iterator[Any]:
        seed = judge.args.seed
        return read_sides(chosen, MergeSettings(), seed, judge.findings, people)

    labelled = _shown("evaluate", len(images), sides(images, judge.people))
    found = measure_sides(judge.engine, judge.sidecar, labelled)
    by_product = {image.product: image for image in images}

    def read(name: str, product: str) -> tuple[U8, U8]:
        _, image, labels = next(sides([by_product[product]], []))
        return image, labels[name]

    for name, measured in found.items():
        judge.sides[name] = measured
        judge.read[name] = partial(read, name)


def people(judge: Judge) -> dict[str, Any]:
    """How the drawn labellers would score as a model, against the merge of all the others."""
    import numpy as np

    from ai4mars_nav.learn.scores import class_iou, mean_iou, number, pixel_accuracy
    from ai4mars_nav.terrain import NAMES

    total = np.sum(judge.people, axis=0)
    some = bool(total.any())
    return {
        "labelled_pixels": int(total.sum()),
        "miou": float(mean_iou(total)) if some else None,
        "pixel_accuracy": float(pixel_accuracy(total)) if some else None,
        "iou": dict(zip(NAMES, map(number, class_iou(total)), strict=True)),
    }


def people_line(people: dict[str, Any]) -> str:
    """The same in words."""
    if people["miou"] is None:
        return "a labeller against the merge of the others: too few labels an image to say"
    return (
        f"for comparison, a random labeller against the merge of the others: mIoU "
        f"{people['miou']:.3f}, pixel accuracy {people['pixel_accuracy']:.3f} of "
        f"{people['labelled_pixels']} pixels"
    )


def draw(judge: Judge, name: str, found: dict[str, Any]) -> None:
    """The pictures of the first labels."""
    from ai4mars_nav.learn.pictures import evaluation
    from ai4mars_nav.learn.seen import Seer

    folder, listed = judge.args.pictures, judge.args.listed
    asked = [Path(name)] if listed is None else [Path(name), listed]
    shown = ", ".join(_within(path, judge.args.data) for path in asked)
    title = f"{judge.sidecar.name} on {shown}"
    measured, seer = judge.sides[name], Seer(judge.engine, judge.sidecar)
    evaluation.write_charts(folder, title, measured, found, judge.sidecar.calibration)
    examples = evaluation.write_examples(folder, title, measured, judge.read[name], seer)
    evaluation.write_report(folder, title, found, examples)


def _within(path: Path, root: Path) -> str:
    """A path as it is below the data, which is what a reader of the pictures knows."""
    top = root.resolve()
    whole = top / path if (top / path).exists() else path.resolve()
    return str(whole.relative_to(top)) if whole.is_relative_to(top) else path.name


def _read(
    frames: Sequence[Frame], findings: Findings, read: list[Frame]
) -> Iterator[tuple[str, U8, U8]]:
    """Image and label of one frame after the other, with progress; `read` gets the frame."""
    from ai4mars_nav.dataset.errors import BadInput
    from ai4mars_nav.dataset.layout import read_frame

    for frame in _shown("evaluate", len(frames), frames):
        try:
            image, label = read_frame(frame)
        except BadInput as error:
            findings.note(error.problem)
            continue
        read.append(frame)
        yield frame.product, image, label


def _shown(name: str, total: int, things: Iterable[T]) -> Iterator[T]:
    """The things, with progress."""
    progress = Progress(name, total)
    for done, thing in enumerate(things, start=1):
        yield thing
        progress.show(done)
    progress.end()
