"""Crowds whose truth and habits are known: scenes, labellers, and the labels they would draw.

Labellers err by whole regions, not by pixels: one takes a sand patch for soil, misses a rock, draws
an edge too far out, leaves half of the image blank. That is what makes merging hard.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.dataset.merge import U8
from ai4mars_nav.terrain import CLASSES, UNKNOWN, Terrain

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]

FEATURES = 6


@dataclass(frozen=True)
class Scene:
    """Truth (h, w), the regions (h, w) that people label as one, and features (h, w, 6)."""

    truth: U8
    regions: NDArray[np.int32]
    features: F32


@dataclass(frozen=True)
class Labeller:
    """One habit: P(said | truth) of a region (4, 4), pixels an edge is off, share left blank."""

    name: str
    confusion: F64
    edge: float
    blank: float


def _habit(slips: dict[tuple[Terrain, Terrain], float], other: float) -> F64:
    """A confusion matrix with these slips (truth, said) and `other` for every other mistake."""
    matrix = np.full((len(CLASSES), len(CLASSES)), other)
    for (truth, said), chance in slips.items():
        matrix[truth, said] = chance
    np.fill_diagonal(matrix, 0.0)
    np.fill_diagonal(matrix, 1.0 - matrix.sum(axis=1))
    return matrix


_SOIL, _BEDROCK, _SAND, _ROCK = Terrain.SOIL, Terrain.BEDROCK, Terrain.SAND, Terrain.BIG_ROCK
HABITS: dict[str, Labeller] = {
    "careful": Labeller("careful", _habit({(_ROCK, _BEDROCK): 0.1}, 0.02), 1.0, 0.25),
    "average": Labeller(
        "average",
        _habit({(_SAND, _SOIL): 0.2, (_SOIL, _SAND): 0.1, (_ROCK, _BEDROCK): 0.3}, 0.04),
        2.5,
        0.4,
    ),
    "sand is soil": Labeller(
        "sand is soil",
        _habit({(_SAND, _SOIL): 0.8, (_ROCK, _BEDROCK): 0.3}, 0.03),
        2.0,
        0.4,
    ),
    "misses rocks": Labeller(
        "misses rocks",
        _habit({(_ROCK, _SOIL): 0.45, (_ROCK, _BEDROCK): 0.4, (_SAND, _SOIL): 0.1}, 0.03),
        2.0,
        0.35,
    ),
    "careless": Labeller("careless", _habit({}, 0.25), 4.0, 0.2),
}
CROWDS: dict[str, dict[str, float]] = {
    "typical": {"careful": 0.25, "average": 0.5, "misses rocks": 0.15, "careless": 0.1},
    "careless": {"careful": 0.2, "average": 0.3, "misses rocks": 0.1, "careless": 0.4},
    "biased": {"careful": 0.25, "average": 0.1, "sand is soil": 0.6, "careless": 0.05},
}
"""Share of each habit in a crowd."""


def make_scene(edge: int, rng: np.random.Generator) -> Scene:
    """A scene of patches of soil, bedrock and sand with some big rocks, (edge, edge) pixels.

    Its features overlap between classes, and light and texture shift them from scene to scene.
    """
    ground = _smooth(edge, 7, 3, rng)
    truth = np.argmax(ground, axis=0).astype(np.uint8)
    # about one big rock in a hundred pixels, as in AI4Mars
    for _ in range(int(rng.integers(1, 5))):
        centre = (int(rng.integers(edge)), int(rng.integers(edge)))
        axes = (int(rng.integers(2, edge // 14 + 3)), int(rng.integers(2, edge // 18 + 3)))
        cv2.ellipse(truth, centre, axes, float(rng.uniform(0, 180)), 0, 360, int(_ROCK), cv2.FILLED)
    cells = np.argmax(_smooth(edge, 6, 12, rng), axis=0)
    regions = (cells * len(CLASSES) + truth).astype(np.int32)
    features = _CENTRES[truth] + 0.35 * rng.standard_normal(FEATURES)
    noise = np.moveaxis(_smooth(edge, edge // 3, FEATURES, rng), 0, -1)
    return Scene(truth, regions, (features + noise).astype(np.float32))


def make_crowd(kind: str, size: int, rng: np.random.Generator) -> list[Labeller]:
    """`size` labellers of a crowd, each a little different from the habit they have."""
    shares = CROWDS[kind]
    chosen = rng.choice(list(shares), size, p=list(shares.values()))
    crowd = []
    for number, habit in enumerate(chosen):
        like = HABITS[habit]
        rows = np.array([rng.dirichlet(40.0 * row + 0.05) for row in like.confusion])
        blank = float(np.clip(like.blank + 0.1 * rng.standard_normal(), 0.05, 0.8))
        crowd.append(Labeller(f"{number:03d} {habit}", rows, like.edge, blank))
    return crowd


def draw_label(scene: Scene, labeller: Labeller, rng: np.random.Generator) -> U8:
    """The label (h, w) that a labeller draws of a scene, 255 where they leave it blank."""
    edge = len(scene.truth)
    names = int(scene.regions.max()) + 1
    rows = labeller.confusion[np.arange(names) % len(CLASSES)]
    said = (rng.random((names, 1)) > np.cumsum(rows, axis=1)).sum(axis=1)
    said = np.minimum(said, len(CLASSES) - 1).astype(np.uint8)
    said[rng.random(names) < labeller.blank] = UNKNOWN
    # edges drawn a little off: the same picture seen through a smooth ripple
    shift = labeller.edge * _smooth(edge, 8, 2, rng)
    grid = np.stack(np.meshgrid(np.arange(edge), np.arange(edge))).astype(np.float32)
    where = np.clip(np.round(grid + shift), 0, edge - 1).astype(np.intp)
    label: U8 = said[scene.regions[where[1], where[0]]]
    return label


def draw_labels(
    scene: Scene, crowd: Sequence[Labeller], rng: np.random.Generator
) -> tuple[tuple[str, ...], U8]:
    """The labels (n, h, w) of these labellers, less those who left everything blank."""
    drawn = [(one.name, draw_label(scene, one, rng)) for one in crowd]
    kept = [(name, label) for name, label in drawn if (label != UNKNOWN).any()]
    if not kept:
        return (), np.empty((0, *scene.truth.shape), np.uint8)
    return tuple(name for name, _ in kept), np.stack([label for _, label in kept])


def _smooth(edge: int, grain: int, layers: int, rng: np.random.Generator) -> F32:
    """(layers, edge, edge) of random fields that vary over edge / grain pixels, unit spread."""
    coarse = rng.standard_normal((layers, grain, grain)).astype(np.float32)
    fields = [cv2.resize(one, (edge, edge), interpolation=cv2.INTER_CUBIC) for one in coarse]
    stacked = np.stack(fields).astype(np.float32)
    unit: F32 = stacked / stacked.std()
    return unit


_CENTRES = 1.4 * np.random.default_rng(20).standard_normal((len(CLASSES), FEATURES))
"""Mean features of each class; as far apart as makes a good classifier right 9 times of 10."""
