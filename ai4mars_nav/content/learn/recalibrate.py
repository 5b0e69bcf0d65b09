"""The calibration, scores and card of a shipped content classifier again; its weights stay.

    python -m ai4mars_nav.content.learn.recalibrate mslnet --data FOLDER --out DIR

FOLDER is the data set as it is published. DIR gets NAME.onnx, NAME.json and NAME.md, as
`reproduce` leaves them; without training it takes a minute.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from ai4mars_nav.content.learn.release import calibrated_release
from ai4mars_nav.content.learn.settings import RECIPES
from ai4mars_nav.content.sidecar import load_content_model
from ai4mars_nav.share import content_model_file


def main() -> int:
    """Copy the weights, calibrate them, print the paths written."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=tuple(RECIPES))
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--jobs", type=int, default=1)
    args = parser.parse_args()
    shipped = content_model_file(args.name)
    sidecar, _ = load_content_model(shipped)
    args.out.mkdir(parents=True, exist_ok=True)
    path = args.out / shipped.name
    if path.resolve() != shipped.resolve():
        shutil.copyfile(shipped, path)
    for each in calibrated_release(sidecar, path, RECIPES[args.name], args.data, args.jobs):
        print(each)
    return 0


if __name__ == "__main__":
    sys.exit(main())
