"""The picture of the domain gap: spectrum and histogram, real against ours."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.sim.poster import FAINT, INK, Panel, Picture, page, write

F64 = NDArray[np.float64]

_COLOURS = ((60, 90, 150), (200, 90, 50))
"""Real, ours."""
_WIDTH, _HEIGHT = 520, 360
_LEFT, _BOTTOM, _TOP, _RIGHT = 56, 40, 16, 20


def drawn(cycles: F64, powers: Sequence[F64], histograms: Sequence[F64]) -> Picture:
    """Power (n,) over cycles per image (n,), and histograms (64,), of real and of ours."""
    logarithms: list[F64] = [np.log10(np.maximum(each, 1e-9)) for each in powers]
    octaves: F64 = np.log10(cycles)
    spectrum = _curves(octaves, logarithms, "cycles per image", True)
    grey = np.asarray(np.linspace(2.0, 254.0, 64), np.float64)
    histogram = _curves(grey, [100.0 * h for h in histograms], "grey level", False)
    return page(
        "Real NAVCAM and ours",
        "both at 256 x 256; blue real, orange ours",
        [
            Panel("Spectrum", "median power by spatial frequency, log scales", spectrum),
            Panel("Grey levels", "mean histogram, % of pixels per 4 levels", histogram),
        ],
        columns=2,
    )


def _curves(x: F64, curves: Sequence[F64], label: str, log: bool) -> Picture:
    picture: Picture = np.full((_HEIGHT, _WIDTH, 3), 255, np.uint8)
    low = min(float(c.min()) for c in curves) if log else 0.0
    high = max(float(c.max()) for c in curves)
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        level = low + share * (high - low)
        row = round(_HEIGHT - _BOTTOM - share * (_HEIGHT - _BOTTOM - _TOP))
        cv2.line(picture, (_LEFT, row), (_WIDTH - _RIGHT, row), (228, 226, 221), 1)
        write(picture, f"1e{level:.1f}" if log else f"{level:.1f}", 6, row + 4, 8, FAINT)
        place = x[0] + share * (x[-1] - x[0])
        column = round(_LEFT + share * (_WIDTH - _RIGHT - _LEFT))
        words = f"{10.0**place:.0f}" if log else f"{place:.0f}"
        write(picture, words, column, _HEIGHT - 22, 8, FAINT, centred=True)
    write(picture, label, (_LEFT + _WIDTH) // 2, _HEIGHT - 6, 8, INK, centred=True)
    for curve, colour in zip(curves, _COLOURS, strict=True):
        u = _LEFT + (x - x[0]) / (x[-1] - x[0]) * (_WIDTH - _RIGHT - _LEFT)
        v = _HEIGHT - _BOTTOM - (curve - low) / (high - low) * (_HEIGHT - _BOTTOM - _TOP)
        line = np.rint(np.stack([u, v], axis=1) * 16.0).astype(np.int32)
        cv2.polylines(picture, [line], False, colour, 2, cv2.LINE_AA, shift=4)
    return picture
