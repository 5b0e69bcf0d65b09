"""Random label, majority merge, soft votes or Dawid-Skene? A study on simulated crowds.

    python -m ai4mars_nav.dataset.crowd_study --out docs

writes crowd-study-table.md and its plots; docs/labels.md tells what they mean. Each way of using
the labels is judged twice: by what it says of the ground where it says anything, and by a
classifier that is trained on it and tested against the truth of unseen scenes. The classifier is a
softmax regression on quadratic features: it tells which labels teach better, not what a large
network would make of them.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from ai4mars_nav.dataset.chart import bars
from ai4mars_nav.dataset.dawid_skene import CrowdSettings, estimate, find_patterns, merge_by_crowd
from ai4mars_nav.dataset.images import write_text
from ai4mars_nav.dataset.merge import U8, MergeSettings, count_votes, merge, soft_label
from ai4mars_nav.dataset.simulated_crowd import (
    CROWDS,
    FEATURES,
    Scene,
    draw_labels,
    make_crowd,
    make_scene,
)
from ai4mars_nav.terrain import CLASSES

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]

METHODS = ("random label", "majority merge", "soft votes", "Dawid-Skene", "truth")
SIZES = (3, 5, 10)
"""Labellers of each image."""


@dataclass(frozen=True)
class Scale:
    """How large one crowd's experiment is."""

    edge: int = 96
    """Rows and columns of a scene."""
    train: int = 30
    test: int = 15
    """Scenes that are labelled, and unseen ones."""
    population: int = 60
    """Labellers, of whom each scene gets a few."""
    sample: int = 8_000
    """Labelled pixels that the classifier is trained on."""


@dataclass(frozen=True)
class Score:
    """Of one method: accuracy and coverage of its labels; accuracy and mIoU of its pupil."""

    label_accuracy: float
    coverage: float
    accuracy: float
    miou: float


def run_once(kind: str, size: int, seed: int, scale: Scale = Scale()) -> dict[str, Score]:
    """One crowd of a kind with `size` labellers an image: each method's scores."""
    rng = np.random.default_rng([seed, size, sorted(CROWDS).index(kind)])
    scenes = [make_scene(scale.edge, rng) for _ in range(scale.train)]
    unseen = [make_scene(scale.edge, rng) for _ in range(scale.test)]
    people = make_crowd(kind, scale.population, rng)
    drawn = []
    for scene in scenes:
        members = [people[i] for i in rng.choice(len(people), size, replace=False)]
        drawn.append(draw_labels(scene, members, rng))
    targets = _targets(scenes, drawn, rng)
    test_x = _quadratic(np.concatenate([s.features.reshape(-1, FEATURES) for s in unseen]))
    test_y = np.concatenate([s.truth.ravel() for s in unseen])
    truth = np.stack([s.truth for s in scenes])
    features = np.stack([s.features for s in scenes])
    scores = {}
    for method in METHODS:
        said = targets[method]
        labelled = said.sum(axis=1) > 0.0
        right = said.argmax(axis=1)[labelled] == truth[labelled]
        chosen = rng.choice(np.flatnonzero(labelled), scale.sample)
        x = _quadratic(features.reshape(-1, FEATURES)[chosen])
        y = np.moveaxis(said, 1, -1).reshape(-1, len(CLASSES))[chosen]
        found = (test_x @ _train(x, y)).argmax(axis=1)
        scores[method] = Score(
            float(right.mean()),
            float(labelled.mean()),
            float((found == test_y).mean()),
            _miou(found, test_y),
        )
    return scores


def _targets(
    scenes: Sequence[Scene], drawn: Sequence[tuple[tuple[str, ...], U8]], rng: np.random.Generator
) -> dict[str, F32]:
    """What each method would train on: (scenes, 4, h, w) shares, all zero where it says nothing."""
    images = [find_patterns(names, labels[:, ::2, ::2])[0] for names, labels in drawn]
    crowd = estimate(images, CrowdSettings())
    rule = MergeSettings()
    ways: dict[str, Callable[[tuple[str, ...], U8], F32]] = {
        "random label": lambda _, labels: _one_hot(labels[rng.integers(len(labels))]),
        "majority merge": lambda _, labels: _one_hot(merge(labels, rule)),
        "soft votes": lambda _, labels: soft_label(count_votes(labels)),
        "Dawid-Skene": lambda names, labels: _one_hot(
            merge_by_crowd(crowd, names, labels, rule.min_labels, rule.min_agreement)
        ),
    }
    found = {name: np.stack([way(*one) for one in drawn]) for name, way in ways.items()}
    return found | {"truth": np.stack([_one_hot(scene.truth) for scene in scenes])}


