"""`ai4mars content novel`: the newest images of an archive, and what is new in each."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ai4mars_nav.cli.content.images import add_model_argument, tell
from ai4mars_nav.cli.labels.over_archive import Progress, add_jobs_argument, positive

if TYPE_CHECKING:
    from ai4mars_nav.content.classify import Image
    from ai4mars_nav.content.feature_store import FeatureStore

HELP = "find the newest images of an archive"
DESCRIPTION = """Rank images by how new they are beside those of --known and those ranked before
(DEMUD): a model of what is known cannot rebuild what is new, and learns each image that it shows.
DIR gets novel.csv, novel.json, novel.html with a strip of pictures for each (the image, where in it
the novelty is, what the model took it for, the nearest known image), novel.jpg with the first of
them, and known.npz, the model that knows all of them by now. Features are kept in DIR: killed at
any time, the same command goes on, and run again later it looks only at what is new or has changed.
Example: ai4mars content novel
delivery --model mslnet --known archive.txt -o new"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ai4mars content novel`."""
    from ai4mars_nav.content.demud import DemudSettings
    from ai4mars_nav.settings import settings_of

    parser.add_argument(
        "source", metavar="FOLDER_OR_LIST", type=Path, help="the images, or a list of their paths"
    )
    add_model_argument(parser, "--model")
    parser.set_defaults(model="mslnet")
    parser.add_argument("-o", "--out", metavar="DIR", type=Path, required=True, help="for results")
    parser.add_argument(
        "-n", type=positive, default=50, dest="most", help="how many are shown (%(default)s)"
    )
    parser.add_argument(
        "--known", metavar="FOLDER_OR_LIST", type=Path,
        help="images that are nothing new; of SOURCE, those among them are left out",
    )  # fmt: skip
    for one in settings_of(DemudSettings):
        parser.add_argument(
            f"--{one.name}", type=positive, default=one.default, help=f"{one.help} (%(default)s)"
        )
    add_jobs_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Look, rank, explain; what was found on standard error, the first few on standard output."""
    from ai4mars_nav.content.classifier import Classifier
    from ai4mars_nav.content.classify import find_images
    from ai4mars_nav.content.demud import Demud, DemudSettings
    from ai4mars_nav.content.errors import ContentError
    from ai4mars_nav.content.feature_store import FeatureStore
    from ai4mars_nav.content.listed import strangers
    from ai4mars_nav.content.novel import newest
    from ai4mars_nav.content.novel_page import words, write_page
    from ai4mars_nav.content.novel_table import Searched, write_tables
    from ai4mars_nav.content.one_run import only_run
    from ai4mars_nav.content.origin import origin_of
    from ai4mars_nav.content.sidecar import load_content_model
    from ai4mars_nav.share import content_model_file

    # other machines have other working directories
    path, source = content_model_file(args.model).resolve(), args.source.resolve()
    sidecar, content = load_content_model(path)
    before = () if args.known is None else find_images(args.known.resolve())
    familiar = {file for _, file in before}
    images = tuple(one for one in find_images(source) if one[1] not in familiar)
    if not images:
        raise ContentError(f"{source}: every image of it is one of {args.known}")
    settings = DemudSettings(args.components, args.memory)
    with only_run(args.out):
        fresh = FeatureStore(args.out / "features", sidecar)
        _fill(fresh, path, images, args, "look")
        found = fresh.read(images)
        model, known, bad = Demud(settings), None, found.problems
        if before:
            store = FeatureStore(args.out / "known", sidecar)
            _fill(store, path, before, args, "look at what is known")
            known = store.read(before)
            model.learn_all(known.matrix)
            bad = (*known.problems, *bad)
        most = min(args.most, len(found.images))
        progress = Progress("explain", most)
        classifier = Classifier(sidecar, content)
        new = newest(classifier, model, known, found, most, progress.show)
        progress.end()
        known_before = 0 if known is None else len(known.images)
        searched = Searched(sidecar, settings, len(found.images), known_before, bad)
        written = write_tables(args.out, searched, new)
        about = (
            f"The {most} newest of {len(found.images)} images beside {known_before} known ones, as "
            f"{sidecar.name} sees them, each beside those above it as well."
        )
        page = write_page(args.out, str(args.source), about, new)
        model.save(args.out / "known.npz")
    tell([*bad, *strangers({name: origin_of(Path(name).stem) for name, _ in images})])
    for rank, one in enumerate(new[:10], start=1):
        print(words(rank, one))
    print(f"written: {', '.join(str(each) for each in (*written, page))}", file=sys.stderr)
    return 0


def _fill(
    store: FeatureStore, model: Path, images: tuple[Image, ...], args: argparse.Namespace, name: str
) -> None:
    todo = store.todo(images)
    print(f"{name}: {len(todo)} images, {len(images) - len(todo)} are done", file=sys.stderr)
    progress = Progress(name, len(todo))
    store.fill(model, todo, args.jobs, progress.show, cluster=args.ray)
    progress.end()
