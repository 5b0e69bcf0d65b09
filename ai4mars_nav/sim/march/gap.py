"""How far our pictures are from real ones: grey levels, spectrum, edges, contrast by class.

`python -m ai4mars_nav.sim.march.gap --real ROOT --ours ROOT --out DIR`, both in AI4Mars folders.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.dataset.errors import Findings
from ai4mars_nav.dataset.images import read_grey
from ai4mars_nav.dataset.layout import find_pictures
from ai4mars_nav.sim.errors import SimError
from ai4mars_nav.sim.march.gap_classes import class_table, contrasts_of
from ai4mars_nav.sim.march.gap_picture import drawn

F64 = NDArray[np.float64]
U8 = NDArray[np.uint8]

SIDE = 256
"""Pixels to which every image is made smaller, so that both are seen alike."""
EDGE = 0.25
"""Rise in grey per pixel, over the mean of the image, from which on there is an edge."""
RINGS = np.geomspace(3.0, SIDE / 2.0, 19)
"""Cycles per image between which power is averaged."""


@dataclass(frozen=True)
class Statistics:
    """Of one image: histogram (64,) that sums to 1, power (18,) in each ring over the variance of
    white noise, share of pixels that are edges, mean and deviation of the grey levels."""

    histogram: F64
    power: F64
    edges: float
    mean: float
    deviation: float


def statistics(grey: U8) -> Statistics:
    """Of an image (h, w), seen at SIDE x SIDE."""
    small = cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    image = small.astype(np.float64)
    mean = max(float(image.mean()), 1.0)
    along, aside = cv2.Sobel(image, -1, 1, 0, scale=0.125), cv2.Sobel(image, -1, 0, 1, scale=0.125)
    histogram = np.bincount(small.ravel() // 4, minlength=64) / small.size
    return Statistics(
        histogram,
        _power(image / mean),
        float((np.hypot(along, aside) > EDGE * mean).mean()),
        mean,
        float(image.std()),
    )


def _power(image: F64) -> F64:
    """Mean power in each ring of frequencies, by a window that fades to the edges."""
    fade = np.hanning(SIDE)[:, None] * np.hanning(SIDE)[None, :]
    spectrum = np.abs(np.fft.fft2((image - image.mean()) * fade)) ** 2 / (fade**2).sum()
    cycles = np.fft.fftfreq(SIDE, 1.0 / SIDE)
    distance = np.hypot(cycles[None, :], cycles[:, None]).ravel()
    ring = np.digitize(distance, RINGS) - 1
    inside = (ring >= 0) & (ring < len(RINGS) - 1)
    total = np.bincount(ring[inside], spectrum.ravel()[inside], len(RINGS) - 1)
    return np.asarray(total / np.maximum(np.bincount(ring[inside], None, len(RINGS) - 1), 1))


def statistics_of(root: Path, most: int) -> list[Statistics]:
    """Of `most` images under a root at even distances, by product."""
    pictures = sorted(find_pictures(root, Findings(True)).values(), key=lambda p: p.product)
    if not pictures:
        raise SimError(f"{root}: no images")
    chosen = np.unique(np.linspace(0, len(pictures) - 1, min(most, len(pictures))).astype(int))
    return [statistics(read_grey(pictures[k].image)) for k in chosen]


def slope(power: F64) -> float:
    """Exponent with which power falls with frequency, by least squares over all rings."""
    middle = np.sqrt(RINGS[:-1] * RINGS[1:])
    return float(np.polyfit(np.log(middle), np.log(np.maximum(power, 1e-12)), 1)[0])


def shift(one: F64, other: F64) -> float:
    """Grey levels by which one histogram must be moved to be the other (earth mover's distance)."""
    return float(np.abs(np.cumsum(one - other)).sum() * 4.0)


def table(real: Sequence[Statistics], ours: Sequence[Statistics]) -> list[str]:
    """Markdown lines: median and 10th to 90th percentile over images, real against ours."""
    lines = ["| | real | ours |", "| --- | --- | --- |"]
    rows: dict[str, tuple[Callable[[Statistics], float], int]] = {
        "mean grey": (lambda one: one.mean, 0),
        "deviation": (lambda one: one.deviation, 1),
        "deviation over mean": (lambda one: one.deviation / one.mean, 2),
        "edges, % of pixels": (lambda one: 100.0 * one.edges, 1),
        "slope of the spectrum": (lambda one: slope(one.power), 2),
    }
    lines.append(f"| images | {len(real)} | {len(ours)} |")
    for name, (value, digits) in rows.items():
        told = [_spread([value(one) for one in each], digits) for each in (real, ours)]
        lines.append(f"| {name} | {told[0]} | {told[1]} |")
    apart = shift(
        np.mean([s.histogram for s in real], axis=0), np.mean([s.histogram for s in ours], axis=0)
    )
    return [*lines, "", f"Histograms are {apart:.1f} grey levels apart (earth mover's distance)."]


def _spread(values: Sequence[float], digits: int) -> str:
    low, middle, high = np.percentile(values, [10, 50, 90])
    return f"{middle:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def main(words: Sequence[str] | None = None) -> int:
    """Measure both, write gap.md and gap.png."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--real", type=Path, required=True, help="AI4Mars folders")
    parser.add_argument("--ours", type=Path, required=True, help="folder of ai4mars sim render")
    parser.add_argument("--out", type=Path, required=True, help="folder for gap.md and gap.png")
    parser.add_argument("--most", type=int, default=400, help="images of each at most (400)")
    args = parser.parse_args(words)
    real, ours = statistics_of(args.real, args.most), statistics_of(args.ours, args.most)
    args.out.mkdir(parents=True, exist_ok=True)
    by_class = class_table(contrasts_of(args.real, args.most), contrasts_of(args.ours, args.most))
    lines = [*table(real, ours), "", *by_class]
    (args.out / "gap.md").write_text("\n".join([*lines, ""]), encoding="utf-8")
    middle = np.sqrt(RINGS[:-1] * RINGS[1:])
    picture = drawn(
        middle,
        [np.median([s.power for s in each], axis=0) for each in (real, ours)],
        [np.mean([s.histogram for s in each], axis=0) for each in (real, ours)],
    )
    cv2.imwrite(str(args.out / "gap.png"), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    print("\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
