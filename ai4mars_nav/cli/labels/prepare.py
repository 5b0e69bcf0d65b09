"""`ai4mars labels prepare`: images made ready for labelling."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ai4mars_nav.cli.labels.over_archive import Progress, add_bad_argument, report

HELP = "draw the scale bar into images and darken what is over 30 m away"
DESCRIPTION = """Make images ready for labelling: a white scale bar on the ground near the middle
(50 cm for Curiosity, 20 cm for Spirit and Opportunity, known by the product id), and all that is
further than 30 m darkened, both from the range of each pixel. For each IMAGES/<product>.jpg or
.png there must be RANGES/<product>.npy (metres) or .png (16 bit, millimetres); 0 or nan: none."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ai4mars labels prepare`."""
    parser.add_argument("images", metavar="IMAGES", type=Path, help="folder of <product id>.jpg")
    parser.add_argument("--ranges", type=Path, required=True, help="folder of their ranges")
    parser.add_argument("-o", dest="out", type=Path, required=True, help="folder for the images")
    parser.add_argument(
        "--limit", type=float, default=30.0, help="metres beyond which it is dark (%(default)s)"
    )
    parser.add_argument(
        "--bar", type=float, default=0.0, help="metres of the bar, if not the rover's own"
    )
    parser.add_argument(
        "--focal", type=float, default=1220.0,
        help="focal length in pixels of a frame 1024 pixels wide (%(default)s, the NAVCAMs)",
    )  # fmt: skip
    add_bad_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Write the prepared images."""
    from ai4mars_nav.dataset.errors import BadInput, DatasetError, Findings
    from ai4mars_nav.dataset.images import IMAGE_SUFFIXES, files_in, once_each, write_image
    from ai4mars_nav.dataset.prepare import PrepareSettings, prepare_file
    from ai4mars_nav.settings import from_mapping

    values = {"limit": args.limit, "bar": args.bar, "focal": args.focal}
    settings = from_mapping(PrepareSettings, values, "ai4mars labels prepare")
    findings = Findings(args.on_bad == "skip")
    paths = files_in(args.images, IMAGE_SUFFIXES)
    if not paths:
        raise DatasetError(f"{args.images}: no images ({', '.join(IMAGE_SUFFIXES)})")
    barless: list[str] = []
    progress = Progress("prepare", len(paths))
    chosen = once_each(paths, lambda path: path.stem, findings).values()
    for done, path in enumerate(chosen, start=1):
        try:
            shown, has_bar = prepare_file(path, args.ranges, settings)
        except BadInput as error:
            findings.note(error.problem)
        else:
            write_image(args.out / f"{path.stem}.png", shown)
            barless += [] if has_bar else [path.name]
        progress.show(done)
    progress.end()
    for name in barless:
        print(f"{name}: no range near the middle, so no scale bar", file=sys.stderr)
    report(findings.problems, args.out / "problems.csv")
    return 0
