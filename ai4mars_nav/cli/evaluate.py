"""`ai4mars evaluate`: score a model on labels, write what it predicts, draw how good it is."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ai4mars_nav.cli.judge import Judge, draw, judge_folder, judge_raw, people, people_line
from ai4mars_nav.cli.labels.over_archive import RAW_HELP, add_bad_argument, positive
from ai4mars_nav.learn.errors import DataError

if TYPE_CHECKING:
    from ai4mars_nav.dataset.errors import Findings
    from ai4mars_nav.dataset.layout import Frame
    from ai4mars_nav.dataset.raw import RawImage
    from ai4mars_nav.learn.evaluate import Measured

HELP = "score a model on labels, write what it predicts, draw how good it is"
DESCRIPTION = """Score a terrain model on a folder of label images (0 soil, 1 bedrock, 2 sand,
3 big rock, 255 no label). The model sees each image as it would on board; its answer is compared
with the label pixel by pixel, where there is a label. What the rover mask and the 30 m mask of the
data hide is no label; gold labels have these masks in them already. Prints a summary and writes
all of it as JSON: confusion matrix, accuracy and IoU of each class, mIoU, 95 % intervals over sites
(whole sites are drawn again), big rock image by image, calibration, abstention, a row a site and a
row a mission. Example: ai4mars evaluate --data ai4mars-256 --labels msl/labels/train --list
splits/val.txt --model models/terrain-256.onnx --json val.json --pictures val"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ai4mars evaluate`."""
    add_what_is_compared(parser, always=False)
    parser.add_argument(
        "--also", metavar="FOLDER", type=Path, nargs="+", default=[],
        help="more folders of labels, scored in the same way and set beside the first: the gold "
        "labels of other agreement, for one",
    )  # fmt: skip
    parser.add_argument(
        "--raw", metavar="RAW", type=Path,
        help=f"{RAW_HELP}. The model is scored against one labeller of each image, drawn at "
        "random, and against the merge of all (at least 3, over 65 %%), side by side",
    )  # fmt: skip
    parser.add_argument(
        "--seed", type=int, default=0, help="of the drawing of labellers (default: %(default)s)"
    )
    parser.add_argument(
        "--json", metavar="OUT", type=Path, required=True, help="file for the scores"
    )
    parser.add_argument(
        "--pictures", metavar="DIR", type=Path,
        help="folder for report.md with its charts (confusion matrix, sites, reliability, risk "
        "against coverage, big rock) and examples.md (the best, middle and worst images)",
    )  # fmt: skip
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


