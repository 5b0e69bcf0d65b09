"""A member for each instrument, as the paper's MSL-inst, beside one classifier for all.

    python bench/content_members.py --images deepmars-msl --train TRAIN.txt --validation VAL.txt

On what the shipped network sees, linear heads are fitted to the training list: one of all pictures,
and one of each instrument's, which answers for that instrument's pictures and knows only classes
that it saw. Each is calibrated on the other half of the validation sols, and for the later sols on
the earlier: once for all pictures, and once for each instrument. First comes the shipped head.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from ai4mars_nav.cli.labels.over_archive import Progress
from ai4mars_nav.content import calibrate, scores
from ai4mars_nav.content.classifier import calibrated, softmax
from ai4mars_nav.content.feature_store import FeatureStore
from ai4mars_nav.content.judge import see
from ai4mars_nav.content.listed import Listed, read_list, support
from ai4mars_nav.content.scores import Judged
from ai4mars_nav.content.sidecar import load_content_model
from ai4mars_nav.dataset.errors import Findings
from ai4mars_nav.share import content_model_file

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Names = NDArray[np.str_]

_PULL = 3e-4
"""Of the weights towards none, as in the probe that training begins with."""
_ROUNDS = 80


def main() -> int:
    """Print the table in Markdown."""
    args = _arguments()
    model = content_model_file(args.model)
    classes = len(load_content_model(model)[0].classes)
    findings = Findings(skip=False)
    trained, held = (
        read_list(path, args.images, classes, findings) for path in (args.train, args.validation)
    )
    features = _features(args, model, [*trained, *held])
    mean, spread = features[: len(trained)].mean(0), features[: len(trained)].std(0) + 1e-3
    features = (features - mean) / spread
    seen, new = features[: len(trained)], features[len(trained) :]
    kinds = np.asarray([one.kind for one in trained], np.int64)
    by, of = (np.asarray([one.origin.instrument for one in each]) for each in (trained, held))
    held_out = _HeldOut(tuple(held), support(trained, classes))
    print("| | calibration | accuracy (95 %) | ECE | NLL | abstained at 0.9 |")
    print("|---|---|---|---|---|---|")
    _rows("shipped", see(model, held, findings, args.jobs, lambda _: None).logits, held_out)
    one = _head(seen, kinds, classes)(new)
    _rows("one head", one, held_out)
    members = np.empty_like(one)
    for instrument in np.unique(of):
        mine = by == instrument
        members[of == instrument] = _head(seen[mine], kinds[mine], classes)(new[of == instrument])
    _rows("a head each", members, held_out)
    return 0


@dataclass(frozen=True)
class _HeldOut:
    """The validation pictures, and how many of each class training has."""

    listed: tuple[Listed, ...]
    support: tuple[int, ...]


def _rows(name: str, logits: F64, held: _HeldOut) -> None:
    """Calibrated on the other half of the sols, and the later sols on the earlier."""
    kinds = np.asarray([one.kind for one in held.listed], np.int64)
    groups = np.asarray([one.origin.group for one in held.listed])
    alike = np.zeros(len(kinds), np.int64)
    _, of = np.unique([one.origin.instrument for one in held.listed], return_inverse=True)
    before, _ = calibrate.cross_fitted(logits, kinds, groups.tolist(), held.support)
    _row(name, "none", before, kinds, groups)
    sols = np.asarray([one.origin.sol for one in held.listed])
    late = sols > np.median(sols)
    for how, parts in (("one for all", alike), ("one an instrument", of)):
        halves = np.empty_like(logits)
        for part in np.unique(parts):
            some = parts == part
            _, halves[some] = calibrate.cross_fitted(
                logits[some], kinds[some], groups[some].tolist(), held.support
            )
        _row(name, how, halves, kinds, groups)
        later = np.empty_like(logits)
        for part in np.unique(parts):
            some, known = parts == part, (parts == part) & ~late
            fitted = calibrate.fit(logits[known], kinds[known], held.support, "earlier sols")
            later[some] = calibrated(logits[some], fitted)
        _row(name, f"{how}, later sols", later[late], kinds[late], groups[late])


class _Head:
    """Logits (n, classes) of standardised features (n, d)."""

    def __init__(self, weight: F64, bias: F64) -> None:
        self._weight, self._bias = weight, bias

    def __call__(self, features: F64) -> F64:
        return np.asarray(features @ self._weight + self._bias, np.float64)


def _head(features: F64, kinds: I64, classes: int) -> _Head:
    """Logistic regression; classes weigh as the root of their share, which is no part of it."""
    counts = np.bincount(kinds, minlength=classes)
    shares = np.sqrt(counts) / np.sqrt(counts).sum()
    weights = (shares / np.maximum(counts, 1))[kinds]
    offsets = np.log(np.maximum(shares, 1e-9))
    truth = np.eye(classes)[kinds]

    def objective(free: F64) -> tuple[float, F64]:
        weight, bias = free[:-classes].reshape(-1, classes), free[-classes:]
        probabilities = softmax(features @ weight + bias + offsets)
        chosen = np.maximum(probabilities[np.arange(len(kinds)), kinds], 1e-300)
        slope = (probabilities - truth) * weights[:, None]
        loss = -float((weights * np.log(chosen)).sum()) + _PULL * float((weight**2).sum())
        by_weight = features.T @ slope + 2.0 * _PULL * weight
        return loss, np.concatenate([by_weight.ravel(), slope.sum(0)])

    start = np.zeros((features.shape[1] + 1) * classes)
    options = {"maxiter": _ROUNDS}
    found = minimize(objective, start, jac=True, method="L-BFGS-B", options=options).x
    bias = np.where(counts > 0, found[-classes:], calibrate.NEVER_SEEN)
    return _Head(found[:-classes].reshape(-1, classes), bias)


def _features(args: argparse.Namespace, model: Path, listed: Sequence[Listed]) -> F64:
    images = tuple((str(one.path), one.path) for one in listed)
    with tempfile.TemporaryDirectory() as folder:
        store = FeatureStore(args.keep or Path(folder), load_content_model(model)[0])
        todo = store.todo(images)
        progress = Progress("look", len(todo))
        store.fill(model, todo, args.jobs, progress.show)
        progress.end()
        return store.read(images).matrix.astype(np.float64)


def _row(name: str, how: str, probabilities: F64, kinds: I64, groups: Names) -> None:
    judged = Judged(probabilities, kinds, tuple(groups.tolist()))
    low, high = scores.interval(judged)
    sure = scores.curve(judged, [0.9])[0]
    print(
        f"| {name} | {how} | {scores.accuracy(judged):.3f} ({low:.3f} to {high:.3f}) | "
        f"{scores.calibration_error(judged):.3f} | {scores.surprise(judged):.3f} | "
        f"{sure.abstained:.3f} |",
        flush=True,
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=Path, required=True)
    parser.add_argument("--train", type=Path, required=True)
    parser.add_argument("--validation", type=Path, required=True)
    parser.add_argument("--model", default="mslnet")
    parser.add_argument("--keep", type=Path, help="folder that features are kept in")
    parser.add_argument("--jobs", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
