"""`ai4mars archive project`: what is to be labelled, by hand."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from ai4mars_nav.cli.archive import project_arrange, project_export
from ai4mars_nav.cli.archive.store import add_store_argument

if TYPE_CHECKING:
    from ai4mars_nav.archive.database import Database
    from ai4mars_nav.archive.labelling.classes import LabelClass
    from ai4mars_nav.archive.labelling.images import ToLabel
    from ai4mars_nav.archive.labelling.projects import Project

HELP = "make, list, extend, arrange, close and export labelling projects"
DESCRIPTION = """Projects of images that are labelled by several people. Where images lie has to be
below a --root of `serve`.
Example: ai4mars archive project add "gale terrain" --kind pixels --images navcam
--labels-per-image 10 --guess terrain-256-int8"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The commands of `ai4mars archive project` and their options."""
    choices = parser.add_subparsers(metavar="ACTION", required=True)
    add = choices.add_parser("add", help="make a project, or add images to one")
    _add_arguments(add)
    for name, words, do in (
        ("list", "all projects with their progress", _list),
        ("close", "hand out no more images of a project", _close),
        ("open", "hand out images of it again", _open),
    ):
        one = choices.add_parser(name, help=words, description=words)
        if name != "list":
            one.add_argument("name", help="of the project")
        add_store_argument(one)
        one.set_defaults(project=do)
    project_arrange.add_arguments(choices)
    project_export.add_arguments(choices)


def run(args: argparse.Namespace) -> int:
    """Do it."""
    from ai4mars_nav.archive.database import open_database
    from ai4mars_nav.archive.labelling.tables import prepare_labelling

    database = open_database(args.store)
    try:
        prepare_labelling(database)
        args.project(args, database)
    finally:
        database.close()
    return 0


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = """Make a project. Of a project that is there already, the images that it
has not yet are added."""
    parser.add_argument("name", help="of the project")
    parser.add_argument("--kind", choices=("image", "pixels"), required=True,
                        help="whole images, or the ground pixel by pixel")  # fmt: skip
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument(
        "--images", metavar="FOLDER_OR_LIST", type=Path,
        help="folder of images, or file with the path of one a line",
    )  # fmt: skip
    source.add_argument(
        "--query", metavar="ADDRESS", help="of a search page: all pictures that it finds"
    )
    parser.add_argument(
        "--classes", metavar="FILE", type=Path,
        help="CSV value,name,colour,key,help, or class map; the terrain's without it",
    )  # fmt: skip
    parser.add_argument("--labels-per-image", type=int, default=3, help="people an image (3)")
    parser.add_argument(
        "--min-labels", type=int, help="who must agree in the merge (3, or all if they are fewer)"
    )
    parser.add_argument(
        "--min-agreement", type=float, default=0.65, help="share that must be exceeded (0.65)"
    )
    parser.add_argument("--guess", default="", metavar="MODEL", help="whose opinion is shown")
    parser.add_argument("--tutorial", type=Path, metavar="FILE", help="JSON list of examples")
    parser.add_argument(
        "--ranges", type=Path, metavar="FOLDER",
        help="ranges of the images, for scale bar and darkness, as `labels prepare` reads them, or "
        "the rng-30m masks of a release",
    )  # fmt: skip
    parser.add_argument(
        "--on-bad", choices=("refuse", "skip"), default="refuse", help="bad images (refuse)"
    )
    add_store_argument(parser)
    parser.set_defaults(project=_add)


def _add(args: argparse.Namespace, database: Database) -> None:
    from ai4mars_nav.archive.labelling import guess, projects
    from ai4mars_nav.archive.labelling.tutorial import read_tutorial
    from ai4mars_nav.dataset.merge import MergeSettings

    classes = _classes(args)
    needed = args.labels_per_image
    rule = MergeSettings(args.min_labels or min(3, needed), args.min_agreement)
    tutorial = () if args.tutorial is None else read_tutorial(args.tutorial, args.kind)
    plan = projects.Plan(args.name, args.kind, classes, needed, rule, projects.RANDOM, args.guess,
                         tutorial)  # fmt: skip
    projects.check_plan(plan)
    if args.guess:
        guess.check_guess(args.kind, tuple(one.name for one in classes), args.guess)
    known = [p for p in projects.list_projects(database) if p.name == args.name]
    images = _images(args, database)
    if known:
        projects.check_same(known[0], plan)
        count = projects.add_images(database, known[0], images)
        print(f"{args.name}: {count} images added to it", file=sys.stderr)
    else:
        project = projects.add_project(database, plan, images, time.time())
        print(f"{args.name}: project {project.id} of {len(images)} images", file=sys.stderr)


def _classes(args: argparse.Namespace) -> tuple[LabelClass, ...]:
    from ai4mars_nav.archive.errors import ArchiveError
    from ai4mars_nav.archive.labelling.classes import read_classes, terrain_classes

    if args.classes is not None:
        return read_classes(args.classes)
    if args.kind == "image":
        raise ArchiveError("--classes: which classes whole images are of is to be said")
    return terrain_classes()


def _images(args: argparse.Namespace, database: Database) -> list[ToLabel]:
    from ai4mars_nav.archive.labelling.images import find_paths, read_images
    from ai4mars_nav.archive.labelling.searched import searched_paths
    from ai4mars_nav.cli.labels.over_archive import Progress
    from ai4mars_nav.dataset.errors import Findings

    findings = Findings(args.on_bad == "skip")
    paths = find_paths(args.images) if args.images else searched_paths(database, args.query)
    progress = Progress("images", len(paths))
    found = []
    for image in read_images(paths, args.ranges, findings):
        found.append(image)
        progress.show(len(found))
    progress.end()
    for problem in findings.problems:
        print(f"left out: {problem}", file=sys.stderr)
    return found


def _list(args: argparse.Namespace, database: Database) -> None:  # noqa: ARG001
    from ai4mars_nav.archive.labelling import projects

    for project in projects.list_projects(database):
        far = projects.progress(database, project, 0)
        state = ", closed" if project.closed else ""
        print(f"{project.name}: {project.kind}, {far.done} of {far.images} images have their "
              f"{far.labels_needed} labels, {far.labels} labels in all{state}")  # fmt: skip


def _close(args: argparse.Namespace, database: Database) -> None:
    from ai4mars_nav.archive.labelling import projects

    projects.set_closed(database, _project(args, database), time.time())


def _open(args: argparse.Namespace, database: Database) -> None:
    from ai4mars_nav.archive.labelling import projects

    projects.set_closed(database, _project(args, database), None)


def _project(args: argparse.Namespace, database: Database) -> Project:
    from ai4mars_nav.archive.labelling import projects

    return projects.project_named(database, args.name)
