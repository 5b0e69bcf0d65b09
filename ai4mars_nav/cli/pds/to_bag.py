"""`ai4mars pds to-bag`: a folder of products becomes a bag that the nodes can be driven with."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

HELP = "make a bag of products, for `ai4mars replay`"
DESCRIPTION = """Make a rosbag2 bag of products and folders of products of one rover: left and right
images, linearised where they need it, their cameras, depth where there are XYZ or range products,
odometry and transforms. A killed run goes on where it was. What is left out is said, with the
reason, here and in report.json in the bag."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ai4mars pds to-bag`."""
    parser.add_argument("sources", type=Path, nargs="+", metavar="SOURCE", help="product or folder")
    parser.add_argument(
        "-o", "--out", type=Path, required=True, metavar="BAG", help="folder to make"
    )
    parser.add_argument(
        "--storage", default="mcap", choices=("mcap", "sqlite3"), help="of the bag (mcap)"
    )
    parser.add_argument("--rover", default="", help="where there are products of several")
    parser.add_argument("--camera", default="", help="navcam, front_hazcam, ... (the first found)")
    parser.add_argument(
        "--split", type=int, default=100, metavar="N", help="images in each file of the bag (100)"
    )


def run(args: argparse.Namespace) -> int:
    """Convert, telling how far it is."""
    from ai4mars_nav.pds.convert import ConvertSettings, convert

    settings = ConvertSettings(args.storage, args.rover, args.camera, args.split)
    live = sys.stderr.isatty()

    def tell(done: int, of: int) -> None:
        if live:
            print(f"\r{done} of {of} images", end="\n" if done == of else "", file=sys.stderr)
        elif done % 50 == 0 or done == of:
            print(f"{done} of {of} images", file=sys.stderr, flush=True)

    report = convert(args.sources, args.out, settings, tell)
    print("\n".join(report.lines()))
    print(args.out)
    return 0
