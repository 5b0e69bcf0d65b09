"""Contrast of the ground itself, class by class: how rough soil, bedrock, sand and rocks look."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.dataset.errors import Findings
from ai4mars_nav.dataset.layout import find_frames, read_frame
from ai4mars_nav.dataset.releases import TRAIN
from ai4mars_nav.sim.errors import SimError
from ai4mars_nav.terrain import Terrain

U8 = NDArray[np.uint8]

SIDE, BLOCK = 256, 16
"""Pixels to which every image is made smaller, and pixels a side of the squares judged in it."""
SAME = 0.9
"""Share of a square that must be of one class."""


def contrasts(grey: U8, label: U8) -> dict[Terrain, list[float]]:
    """Deviation over mean of each square of one class in an image (h, w), label (h, w)."""
    grey = np.asarray(cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8)
    label = np.asarray(cv2.resize(label, (SIDE, SIDE), interpolation=cv2.INTER_NEAREST), np.uint8)
    squares, told = (
        a.reshape(SIDE // BLOCK, BLOCK, SIDE // BLOCK, BLOCK).swapaxes(1, 2).reshape(-1, BLOCK**2)
        for a in (grey.astype(np.float64), label)
    )
    contrast = squares.std(axis=1) / np.maximum(squares.mean(axis=1), 1.0)
    return {t: contrast[(told == t).mean(axis=1) >= SAME].tolist() for t in Terrain}


def contrasts_of(root: Path, most: int) -> dict[Terrain, list[float]]:
    """Of `most` labelled frames under a root at even distances, by product."""
    frames = sorted(find_frames(root, TRAIN, Findings(True)), key=lambda f: f.product)
    if not frames:
        raise SimError(f"{root}: no labelled images")
    total: dict[Terrain, list[float]] = {t: [] for t in Terrain}
    chosen = np.unique(np.linspace(0, len(frames) - 1, min(most, len(frames))).astype(int))
    for k in chosen:
        for terrain, found in contrasts(*read_frame(frames[k])).items():
            total[terrain] += found
    return total


def class_table(real: dict[Terrain, list[float]], ours: dict[Terrain, list[float]]) -> list[str]:
    """Markdown lines: median and 10th to 90th percentile over squares, and how many they are."""
    lines = ["| contrast of | real | ours |", "| --- | --- | --- |"]
    for terrain in Terrain:
        cells = [_told(each[terrain]) for each in (real, ours)]
        lines.append(f"| {terrain.name.lower().replace('_', ' ')} | {cells[0]} | {cells[1]} |")
    return lines


def _told(values: Sequence[float]) -> str:
    if not values:
        return "no square"
    low, middle, high = np.percentile(values, [10, 50, 90])
    return f"{middle:.2f} ({low:.2f} to {high:.2f}) of {len(values)}"
