"""A member for each instrument, as the paper's MSL-inst, beside one classifier for all.

    python bench/content_members.py --images deepmars-msl --train TRAIN.txt --validation VAL.txt

On what the shipped network sees, linear heads are fitted to the training list: one of all pictures,
and one of each instrument's, which answers for that instrument's pictures and knows only classes
that it saw. Each is calibrated on halves of the validation sols, for the other half, and on earlier
sols for all later ones: once for all pictures, as it is shipped (a scaling for each instrument of
100 pictures), for every instrument, and as the mean of the first two. Figures are means over ten
halvings at random, and over five dates. First comes the shipped head, before any calibration.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from ai4mars_nav.content import calibrate, scores
from ai4mars_nav.content.calibration import NEVER_SEEN, calibrated, softmax
from ai4mars_nav.content.judge import see
from ai4mars_nav.content.listed import Listed, read_list, support
from ai4mars_nav.content.scores import Judged
from ai4mars_nav.content.sidecar import load_content_model
from ai4mars_nav.dataset.errors import Findings
from ai4mars_nav.share import content_model_file
from content_features import features_of

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Names = NDArray[np.str_]
Chosen = NDArray[np.bool_]

_PULL = 3e-4
"""Of the weights towards none, as in the probe that training begins with."""
_ROUNDS = 80
_HALVINGS = 10
_DATES = (0.3, 0.4, 0.5, 0.6, 0.7)
"""Shares of the pictures that are earlier than those judged."""


def main() -> int:
    """Print the table in Markdown."""
    args = _arguments()
    model = content_model_file(args.model)
    classes = len(load_content_model(model)[0].classes)
    findings = Findings(skip=False)
    trained, held = (
        read_list(path, args.images, classes, findings) for path in (args.train, args.validation)
    )
    features = features_of(model, [*trained, *held], args.keep, args.jobs).astype(np.float64)
    mean, spread = features[: len(trained)].mean(0), features[: len(trained)].std(0) + 1e-3
    features = (features - mean) / spread
    seen, new = features[: len(trained)], features[len(trained) :]
    kinds = np.asarray([one.kind for one in trained], np.int64)
    by, of = (np.asarray([one.origin.instrument for one in each]) for each in (trained, held))
    held_out = _HeldOut(tuple(held), support(trained, classes))
    columns = ["accuracy", "ECE", "NLL", "abstained at 0.9", "right at 0.9"]
    header = ["", "calibration", *columns, *(f"later sols: {name}" for name in columns)]
    print(f"| {' | '.join(header)} |\n{'|---' * len(header)}|")
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
    """One row a way to calibrate: means over halvings of the sols, and over dates."""
    kinds = np.asarray([one.kind for one in held.listed], np.int64)
    groups = np.asarray([one.origin.group for one in held.listed])
    sols = np.asarray([one.origin.sol for one in held.listed])
    by = np.asarray([one.origin.instrument for one in held.listed])
    pictures = _Pictures(logits, kinds, by, held.support)
    for how, ways in _WAYS.items():
        halves, dates = [], []
        for seed in range(_HALVINGS):
            drawn = np.random.default_rng(seed).permutation(np.unique(groups))[::2]
            first = np.isin(groups, drawn)
            shares = np.empty_like(logits)
            for part in (first, ~first):
                shares[part] = _mean_of(ways, pictures, ~part, part)
            halves.append(_figures(shares, kinds))
        for share in _DATES:
            late = sols > np.quantile(sols, share)
            dates.append(_figures(_mean_of(ways, pictures, ~late, late), kinds[late]))
        told = [np.mean(each, axis=0) for each in (halves, dates)]
        cells = " | ".join(f"{value:.3f}" for each in told for value in each)
        print(f"| {name} | {how} | {cells} |", flush=True)


@dataclass(frozen=True)
class _Pictures:
    """Logits (n, classes), classes (n,), instruments (n,), and what training had of each class."""

    logits: F64
    kinds: I64
    instruments: Names
    support: tuple[int, ...]


Way = Callable[[_Pictures, Chosen, Chosen], F64]
"""Probabilities of the pictures chosen second, calibrated on those chosen first."""


def _not_calibrated(pictures: _Pictures, known: Chosen, asked: Chosen) -> F64:
    del known
    by = pictures.instruments[asked].tolist()
    return calibrated(pictures.logits[asked], calibrate.plain(pictures.support), by)


def _as_shipped(pictures: _Pictures, known: Chosen, asked: Chosen) -> F64:
    fitted = calibrate.fit(
        pictures.logits[known], pictures.kinds[known], pictures.instruments[known].tolist(),
        pictures.support, "those that are known",
    )  # fmt: skip
    return calibrated(pictures.logits[asked], fitted, pictures.instruments[asked].tolist())


def _once(pictures: _Pictures, known: Chosen, asked: Chosen) -> F64:
    alike = np.full_like(pictures.instruments, "all")
    return _as_shipped(replace(pictures, instruments=alike), known, asked)


def _every_one(pictures: _Pictures, known: Chosen, asked: Chosen) -> F64:
    found = np.empty_like(pictures.logits)
    for name in np.unique(pictures.instruments):
        mine = pictures.instruments == name
        found[mine & asked] = _once(pictures, known & mine, asked & mine)
    return found[asked]


_WAYS: dict[str, tuple[Way, ...]] = {
    "none": (_not_calibrated,),
    "one for all": (_once,),
    "by instrument, from 100 pictures on": (_as_shipped,),
    "by instrument, whatever it has": (_every_one,),
    "mean of one for all and by instrument": (_once, _as_shipped),
}


def _mean_of(ways: tuple[Way, ...], pictures: _Pictures, known: Chosen, asked: Chosen) -> F64:
    shares = [way(pictures, known, asked) for way in ways]
    return np.asarray(np.mean(shares, axis=0), np.float64)


def _figures(shares: F64, kinds: I64) -> tuple[float, ...]:
    """Accuracy, ECE, NLL, and what is abstained and right at 0.9."""
    judged = Judged(shares, kinds, ("",) * len(kinds))
    sure = scores.curve(judged, [0.9])[0]
    right = float("nan") if sure.accuracy is None else sure.accuracy
    error, nll = scores.calibration_error(judged), scores.surprise(judged)
    return scores.accuracy(judged), error, nll, sure.abstained, right


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
    bias = np.where(counts > 0, found[-classes:], NEVER_SEEN)
    return _Head(found[:-classes].reshape(-1, classes), bias)


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
