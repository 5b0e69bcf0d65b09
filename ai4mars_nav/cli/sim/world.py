"""`ai4mars sim world`: a world as a folder for Gazebo and for ours, and a picture of it."""

from __future__ import annotations

import argparse
from pathlib import Path

HELP = "make a world and draw it"
DESCRIPTION = """Make the world of a seed and write it into a folder: world.sdf, which Gazebo loads
as it is and which `ai4mars drive --world DIR/world.sdf` drives in; the rasters and the rock list
that it names; and world.png, a picture from above."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ai4mars sim world`."""
    parser.add_argument(
        "--world", default="crossing", help="name in sim/worlds/, or YAML file (crossing)"
    )
    parser.add_argument("--seed", type=int, default=1, help="of the world (1)")
    parser.add_argument(
        "--elevation", type=Path, help="GeoTIFF with heights in metres to take the ground from"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder to write")


def run(args: argparse.Namespace) -> int:
    """Make, write and draw."""
    import cv2

    from ai4mars_nav.sim import poster
    from ai4mars_nav.sim.errors import SimError
    from ai4mars_nav.sim.world.cache import default_cache
    from ai4mars_nav.sim.world.folder import write_world
    from ai4mars_nav.sim.world.library import load_world
    from ai4mars_nav.sim.world.picture import page

    world, mission = load_world(args.world, args.seed, default_cache(), args.elevation)
    made_by = f"ai4mars sim world --world {args.world} --seed {args.seed}"
    if args.elevation:
        made_by += f" --elevation {args.elevation.name}"
    sheet = page(world, mission, made_by)
    print(write_world(args.out, world, mission))
    picture = args.out / "world.png"
    pixels = cv2.cvtColor(poster.few_greys(sheet, 64), cv2.COLOR_RGB2BGR)
    if not cv2.imwrite(str(picture), pixels, [cv2.IMWRITE_PNG_COMPRESSION, 6]):
        raise SimError(f"{picture}: cannot be written")
    print(picture)
    return 0
