"""`ai4mars content train`: fine-tune a classifier of whole images on a list of them."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ai4mars_nav.cli.content.images import add_image_arguments, tell

HELP = "fine-tune a classifier of whole images"
DESCRIPTION = """Train MSLNet or HiRISENet, or a classifier of your own classes by their recipes: a
head on the features of a stored MobileNetV2 first (the probe), then all of the network. Classes
are drawn more evenly than they are there, and how common each was is kept out of the logits. Killed
at any time, the same command goes on. Example: ai4mars content train mslnet --images deepmars-msl
--list deepmars-msl/train-calibrated-shuffled.txt --classes
deepmars-msl/msl_synset_words-indexed.txt --backbone mobilenet_v2.npz --out run"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ai4mars content train`."""
    from ai4mars_nav.content.learn.settings import RECIPES

    parser.add_argument("recipe", choices=tuple(RECIPES), help="whose settings")
    add_image_arguments(parser, on_bad="refuse")
    parser.add_argument(
        "--classes", metavar="FILE", type=Path, required=True,
        help="the class map: lines of `number name`",
    )  # fmt: skip
    parser.add_argument(
        "--backbone", metavar="NPZ", type=Path, required=True, help="stored MobileNetV2 weights"
    )
    parser.add_argument(
        "--out", metavar="RUN", type=Path, required=True,
        help="folder of the run: probe.pt, checkpoint.pt",
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Train, or go on; progress on standard error."""
    from ai4mars_nav.content.class_map import read_class_map
    from ai4mars_nav.content.learn.lesson import read_lesson
    from ai4mars_nav.content.learn.settings import RECIPES
    from ai4mars_nav.content.learn.train import train
    from ai4mars_nav.dataset.errors import Findings

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
