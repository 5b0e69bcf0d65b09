"""The shipped model made again, from data and backbone to files, card and scores.

    python -m ai4mars_nav.learn.reproduce --data ROOT --backbone NPZ --out DIR

follows recipe.py: train, export, calibrate, score. Killed at any time, the same command goes on.
DIR/models is what is shipped, DIR/validation.json its scores as `ai4mars evaluate` counts them.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from ai4mars_nav.dataset.chosen import frames_of_split
from ai4mars_nav.learn import evaluate, release
from ai4mars_nav.learn.data import Frames, load_frames
from ai4mars_nav.learn.processes import ALONE
from ai4mars_nav.learn.recipe import RECIPE, Recipe
from ai4mars_nav.learn.report import document
from ai4mars_nav.learn.run_record import Sources, write_record
from ai4mars_nav.learn.train import Progress, train
from ai4mars_nav.perception.onnx_engine import OnnxEngine
from ai4mars_nav.perception.sidecar import EXACT, load_model

INTERVAL = 50  # steps between checkpoints

Report = Callable[[str], None]


@dataclass(frozen=True)
class Places:
    """Where data and starting weights are, and where everything goes."""

    data: Path
    backbone: Path
    out: Path


def reproduce(recipe: Recipe, places: Places, report: Report) -> tuple[Path, ...]:
    """Do whatever of the recipe is not done yet; the files that are shipped, and the scores."""
    frames = load_frames(frames_of_split(places.data, recipe.split), recipe.side)
    report(f"{len(frames.names)} training frames")
    run = places.out / "run"
    _train(frames, run, recipe, places, report)
    written = _release(run, recipe, places, report)
    return (*written, _score(recipe, places, report))


def _train(frames: Frames, run: Path, recipe: Recipe, places: Places, report: Report) -> None:
    """Train or go on in a folder; a run that has ended is left as it is."""

    def tell(progress: Progress) -> None:
        report(
            f"step {progress.step}/{progress.steps}  loss {progress.loss:.4f}"
            f"  {progress.eta_s / 60:.0f} min to go"
        )

    sources = Sources(places.data, recipe.split, recipe.side, places.backbone)
    for warning in write_record(run, sources, recipe.training, ALONE):
        report(warning)
    train(recipe.training, frames, run, places.backbone, INTERVAL, tell)


def _release(run: Path, recipe: Recipe, places: Places, report: Report) -> tuple[Path, ...]:
    """Export, calibrate and score, unless that is done."""
    folder = places.out / "models"
    tensors = folder / f"{recipe.name}.npz"  # written last
    if tensors.exists():
        return tuple(sorted(folder.iterdir()))
    request = release.Request(run, places.data, folder, recipe.name, recipe.side, recipe.risk)
    return release.release(request, report)


def _score(recipe: Recipe, places: Places, report: Report) -> Path:
    """The document of `ai4mars evaluate` on the validation frames."""
    path = places.out / "validation.json"
    if path.exists():
        return path
    report("scoring on validation")
    model = release.model_files(places.out / "models", recipe.name)[EXACT]
    made, content = load_model(model)
    engine = OnnxEngine(made, content, threads=1)
    frames = evaluate.load_set(places.data, evaluate.VALIDATION, recipe.side)
    triples = zip(frames.names, frames.images, frames.labels, strict=True)
    found = evaluate.measure(engine, made, triples)
    scores = document(found, made.calibration.abstain_below)
    path.write_text(json.dumps(scores, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    return path


def main() -> int:
    """Make the shipped model again."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="AI4Mars in its official layout")
    parser.add_argument("--backbone", type=Path, required=True, help="MobileNetV2 npz")
    parser.add_argument("--out", type=Path, required=True, help="folder for all that is made")
    parser.add_argument("--seed", type=int, default=RECIPE.training.seed, help="of the training")
    parser.add_argument("--threads", type=int, default=2, help="CPU threads")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    recipe = replace(RECIPE, training=replace(RECIPE.training, seed=args.seed))
    places = Places(args.data, args.backbone, args.out)
    for path in reproduce(recipe, places, lambda line: print(line, file=sys.stderr, flush=True)):
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
