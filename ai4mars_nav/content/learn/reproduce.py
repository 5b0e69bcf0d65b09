"""A shipped content classifier made again, from data and backbone to file, sidecar and card.

    python -m ai4mars_nav.content.learn.reproduce mslnet --data FOLDER --backbone NPZ --out DIR

FOLDER is the data set (deepmars-msl, deepmars-hirise) as it is published. Killed at any time, the
same command goes on. With --probe it ends with the probe, before any fine-tuning: the floor.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ai4mars_nav.content.class_map import read_class_map
from ai4mars_nav.content.learn.kept import CHECKPOINT, PROBE
from ai4mars_nav.content.learn.lesson import read_lesson
from ai4mars_nav.content.learn.release import Request, release
from ai4mars_nav.content.learn.settings import RECIPES
from ai4mars_nav.content.learn.train import begin, train
from ai4mars_nav.dataset.errors import Findings


def main() -> int:
    """Train what is not trained yet, then write the model into DIR/models."""
    args = _arguments()
    recipe = RECIPES[args.name]
    names = read_class_map(args.data / recipe.classes)
    listed, run = args.data / recipe.train, args.out / "run"
    lesson = read_lesson(listed, args.data, names, recipe.training.side, Findings(skip=False))
    if args.probe:
        begin(lesson, recipe.training, args.backbone, run, _say)
    else:
        train(lesson, recipe.training, args.backbone, run, _say, recipe.stop)
    weights = run / (PROBE if args.probe else CHECKPOINT)
    out = args.out / ("probe" if args.probe else "models")
    for path in release(Request(args.name, weights, args.data, args.backbone, out, args.jobs)):
        _say(str(path))
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=tuple(RECIPES))
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--backbone", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--probe", action="store_true")
    parser.add_argument("--jobs", type=int, default=1)
    return parser.parse_args()


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
