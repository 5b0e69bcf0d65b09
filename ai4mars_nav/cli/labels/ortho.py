"""`ai4mars labels ortho`: labelled frames as tiles of the ground seen from above."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ai4mars_nav.cli.labels.over_archive import (
    Progress,
    add_bad_argument,
    add_jobs_argument,
    report,
)

if TYPE_CHECKING:
    from ai4mars_nav.dataset.layout import Frame
    from ai4mars_nav.dataset.ortho_files import Ground

HELP = "cut labelled images into tiles of the ground seen from above"
DESCRIPTION = """Project labelled images onto the ground, by the range of each pixel, and cut the
ground into tiles (section 4.2 of the AI4Mars paper). The tiles are written in the official folders
with ids of the same site, so that `ai4mars train --data OUT` learns from them; the lists in
DATA/splits become lists of tiles. For each image there must be RANGES/<product>.npy (metres) or
.png (16 bit, millimetres). Ranges and depths need no pose of the camera: the ground near it is
taken for level. With --back, what a model says of the tiles (`ai4mars evaluate --predictions`) is
put back on the images, as OUT/<product>.png, to be judged like any other label. An interrupted run
goes on when it is started again."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ai4mars labels ortho`."""
    from ai4mars_nav.dataset.ortho_files import MEASURES
    from ai4mars_nav.dataset.releases import SETS, TRAIN

    parser.add_argument("data", metavar="DATA", type=Path, help="official AI4Mars folders")
    parser.add_argument("--ranges", type=Path, required=True, help="folder of the ranges")
    parser.add_argument(
        "--measure", choices=MEASURES, required=True,
        help="what they are: distance from the camera (range, the RNG products), distance along "
        "its axis (depth, what stereo and simulators write), or xyz: points (rows, columns, 3) "
        "from the rover, x forward, y left, z up",
    )  # fmt: skip
    parser.add_argument("-o", dest="out", type=Path, required=True, help="folder to write")
    parser.add_argument(
        "--back", type=Path, metavar="PREDICTIONS", help="folder of <tile>.png to put back"
    )
    parser.add_argument(
        "--labels", choices=SETS, default=TRAIN, help="which labels of DATA (default: %(default)s)"
    )
    parser.add_argument(
        "--cell", type=float, default=0.05, help="metres of a pixel of a tile (%(default)s)"
    )
    parser.add_argument(
        "--edge", type=int, default=256, help="rows and columns of a tile (%(default)s)"
    )
    parser.add_argument(
        "--limit",
        type=float,
        default=30.0,
        help="metres beyond which nothing is taken (%(default)s)",
    )
    parser.add_argument(
        "--least-seen", type=float, default=0.25,
        help="share of a tile that must be seen (%(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--focal", type=float, default=1220.0,
        help="focal length in pixels of a frame 1024 pixels wide (%(default)s, the NAVCAMs)",
    )  # fmt: skip
    add_bad_argument(parser)
    add_jobs_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Write the tiles, or the labels that are put back."""
    from ai4mars_nav.dataset.errors import DatasetError, Findings, Problem
    from ai4mars_nav.dataset.journal import Journal, stamp
    from ai4mars_nav.dataset.layout import find_frames
    from ai4mars_nav.dataset.ortho_files import Cut, PutBack
    from ai4mars_nav.dataset.parallel import each

    if args.focal <= 0.0:
        raise DatasetError(f"--focal {args.focal}: must be above 0")
    if args.out.resolve().is_relative_to(args.data.resolve()):
        raise DatasetError(f"{args.out}: lies in {args.data}, whose images would be mixed with it")
    ground, skip = _ground(args), args.on_bad == "skip"
    findings = Findings(skip)
    frames = {frame.product: frame for frame in find_frames(args.data, args.labels, findings)}
    log = Journal(args.out / "journal.jsonl", _settings(args, ground))
    stamps = {name: stamp(_inputs(ground, frame)) for name, frame in frames.items()}
    todo = [
        frame
        for name, frame in frames.items()
        if (record := log.done.get(name)) is None
        or record["input"] != stamps[name]
        or (record["problems"] and not skip)
    ]
    cut = Cut(ground, args.out, skip)
    work = cut if args.back is None else PutBack(ground, args.back, args.out, skip)
    jobs = min(args.jobs, max(1, len(todo)))
    progress = Progress("ortho", len(todo))
    for done, (frame, record) in enumerate(each(work, todo, jobs, args.ray), start=1):
        if args.back is None:
            _remove_old(cut, frame, log.done.get(frame.product, record), record)
        log.add(frame.product, {"input": stamps[frame.product], **record})
        progress.show(done)
    progress.end()
    records = {name: log.done[name] for name in frames}
    for record in records.values():
        findings.problems += [Problem(*parts) for parts in record["problems"]]
    report(findings.problems, args.out / "problems.csv")
    if args.back is None:
        _write_lists(args, records)
    count = sum(len(record["tiles"]) for record in records.values())
    print(f"{args.out}: {count} tiles of {len(records)} images", file=sys.stderr)
    return 0


def _ground(args: argparse.Namespace) -> Ground:
    from ai4mars_nav.dataset.errors import DatasetError
    from ai4mars_nav.dataset.ortho import OrthoSettings
    from ai4mars_nav.dataset.ortho_files import Ground
    from ai4mars_nav.settings import from_mapping

    if not args.ranges.is_dir():
        raise DatasetError(f"{args.ranges}: no such folder of ranges")
    names = ("cell", "edge", "limit", "least_seen")
    values = {name: getattr(args, name) for name in names}
    settings = from_mapping(OrthoSettings, values, "ai4mars labels ortho")
    return Ground(args.ranges, args.measure, args.focal, settings)


def _settings(args: argparse.Namespace, ground: Ground) -> dict[str, Any]:
    back = None if args.back is None else str(args.back.resolve())
    facts = {"command": "ortho", "labels": args.labels, "measure": args.measure, "back": back}
    return {**facts, "focal": args.focal, **asdict(ground.settings)}


def _inputs(ground: Ground, frame: Frame) -> list[tuple[str, Path]]:
    picture = frame.picture
    files = (
        picture.image, picture.rover_mask, picture.range_mask, frame.label,
        ground.file(frame.product),
    )  # fmt: skip
    return [("", path) for path in files if path is not None]


def _remove_old(cut: Any, frame: Frame, before: dict[str, Any], now: dict[str, Any]) -> None:
    """Remove the tiles that an image no longer has."""
    for name in set(before["tiles"]) - set(now["tiles"]):
        for path in cut.files(frame, name):
            path.unlink(missing_ok=True)


def _write_lists(args: argparse.Namespace, records: dict[str, Any]) -> None:
    """The lists of DATA/splits as lists of tiles."""
    from ai4mars_nav.dataset.chosen import read_list
    from ai4mars_nav.dataset.images import write_text

    tiles = {name.lower(): record["tiles"] for name, record in records.items()}
    lists: Sequence[Path] = sorted((args.data / "splits").glob("*.txt"))
    for path in lists:
        names = [tile for name in read_list(path) for tile in tiles.get(name.lower(), [])]
        write_text(args.out / "splits" / path.name, "".join(f"{name}\n" for name in names))
    if not lists:
        print(
            f"{args.data} has no splits; make some: ai4mars labels split {args.out} -o "
            f"{args.out / 'splits'}",
            file=sys.stderr,
        )
