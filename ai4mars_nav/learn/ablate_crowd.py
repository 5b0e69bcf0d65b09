"""Training labels as a simulated crowd would have drawn them, with the given ones as the truth."""

from __future__ import annotations

import numpy as np

from ai4mars_nav.dataset.merge import MergeSettings, count_votes, merge, soft_label
from ai4mars_nav.dataset.simulated_crowd import Labeller, Scene, draw_labels, make_crowd
from ai4mars_nav.learn.data import U8, Frames
from ai4mars_nav.learn.soft import Soft
from ai4mars_nav.terrain import CLASSES, UNKNOWN

KIND = "typical"
POPULATION = 60
LABELLERS = 5  # of each image
_PATCHES = 4  # the regions people label as one: each class, cut by a grid of so many rows


def drawn_labels(label: U8, crowd: list[Labeller], rng: np.random.Generator) -> U8:
    """The labels (n, h, w) that some of a crowd draw of a square true label (h, w).

    Where the truth is unknown, nobody says anything.
    """
    edge = len(label)
    known = label != UNKNOWN
    truth = np.where(known, label, np.uint8(0))
    band = np.arange(edge) * _PATCHES // edge
    cells = band[:, None] * _PATCHES + band
    regions = (cells * len(CLASSES) + truth).astype(np.int32)
    scene = Scene(truth, regions, np.empty((edge, edge, 0), np.float32))
    members = [crowd[i] for i in rng.choice(len(crowd), LABELLERS, replace=False)]
    drawn = draw_labels(scene, members, rng)[1]
    drawn[:, ~known] = UNKNOWN
    return drawn


def crowd_frames(frames: Frames, way: str, seed: int) -> tuple[Frames, Soft | None]:
    """The frames with the labels of a crowd: 'random' (one labeller's), 'majority' or 'votes'.

    The votes are soft targets; all ways use the same labels of the same crowd.
    """
    crowd = make_crowd(KIND, POPULATION, np.random.default_rng([seed, 0]))
    rule = MergeSettings()
    labels = np.full_like(frames.labels, UNKNOWN)
    count, side = labels.shape[:2]
    votes = way == "votes"
    shares = np.zeros((count, len(CLASSES), side, side) if votes else (0,), np.uint8)
    for index, truth in enumerate(frames.labels):
        drawn = drawn_labels(truth, crowd, np.random.default_rng([seed, 1, index]))
        if not len(drawn):
            continue
        if votes:
            shares[index] = np.rint(255.0 * soft_label(count_votes(drawn)))
            known = shares[index].any(axis=0)
            labels[index] = np.where(known, shares[index].argmax(axis=0), UNKNOWN)
        else:
            labels[index] = drawn[0] if way == "random" else merge(drawn, rule)
    made = Frames(frames.names, frames.images, labels)
    return made, Soft(shares, np.zeros(count, np.float32)) if votes else None
