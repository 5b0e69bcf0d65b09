"""`ai4mars content train`: fine-tune a classifier of whole images on a list of them."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ai4mars_nav.cli.content.images import add_image_arguments, tell
from ai4mars_nav.cli.labels.over_archive import positive

HELP = "fine-tune a classifier of whole images"
DESCRIPTION = """Train MSLNet or HiRISENet, or a classifier of your own classes by their recipes: a
head on the features of a stored MobileNetV2 first (the probe), then all of the network. Classes
are drawn more evenly than they are there, and how common each was is kept out of the logits. Or
train a label set (a name in config/content/, or a .yaml of your own), where a picture may show
several classes: a classifier chain with Platt's scaling, fitted on sites that are held back; it
ends with RUN/models, and with --judge says how good that is on a list of other sites. Killed at any
time, the same command goes on. Examples: ai4mars content train mslnet --images deepmars-msl --list
deepmars-msl/train-calibrated-shuffled.txt --classes deepmars-msl/msl_synset_words-indexed.txt
--backbone mobilenet_v2.npz --out run; ai4mars content train ai4mars-scenes --images ai4mars-256
--list ai4mars-256/splits/train.txt --judge ai4mars-256/splits/val.txt --backbone mobilenet_v2.npz
--out run"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ai4mars content train`."""
    from ai4mars_nav.content.learn.multi_label_settings import MultiLabelTraining
    from ai4mars_nav.content.learn.settings import RECIPES

    parser.add_argument(
        "recipe", metavar="RECIPE",
        help=f"whose settings: {', '.join(RECIPES)}, or a label set: a name in config/content/, "
        "or a .yaml",
    )  # fmt: skip
    add_image_arguments(parser, on_bad="refuse")
    parser.add_argument(
        "--classes", metavar="FILE", type=Path,
        help="the class map: lines of `number name` (a recipe needs it, a label set has its own)",
    )  # fmt: skip
    parser.add_argument(
        "--backbone", metavar="NPZ", type=Path, required=True, help="stored MobileNetV2 weights"
    )
    parser.add_argument(
        "--out", metavar="RUN", type=Path, required=True,
        help="folder of the run: probe.pt, checkpoint.pt; of a label set: run/ and models/",
    )  # fmt: skip
    parser.add_argument(
        "--judge", metavar="FILE", type=Path,
        help="a label set's: a list of other sites, for the scores in sidecar and card",
    )  # fmt: skip
    parser.add_argument(
        "--steps", type=int, choices=range(1_000_000), metavar="N",
        default=MultiLabelTraining().steps,
        help="a label set's: steps of training, 0 for the probe alone (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--jobs", type=positive, default=1,
        help="a label set's: processes to look at pictures in (default: %(default)s)",
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Train, or go on; progress on standard error."""
    from ai4mars_nav.cli.content.train_label_set import train_label_set
    from ai4mars_nav.content.class_map import read_class_map
    from ai4mars_nav.content.errors import ContentError
    from ai4mars_nav.content.learn.lesson import read_lesson
    from ai4mars_nav.content.learn.settings import RECIPES
    from ai4mars_nav.content.learn.train import train
    from ai4mars_nav.dataset.errors import Findings
    from ai4mars_nav.share import label_set_file

    if args.recipe not in RECIPES:
        return train_label_set(args, label_set_file(args.recipe))
    if args.classes is None:
        raise ContentError(f"{args.recipe}: --classes is missing, the class map of the list")
    findings = Findings(args.on_bad == "skip")
    names = read_class_map(args.classes)
    recipe = RECIPES[args.recipe]
    settings = recipe.training
    lesson = read_lesson(args.listed, args.images, names, settings.side, findings)
    tell(findings.problems)
    train(lesson, settings, args.backbone, args.out, _say, recipe.stop)
    return 0


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