def add_what_is_compared(parser: argparse.ArgumentParser, always: bool = True) -> None:
    """The model, the images, which labels of them (`always` asked for), what of bad ones."""
    parser.add_argument(
        "--data", metavar="ROOT", type=Path, required=True,
        help="the images (and masks), in the official AI4Mars folders",
    )  # fmt: skip
    parser.add_argument(
        "--model", type=Path, required=True, help="an .onnx with its sidecar (.json) beside it"
    )
    parser.add_argument(
        "--labels", metavar="FOLDER", type=Path, required=always,
        help="folder of label images <product id>[suffix].png, in ROOT (msl/labels/train, "
        "msl/labels/test/masked-gold-min3-100agree) or anywhere",
    )  # fmt: skip
    parser.add_argument(
        "--list", metavar="FILE", type=Path, dest="listed",
        help="only the product ids in this file, one a line (splits/val.txt in ROOT, or anywhere)",
    )  # fmt: skip
    add_bad_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Write the JSON, the predictions and the pictures, print the summary."""
    from ai4mars_nav.dataset.errors import Findings
    from ai4mars_nav.dataset.images import write_text
    from ai4mars_nav.learn.report import FORMAT, document
    from ai4mars_nav.learn.summary import side_by_side, summary
    from ai4mars_nav.perception.engine import open_engine
    from ai4mars_nav.perception.sidecar import load_model

    _check_options(args)
    findings = Findings(args.on_bad == "skip")
    folders = {str(path): _frames(args, path, findings) for path in _folders(args)}
    raw = _raw_images(args, findings)
    _check_outputs(args, [frame for frames in folders.values() for frame in frames])
    sidecar, content = load_model(args.model)
    judge = Judge(args, open_engine("onnx", args.model, args.threads), sidecar, findings)
    for name, frames in folders.items():
        judge_folder(judge, name, frames)
    if raw:
        judge_raw(judge, raw)
    documents = {
        name: document(measured, sidecar.calibration.abstain_below)
        for name, measured in _labelled(judge.sides).items()
    }
    first = next(iter(documents))
    whole: dict[str, Any] = {
        "format": FORMAT,
        "model": sidecar.name,
        "precision": sidecar.precision,
        "model_sha256": hashlib.sha256(content).hexdigest(),
        "data": args.data.resolve().name,
        "labels": first,
        "list": None if args.listed is None else str(args.listed),
        "left_out": [str(problem) for problem in findings.problems],
        **documents[first],
    }
    if len(documents) > 1:
        whole["side_by_side"] = documents
    if judge.people:
        whole["labeller_as_model"] = people(judge)
    write_text(args.json, json.dumps(whole, indent=1, allow_nan=False) + "\n")
    if args.pictures is not None:
        draw(judge, first, documents[first])
    tell(findings)
    print(f"{sidecar.name} on {first}: {summary(documents[first])}", end="")
    if len(documents) > 1:
        print(f"\n{side_by_side(documents)}", end="")
    if judge.people:
        print(people_line(whole["labeller_as_model"]))
    return 0


def _labelled(sides: Mapping[str, Measured]) -> dict[str, Measured]:
    """The sets that have a labelled pixel; the others are named."""
    scored = {name: measured for name, measured in sides.items() if measured.every.any()}
    if not scored:
        raise DataError(f"{', '.join(sides)}: no labelled pixel to score")
    for name in sides.keys() - scored.keys():
        print(f"not scored: {name}: no labelled pixel", file=sys.stderr)
    return scored


def chosen_frames(args: argparse.Namespace, findings: Findings) -> tuple[Frame, ...]:
    """The labels that --labels and --list choose, with their images."""
    return _frames(args, args.labels, findings)


def _frames(args: argparse.Namespace, labels: Path, findings: Findings) -> tuple[Frame, ...]:
    from ai4mars_nav.dataset.chosen import frames_of_folder

    listed = None if args.listed is None else _in_data(args.data, args.listed)
    return frames_of_folder(args.data, _in_data(args.data, labels), listed, findings)


def _in_data(root: Path, path: Path) -> Path:
    """A path in the data where it is there, else as it was given."""
    return root / path if (root / path).exists() else path


def tell(findings: Findings) -> None:
    """Name everything that was left out."""
    for problem in findings.problems:
        print(f"left out: {problem}", file=sys.stderr)


def _folders(args: argparse.Namespace) -> list[Path]:
    return [*([] if args.labels is None else [args.labels]), *args.also]


def _raw_images(args: argparse.Namespace, findings: Findings) -> Sequence[RawImage]:
    """The images of --raw that --list chooses, with their pictures and masks."""
    if args.raw is None:
        return ()
    from ai4mars_nav.dataset.chosen import read_list
    from ai4mars_nav.dataset.errors import NO_LABEL, Problem
    from ai4mars_nav.dataset.layout import find_pictures
    from ai4mars_nav.dataset.raw import find_raw, with_pictures

    images = find_raw(args.raw, findings)
    if args.listed is not None:
        by_product = {image.product.lower(): image for image in images}
        wanted = read_list(_in_data(args.data, args.listed))
        for name in wanted:
            if name.lower() not in by_product:
                text = f"{args.listed} lists it, but {args.raw} has no label of it"
                findings.note(Problem(NO_LABEL, name, text))
        images = tuple(by_product[n.lower()] for n in wanted if n.lower() in by_product)
    images = with_pictures(images, find_pictures(args.data, findings), findings)
    if not images:
        raise DataError(f"{args.raw}: no raw label of an image that was asked for")
    return images


def _check_options(args: argparse.Namespace) -> None:
    """What cannot work is said before the work."""
    if args.labels is None and args.raw is None:
        raise DataError("nothing to score the model against: name --labels, --raw or both")
    if args.abstain and args.predictions is None:
        raise DataError("--abstain is about the predictions: name a folder with --predictions")
    if args.predictions is not None and args.labels is None:
        raise DataError("--predictions are named as the labels are: name a folder with --labels")
    if args.json.is_dir():
        raise DataError(f"{args.json}: is a folder, --json is a file")
    for folder in (args.json.parent, args.pictures, args.predictions):
        if folder is not None:
            _check_folder(folder)


def _check_folder(folder: Path) -> None:
    """A folder that is there or can be made, and that may be written in."""
    there = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    if not there.is_dir():
        raise DataError(f"{folder}: {there} is a file, not a folder")
    if not os.access(there, os.W_OK):
        raise DataError(f"{folder}: {there} may not be written in")


def _check_outputs(args: argparse.Namespace, frames: Sequence[Frame]) -> None:
    """Labels and images are never written over."""
    inputs = {path.parent.resolve() for f in frames for path in (f.label, f.picture.image)}
    for folder in (args.predictions, args.pictures):
        if folder is not None and folder.resolve() in inputs:
            raise DataError(f"{folder}: labels or images are there, name another folder")
