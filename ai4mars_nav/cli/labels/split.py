"""`ai4mars labels split`: lists for training, validation and test that share no place."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ai4mars_nav.cli.labels.over_archive import Progress, add_bad_argument, positive, report

if TYPE_CHECKING:
    from ai4mars_nav.dataset.errors import Findings
    from ai4mars_nav.dataset.layout import Frame
    from ai4mars_nav.dataset.manifest import Entry

HELP = "split a data set by site, drive or sol, never by image"
DESCRIPTION = """Split the labelled images of a data set (official AI4Mars folders) into lists of
product ids, one a line: OUT/train.txt, OUT/val.txt and so on. Images of one site (or drive, or
sol) are always in one list, because neighbouring frames show the same ground. Also writes
OUT/manifest.csv (files, sha256, sizes, pixels of each class) and prints the composition of each
list with the training weights of the classes, 1 - composition. With --orbital a test set is chosen
first, about as many images of each orbital terrain class."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ai4mars labels split`."""
    parser.add_argument("data", metavar="DATA", type=Path, help="official AI4Mars folders")
    parser.add_argument("-o", dest="out", type=Path, required=True, help="folder for the lists")
    parser.add_argument(
        "--by", choices=("site", "drive", "sol"), default="site",
        help="what images must share to stay together (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--shares", nargs="+", type=_share, default=[("train", 0.85), ("val", 0.15)],
        metavar="NAME=SHARE", help="the lists and their shares (default: train=0.85 val=0.15)",
    )  # fmt: skip
    parser.add_argument("--seed", type=int, default=0, help="of the drawing (%(default)s)")
    parser.add_argument(
        "--orbital", type=Path,
        help="CSV with the columns product, terrain: the orbital terrain class of the ground of "
        "each image that may be in the test set; leave out what is too dark, shows much of the "
        "rover or is much like another",
    )  # fmt: skip
    parser.add_argument(
        "--per-class", type=positive, default=46,
        help="test images of each orbital terrain class (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--picture", metavar="PNG", type=Path, help="draw what the lists hold side by side: "
        "classes, brightness, labelled share (reads every image once more)",
    )  # fmt: skip
    parser.add_argument(
        "--scores", metavar="CSV", type=Path,
        help="what `ai4mars labels agreement` wrote, for the picture",
    )  # fmt: skip
    add_bad_argument(parser)


def _share(text: str) -> tuple[str, float]:
    name, _, share = text.partition("=")
    try:
        return name, float(share)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=SHARE") from error


def run(args: argparse.Namespace) -> int:
    """Write the lists and the manifest, print the compositions."""
    from ai4mars_nav.dataset import manifest, splits
    from ai4mars_nav.dataset.errors import NO_LABEL, BadInput, Findings
    from ai4mars_nav.dataset.images import write_text
    from ai4mars_nav.dataset.layout import find_frames
    from ai4mars_nav.dataset.releases import TRAIN

    findings = Findings(args.on_bad == "skip")
    orbital = {} if args.orbital is None else _orbital(args, findings)
    entries: dict[str, manifest.Entry] = {}
    found = Findings(skip=True)
    frames = find_frames(args.data, TRAIN, found)
    for problem in found.problems:
        # an image for the test set is labelled by experts, after it was chosen
        if problem.kind != NO_LABEL or Path(problem.where).stem not in orbital:
            findings.note(problem)
    progress = Progress("split", len(frames))
    for done, frame in enumerate(frames, start=1):
        try:
            splits.group_of(frame.product, args.by)
            entries[frame.product] = manifest.describe(args.data, frame)
        except BadInput as error:
            findings.note(error.problem)
        progress.show(done)
    progress.end()
    lists: dict[str, tuple[str, ...]] = {}
    rest = set(entries)
    if orbital:
        bad = {frame.product for frame in frames} - set(entries)
        orbital = {name: terrain for name, terrain in orbital.items() if name not in bad}
        lists["test"], _ = splits.choose_test(orbital, args.by, args.per_class, args.seed)
        groups = {splits.group_of(name, args.by) for name in lists["test"]}
        near = {name for name in rest | set(orbital) if splits.group_of(name, args.by) in groups}
        rest -= near
        left_out = len(near - set(lists["test"]))
        print(f"{left_out} images are of the test set's places, in no list", file=sys.stderr)
        print(_chosen(lists["test"], orbital, args.per_class), file=sys.stderr)
    lists |= splits.split(sorted(rest), args.by, dict(args.shares), args.seed)
    manifest.write_manifest(args.out / "manifest.csv", list(entries.values()))
    for name, members in lists.items():
        write_text(args.out / f"{name}.txt", "".join(f"{member}\n" for member in members))
        print(_line(name, members, entries, args.by))
    if args.picture is not None:
        _draw(args, {frame.product: frame for frame in frames}, lists)
    report(findings.problems, args.out / "problems.csv")
    return 0


