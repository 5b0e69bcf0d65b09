"""Our pictures above real ones, as one picture, to be judged by eye.

`python -m ai4mars_nav.sim.march.beside --ours IMAGE ... --real IMAGE ... --out PNG`
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from ai4mars_nav.dataset.images import read_grey
from ai4mars_nav.sim.poster import Panel, Picture, few_greys, page


def sheet(ours: Sequence[Path], real: Sequence[Path], side: int) -> Picture:
    """RGB page: as many columns as images of ours, each `side` pixels, ours in the upper row."""
    panels = [Panel(f"Ours {k + 1}", "rendered", _panel(path, side)) for k, path in enumerate(ours)]
    panels += [
        Panel(f"Real {k + 1}", f"Curiosity NAVCAM, {path.stem[:12]}", _panel(path, side))
        for k, path in enumerate(real)
    ]
    return page(
        "Rendered and real navigation camera frames",
        "real frames: NASA/JPL-Caltech; each brightened towards the same mean, at most 2.2 times",
        panels,
        columns=len(ours),
    )


def _panel(path: Path, side: int) -> Picture:
    """An image as it is, made smaller and brightened so that dark frames can be judged."""
    small = cv2.resize(read_grey(path), (side, side), interpolation=cv2.INTER_AREA) / 255.0
    brighter = small * min(0.42 / max(float(small.mean()), 1e-3), 2.2)
    grey = np.rint(255.0 * np.clip(brighter, 0.0, 1.0)).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


def main(words: Sequence[str] | None = None) -> int:
    """Compose and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--ours", type=Path, nargs="+", required=True, help="image files")
    parser.add_argument("--real", type=Path, nargs="+", required=True, help="as many image files")
    parser.add_argument("--out", type=Path, required=True, help="PNG file")
    parser.add_argument("--side", type=int, default=400, help="pixels of each image (400)")
    args = parser.parse_args(words)
    if len(args.ours) != len(args.real):
        parser.error(f"{len(args.ours)} of ours, {len(args.real)} real: must be as many")
    picture = few_greys(sheet(args.ours, args.real, args.side), 64)
    cv2.imwrite(
        str(args.out), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_PNG_COMPRESSION, 9]
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
