"""`ai4mars evaluate`: score a model on a folder of labels, and write what it predicts."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ai4mars_nav.cli.labels.over_archive import Progress, add_bad_argument, positive
from ai4mars_nav.learn.errors import DataError

if TYPE_CHECKING:
    from ai4mars_nav.dataset.errors import Findings
    from ai4mars_nav.dataset.layout import Frame
    from ai4mars_nav.learn.evaluate import Labelled, Measured
    from ai4mars_nav.perception.segmenter import Segmentation

HELP = "score a model on a folder of labels, and write what it predicts"
DESCRIPTION = """Score a terrain model on a folder of label images (0 soil, 1 bedrock, 2 sand,
3 big rock, 255 no label). The model sees each image as it would on board; its answer is compared
with the label pixel by pixel, where there is a label. What the rover mask and the 30 m mask of the
data hide is no label; gold labels have these masks in them already. Prints a summary and writes
all of it as JSON: confusion matrix, accuracy and IoU of each class, mIoU, 95 % intervals over sites
(whole sites are drawn again), big rock image by image, calibration, abstention, a row a site.
Example: ai4mars evaluate --data ai4mars-256 --labels msl/labels/train --list splits/val.txt
--model models/terrain-256.onnx --json val.json"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ai4mars evaluate`."""
    add_what_is_compared(parser)
    parser.add_argument(
        "--json", metavar="OUT", type=Path, required=True, help="file for the scores"
    )
    parser.add_argument(
        "--predictions", metavar="DIR", type=Path,
        help="folder for the predicted label images, each of the name and size of its label",
    )  # fmt: skip
    parser.add_argument(
        "--abstain", action="store_true",
        help="write 255 in the predictions where the model is less sure than its threshold "
        "(default: its best guess everywhere)",
    )  # fmt: skip
    parser.add_argument(
        "--threads", type=positive, default=1, help="CPU threads (default: %(default)s)"
    )


def add_what_is_compared(parser: argparse.ArgumentParser) -> None:
    """The model, the images, which labels of them, and what becomes of bad ones."""
    parser.add_argument(
        "--data", metavar="ROOT", type=Path, required=True,
        help="the images (and masks), in the official AI4Mars folders",
    )  # fmt: skip
    parser.add_argument(
        "--model", type=Path, required=True, help="an .onnx with its sidecar (.json) beside it"
    )
    parser.add_argument(
        "--labels", metavar="FOLDER", type=Path, required=True,
        help="folder of label images <product id>[suffix].png, in ROOT (msl/labels/train, "
        "msl/labels/test/masked-gold-min3-100agree) or anywhere",
    )  # fmt: skip
    parser.add_argument(
        "--list", metavar="FILE", type=Path, dest="listed",
        help="only the product ids in this file, one a line (splits/val.txt in ROOT, or anywhere)",
    )  # fmt: skip
    add_bad_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Write the JSON and the predictions, print the summary."""
    from ai4mars_nav.dataset.errors import Findings
    from ai4mars_nav.dataset.images import write_text
    from ai4mars_nav.learn.report import FORMAT, document, summary
    from ai4mars_nav.perception.sidecar import load_model

    findings = Findings(args.on_bad == "skip")
    frames = chosen_frames(args, findings)
    _check_outputs(args, frames)
    sidecar, content = load_model(args.model)
    measured = _measure(args, frames, findings)
    found = document(measured, sidecar.calibration.abstain_below)
    whole: dict[str, Any] = {
        "format": FORMAT,
        "model": sidecar.name,
        "precision": sidecar.precision,
        "model_sha256": hashlib.sha256(content).hexdigest(),
        "data": args.data.resolve().name,
        "labels": str(args.labels),
        "list": None if args.listed is None else str(args.listed),
        "left_out": [str(problem) for problem in findings.problems],
        **found,
    }
    write_text(args.json, json.dumps(whole, indent=1, allow_nan=False) + "\n")
    tell(findings)
    print(f"{sidecar.name} on {args.labels}: {summary(found)}", end="")
    return 0


def chosen_frames(args: argparse.Namespace, findings: Findings) -> tuple[Frame, ...]:
    """The labels that --labels and --list choose, with their images."""
    from ai4mars_nav.dataset.chosen import frames_of_folder

    listed = None if args.listed is None else _in_data(args.data, args.listed)
    return frames_of_folder(args.data, _in_data(args.data, args.labels), listed, findings)


def _in_data(root: Path, path: Path) -> Path:
    """A path in the data where it is there, else as it was given."""
    return root / path if (root / path).exists() else path


def tell(findings: Findings) -> None:
    """Name everything that was left out."""
    for problem in findings.problems:
        print(f"left out: {problem}", file=sys.stderr)


def _check_outputs(args: argparse.Namespace, frames: Sequence[Frame]) -> None:
    """Labels and images are never written over."""
    if args.abstain and args.predictions is None:
        raise DataError("--abstain is about the predictions: name a folder with --predictions")
    inputs = {path.parent.resolve() for f in frames for path in (f.label, f.picture.image)}
    if args.predictions is not None and args.predictions.resolve() in inputs:
        raise DataError(f"{args.predictions}: labels or images are there, name another folder")


def _measure(args: argparse.Namespace, frames: Sequence[Frame], findings: Findings) -> Measured:
    from ai4mars_nav.dataset.images import write_label
    from ai4mars_nav.learn.evaluate import measure
    from ai4mars_nav.perception.engine import open_engine
    from ai4mars_nav.perception.sidecar import load_model
    from ai4mars_nav.terrain import UNKNOWN

    sidecar, _ = load_model(args.model)
    engine = open_engine("auto", args.model, args.threads)
    threshold = sidecar.calibration.abstain_below if args.abstain else 0.0
    read: list[Frame] = []

    def write(found: Segmentation) -> None:
        classes = found.classes.copy()
        classes[found.confidence < threshold] = UNKNOWN
        write_label(args.predictions / read[-1].label.name, classes)

    labelled = _read(frames, findings, read)
    return measure(engine, sidecar, labelled, None if args.predictions is None else write)


def _read(frames: Sequence[Frame], findings: Findings, read: list[Frame]) -> Iterator[Labelled]:
    """Image and label of one frame after the other, with progress; `read` gets the frame."""
    from ai4mars_nav.dataset.errors import BadInput
    from ai4mars_nav.dataset.layout import read_frame

    progress = Progress("evaluate", len(frames))
    for done, frame in enumerate(frames, start=1):
        try:
            image, label = read_frame(frame)
        except BadInput as error:
            findings.note(error.problem)
            continue
        read.append(frame)
        yield frame.product, image, label
        progress.show(done)
    progress.end()
