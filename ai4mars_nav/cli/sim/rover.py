"""`ai4mars sim rover`: a rover as SDF for Gazebo and as URDF for RViz."""

from __future__ import annotations

import argparse
from pathlib import Path

HELP = "describe a rover for Gazebo (SDF) and RViz (URDF)"
DESCRIPTION = """Write the folder OUT/NAME: model.config and model.sdf, a model for Gazebo Harmonic
with stereo and depth cameras, inertial unit and drive, and NAME.urdf with the same frames. Made
from the same description as the simulator's rover."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ai4mars sim rover`."""
    parser.add_argument(
        "--rover", default="curiosity", help="name in config/, or YAML file (curiosity)"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder to write into")


def run(args: argparse.Namespace) -> int:
    """Write the files and name them."""
    from ai4mars_nav.rover import load_rover
    from ai4mars_nav.share import rover_file
    from ai4mars_nav.sim.vehicle.describe import describe

    for path in describe(load_rover(rover_file(args.rover)), args.out):
        print(path)
    return 0
