"""The table of an archive run: a folder of Parquet parts and the journal of those that count.

A part counts once its line is in the journal, and its line is written after it: whenever a run is
killed, each image is in one part that counts or in none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.content.errors import ContentError
from ai4mars_nav.content.kinds import AnySidecar, calibration_sha256
from ai4mars_nav.content.one_run import only_run
from ai4mars_nav.content.origin import origin_of
from ai4mars_nav.content.parquet import Numbers, Texts, write_parquet
from ai4mars_nav.dataset.errors import Problem
from ai4mars_nav.dataset.images import files_in
from ai4mars_nav.dataset.journal import Journal

F64 = NDArray[np.float64]
FORMAT = "ai4mars-content-table/1"
# readers of a folder of Parquet files pass over names that begin with an underscore
_JOURNAL = "_journal.jsonl"


@dataclass(frozen=True)
class Answers:
    """Of one part: each image's name and stamp, probabilities (n, classes), and what was bad."""

    images: tuple[tuple[str, str], ...]
    """All that were looked at, the bad ones too."""
    names: tuple[str, ...]
    """Those that could be read, in the order of `probabilities`."""
    probabilities: F64
    problems: tuple[Problem, ...]


class Table:
    """The parts of one model's run; opened by `open_table`."""

    def __init__(self, folder: Path, sidecar: AnySidecar) -> None:
        self._folder, self._sidecar = folder, sidecar
        settings = {
            "format": FORMAT,
            "model": sidecar.name,
            "sha256": sidecar.model.sha256,
            "calibration": calibration_sha256(sidecar),
        }
        self._journal = Journal(folder / _JOURNAL, settings)
        self._part_of: dict[str, str] = {}
        self.stamps: dict[str, str] = {}
        """Of each image that is in a part, or was found to be bad: what its file was then."""
        for part, record in self._journal.done.items():
            for name, stamp in record["images"]:
                self._part_of[name] = part
                self.stamps[name] = stamp
        for path in files_in(folder, (".parquet",)):
            if not self._journal.done.get(path.name, {}).get("images"):
                # a run was killed between a part and its line, or a line and its part's end
                path.unlink()

    def add(self, answers: Answers) -> None:
        """Write a part; it counts when this returns."""
        part = f"part-{len(self._journal.done):06d}.parquet"
        if answers.names:
            write_parquet(self._folder / part, _columns(answers, self._sidecar))
        problems = [[one.kind, one.where, one.text] for one in answers.problems]
        record = {"images": [list(pair) for pair in answers.images], "problems": problems}
        self._journal.add(part, record)
        for name, stamp in answers.images:
            self._part_of[name] = part
            self.stamps[name] = stamp

    def forget(self, names: Sequence[str]) -> None:
        """Take the parts of these images out, with all other images in them."""
        for part in sorted({self._part_of[name] for name in names}):
            for name, _ in self._journal.done[part]["images"]:
                del self._part_of[name], self.stamps[name]
            self._journal.add(part, {"images": [], "problems": []})
            (self._folder / part).unlink(missing_ok=True)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Of all images that could not be read."""
        records = self._journal.done.values()
        return tuple(Problem(*parts) for record in records for parts in record["problems"])


@contextmanager
def open_table(folder: Path, sidecar: AnySidecar) -> Iterator[Table]:
    """The table in a folder, new or as an earlier run left it; one run at a time."""
    if folder.is_file():
        raise ContentError(f"{folder}: is a file; a table is a folder of Parquet parts")
    if not (folder / _JOURNAL).exists() and any(folder.glob("*.parquet")):
        raise ContentError(f"{folder}: has Parquet files that are not of this command's")
    with only_run(folder):
        yield Table(folder, sidecar)


def _columns(answers: Answers, sidecar: AnySidecar) -> dict[str, Texts | Numbers]:
    """One row an image and class."""
    classes, rows = len(sidecar.classes), answers.probabilities.size
    shares = answers.probabilities
    origins = [origin_of(Path(name).stem) for name in answers.names]

    def each(words: Sequence[str]) -> list[str]:
        return [word for word in words for _ in range(classes)]

    return {
        "image": each(answers.names),
        "product": each([Path(name).stem for name in answers.names]),
        "instrument": each([origin.instrument for origin in origins]),
        "group": each([origin.group for origin in origins]),
        "class": list(sidecar.classes) * len(answers.names),
        "class_number": np.tile(np.arange(classes, dtype=np.int32), len(answers.names)),
        "probability": shares.astype(np.float32).ravel(),
        "answer": sidecar.answered(shares).ravel(),
        "model": [sidecar.name] * rows,
        "model_sha256": [sidecar.model.sha256] * rows,
    }
