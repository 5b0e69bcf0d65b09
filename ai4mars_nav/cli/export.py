"""`ai4mars export`: make the shipped files of a finished training run."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

HELP = "export a trained model: ONNX in fp32, fp16 and int8, sidecars, calibration, scores, card"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ai4mars export`."""
    parser.add_argument(
        "--run",
        type=Path,
        required=True,
        dest="run_folder",
        help="the --out folder of the training",
    )
    parser.add_argument("--data", type=Path, required=True, help="AI4Mars in its official layout")
    parser.add_argument("--out", type=Path, default=Path("models"), help="folder of the models")
    parser.add_argument("--name", default="terrain-256", help="name of the model")
    parser.add_argument("--side", type=int, default=256, help="side of the input image, pixels")
    parser.add_argument(
        "--risk", type=float, default=0.02, help="share of wrong pixels among those not unknown"
    )


def run(args: argparse.Namespace) -> int:
    """Write the files and name them on standard output."""
    from ai4mars_nav.learn.release import Request, release

    request = Request(args.run_folder, args.data, args.out, args.name, args.side, args.risk)
    written = release(request, lambda line: print(line, file=sys.stderr, flush=True))
    for path in written:
        print(f"{path}  {path.stat().st_size} bytes")
    return 0
