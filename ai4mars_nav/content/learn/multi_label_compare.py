"""A chain against independent heads, before and after Platt's scaling, on every site of a list.

    python -m ai4mars_nav.content.learn.multi_label_compare ai4mars-scenes --images ai4mars-256 \\
        --list ai4mars-256/splits/train.txt --backbone NPZ --out DIR

Both heads are fitted to what the stored MobileNetV2 sees, so that it costs minutes: whole sites
are dealt into five parts; each part is judged by heads of the four others. Platt's scaling is
fitted on those four, too, each seen by heads of the other three; to compare with, the chain's on
one of them, by heads of the other three. So every picture is judged by what never saw its site.
"""

from __future__ import annotations

import argparse
import json
import sys
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ai4mars_nav.content.chain import no_platt, through_chain
from ai4mars_nav.content.label_lists import shown_in
from ai4mars_nav.content.label_set import read_label_set
from ai4mars_nav.content.learn import probe
from ai4mars_nav.content.learn.chain_network import ChainNet
from ai4mars_nav.content.learn.multi_label_crossed import (
    PARTS,
    Chosen,
    Own,
    dealt,
    heads_on,
    joined,
)
from ai4mars_nav.content.learn.multi_label_lesson import MultiLabelLesson, read_pictures
from ai4mars_nav.content.learn.multi_label_release import compared
from ai4mars_nav.content.learn.multi_label_settings import MultiLabelTraining
from ai4mars_nav.content.multi_label_platt import fit_platt
from ai4mars_nav.content.multi_label_report import figures
from ai4mars_nav.content.multi_label_scores import Claims
from ai4mars_nav.dataset.errors import Findings
from ai4mars_nav.dataset.images import write_text
from ai4mars_nav.share import label_set_file

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]

CHAIN, ALONE, FIFTH = "chain", "independent", "chain, Platt's scaling on a fifth"


def main() -> int:
    """Write DIR/compare.json and print what differs."""
    args = arguments(__doc__).parse_args()
    settings = MultiLabelTraining()
    lesson, seen = looked_at(args, settings.side)
    found = judged(lesson, seen, settings)
    document: dict[str, Any] = {
        "chain_less_independent": compared(found[CHAIN][1], found[ALONE][1]),
        **{name: figures(*claims, lesson.names) for name, claims in found.items()},
    }
    write_text(args.out / "compare.json", json.dumps(document, indent=1) + "\n")
    for name, one in document["chain_less_independent"].items():
        low, high = one["difference_interval95"]
        print(
            f"{name}: chain {one['chain']:.4f}, independent {one['independent']:.4f}, "
            f"difference {low:+.4f} to {high:+.4f}"
        )
    for name in found:
        one = document[name]
        low, high = one["mean_ece_interval95"]
        worse = [key for key, each in one["classes"].items() if each["ece"] > each["ece_before"]]
        print(
            f"{name}: mean ECE {one['mean_ece_before']:.4f} before Platt, {one['mean_ece']:.4f} "
            f"({low:.4f} to {high:.4f}) after, {one['mean_ece_by_chance']:.4f} by chance; NLL "
            f"{one['nll_before']:.4f} and {one['nll']:.4f}; higher ECE after: "
            f"{', '.join(worse) or 'none'}"
        )
    return 0


def looked_at(args: argparse.Namespace, side: int) -> tuple[MultiLabelLesson, F32]:
    """The list's pictures, and what the stored network sees of them (n, 2560); OUT keeps that."""
    args.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    label_set = read_label_set(label_set_file(args.label_set))
    findings = Findings(skip=False)
    shown = shown_in(args.listed, args.images, label_set, findings)
    lesson = read_pictures(shown, label_set.names, side, findings)
    network = ChainNet(len(label_set.names))
    network.warm_start(args.backbone)
    kept = args.out / "features.npy"
    return lesson, probe.features(network.content, lesson.pictures, side, kept)


def judged(
    lesson: MultiLabelLesson, seen: F32, settings: MultiLabelTraining
) -> dict[str, tuple[Claims, Claims]]:
    """Claims before and after Platt's scaling, by name of what makes them."""
    part = dealt(lesson.groups)
    pairs = [frozenset(two) for two in combinations(range(PARTS), 2)]
    # heads that saw neither of two parts serve whichever of them is judged
    heads = {two: heads_on(lesson, seen, ~np.isin(part, list(two)), settings) for two in pairs}
    shares: F64 = np.empty((3, 2, *lesson.labels.shape))
    for number in range(PARTS):
        is_judged = part == number
        whole = heads_on(lesson, seen, ~is_judged, settings)
        others = [other for other in range(PARTS) if other != number]
        for way in (0, 1):
            unseen = joined({k: heads[frozenset({number, k})][way] for k in others}, part)
            scaled = _scaled(unseen, ~is_judged, whole[way], is_judged, lesson)
            shares[way, :, is_judged] = scaled.swapaxes(0, 1)
        after = (number + 1) % PARTS
        one = heads[frozenset({number, after})][0]
        shares[2, :, is_judged] = _scaled(one, part == after, one, is_judged, lesson).swapaxes(0, 1)
        print(f"part {number + 1} of {PARTS}", file=sys.stderr, flush=True)

    def claims(way: int) -> tuple[Claims, Claims]:
        before, after = (Claims(shares[way, at], lesson.labels, lesson.groups) for at in (0, 1))
        return before, after

    return {CHAIN: claims(0), ALONE: claims(1), FIFTH: claims(2)}


def _scaled(held: Own, chosen: Chosen, asked: Own, judged: Chosen, lesson: MultiLabelLesson) -> F64:
    """(2, n, classes) of what is asked, where it is judged, before Platt's scaling and after.

    The scaling is fitted on what was held back, where it is chosen.
    """
    known, new = held.of(chosen), asked.of(judged)
    platt = fit_platt(known.logits, known.links, lesson.labels[chosen], "other parts")
    plain = no_platt(len(lesson.names))
    return np.stack([through_chain(new.logits, new.links, each) for each in (plain, platt)])


def arguments(about: str | None) -> argparse.ArgumentParser:
    """What a comparison on the pictures of a list is told."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("label_set")
    parser.add_argument("--images", type=Path, required=True)
    parser.add_argument("--list", type=Path, required=True, dest="listed")
    parser.add_argument("--backbone", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    return parser


if __name__ == "__main__":
    sys.exit(main())
