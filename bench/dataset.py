"""How long merging and judging the labels of one image takes, against the plain NumPy twins.

One core, ten labels of 1024 x 1024 with terrain-like areas, edges that differ and blanks.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.dataset import merge, slow
from ai4mars_nav.dataset.agreement import pair_scores
from ai4mars_nav.dataset.merge import MergeSettings
from measure import Row, row, times

LABELS, EDGE = 10, 1024


def crowd(seed: int) -> NDArray[np.uint8]:
    """Labels (10, 1024, 1024): one terrain, drawn by each labeller with other edges and gaps."""
    rng = np.random.default_rng(seed)

    def smooth(grain: int, layers: int) -> NDArray[np.float32]:
        coarse = rng.standard_normal((layers, grain, grain)).astype(np.float32)
        return np.stack(
            [cv2.resize(one, (EDGE, EDGE), interpolation=cv2.INTER_CUBIC) for one in coarse]
        )

    terrain = smooth(8, 4)
    labels = np.empty((LABELS, EDGE, EDGE), np.uint8)
    for label in labels:
        label[:] = np.argmax(terrain + 0.4 * smooth(32, 4), axis=0)
        label[smooth(6, 1)[0] > 0.3] = 255
    return labels


def run() -> list[Row]:
    """The rows of bench/run.py."""
    labels, settings = crowd(0), MergeSettings()
    size = f"{LABELS} labels, {EDGE} x {EDGE}"
    rows: list[Row] = []
    for name, fast, plain, goal in (
        (
            "merge labels",
            lambda: merge.merge(labels, settings),
            lambda: slow.merge(labels, settings.min_labels, settings.min_agreement),
            "<= 20 ms, >= 10x",
        ),
        (
            "score 45 pairs",
            lambda: pair_scores(labels),
            lambda: slow.pair_scores(labels),
            "<= 60 ms, >= 10x",
        ),
    ):
        rows.append(
            row(
                f"dataset: {name}", size, times(fast, 15), "NumPy twin, one core",
                times(plain, 5), goal,
            )
        )  # fmt: skip
    return rows


if __name__ == "__main__":
    for line in run():
        print(line)
