"""An archive run: every image of a folder or list through a classifier, into a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ai4mars_nav.content.errors import ContentError
from ai4mars_nav.content.judge import kept_open
from ai4mars_nav.content.origin import instrument_of
from ai4mars_nav.content.pictures import read_picture
from ai4mars_nav.content.table import Answers, Table
from ai4mars_nav.dataset.errors import BadInput
from ai4mars_nav.dataset.images import IMAGE_SUFFIXES
from ai4mars_nav.dataset.journal import stamp
from ai4mars_nav.dataset.parallel import each

PART = 256
"""Images of a part: what a kill costs at most in each process."""

Image = tuple[str, Path]
"""The name that its rows have, and the file."""


@dataclass(frozen=True)
class Work:
    """What there is to do, and why."""

    todo: tuple[Image, ...]
    done: int
    """Images that are in the table as they are on disk."""
    changed: tuple[str, ...]
    """Images that were other ones when they were classified: to be done again."""
    gone: int
    """Images whose rows stay, though the folder or list has them no more."""


def find_images(source: Path) -> tuple[Image, ...]:
    """The images below a folder, or those of a list, a path a line (a class after it is ignored).

    Paths in a list are relative to the list's own folder.
    """
    if source.is_dir():
        found = (path for path in source.rglob("*") if path.suffix.lower() in IMAGE_SUFFIXES)
        images = [(str(p.relative_to(source)), p) for p in found if not p.name.startswith(".")]
    elif source.is_file():
        names = [_path_of(line, source) for line in _lines(source) if line.strip()]
        images = [(name, source.parent / name) for name in dict.fromkeys(names)]
    else:
        raise ContentError(f"{source}: there is no such folder or list")
    if not images:
        raise ContentError(f"{source}: no images in it ({', '.join(IMAGE_SUFFIXES)})")
    return tuple(sorted(images))


def plan(images: Sequence[Image], table: Table) -> Work:
    """What the table has not, or not as it is; takes out of the table what is to be done again."""
    now = {name: stamp_of(path) for name, path in images}
    changed = [name for name in now if table.stamps.get(name, now[name]) != now[name]]
    table.forget(changed)
    todo = tuple((name, path) for name, path in images if name not in table.stamps)
    gone = len(table.stamps.keys() - now.keys())
    return Work(todo, len(images) - len(todo), tuple(changed), gone)


def run(
    model: Path,
    work: Work,
    table: Table,
    jobs: int,
    progress: Callable[[int], None],
    part: int = PART,
    cluster: str = "",
) -> None:
    """Do it in `jobs` processes or on a Ray cluster; killed at any time, the next run goes on."""
    parts = [work.todo[at : at + part] for at in range(0, len(work.todo), part)]
    done = 0
    for images, answers in each(Classify(model), parts, jobs, cluster):
        table.add(answers)
        done += len(images)
        progress(done)


@dataclass(frozen=True)
class Classify:
    """The answers to the images of a part; it travels to other processes."""

    model: Path

    def __call__(self, images: tuple[Image, ...]) -> Answers:
        classifier = kept_open(self.model)
        names, shares, problems, stamps = [], [], [], []
        for name, path in images:
            # before it is read: what changes meanwhile is found out by the next run
            stamps.append((name, stamp_of(path)))
            try:
                shares.append(classifier.probabilities(read_picture(path), instrument_of(path)))
                names.append(name)
            except BadInput as error:
                problems.append(error.problem)
        classes = len(classifier.sidecar.classes)
        stacked = np.stack(shares) if shares else np.empty((0, classes))
        return Answers(tuple(stamps), tuple(names), stacked, tuple(problems))


def stamp_of(path: Path) -> str:
    """What tells this file from a later one of its name; empty where there is none."""
    return stamp([("", path)]) if path.is_file() else ""


def _path_of(line: str, source: Path) -> str:
    name, _, number = line.strip().rpartition(" ")
    listed = name and number.isdecimal() and not (source.parent / line.strip()).exists()
    return name.strip() if listed else line.strip()


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ContentError(f"{path}: cannot be read as a list of images: {error}") from error
