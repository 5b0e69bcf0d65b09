"""The shipped model made again, from data and backbone to files, card and scores.

    python -m ai4mars_nav.learn.reproduce --data ROOT --backbone NPZ --out DIR

follows recipe.py: a first generation learns from the labels, a second from labels and from what the
first says of the same frames, finished on frames as they are; it is exported, calibrated and
scored. Killed at any time, the same command goes on. DIR/models is what is shipped,
DIR/validation.json its scores as `ai4mars evaluate` counts them.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from ai4mars_nav.dataset.chosen import frames_of_split
from ai4mars_nav.learn import checkpoint, evaluate, release
from ai4mars_nav.learn.data import U8, Frames, load_frames
from ai4mars_nav.learn.processes import ALONE
from ai4mars_nav.learn.recipe import RECIPE, Recipe
from ai4mars_nav.learn.report import document
from ai4mars_nav.learn.run_record import Sources, write_record
from ai4mars_nav.learn.soft import F32, Soft
from ai4mars_nav.learn.state import average_weights, load_weights, save_state, start
from ai4mars_nav.learn.teacher import shares_of, taught
from ai4mars_nav.learn.train import CHECKPOINT, RUN, Progress, train
from ai4mars_nav.learn.train_settings import TrainSettings
from ai4mars_nav.perception.onnx_engine import OnnxEngine
from ai4mars_nav.perception.sidecar import EXACT, load_model

INTERVAL = 50  # steps between checkpoints
_TELL = 200  # frames between two lines of the teacher

Report = Callable[[str], None]


@dataclass(frozen=True)
class Places:
    """Where data and starting weights are, and where everything goes."""

    data: Path
    backbone: Path
    out: Path

    @property
    def shares(self) -> Path:
        """What the first generation says of the training frames."""
        return self.out / "shares.npy"


def reproduce(recipe: Recipe, places: Places, report: Report) -> tuple[Path, ...]:
    """Do whatever of the recipe is not done yet; the files that are shipped, and the scores."""
    frames = load_frames(frames_of_split(places.data, recipe.split), recipe.side)
    report(f"{len(frames.names)} training frames")
    first, second = places.out / "first", places.out / "second"
    _train("first generation", recipe.first, frames, first, recipe, places, report)
    soft = taught(frames, _shares(first, frames, places, report), recipe.own)
    doubted = int((soft.own == 0.0).sum())
    report(f"the teacher gainsays the labels of {doubted} frames")
    _train("second generation", recipe.second, frames, second, recipe, places, report, soft)
    last = places.out / "finish"
    _begin_from(second, recipe.finish, last)
    _train("finish", recipe.finish, frames, last, recipe, places, report, soft)
    _tell_how(last, recipe, places)
    written = _release(last, recipe, places, report)
    return (*written, _score(recipe, places, report))


def _train(
    what: str,
    settings: TrainSettings,
    frames: Frames,
    folder: Path,
    recipe: Recipe,
    places: Places,
    report: Report,
    soft: Soft | None = None,
) -> None:
    """Train or go on in a folder; a run that has ended is left as it is."""

    def tell(progress: Progress) -> None:
        report(
            f"{what}: step {progress.step}/{progress.steps}  loss {progress.loss:.4f}"
            f"  {progress.eta_s / 60:.0f} min to go"
        )

    sources = Sources(places.data, recipe.split, recipe.side, places.backbone)
    for warning in write_record(folder, sources, settings, ALONE):
        report(f"{what}: {warning}")
    train(settings, frames, folder, places.backbone, INTERVAL, tell, soft=soft)


def _begin_from(run: Path, settings: TrainSettings, folder: Path) -> None:
    """A checkpoint before the first step with the averaged weights of a run with these targets."""
    path = folder / CHECKPOINT
    if path.exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    weights = average_weights(run / CHECKPOINT).state_dict()
    targets = checkpoint.load(run / CHECKPOINT)["settings"]["targets"]
    state = start(settings, None)
    for model in (state.model, state.average):
        load_weights(model, weights, str(run / CHECKPOINT))
    save_state(path, state, replace(settings, targets=targets))


def _shares(run: Path, frames: Frames, places: Places, report: Report) -> U8:
    """What the model of a run says of the frames; kept in a file."""
    if places.shares.exists():
        kept: U8 = np.load(places.shares, allow_pickle=False)
        return kept
    model = average_weights(run / CHECKPOINT)

    def infer(batch: F32) -> F32:
        logits: F32 = model(torch.from_numpy(batch)).numpy()
        return logits

    def tell(done: int) -> None:
        if done % _TELL == 0 or done == len(frames.names):
            report(f"the teacher looks at the frames: {done}/{len(frames.names)}")

    shares = shares_of(infer, frames, tell)
    aside = places.shares.with_name("shares.part.npy")
    np.save(aside, shares)
    aside.replace(places.shares)
    return shares


def _tell_how(run: Path, recipe: Recipe, places: Places) -> None:
    """Put into the record of a run that this command made it, and from what."""
    path = run / RUN
    record = json.loads(path.read_text(encoding="utf-8"))
    record["command"] = (
        f"python -m ai4mars_nav.learn.reproduce --data {places.data.resolve().name} "
        f"--backbone {places.backbone.name}"
    )
    record["start"] = (
        f"encoder from {places.backbone.name}; {recipe.own:g} of each label, the rest from a first "
        f"generation of {recipe.first.steps} steps; {recipe.second.steps} steps with zoom and "
        "pasted rocks before these"
    )
    path.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


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
    parser.add_argument("--seed", type=int, default=RECIPE.first.seed, help="of both generations")
    parser.add_argument("--threads", type=int, default=2, help="CPU threads")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    recipe = replace(
        RECIPE,
        first=replace(RECIPE.first, seed=args.seed),
        second=replace(RECIPE.second, seed=args.seed),
    )
    places = Places(args.data, args.backbone, args.out)
    for path in reproduce(recipe, places, lambda line: print(line, file=sys.stderr, flush=True)):
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