def _one_hot(label: U8) -> F32:
    return np.stack([label == c for c in CLASSES]).astype(np.float32)


def _quadratic(x: F32) -> F64:
    """Features (n, 6) with their products and 1: (n, 28)."""
    first, second = np.triu_indices(FEATURES)
    wide = x.astype(np.float64)
    products = wide[:, first] * wide[:, second]
    return np.concatenate([np.ones((len(x), 1)), wide, products], axis=1)


def _train(x: F64, y: F64 | F32) -> F64:
    """Weights (features, 4) of a softmax regression on shares y (n, 4)."""
    shape = (x.shape[1], len(CLASSES))

    def loss(flat: F64) -> tuple[float, F64]:
        logits = x @ flat.reshape(shape)
        logits -= logits.max(axis=1, keepdims=True)
        total = np.exp(logits).sum(axis=1, keepdims=True)
        log_p = logits - np.log(total)
        gradient = x.T @ (np.exp(log_p) - y) / len(x) + 1e-4 * flat.reshape(shape)
        return float(-(y * log_p).sum() / len(x) + 5e-5 * (flat**2).sum()), gradient.ravel()

    weights: F64 = minimize(
        loss, np.zeros(shape).ravel(), jac=True, method="L-BFGS-B", options={"maxiter": 60}
    ).x.reshape(shape)
    return weights


def _miou(found: NDArray[np.int64], truth: U8) -> float:
    both = [((found == c) & (truth == c)).sum() for c in CLASSES]
    either = [((found == c) | (truth == c)).sum() for c in CLASSES]
    return float(np.mean([b / e for b, e in zip(both, either, strict=True)]))


def study(
    seeds: int, report: Callable[[str], None]
) -> dict[tuple[str, int], list[dict[str, Score]]]:
    """Scores of every kind and size of crowd, one dict a seed."""
    results = {}
    for kind in CROWDS:
        for size in SIZES:
            report(f"{kind} crowd, {size} labellers an image")
            results[kind, size] = [run_once(kind, size, seed) for seed in range(seeds)]
    return results


def mean_and_spread(
    runs: Sequence[dict[str, Score]], method: str, field: str
) -> tuple[float, float]:
    """Mean and standard deviation over the seeds of one field of a method."""
    values = [getattr(run[method], field) for run in runs]
    return float(np.mean(values)), float(np.std(values))


def table(results: dict[tuple[str, int], list[dict[str, Score]]]) -> str:
    """The study as a Markdown table."""
    columns = ["crowd", "labellers", "labels", "label accuracy", "coverage", "accuracy", "mIoU"]
    lines = ["| " + " | ".join(columns) + " |", "|" + " --- |" * len(columns)]
    for (kind, size), runs in results.items():
        for method in METHODS:
            cells = [
                "{:.3f} ± {:.3f}".format(*mean_and_spread(runs, method, field))
                for field in ("label_accuracy", "coverage", "accuracy", "miou")
            ]
            lines.append("| " + " | ".join([kind, str(size), method, *cells]) + " |")
    return "\n".join(lines)


def plot(results: dict[tuple[str, int], list[dict[str, Score]]], field: str, title: str) -> str:
    """One field of every method and crowd as bars with their spread (SVG)."""
    labels = [f"{kind}, {size}" for kind, size in results]
    found = {
        method: [mean_and_spread(runs, method, field) for runs in results.values()]
        for method in METHODS
    }
    values = {method: [mean for mean, _ in pairs] for method, pairs in found.items()}
    spread = {method: [sd for _, sd in pairs] for method, pairs in found.items()}
    return bars(title, "crowd, labellers of each image", labels, values, spread)


def main() -> None:
    """Run the study and write its table and plots."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--out", type=Path, required=True, help="folder for the table")
    parser.add_argument("--seeds", type=int, default=5, help="crowds of each kind and size")
    args = parser.parse_args()
    results = study(args.seeds, lambda text: print(text, flush=True))
    pictures = args.out / "pictures"
    write_text(pictures / "crowd-study-miou.svg", plot(results, "miou", "mIoU of what was trained"))
    accuracy = plot(results, "label_accuracy", "Accuracy of the labels themselves")
    write_text(pictures / "crowd-study-labels.svg", accuracy)
    write_text(args.out / "crowd-study-table.md", table(results) + "\n")


if __name__ == "__main__":
    main()