def _draw(
    args: argparse.Namespace, frames: Mapping[str, Frame], lists: Mapping[str, Sequence[str]]
) -> None:
    """Side by side what the labelled images of each list hold."""
    from ai4mars_nav.dataset.images import write_image
    from ai4mars_nav.dataset.tables import read_scores
    from ai4mars_nav.learn.pictures.lists import held, lists_page

    scores = None if args.scores is None else read_scores(args.scores)
    labelled = {
        name: [frames[m] for m in members if m in frames] for name, members in lists.items()
    }
    parts = {name: held(some, scores) for name, some in labelled.items() if some}
    write_image(args.picture, lists_page(f"Lists of {args.data.resolve().name}", parts))


def _orbital(args: argparse.Namespace, findings: Findings) -> dict[str, str]:
    """The orbital terrain class of each image of the data set that may be tested with."""
    from ai4mars_nav.dataset.errors import (
        UNKNOWN_PRODUCT,
        BadInput,
        DatasetError,
        Findings,
        Problem,
    )
    from ai4mars_nav.dataset.layout import find_pictures
    from ai4mars_nav.dataset.splits import group_of
    from ai4mars_nav.dataset.tables import read_orbital

    known = {picture.product for picture in find_pictures(args.data, Findings(skip=True)).values()}
    orbital = read_orbital(args.orbital)

    def fault(product: str) -> Problem | None:
        try:
            group_of(product, args.by)
        except BadInput as error:
            return error.problem
        text = f"{product} is no image of {args.data}"
        return None if product in known else Problem(UNKNOWN_PRODUCT, str(args.orbital), text)

    usable = {}
    for product, terrain in orbital.items():
        if problem := fault(product):
            findings.note(problem)
        else:
            usable[product] = terrain
    if not usable:
        raise DatasetError(f"{args.orbital}: lists no image of {args.data} to test with")
    return usable


def _chosen(test: Sequence[str], orbital: Mapping[str, str], wanted: int) -> str:
    """How many images of each orbital terrain class the test set has."""
    counts = Counter(orbital[name] for name in test)
    parts = (
        f"{terrain} {counts[terrain]}"
        + (f" ({wanted} asked for)" if counts[terrain] < wanted else "")
        for terrain in sorted(set(orbital.values()))
    )
    return f"test images of each orbital terrain class: {', '.join(parts)}"


def _line(name: str, members: Sequence[str], entries: Mapping[str, Entry], by: str) -> str:
    """One list in one line: images, groups, composition and weights of those that are labelled."""
    from ai4mars_nav.dataset.manifest import composition, label_weights
    from ai4mars_nav.dataset.splits import group_of
    from ai4mars_nav.terrain import NAMES

    groups = {group_of(member, by) for member in members}
    labelled = [entries[member] for member in members if member in entries]
    text = f"{name}: {len(members)} images of {len(groups)} {by}s"
    if not any(sum(entry.pixels) for entry in labelled):
        return f"{text}; no labelled pixel"
    shares = composition(labelled)
    parts = zip(NAMES, shares, label_weights(shares), strict=True)
    told = ", ".join(f"{n} {100 * share:.2f} % (weight {w:.4f})" for n, share, w in parts)
    return f"{text}; {told}"
