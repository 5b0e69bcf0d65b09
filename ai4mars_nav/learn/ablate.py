"""What each choice of the recipe is worth: many small trainings that differ in one thing.

    python -m ai4mars_nav.learn.ablate --data ROOT --backbone NPZ --out DIR [--only NAME ...]

trains every variant of ablate_variants.py in its own folder of DIR and goes on where it was
interrupted. `--docs docs` writes docs/ablations-table.md and its picture from all results there.
"""

from __future__ import annotations

import argparse
import sys
import traceback
from pathlib import Path

import numpy as np
import torch

from ai4mars_nav.dataset.chosen import frames_of_split
from ai4mars_nav.dataset.errors import Findings
from ai4mars_nav.dataset.layout import find_frames
from ai4mars_nav.dataset.releases import TRAIN
from ai4mars_nav.learn.ablate_report import write_docs
from ai4mars_nav.learn.ablate_run import Material, run
from ai4mars_nav.learn.ablate_variants import SIDE, STEPS, VARIANTS, Variant
from ai4mars_nav.learn.data import load_frames


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _chosen(names: list[str] | None) -> tuple[Variant, ...]:
    known = {variant.name: variant for variant in VARIANTS}
    unknown = sorted(set(names or ()) - known.keys())
    if unknown:
        raise SystemExit(f"no variant {unknown[0]!r}; there are {', '.join(known)}")
    return tuple(known[name] for name in names) if names else VARIANTS


def main() -> int:
    """Run the variants; 1 where one of them failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="AI4Mars in its official layout")
    parser.add_argument("--backbone", type=Path, required=True, help="MobileNetV2 npz")
    parser.add_argument("--out", type=Path, required=True, help="a folder for each variant")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these variants, in this order")
    parser.add_argument("--steps", type=int, default=STEPS, help="steps of each training")
    parser.add_argument("--side", type=int, default=SIDE, help="frames are resized to this, pixels")
    parser.add_argument(
        "--shares", type=Path, help="npy of what a teacher says of the training frames, made by "
        "`python -m ai4mars_nav.learn.teacher`; the variant `teacher` needs it"
    )  # fmt: skip
    parser.add_argument(
        "--rendered", type=Path, help="frames of simulated worlds, made by `ai4mars sim render`; "
        "the variants `both` and `rendered` need them"
    )  # fmt: skip
    parser.add_argument("--threads", type=int, default=1, help="CPU threads")
    parser.add_argument("--docs", type=Path, help="folder for the table and picture of all results")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    chosen = _chosen(args.only)
    train, validation = (
        load_frames(frames_of_split(args.data, split), args.side) for split in ("train", "val")
    )
    shares = None if args.shares is None else np.load(args.shares, allow_pickle=False)
    rendered = None
    if args.rendered is not None:
        found = Findings(skip=False)
        rendered = load_frames(find_frames(args.rendered, TRAIN, found), args.side)
    material = Material(train, validation, args.backbone, args.steps, shares, rendered)
    failed = []
    for variant in chosen:
        try:
            result = run(variant, material, args.out / variant.name, _say)
        except Exception:
            # the next variant does not depend on this one; the exit status tells
            traceback.print_exc()
            failed.append(variant.name)
            continue
        _say(f"{variant.name}: validation mIoU {result['validation']['miou']:.4f}")
    if args.docs is not None:
        for path in write_docs(args.out, args.docs):
            _say(str(path))
    if failed:
        _say(f"failed: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
