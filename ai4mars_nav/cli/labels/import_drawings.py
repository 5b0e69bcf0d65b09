"""`ai4mars labels import`: what people drew elsewhere, as raw labels."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ai4mars_nav.cli.labels.over_archive import (
    Progress,
    add_bad_argument,
    add_jobs_argument,
    report,
)

if TYPE_CHECKING:
    from ai4mars_nav.dataset.drawing import Drawing
    from ai4mars_nav.dataset.errors import Findings

HELP = "turn an export of Zooniverse, CVAT or Label Studio into raw labels"
DESCRIPTION = """Turn an export into raw labels, RAW/<product id>/<labeller>.png. The product id is
the name of the image's file. Zooniverse: the classification export (CSV). CVAT: the
annotations.xml of "CVAT for images 1.1", one file a labeller. Label Studio: the JSON export. Shapes
drawn later lie on top. An outline that is not closed, a class that is not known, a labeller who
labelled an image twice and an image that comes twice are bad input (see --on-bad; when skipped, the
first label of a labeller is used, and a label loses only the shapes that are wrong). An
interrupted run goes on when it is started again."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ai4mars labels import`."""
    parser.add_argument("export", metavar="EXPORT", type=Path, help="the exported file")
    parser.add_argument(
        "--format", choices=("zooniverse", "cvat", "label-studio"), required=True,
        help="where it comes from",
    )  # fmt: skip
    parser.add_argument("-o", dest="out", type=Path, required=True, help="the folder RAW")
    parser.add_argument(
        "--class", dest="aliases", action="append", default=[], metavar="THEIRS=OURS",
        help='what a class is called there, such as --class "loose rock=big rock"; our names are '
        "known already",
    )  # fmt: skip
    parser.add_argument(
        "--tools", default="soil,bedrock,sand,big rock",
        help="Zooniverse marks that only have a tool's number: the tools in order (%(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--size", nargs=2, type=int, metavar=("ROWS", "COLUMNS"),
        help="Zooniverse: size of the images where the export does not tell",
    )  # fmt: skip
    parser.add_argument(
        "--labeller", default="", help="CVAT: whose labels they are (else the task's assignee)"
    )
    add_bad_argument(parser)
    add_jobs_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Write the raw labels."""
    from ai4mars_nav.dataset.drawing import once_each, write_drawing
    from ai4mars_nav.dataset.errors import DatasetError, Findings
    from ai4mars_nav.dataset.journal import Journal
    from ai4mars_nav.dataset.parallel import each

    if not args.export.is_file():
        raise DatasetError(f"{args.export}: no such file")
    findings = Findings(args.on_bad == "skip")
    log = Journal(args.out / f".import-{args.export.name}.jsonl", _settings(args))
    done_before = set(log.done)
    drawings = once_each(_read(args, findings), findings)
    todo = (drawing for drawing in drawings if _key(drawing) not in done_before)
    progress = Progress("import", max(0, _about(args) - len(log.done)), "labels")
    write = partial(write_drawing, raw=args.out)
    work = each(write, todo, args.jobs, args.ray)
    for done, (drawing, problem) in enumerate(work, start=1):
        if problem is None:
            log.add(_key(drawing), {"product": drawing.product, "labeller": drawing.labeller})
        else:
            findings.note(problem)
        progress.show(done)
    progress.end()
    if not log.done and not findings.problems:
        raise DatasetError(f"{args.export}: nothing was drawn in it")
    report(findings.problems, args.export.with_suffix(".problems.csv"))
    images = len({record["product"].lower() for record in log.done.values()})
    print(f"{args.out}: {len(log.done)} labels of {images} images", file=sys.stderr)
    return 0


def _key(drawing: Drawing) -> str:
    return f"{drawing.product}/{drawing.labeller}".lower()


def _settings(args: argparse.Namespace) -> dict[str, Any]:
    """What the labels depend on; a journal of other settings or another file is refused."""
    stat = args.export.stat()
    chosen = {key: getattr(args, key) for key in ("aliases", "tools", "size", "labeller")}
    return {**chosen, "format": args.format, "bytes": stat.st_size, "time": stat.st_mtime_ns}


def _about(args: argparse.Namespace) -> int:
    """About how many labels the export has, for the time to go."""
    mark = {"zooniverse": b"\n", "cvat": b"<image ", "label-studio": b'"completed_by"'}
    with args.export.open("rb") as file:
        return sum(line.count(mark[args.format]) for line in file)


def _read(args: argparse.Namespace, findings: Findings) -> Iterator[Drawing]:
    from ai4mars_nav.dataset.cvat import read_cvat
    from ai4mars_nav.dataset.drawing import parse_alias
    from ai4mars_nav.dataset.label_studio import read_label_studio
    from ai4mars_nav.dataset.zooniverse import read_zooniverse

    aliases = dict(parse_alias(text) for text in args.aliases)
    if args.format == "cvat":
        return read_cvat(args.export, args.labeller, aliases, findings)
    if args.format == "label-studio":
        return read_label_studio(args.export, aliases, findings)
    size = None if args.size is None else (args.size[0], args.size[1])
    tools = [name.strip() for name in args.tools.split(",")]
    return read_zooniverse(args.export, aliases, tools, size, findings)
