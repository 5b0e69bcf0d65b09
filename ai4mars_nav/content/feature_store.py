"""Features of many images, kept in a folder so that a killed run goes on.

A part counts once its line is in the journal, as in `table.py`; an image that has changed since is
looked at again, and its newest line counts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.content.classifier import Classifier, open_classifier
from ai4mars_nav.content.classify import PART, Image, stamp_of
from ai4mars_nav.content.errors import ContentError
from ai4mars_nav.content.features import pooled
from ai4mars_nav.content.pictures import read_picture
from ai4mars_nav.content.sidecar import ContentSidecar
from ai4mars_nav.dataset.errors import BadInput, Problem
from ai4mars_nav.dataset.images import write_atomically
from ai4mars_nav.dataset.journal import Journal
from ai4mars_nav.dataset.parallel import each

F32 = NDArray[np.float32]
FORMAT = "ai4mars-content-features/1"
_JOURNAL = "_journal.jsonl"


@dataclass(frozen=True)
class Described:
    """Of a part: name and stamp of all images, names and features (n, d) of those that are read."""

    stamps: tuple[tuple[str, str], ...]
    names: tuple[str, ...]
    features: F32
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class Features:
    """Images that could be read, their features (n, d), and what was wrong with the others."""

    images: tuple[Image, ...]
    matrix: F32
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class Describe:
    """The features of a part's images; it travels to other processes."""

    model: Path

    def __call__(self, images: tuple[Image, ...]) -> Described:
        classifier = _kept_open(self.model)
        stamps, names, rows, problems = [], [], [], []
        for name, path in images:
            # before it is read: what changes meanwhile is found out by the next run
            stamps.append((name, stamp_of(path)))
            try:
                seen = classifier.seen(read_picture(path))
            except BadInput as error:
                problems.append(error.problem)
                continue
            names.append(name)
            rows.append(pooled(seen))
        matrix = np.stack(rows).astype(np.float32) if rows else np.empty((0, 0), np.float32)
        return Described(tuple(stamps), tuple(names), matrix, tuple(problems))


@lru_cache(maxsize=1)
def _kept_open(model: Path) -> Classifier:
    """The classifier of a file, opened once in each process."""
    return open_classifier(model)


class FeatureStore:
    """The features that one model gave, in a folder; one run at a time uses it."""

    def __init__(self, folder: Path, sidecar: ContentSidecar) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        settings = {"format": FORMAT, "model": sidecar.name, "sha256": sidecar.model.sha256}
        self._journal = Journal(folder / _JOURNAL, settings)
        self._stamps: dict[str, str] = {}
        self._place: dict[str, tuple[str, int]] = {}
        self._problems: dict[str, Problem] = {}
        for part, record in self._journal.done.items():
            self._enter(part, record)

    def todo(self, images: Sequence[Image]) -> tuple[Image, ...]:
        """Those that are not in it as they are on disk."""
        return tuple(one for one in images if self._stamps.get(one[0]) != stamp_of(one[1]))

    def fill(
        self,
        model: Path,
        images: Sequence[Image],
        jobs: int,
        progress: Callable[[int], None],
        part: int = PART,
        cluster: str = "",
    ) -> None:
        """Look at these images; killed at any time, the next run goes on."""
        parts = [tuple(images[at : at + part]) for at in range(0, len(images), part)]
        done = 0
        for some, found in each(Describe(model), parts, jobs, cluster):
            self._add(found)
            done += len(some)
            progress(done)

    def read(self, images: Sequence[Image]) -> Features:
        """The features of images that were looked at, in this order, without the bad ones."""
        kept = tuple(one for one in images if one[0] in self._place)
        if not kept:
            raise ContentError("none of the images can be read")
        parts: dict[str, F32] = {}
        rows = []
        for name, _ in kept:
            part, row = self._place[name]
            if part not in parts:
                parts[part] = np.load(self._folder / part, allow_pickle=False)
            rows.append(parts[part][row])
        bad = tuple(self._problems[name] for name, _ in images if name in self._problems)
        return Features(kept, np.stack(rows), bad)

    def _add(self, found: Described) -> None:
        part = f"part-{len(self._journal.done):06d}.npy"

        def write(path: Path) -> None:
            with path.open("wb") as file:
                np.save(file, found.features)

        write_atomically(self._folder / part, write)
        good = {name: row for row, name in enumerate(found.names)}
        bad = [name for name, _ in found.stamps if name not in good]
        problems = {
            name: [one.kind, one.where, one.text]
            for name, one in zip(bad, found.problems, strict=True)
        }
        record: dict[str, Any] = {
            "images": [list(pair) for pair in found.stamps],
            "problems": problems,
        }
        self._journal.add(part, record)
        self._enter(part, record)

    def _enter(self, part: str, record: dict[str, Any]) -> None:
        row = 0
        problems: dict[str, list[str]] = record["problems"]
        for name, stamp in record["images"]:
            self._stamps[name] = stamp
            self._place.pop(name, None)
            self._problems.pop(name, None)
            if name in problems:
                self._problems[name] = Problem(*problems[name])
            else:
                self._place[name] = (part, row)
                row += 1
