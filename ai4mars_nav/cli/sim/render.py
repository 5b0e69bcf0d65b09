"""`ai4mars sim render`: images with known truth from random worlds, in the AI4Mars folders."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

HELP = "render labelled images into the AI4Mars folders"
DESCRIPTION = """Render images with labels, depth, rover and range masks from random worlds, suns
and places, in the folders of the AI4Mars release. The same seed gives the same images; a run that
was ended goes on where it was. Worlds take the place of sites: `ai4mars labels split` keeps them
apart."""
JOURNAL = "render.jsonl"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ai4mars sim render`."""
    parser.add_argument("-n", "--count", type=_positive, required=True, help="images")
    parser.add_argument("-o", "--out", type=Path, required=True, help="folder to write")
    parser.add_argument(
        "--size", type=_size, default=1024, help="width and height in pixels (1024)"
    )
    parser.add_argument("--seed", type=int, default=0, help="of worlds, suns and places (0)")
    parser.add_argument(
        "--world", action="append", default=[], metavar="W",
        help="name in sim/worlds/, or YAML file; may be given again (all that need no other file)",
    )  # fmt: skip
    parser.add_argument("--jobs", type=_positive, default=1, help="processes, two threads each (1)")


def run(args: argparse.Namespace) -> int:
    """Render what is not there yet, with progress on standard error."""
    from ai4mars_nav.dataset.journal import Journal
    from ai4mars_nav.dataset.parallel import each
    from ai4mars_nav.share import world_file
    from ai4mars_nav.sim.march.frames import batches, take_and_write
    from ai4mars_nav.sim.world.library import world_names

    worlds = tuple(args.world or _without_files(world_names()))
    for name in worlds:
        world_file(name)
    args.out.mkdir(parents=True, exist_ok=True)
    settings = {"seed": args.seed, "size": args.size, "worlds": list(worlds)}
    journal = Journal(args.out / JOURNAL, settings)
    every = batches(worlds, args.seed, args.count, args.size, args.out)
    ahead = [b for b in every if journal.done.get(str(b.number), {}).get("last", -1) < b.last]
    images, begun = sum(b.last - b.first for b in ahead), time.monotonic()
    print(f"{args.count - images} of {args.count} images are there", file=sys.stderr)
    done = 0
    for batch, products in each(take_and_write, ahead, args.jobs):
        journal.add(str(batch.number), {"last": batch.last, "products": products})
        done += len(products)
        left = (time.monotonic() - begun) / done * (images - done)
        print(
            f"{args.count - images + done}/{args.count} images, about {left / 60.0:.1f} min left",
            file=sys.stderr,
        )
    print(args.out)
    return 0


def _without_files(names: list[str]) -> list[str]:
    """The worlds that need no elevation model to be named."""
    from ai4mars_nav.share import world_file
    from ai4mars_nav.sim.world.recipe import read_recipe

    return [name for name in names if not read_recipe(world_file(name)).elevation.required]


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def _size(text: str) -> int:
    size = _positive(text)
    if not 16 <= size <= 4096:
        raise argparse.ArgumentTypeError(f"{text} is not 16 to 4096 pixels")
    return size
