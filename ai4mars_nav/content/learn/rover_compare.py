"""Rover or surface three ways on the published lists: MSLNet summed, a probe, a ResNet-50.

    python -m ai4mars_nav.content.learn.rover_compare --data deepmars-msl --backbone NPZ --out DIR

Labels are the groups of models/content/rover-or-surface.yaml; the lists never share a sol. Killed
at any time, the same command goes on.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.content import calibrate
from ai4mars_nav.content.judge import see
from ai4mars_nav.content.learn.lesson import read_lesson
from ai4mars_nav.content.learn.rover_rivals import resnet, two_class_probe
from ai4mars_nav.content.learn.settings import RECIPES
from ai4mars_nav.content.listed import Listed, read_list
from ai4mars_nav.content.pictures import read_picture
from ai4mars_nav.content.scores import Judged
from ai4mars_nav.content.summed import LEFT_OUT, Summed, read_summed
from ai4mars_nav.content.summed_report import figures
from ai4mars_nav.content.together import BEFOREHAND, companies, roles, told_together
from ai4mars_nav.dataset.errors import Findings
from ai4mars_nav.dataset.images import write_text
from ai4mars_nav.share import content_model_file

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

_STRICT = "drill holes"
"""Without them surface is what the issue of this comparison calls it: ground and horizon."""


def main() -> int:
    """Write DIR/rover.json and print a table."""
    args = _arguments()
    args.out.mkdir(parents=True, exist_ok=True)
    recipe = RECIPES["mslnet"]
    path = content_model_file("rover-or-surface")
    sums = read_summed(path)
    group_of = np.asarray(sums.group_of, np.int64)
    findings = Findings(skip=False)
    listed = read_list(args.data / recipe.validation, args.data, len(group_of), findings)
    listed = tuple(one for one in listed if group_of[one.kind] != LEFT_OUT)
    found: dict[str, Any] = {}
    answers = _by_mslnet(sums, path, listed, args.jobs)
    side = recipe.training.side
    names = sums.of.classes
    lesson = read_lesson(args.data / recipe.train, args.data, names, side, findings)
    kept = [at for at, kind in enumerate(lesson.kinds) if group_of[kind] != LEFT_OUT]
    learned, kinds = [lesson.pictures[at] for at in kept], group_of[lesson.kinds[kept]]
    pictures = [read_picture(one.path) for one in listed]
    answers["probe of the shared backbone, two classes"] = two_class_probe(
        learned, kinds, pictures, args.backbone, args.out
    )
    shares, took = resnet(learned, kinds, pictures, args.side, args.seconds, args.out, _say)
    answers["ResNet-50, no stored weights"] = shares
    for name, shares in answers.items():
        found[name] = {
            "all": figures(_judged(shares, listed, group_of), sums.classes),
            f"without {_STRICT}": figures(
                _judged(*_without(shares, listed, names.index(_STRICT)), group_of), sums.classes
            ),
        }
    document = {"answers": found, "resnet50_training": took, "learned": len(learned)}
    write_text(args.out / "rover.json", json.dumps(document, indent=1) + "\n")
    print(_table(found), end="")
    return 0


def _by_mslnet(sums: Summed, path: Path, listed: Sequence[Listed], jobs: int) -> dict[str, F64]:
    """Sums of MSLNet's probabilities: not calibrated, and as in its card by the other half.

    Of each picture alone, and of all of a sol together.
    """
    seen = see(path, listed, Findings(skip=False), jobs, lambda _: None)
    kinds = np.asarray([one.kind for one in seen.listed], np.int64)
    groups = [one.origin.group for one in seen.listed]
    by = [one.origin.instrument for one in seen.listed]
    support = tuple(sums.of.training["support"])
    by_group = roles(sums.of.classes, RECIPES["mslnet"].apart, support)
    told = told_together(seen.logits, companies(groups, by), by_group, BEFOREHAND)
    ways = {"alone": (seen.logits, by), "together": (told, ["any"] * len(by))}
    answers = {}
    for way, (logits, instruments) in ways.items():
        before, after = calibrate.cross_fitted(logits, kinds, groups, instruments, support)
        answers[f"MSLNet summed, {way}, not calibrated"] = sums.of_shares(before)
        answers[f"MSLNet summed, {way}, calibrated on the other half"] = sums.of_shares(after)
    return answers


def _judged(shares: F64, listed: Sequence[Listed], group_of: I64) -> Judged:
    kinds = group_of[[one.kind for one in listed]]
    return Judged(shares, kinds, tuple(one.origin.group for one in listed))


def _without(shares: F64, listed: Sequence[Listed], kind: int) -> tuple[F64, tuple[Listed, ...]]:
    kept = [at for at, one in enumerate(listed) if one.kind != kind]
    return shares[kept], tuple(listed[at] for at in kept)


def _table(found: dict[str, Any]) -> str:
    lines = ["| | pictures | accuracy | precision | recall | F1 (95 %) | ECE |", "|---" * 7 + "|"]
    for name, ways in found.items():
        for way, one in ways.items():
            rover = one["classes"]["rover"]
            low, high = rover["f1_interval95"]
            cells = [f"{rover[key]:.3f}" for key in ("precision", "recall")]
            lines.append(
                f"| {name}, {way} | {one['pictures']} | {one['accuracy']:.3f} | {cells[0]} | "
                f"{cells[1]} | {rover['f1']:.3f} ({low:.3f} to {high:.3f}) | {one['ece']:.3f} |"
            )
    return "\n".join(lines) + "\n"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--backbone", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--side", type=int, default=64, help="pixels of the ResNet-50's pictures")
    parser.add_argument("--seconds", type=float, default=300.0, help="its processor time")
    parser.add_argument("--jobs", type=int, default=1)
    return parser.parse_args()


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
