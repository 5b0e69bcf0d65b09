"""A classifier over the pictures of a list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.content.errors import ContentError
from ai4mars_nav.content.kinds import AnyClassifier, open_any
from ai4mars_nav.content.pictures import read_picture
from ai4mars_nav.dataset.errors import BadInput, Findings, Problem
from ai4mars_nav.dataset.parallel import each

F64 = NDArray[np.float64]


class OnDisk(Protocol):
    """An image of a list of any kind."""

    @property
    def path(self) -> Path:
        """Its file."""


One = TypeVar("One", bound=OnDisk)


@dataclass(frozen=True)
class Seen(Generic[One]):
    """Pictures that could be read, and the logits (n, classes) of each."""

    listed: tuple[One, ...]
    logits: F64


@dataclass(frozen=True)
class Look:
    """The logits of a file, or what is wrong with it; it travels to other processes."""

    model: Path

    def __call__(self, path: Path) -> F64 | Problem:
        try:
            picture = read_picture(path)
        except BadInput as error:
            return error.problem
        return kept_open(self.model).logits(picture)


@lru_cache(maxsize=1)
def kept_open(model: Path) -> AnyClassifier:
    """The classifier of a file, opened once in each process."""
    return open_any(model)


def see(
    model: Path,
    listed: Sequence[One],
    findings: Findings,
    jobs: int,
    progress: Callable[[int], None],
) -> Seen[One]:
    """The logits of all pictures in the order of the list; each bad one is noted."""
    paths = {one.path: one for one in listed}
    found: dict[Path, F64] = {}
    for done, (path, answer) in enumerate(each(Look(model), paths, jobs), start=1):
        if isinstance(answer, Problem):
            findings.note(answer)
        else:
            found[path] = answer
        progress(done)
    if not found:
        raise ContentError("none of the pictures that are listed can be read")
    read = tuple(one for path, one in paths.items() if path in found)
    return Seen(read, np.stack([found[one.path] for one in read]))
