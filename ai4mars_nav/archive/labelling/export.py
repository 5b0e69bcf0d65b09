"""The labels of a project in the layouts that training and other programs read."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from xml.etree import ElementTree as xml

import numpy as np

from ai4mars_nav.archive.database import Database
from ai4mars_nav.archive.errors import ArchiveError
from ai4mars_nav.archive.labelling import standing
from ai4mars_nav.archive.labelling.drawn import label_in
from ai4mars_nav.archive.labelling.images import beyond_limit
from ai4mars_nav.archive.labelling.projects import IMAGE, PIXELS, Project
from ai4mars_nav.archive.labelling.reviewing import Judged, judged
from ai4mars_nav.dataset.cvat import write_cvat
from ai4mars_nav.dataset.drawing import file_name
from ai4mars_nav.dataset.errors import DatasetError
from ai4mars_nav.dataset.images import (
    read_grey,
    write_atomically,
    write_label,
    write_text,
)
from ai4mars_nav.dataset.layout import write_frame
from ai4mars_nav.dataset.merge import U8
from ai4mars_nav.dataset.releases import TRAIN
from ai4mars_nav.dataset.splits import KEYS, split
from ai4mars_nav.dataset.tables import Label, write_ratings
from ai4mars_nav.terrain import UNKNOWN

COLUMNS = (
    "product", "path", "labeller", "given", "seconds", "guess_shown", "guess_used", "state",
    "rating", "classes", "note",
)  # fmt: skip
_SHARES = {"train": 0.8, "val": 0.2}


@dataclass(frozen=True)
class Exported:
    """What was written."""

    images: int
    left_out: int
    """Labelled images of which the labels say nothing together."""


def export(database: Database, project: Project, layout: str, out: Path) -> Exported:
    """Write the labels of a project into a new folder."""
    kind, write = LAYOUTS.get(layout, ("", None))
    if write is None:
        raise ArchiveError(f"there is no layout {layout!r}, there are {', '.join(LAYOUTS)}")
    if kind not in ("", project.kind):
        raise ArchiveError(
            f"layout {layout} is of projects of {kind}, this one is of {project.kind}"
        )
    if out.exists() and any(out.iterdir()):
        raise ArchiveError(f"{out}: there is something in it; labels go into a new folder")
    return write(database, project, out)


def _raw(database: Database, project: Project, out: Path) -> Exported:
    """RAW/<product>/<labeller>.png and ratings.csv: what `ai4mars labels` begins with."""
    ratings: dict[Label, int | None] = {}
    images = 0
    for image, answers in standing.all_of(database, project):
        kept = [one for one in answers if one.state != standing.TAKEN_BACK]
        images += bool(kept)
        for one in kept:
            names = file_name(image.product), file_name(one.labeller)
            write_label(out / "RAW" / names[0] / f"{names[1]}.png", _label(one.label))
            if one.rating is not None:
                ratings[names] = one.rating
    if ratings:
        write_ratings(out / "ratings.csv", ratings)
    return Exported(images, 0)


def _ai4mars(database: Database, project: Project, out: Path) -> Exported:
    """The official folders with merged labels, and lists by site: what `ai4mars train` reads."""
    products: list[str] = []
    left_out = 0
    for found in _merged(database, project):
        label = found.label
        if label is None or (label == UNKNOWN).all():
            left_out += 1
            continue
        far = np.zeros(label.shape, bool)
        if found.image.ranges:
            far = beyond_limit(Path(found.image.ranges), (label.shape[0], label.shape[1])) > 0
        grey = read_grey(Path(found.image.path))
        write_frame(out, found.image.product, TRAIN, grey, label, (np.zeros(far.shape, bool), far))
        products.append(found.image.product)
    if not products:
        raise ArchiveError(f"{project.name}: no image has labels that say something together")
    for name, members in _lists(products).items():
        write_text(out / "splits" / f"{name}.txt", "".join(f"{one}\n" for one in members))
    return Exported(len(products), left_out)


def _lists(products: list[str]) -> dict[str, tuple[str, ...]]:
    """Training and validation by site, else by drive or sol; all for training from one place."""
    parts = (_divided(products, by) for by in KEYS)
    return next(filter(None, parts), {"train": tuple(sorted(products))})


def _divided(products: list[str], by: str) -> dict[str, tuple[str, ...]]:
    """The lists by site, drive or sol; none where there are too few, or ids do not tell it."""
    try:
        return split(products, by, _SHARES, 0)
    except DatasetError:
        return {}


def _deepmars(database: Database, project: Project, out: Path) -> Exported:
    """images/, labels.txt of `path class`, classes.txt: what `ai4mars content train` reads."""
    lines: list[str] = []
    left_out = 0
    for found in _merged(database, project):
        if len(found.classes) != 1:
            left_out += 1
            continue
        source = Path(found.image.path)
        name = f"{file_name(found.image.product)}{source.suffix.lower()}"
        write_atomically(out / "images" / name, partial(shutil.copyfile, source))
        lines.append(f"{name} {found.classes[0]}\n")
    names = "".join(f"{one.value} {one.name}\n" for one in project.classes)
    write_text(out / "classes.txt", names)
    write_text(out / "labels.txt", "".join(lines))
    return Exported(len(lines), left_out)


def _cvat(database: Database, project: Project, out: Path) -> Exported:
    """annotations.xml of CVAT for images 1.1: masks of pixels, tags of whole images."""
    path = out / "annotations.xml"
    out.mkdir(parents=True, exist_ok=True)
    left_out = 0
    if project.kind == IMAGE:
        count, left_out = _write_tags(path, project, _merged(database, project))
        return Exported(count, left_out)

    def labels() -> Iterator[tuple[str, U8]]:
        nonlocal left_out
        for found in _merged(database, project):
            if found.label is None:
                left_out += 1
            else:
                yield Path(found.image.path).name, found.label

    return Exported(write_cvat(path, labels()), left_out)


def _write_tags(path: Path, project: Project, images: Iterator[Judged]) -> tuple[int, int]:
    root = xml.Element("annotations")
    xml.SubElement(root, "version").text = "1.1"
    known = xml.SubElement(xml.SubElement(xml.SubElement(root, "meta"), "task"), "labels")
    names = {one.value: one.name for one in project.classes}
    for name in names.values():
        label = xml.SubElement(known, "label")
        xml.SubElement(label, "name").text = name
        xml.SubElement(label, "type").text = "tag"
    count = left_out = 0
    for found in images:
        if not found.classes:
            left_out += 1
            continue
        image = found.image
        facts = {"id": str(count), "name": Path(image.path).name, "width": str(image.width),
                 "height": str(image.height)}  # fmt: skip
        element = xml.SubElement(root, "image", facts)
        for value in found.classes:
            xml.SubElement(element, "tag", {"label": names[value], "source": "manual"})
        count += 1
    xml.indent(root)
    write_text(path, xml.tostring(root, encoding="unicode", xml_declaration=True) + "\n")
    return count, left_out


def _csv(database: Database, project: Project, out: Path) -> Exported:
    """answers.csv: every answer that was ever given, also what was taken back or dropped."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    names = {one.value: one.name for one in project.classes}
    images = 0
    for image, answers in standing.all_of(database, project):
        images += 1
        for one in answers:
            if project.kind == IMAGE:
                values = one.classes
            else:
                values = tuple(v for v in np.unique(_label(one.label)).tolist() if v in names)
            when = datetime.fromtimestamp(one.given, timezone.utc).isoformat(timespec="seconds")
            writer.writerow([
                _cell(image.product), _cell(image.path), one.labeller, when, f"{one.seconds:.1f}",
                int(one.guess_shown), int(one.guess_used), one.state, one.rating or "",
                _cell("; ".join(names[value] for value in values)),
                _cell(str(one.content.get("note", ""))),
            ])  # fmt: skip
    write_text(out / "answers.csv", text.getvalue())
    return Exported(images, 0)


def _cell(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _merged(database: Database, project: Project) -> Iterator[Judged]:
    for image, answers in standing.all_of(database, project):
        yield judged(project, image, answers)


def _label(label: bytes | None) -> U8:
    if label is None:
        raise ArchiveError("an answer of this project has no label image")
    return label_in(label)


Write = Callable[[Database, Project, Path], Exported]
LAYOUTS: dict[str, tuple[str, Write | None]] = {
    "raw": (PIXELS, _raw),
    "ai4mars": (PIXELS, _ai4mars),
    "deepmars": (IMAGE, _deepmars),
    "cvat": ("", _cvat),
    "csv": ("", _csv),
}
"""Which kind of project a layout is of (empty: any), and what writes it."""
