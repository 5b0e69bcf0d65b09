"""A chain against independent heads, before and after Platt's scaling, on every site of a list.

    python -m ai4mars_nav.content.learn.multi_label_compare ai4mars-scenes --images ai4mars-256 \\
        --list ai4mars-256/splits/train.txt --backbone NPZ --out DIR

Both heads are fitted to what the stored MobileNetV2 sees, so that it costs minutes: whole sites
are dealt into five parts; each part is judged by heads of three others and Platt's scaling of the
fourth. So every picture is judged by what never saw its site.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
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
from ai4mars_nav.content.learn.multi_label_lesson import MultiLabelLesson, chances, read_pictures
from ai4mars_nav.content.learn.multi_label_probe import fit_heads
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
I64 = NDArray[np.int64]

PARTS = 5


def main() -> int:
    """Write DIR/compare.json and print what differs."""
    args = _arguments()
    args.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    label_set = read_label_set(label_set_file(args.label_set))
    settings = MultiLabelTraining(evenness=args.evenness)
    findings = Findings(skip=False)
    shown = shown_in(args.listed, args.images, label_set, findings)
    lesson = read_pictures(shown, label_set.names, settings.side, findings)
    network = ChainNet(len(label_set.names))
    network.warm_start(args.backbone)
    kept = args.out / "features.npy"
    seen = probe.features(network.content, lesson.pictures, settings.side, kept)
    groups = tuple(one.origin.group for one in shown)
    chain, alone = judged(lesson, seen, groups, settings)
    document: dict[str, Any] = {
        "evenness": settings.evenness,
        "chain_less_independent": compared(chain[1], alone[1]),
        "chain": figures(*chain, label_set.names),
        "independent": figures(*alone, label_set.names),
    }
    write_text(args.out / "compare.json", json.dumps(document, indent=1) + "\n")
    for name, one in document["chain_less_independent"].items():
        low, high = one["difference_interval95"]
        print(
            f"{name}: chain {one['chain']:.4f}, independent {one['independent']:.4f}, "
            f"difference {low:+.4f} to {high:+.4f}"
        )
    for name in ("chain", "independent"):
        one = document[name]
        print(
            f"{name}: mean ECE {one['mean_ece_before']:.4f} before Platt, {one['mean_ece']:.4f} "
            f"after, {one['mean_ece_by_chance']:.4f} by chance"
        )
    return 0


def judged(
    lesson: MultiLabelLesson, seen: F32, groups: Sequence[str], settings: MultiLabelTraining
) -> tuple[tuple[Claims, Claims], tuple[Claims, Claims]]:
    """Claims before and after Platt's scaling, of the chain and of the independent heads."""
    part = dealt(groups)
    shape = (2, 2, *lesson.labels.shape)
    shares: F64 = np.empty(shape)
    for number in range(PARTS):
        is_judged, is_held = part == number, part == (number + 1) % PARTS
        is_learned = ~is_judged & ~is_held
        network = ChainNet(len(lesson.names))
        labels = lesson.labels[is_learned]
        weights = torch.from_numpy(chances(labels, settings.evenness)).to(torch.float32)
        learned = torch.from_numpy(labels).to(torch.float32)
        fit_heads(network, seen[is_learned], learned, weights, settings.probe_decay)
        for way, is_chain in enumerate((True, False)):
            head, links = network.one_head(is_chain)
            with torch.inference_mode():
                logits = head.head(torch.from_numpy(seen)[..., None, None])[..., 0, 0]
            own, matrix = logits.numpy().astype(np.float64), links.numpy().astype(np.float64)
            platt = fit_platt(own[is_held], matrix, lesson.labels[is_held], "the next part")
            plain = no_platt(len(lesson.names))
            for stage, scaling in enumerate((plain, platt)):
                shares[way, stage, is_judged] = through_chain(own[is_judged], matrix, scaling)
        print(f"part {number + 1} of {PARTS}", file=sys.stderr, flush=True)

    def claims(way: int) -> tuple[Claims, Claims]:
        before, after = (Claims(shares[way, at], lesson.labels, tuple(groups)) for at in (0, 1))
        return before, after

    return claims(0), claims(1)


def dealt(groups: Sequence[str]) -> I64:
    """(n,) the part that each picture is in: whole groups, the large ones first, evenly."""
    sizes = [0] * PARTS
    part_of: dict[str, int] = {}
    for group, count in sorted(Counter(groups).items(), key=lambda pair: (-pair[1], pair[0])):
        part_of[group] = sizes.index(min(sizes))
        sizes[part_of[group]] += count
    return np.array([part_of[group] for group in groups], np.int64)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("label_set")
    parser.add_argument("--images", type=Path, required=True)
    parser.add_argument("--list", type=Path, required=True, dest="listed")
    parser.add_argument("--backbone", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--evenness", type=float, default=MultiLabelTraining().evenness)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
