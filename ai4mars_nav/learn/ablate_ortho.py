"""Is the ground from above easier to read than the frame? AI4Mars paper, section 4.2.

    python -m ai4mars_nav.learn.ablate_ortho --rendered ROOT --backbone NPZ --out DIR [--docs docs]

One network learns on frames, another on tiles of the ground under the same frames, for as many
steps of as many pixels. Both are judged on worlds that neither has seen, on the same pixels of the
frames and on the same cells of the ground. The frames are simulated, made by `ai4mars sim render`:
the public release has no depth. Goes on where it was interrupted.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch

from ai4mars_nav.dataset.errors import Findings
from ai4mars_nav.dataset.layout import Frame, find_frames
from ai4mars_nav.dataset.releases import TRAIN
from ai4mars_nav.learn.ablate_ground import FRAMES, TILES, judged_by_world, split_by_world, to_learn
from ai4mars_nav.learn.ablate_ortho_report import write_docs
from ai4mars_nav.learn.ablate_run import INTERVAL, RESULT, cpu_before, read_result, said_of
from ai4mars_nav.learn.ablate_variants import BATCH
from ai4mars_nav.learn.data import sites
from ai4mars_nav.learn.errors import LearnError
from ai4mars_nav.learn.train import CHECKPOINT, Progress, train
from ai4mars_nav.learn.train_settings import TrainSettings, plain
from ai4mars_nav.terrain import UNKNOWN

STEPS, SEEDS, CELL = 400, 2, 0.05
ASKED = "asked.json"


@dataclass(frozen=True)
class Worlds:
    """Rendered frames to learn from and to judge by, and the edge of a cell in metres."""

    train: Sequence[Frame]
    held_out: Sequence[Frame]
    cell: float

    def described(self) -> dict[str, Any]:
        """What a result depends on besides the settings, as JSON has it."""
        products = [[frame.product for frame in part] for part in (self.train, self.held_out)]
        return {"cell": self.cell, "learned_from": products[0], "judged_by": products[1]}


def run(
    view: str,
    settings: TrainSettings,
    worlds: Worlds,
    backbone: Path,
    folder: Path,
    report: Callable[[str], None],
) -> dict[str, Any]:
    """Train on one view in a folder, or go on with it; its result, which is also kept there."""
    path = folder / RESULT
    asked = {"view": view, "settings": plain(settings), **worlds.described()}
    _keep(folder / ASKED, asked)
    if path.exists():
        return read_result(path)
    began = time.process_time() - cpu_before(folder)
    frames = to_learn(worlds.train, view, worlds.cell)
    side = frames.images.shape[1]

    def tell(progress: Progress) -> None:
        report(
            f"{folder.name}: step {progress.step}/{progress.steps}  loss {progress.loss:.4f}"
            f"  {progress.step_s:.3f} s a step"
        )

    state = train(settings, frames, folder, backbone, INTERVAL, tell)
    said = partial(said_of, state.average, shape=(side, side))
    found = judged_by_world(worlds.held_out, view, worlds.cell, said)
    result = {
        **asked,
        "side": side,
        "images": len(frames.names),
        "labelled": round(float((frames.labels != UNKNOWN).mean()), 4),
        "train_worlds": int(sites(frames.names).max()) + 1,
        "cpu_seconds": round(time.process_time() - began, 1),
        "worlds": {
            world: {name: matrix.tolist() for name, matrix in tallies.items()}
            for world, tallies in found.items()
        },
    }
    path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    (folder / CHECKPOINT).unlink()
    return read_result(path)


def _keep(path: Path, asked: dict[str, Any]) -> None:
    """Write down what is asked for; refuse a folder in which something else was begun."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.write_text(json.dumps(asked, indent=1) + "\n", encoding="utf-8")
    elif read_result(path) != asked:
        raise LearnError(f"{path.parent}: begun with other settings or frames; name another --out")


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main() -> int:
    """Train on both views with each seed, and write what came out."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--rendered", type=Path, required=True, help="frames made by `ai4mars sim render`"
    )
    parser.add_argument("--backbone", type=Path, required=True, help="MobileNetV2 npz")
    parser.add_argument("--out", type=Path, required=True, help="a folder for each training")
    parser.add_argument("--steps", type=int, default=STEPS, help="steps of each training")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="trainings of each view")
    parser.add_argument("--cell", type=float, default=CELL, help="edge of a cell of tiles, metres")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads")
    parser.add_argument("--docs", type=Path, help="folder for the table and picture")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    frames = find_frames(args.rendered, TRAIN, Findings(skip=False))
    worlds = Worlds(*split_by_world(frames), args.cell)
    results = []
    for seed in range(args.seeds):
        settings = TrainSettings(steps=args.steps, batch=BATCH, seed=seed)
        for view in (FRAMES, TILES):
            folder = args.out / f"{view}-{seed}"
            results.append(run(view, settings, worlds, args.backbone, folder, _say))
    if args.docs is not None:
        for path in write_docs(results, args.docs):
            _say(str(path))
    return 0


if __name__ == "__main__":
    sys.exit(main())
