"""The frames of models/parity, on which an engine is compared with the CPU engine before its use.

    .venv/bin/python tools/parity_frames.py models/parity

One rendered frame of each of four worlds: between them they have all four classes, near and far,
and none without borders, where engines differ first.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import cv2

from ai4mars_nav.sim.march.frames import Batch, take

WORLDS = ("crossing", "dunes", "pavement", "flat_rocky")
SEED = 1
SIDE = 256
"""Pixels: less would leave a network of 1024² too little to see, more would weigh too much."""


def main() -> int:
    """Write the frames."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="where the frames go, as WORLD.png")
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    for number, world in enumerate(WORLDS):
        (taken,) = take(Batch((world,), SEED, number, 0, 1, SIDE, folder))
        _, coded = cv2.imencode(".png", taken.view.grey, [cv2.IMWRITE_PNG_COMPRESSION, 9])
        (folder / f"{world}.png").write_bytes(coded.tobytes())
    return 0


if __name__ == "__main__":
    sys.exit(main())
