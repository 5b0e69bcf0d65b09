"""`ai4mars calibrate`: fit a model's confidence and its threshold on a folder of labels."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from ai4mars_nav.cli.evaluate import add_what_is_compared, chosen_frames, tell
from ai4mars_nav.cli.labels.over_archive import positive
from ai4mars_nav.learn.errors import DataError, ModelFileError

HELP = "fit a model's confidence and its threshold of abstention on a folder of labels"
DESCRIPTION = """Fit the confidence of a terrain model on labels that it was not trained on: a scale
and a bias for each class (vector scaling), so that of the pixels it is 90 % sure of 90 % are right,
and the confidence below which a pixel is unknown, so that of the others at most --risk are wrong.
Writes a copy of the model with its new sidecar into OUT; the weights stay what they are. Prints how
far the confidence can be trusted on sites that it was not fitted on. The scores in the old sidecar
are not taken over: `ai4mars evaluate` makes new ones."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ai4mars calibrate`."""
    add_what_is_compared(parser)
    parser.add_argument(
        "--out", type=Path, required=True, help="folder for the copy, not the model's own"
    )
    parser.add_argument(
        "--risk", type=_share, default=0.02,
        help="share of wrong pixels among those that are not unknown (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--threads", type=positive, default=1, help="CPU threads (default: %(default)s)"
    )


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0.0 < share < 1.0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a share between 0 and 1")
    return share


def run(args: argparse.Namespace) -> int:
    """Write the copy and its sidecar, print the calibration."""
    from ai4mars_nav.dataset.errors import Findings
    from ai4mars_nav.learn.data import load_frames
    from ai4mars_nav.learn.recalibrate import calibrated, copy_with
    from ai4mars_nav.perception.engine import open_engine
    from ai4mars_nav.perception.sidecar import load_model
    from ai4mars_nav.terrain import UNKNOWN

    made, _ = load_model(args.model)
    if made.input.height != made.input.width:
        raise ModelFileError(f"{args.model}: takes frames that are not square, they are needed")
    findings = Findings(args.on_bad == "skip")
    frames = load_frames(chosen_frames(args, findings), made.input.height, findings)
    tell(findings)
    if (frames.labels == UNKNOWN).all():
        raise DataError(f"{args.labels}: no labelled pixel to calibrate on")
    engine = open_engine("onnx", args.model, args.threads)
    listed = "" if args.listed is None else f", {args.listed.name}"
    source = f"{args.data.resolve().name}, {args.labels.name}{listed}"
    fitted, reliability = calibrated(engine, made, frames, args.risk, source)
    fitted = replace(fitted, scores={"calibration": {"reliability": reliability}})
    copy = copy_with(fitted, args.model, args.out)
    before, after = (reliability["held_out_sites"][when]["ece"] for when in ("before", "after"))
    print(f"{copy}: fitted on {fitted.calibration.fitted_on}")
    print(f"calibration error (ECE) on held-out sites {before:.4f}, uncalibrated, to {after:.4f}")
    print(
        f"unknown below {fitted.calibration.abstain_below:.4f}: "
        f"{reliability['coverage']:.3f} of the pixels kept for a risk of {args.risk}, "
        f"at the worst site {reliability['worst_site_risk']:.3f}"
    )
    return 0
