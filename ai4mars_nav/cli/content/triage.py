"""`ai4mars content triage`: what to send home of a folder of images, or of a bag."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ai4mars_nav.cli.content.images import add_model_argument, tell
from ai4mars_nav.cli.labels.over_archive import Progress, positive

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ai4mars_nav.content.triage.triage import Triage
    from ai4mars_nav.content.triage.wants import Wants

    Read = Callable[[str], NDArray[np.uint8]]

HELP = "choose what to send home of a folder of images, or of a bag"
DESCRIPTION = """Fill a pass of so many bytes with what the scientists want most, as the node
`triage` does on board: classes, what is new, and of a bag of the graph the terrain and science
targets, too. DIR gets the pass itself (pass/, JPEGs in the order in which they go out),
downlink.json with the reasons, targets.json, images.csv with a row an image, and triage.png, the
contact sheet. Example: ai4mars content triage deepmars-msl/calibrated --wants wheels --budget 500kB
-o pass"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ai4mars content triage`."""
    parser.add_argument(
        "source", metavar="BAG_OR_FOLDER", type=Path,
        help="images, a list of their paths, or a bag of the graph",
    )  # fmt: skip
    parser.add_argument(
        "--wants", metavar="FILE", default="outcrops",
        help="what scientists want: a name in config/triage/, or a YAML file (%(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--budget", metavar="SIZE", default="", help="such as 2MB (default: that of the wants)"
    )
    parser.add_argument("-o", "--out", metavar="DIR", type=Path, required=True, help="for results")
    add_model_argument(parser, "--model")
    parser.set_defaults(model="mslnet")
    parser.add_argument(
        "--known", metavar="NPZ", type=Path,
        help="what is nothing new: known.npz of `ai4mars content novel`",
    )  # fmt: skip
    parser.add_argument(
        "--most", type=positive, default=1000,
        help="images that are remembered: of more, those that are worth least are forgotten "
        "(%(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--rover", default="curiosity", help="of a bag without TF of its camera (%(default)s)"
    )


def run(args: argparse.Namespace) -> int:
    """Look at everything, choose, and leave the pass in a folder."""
    from ai4mars_nav.content.demud import Demud, load_demud
    from ai4mars_nav.content.triage.eyes import ClassifierEyes
    from ai4mars_nav.content.triage.offline import write_day
    from ai4mars_nav.content.triage.triage import Triage
    from ai4mars_nav.share import content_model_file

    eyes = ClassifierEyes(content_model_file(args.model))
    wants = _wants(args, eyes.classes)
    known = Demud() if args.known is None else load_demud(args.known)
    triage = Triage(wants, eyes, known, args.most)
    look = _look_at_bag if _is_bag(args.source) else _look_at_folder
    read = look(args, triage)
    downlink = triage.downlink()
    title = f"What goes home of {args.source.resolve().name}"
    write_day(args.out, downlink, triage.images, triage.targets.ranked(), wants, read, title)
    print(
        f"{len(downlink.products)} products of {downlink.images} images, {downlink.bytes} of "
        f"{downlink.budget} bytes, worth {downlink.worth:.2f}: {args.out}"
    )
    return 0


def _wants(args: argparse.Namespace, classes: tuple[str, ...]) -> Wants:
    from dataclasses import replace

    from ai4mars_nav.content.triage.wants import read_wants
    from ai4mars_nav.share import wants_file

    wants = read_wants(wants_file(args.wants), classes)
    if not args.budget:
        return wants
    return replace(wants, sending=replace(wants.sending, budget=args.budget))


def _is_bag(source: Path) -> bool:
    return source.suffix in (".mcap", ".db3") or (source / "metadata.yaml").is_file()


def _look_at_folder(args: argparse.Namespace, triage: Triage) -> Read:
    """Images in the order of their names; bad ones are named and counted."""
    from ai4mars_nav.content.classify import find_images
    from ai4mars_nav.content.pictures import read_picture
    from ai4mars_nav.content.triage.image import Shot
    from ai4mars_nav.dataset.errors import BadInput

    images = find_images(args.source)
    if triage.wants.terrain or triage.wants.targets:
        print("terrain and targets are not known of bare images: left out", file=sys.stderr)
    problems = []
    progress = Progress("triage", len(images))
    for number, (name, path) in enumerate(images):
        try:
            triage.take(Shot(name, number, read_picture(path)))
        except BadInput as error:
            problems.append(error.problem)
        progress.show(number + 1)
    progress.end()
    tell(problems)
    paths = dict(images)
    return lambda name: read_picture(paths[name])


def _look_at_bag(args: argparse.Namespace, triage: Triage) -> Read:
    """Images in the order of the bag."""
    from ai4mars_nav.replay.triage import Shots, pictures

    shots = Shots(args.source, args.rover)
    stamps = {}
    for shot in shots:
        triage.take(shot)
        stamps[shot.name] = shot.stamp
    for lacking, count in shots.lacking.items():
        print(f"{count} images lack {lacking}", file=sys.stderr)
    sent = {each.stamp for each in triage.downlink().products}
    kept = pictures(args.source, sent)
    return lambda name: kept[stamps[name]]
