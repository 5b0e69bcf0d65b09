"""The shipped model made again, from data and backbone to files, card and scores.

    python -m ai4mars_nav.learn.reproduce --data ROOT --backbone NPZ --out DIR

follows recipe.py: train, finish, take the mean of both, export, calibrate, score. Killed at any
time, the same command goes on.
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
from ai4mars_nav.learn import checkpoint, evaluate, release
from ai4mars_nav.learn.data import Frames, load_frames
from ai4mars_nav.learn.processes import ALONE
from ai4mars_nav.learn.recipe import RECIPE, Recipe
from ai4mars_nav.learn.report import document
from ai4mars_nav.learn.run_record import Sources, write_record
from ai4mars_nav.learn.state import load_weights, save_state, start
from ai4mars_nav.learn.train import CHECKPOINT, RUN, Progress, train
from ai4mars_nav.learn.train_settings import TrainSettings
from ai4mars_nav.perception.engines.onnx_runtime import OnnxEngine
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
    run, finish, mean = (places.out / name for name in ("run", "finish", "mean"))
    _train(recipe.training, frames, run, recipe, places, report)
    begin_from(run, recipe.finish, finish)
    _train(recipe.finish, frames, finish, recipe, places, report)
    _take_mean(run, finish, mean, recipe, places)
    written = _release(mean, recipe, places, report)
    return (*written, _score(recipe, places, report))


def _train(
    settings: TrainSettings,
    frames: Frames,
    run: Path,
    recipe: Recipe,
    places: Places,
    report: Report,
) -> None:
    """Train or go on in a folder; a run that has ended is left as it is."""

    def tell(progress: Progress) -> None:
        report(
            f"step {progress.step}/{progress.steps}  loss {progress.loss:.4f}"
            f"  {progress.eta_s / 60:.0f} min to go"
        )

    sources = Sources(places.data, recipe.split, recipe.side, places.backbone)
    for warning in write_record(run, sources, settings, ALONE):
        report(warning)
    train(settings, frames, run, places.backbone, INTERVAL, tell)


def begin_from(run: Path, settings: TrainSettings, folder: Path) -> None:
    """A checkpoint before the first step with the averaged weights of a finished run."""
    path = folder / CHECKPOINT
    if path.exists():
        return
    weights = checkpoint.load(run / CHECKPOINT)["average"]
    state = start(settings, None)
    for model in (state.model, state.average):
        load_weights(model, weights, str(run / CHECKPOINT))
    folder.mkdir(parents=True, exist_ok=True)
    save_state(path, state, settings)


def _take_mean(run: Path, finish: Path, folder: Path, recipe: Recipe, places: Places) -> None:
    """A run's folder whose averaged weights are the mean of those of two runs, and says so."""
    before, after = (checkpoint.load(each / CHECKPOINT) for each in (run, finish))
    share = recipe.kept
    mean = {
        name: share * weight + (1.0 - share) * after["average"][name]
        for name, weight in before["average"].items()
    }
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint.save(folder / CHECKPOINT, {**after, "average": mean})
    record = json.loads((run / RUN).read_text(encoding="utf-8"))
    first, second = recipe.training.steps, recipe.finish.steps
    record["command"] = (
        f"python -m ai4mars_nav.learn.reproduce --data {places.data.resolve().name} "
        f"--backbone {places.backbone.name} --seed {recipe.training.seed}"
    )
    record["start"] = (
        f"encoder from {places.backbone.name}; {share:g} of the weights after {first} steps on "
        f"frames as they are, the rest after {second} more on frames turned, grainy and mixed"
    )
    record["steps"] = first + second
    (folder / RUN).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


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
