"""`ai4mars content landmarks`: what stands out in whole images from orbit, and what it is."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ai4mars_nav.cli.content.images import add_model_argument, tell
from ai4mars_nav.cli.labels.over_archive import Progress

HELP = "find and classify landmarks in whole images from orbit"
DESCRIPTION = """Find what stands out in map-projected images (dynamic landmarking), cut a square
with a margin around each, and classify it. DIR gets a picture with boxes for each image, a row for
each landmark in landmarks.parquet and landmarks.csv, and in landmarks.json the landmarks of each
class and image that are at least as probable as --at-least. The black border of an image is not
looked at, and squares of class `edge` are never counted. Killed at any time, the same command goes
on; bad images are named. Example: ai4mars content landmarks PSP_*_RED.jpg -o landmarks"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ai4mars content landmarks`."""
    from ai4mars_nav.content.landmarks import LandmarkSettings
    from ai4mars_nav.settings import settings_of

    parser.add_argument(
        "images", metavar="IMAGE", type=Path, nargs="+", help="PNG or JPEG, up to 128 Mpixel"
    )
    add_model_argument(parser, "--model")
    parser.set_defaults(model="hirisenet")
    parser.add_argument("-o", "--out", metavar="DIR", type=Path, required=True, help="for results")
    parser.add_argument(
        "--at-least", metavar="PROBABILITY", type=float, default=0.9,
        help="from which a landmark is counted (%(default)s)",
    )  # fmt: skip
    for one in settings_of(LandmarkSettings):
        unit = f", {one.unit}" if one.unit else ""
        parser.add_argument(
            f"--{one.name}", type=one.type, default=one.default,
            help=f"{one.help}{unit} (%(default)s)",
        )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Do what is not done yet; counts on standard output."""
    from ai4mars_nav.content.classifier import Classifier
    from ai4mars_nav.content.errors import ContentError
    from ai4mars_nav.content.landmark_run import LandmarkRun
    from ai4mars_nav.content.landmark_table import Looked, write_tables
    from ai4mars_nav.content.landmarks import LandmarkSettings
    from ai4mars_nav.content.one_run import only_run
    from ai4mars_nav.content.sidecar import load_content_model
    from ai4mars_nav.settings import from_mapping, settings_of
    from ai4mars_nav.share import content_model_file

    if not 0.0 <= args.at_least <= 1.0:
        raise ContentError(f"--at-least is {args.at_least}, must be within 0 and 1")
    given = {one.name: getattr(args, one.name) for one in settings_of(LandmarkSettings)}
    settings = from_mapping(LandmarkSettings, given, "options")
    names = [path.name for path in args.images]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ContentError(f"{twice[0]}: there are two images of this name; give each a DIR")
    images = tuple((path.name, path.resolve()) for path in args.images)
    sidecar, content = load_content_model(content_model_file(args.model))
    with only_run(args.out):
        work = LandmarkRun(args.out, sidecar, settings, args.at_least)
        todo = work.todo(images)
        progress = Progress("landmarks", len(todo))
        work.do(Classifier(sidecar, content), todo, progress.show)
        progress.end()
        found, problems = work.read(images)
        written = write_tables(args.out, Looked(sidecar, settings, args.at_least, problems), found)
    tell(problems)
    for image in found:
        counts = image.counts(args.at_least)
        told = ", ".join(f"{count} {name}" for name, count in counts.most_common()) or "none"
        print(f"{image.name}: {len(image.landmarks)} landmarks; at {args.at_least:g}: {told}")
    print(f"written: {', '.join(str(path) for path in written)}", file=sys.stderr)
    return 0
