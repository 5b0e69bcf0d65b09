"""`ai4mars content classify`: every image of an archive through a classifier, into a table."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ai4mars_nav.cli.content.images import add_model_argument, tell
from ai4mars_nav.cli.labels.over_archive import Progress, add_jobs_argument

HELP = "classify every image of an archive"
DESCRIPTION = """Classify the images of a folder (with all folders below it) or of a list, a path a
line. OUT is a folder of Parquet files, which readers of Parquet take as one table: one row an image
and class, with probability, instrument, sol or source image, and the model's name and sha256.
Killed at any time, the same command goes on; run again later, it adds what is new and does again
what has changed. No image is ever in it twice. Bad images are named and counted and have no rows.
Example: ai4mars content classify delivery --model mslnet -o delivery.parquet"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ai4mars content classify`."""
    parser.add_argument(
        "source", metavar="FOLDER_OR_LIST", type=Path, help="the images, or a list of their paths"
    )
    add_model_argument(parser, "--model")
    parser.set_defaults(model="mslnet")
    parser.add_argument(
        "-o", "--out", metavar="OUT", type=Path, required=True, help="folder of the table"
    )
    add_jobs_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Do what is not done yet; what was found on standard error."""
    from ai4mars_nav.content import classify
    from ai4mars_nav.content.kinds import load_any
    from ai4mars_nav.content.listed import strangers
    from ai4mars_nav.content.origin import origin_of
    from ai4mars_nav.content.table import open_table
    from ai4mars_nav.share import content_model_file

    # other machines have other working directories
    model, source = content_model_file(args.model).resolve(), args.source.resolve()
    sidecar = load_any(model)
    images = classify.find_images(source)
    with open_table(args.out, sidecar) as table:
        work = classify.plan(images, table)
        _say(f"{len(work.todo)} images to classify with {sidecar.name}, {work.done} are done")
        if work.changed:
            _say(f"{len(work.changed)} have changed since they were classified: done again")
        if work.gone:
            _say(f"{work.gone} of the table are not there any more; their rows stay")
        progress = Progress("classify", len(work.todo))
        classify.run(model, work, table, args.jobs, progress.show, cluster=args.ray)
        progress.end()
        origins = {name: origin_of(Path(name).stem) for name, _ in images}
        tell([*table.problems, *strangers(origins)])
    return 0


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
