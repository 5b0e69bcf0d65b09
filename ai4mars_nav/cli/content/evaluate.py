"""`ai4mars content evaluate`: score a classifier of whole images on a list of them."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from ai4mars_nav.cli.content.images import add_image_arguments, add_model_argument, tell
from ai4mars_nav.cli.content.predictions import write_predictions
from ai4mars_nav.cli.labels.over_archive import Progress, positive

if TYPE_CHECKING:
    from ai4mars_nav.content.sidecar import ContentSidecar

HELP = "score a classifier of whole images"
DESCRIPTION = """Score a classifier on a list of `path class` lines: accuracy with an interval over
sols or source images, calibration (ECE, NLL), accuracy against the confidence asked for with the
share abstained, precision, recall and F1 of each class, the confusion matrix, each instrument, and
what costs nothing (at random, the commonest class of training). Pictures of one sol by one
instrument, or of one source image, are told together, where the sidecar says how: which classes are
common there is found from them, without labels; a line says how good each is alone. Of a
multi-label classifier, where the list is a CSV of labels or one of products with masks: ECE of each
class before Platt's scaling and after, precision and recall at 0.9, average precision. Example:
ai4mars content evaluate mslnet --images deepmars-msl --list
deepmars-msl/val-calibrated-shuffled.txt --json msl.json"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ai4mars content evaluate`."""
    add_model_argument(parser, "model")
    add_image_arguments(parser, on_bad="skip")
    parser.add_argument(
        "--json", metavar="OUT", type=Path, required=True, help="file for the scores"
    )
    parser.add_argument(
        "--predictions", metavar="CSV", type=Path,
        help="file for a row a picture: the true class, the likeliest one, every probability",
    )  # fmt: skip
    parser.add_argument(
        "--classes", metavar="FILE", type=Path,
        help="the class map of the list, or the label set: refused if not that of the weights",
    )  # fmt: skip
    parser.add_argument(
        "--jobs", type=positive, default=os.cpu_count() or 1,
        help="processes to work in (default: one a processor, %(default)s)",
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Write the scores and the predictions, print the summary."""
    from ai4mars_nav.cli.content.evaluate_label_set import evaluate_label_set
    from ai4mars_nav.cli.content.evaluate_summed import evaluate_summed
    from ai4mars_nav.content.kinds import load_any
    from ai4mars_nav.content.multi_label_sidecar import MultiLabelSidecar
    from ai4mars_nav.content.summed import Summed
    from ai4mars_nav.share import content_model_file

    model = content_model_file(args.model)
    sidecar = load_any(model)
    if isinstance(sidecar, MultiLabelSidecar):
        return evaluate_label_set(args, model, sidecar)
    if isinstance(sidecar, Summed):
        return evaluate_summed(args, model, sidecar)
    return _evaluate(args, model, sidecar)


def _evaluate(args: argparse.Namespace, model: Path, sidecar: ContentSidecar) -> int:
    """Where a picture is of one class of the network's own."""
    import numpy as np

    from ai4mars_nav.content.calibration import calibrated
    from ai4mars_nav.content.class_map import read_class_map
    from ai4mars_nav.content.judge import see
    from ai4mars_nav.content.listed import read_list, strangers
    from ai4mars_nav.content.network_sidecar import check_classes
    from ai4mars_nav.content.report import document, summary
    from ai4mars_nav.content.scores import Judged
    from ai4mars_nav.dataset.errors import Findings
    from ai4mars_nav.dataset.images import write_text

    if args.classes is not None:
        check_classes(sidecar, read_class_map(args.classes), str(args.classes))
    findings = Findings(args.on_bad == "skip")
    listed = read_list(args.listed, args.images, len(sidecar.classes), findings)
    progress = Progress("evaluate", len(listed), "pictures")
    seen = see(model, listed, findings, args.jobs, progress.show)
    progress.end()
    instruments = [one.origin.instrument for one in seen.listed]
    kinds = np.asarray([one.kind for one in seen.listed], np.int64)
    groups = tuple(one.origin.group for one in seen.listed)
    shares = sidecar.in_company(seen.logits, groups, instruments)
    judged, alone = Judged(shares, kinds, groups), None
    if sidecar.together is not None:
        own = calibrated(seen.logits, sidecar.calibration, instruments)
        alone = Judged(own, kinds, groups)
    problems = [*findings.problems, *strangers({one.name: one.origin for one in seen.listed})]
    found = document(judged, instruments, sidecar.in_groups, problems, alone)
    write_text(args.json, json.dumps(found, indent=1, allow_nan=False) + "\n")
    if args.predictions is not None:
        names = [one.name for one in seen.listed]
        write_predictions(args.predictions, names, kinds, shares, sidecar.in_groups)
    tell(problems)
    print(summary(found), end="")
    return 0
