"""DEMUD: what is new beside all that was seen, and what of it (Wagstaff et al. 2013).

A model of what is known is a mean and a few orthogonal directions, grown by an incremental SVD.
What it cannot rebuild of an item is what is new in it; once looked at, the item is known, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ai4mars_nav.content import demud_scores
from ai4mars_nav.content.errors import ContentError
from ai4mars_nav.content.known import NOTHING, Known, learned, residuals
from ai4mars_nav.dataset.images import write_atomically
from ai4mars_nav.settings import setting

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

FORMAT = "ai4mars-demud/1"


@dataclass(frozen=True)
class DemudSettings:
    """How much of what is known is kept."""

    components: int = setting(
        30, "directions that are kept of what is known; fewer forget rare things sooner", lo=1
    )
    memory: int = setting(
        100, "items that all that is known weighs as, at most, beside the next one", lo=1
    )


@dataclass(frozen=True)
class Selection:
    """An item that was chosen because it was the newest left, as it looked at that time."""

    index: int
    """Its row among the features."""
    score: float
    """Length of `residual`."""
    residual: F64
    """(d,) feature minus what the model had expected: DEMUD's explanation."""


@dataclass(frozen=True)
class Ranking:
    """Newest first: rows (m,) of the features, and how new each was when its turn came (m,)."""

    order: I64
    scores: F64


class Demud:
    """What is known; features (d,) are of one length, whatever they describe."""

    def __init__(self, settings: DemudSettings = DemudSettings()) -> None:
        for name, value in asdict(settings).items():
            if value < 1:
                raise ContentError(f"{name} is {value}, must be at least 1")
        self.settings = settings
        self.known: Known = NOTHING

    @property
    def count(self) -> int:
        """Items that were learned."""
        return self.known.count

    def novelty(self, feature: ArrayLike) -> float:
        """Length of what is new in (d,), in the features' own unit; all of it to an empty model."""
        return float(np.linalg.norm(self.residual(feature)))

    def residual(self, feature: ArrayLike) -> F64:
        """(d,) minus what the model expects of it: positive where there is more than that."""
        return np.asarray(residuals(self.known, self._checked(feature, 1)[None])[0], np.float64)

    def learn(self, feature: ArrayLike) -> None:
        """From now on (d,) is known."""
        self._learn(self._checked(feature, 1))

    def learn_all(self, features: ArrayLike) -> None:
        """The same for each of (n, d), in their order."""
        for feature in self._checked(features, 2):
            self._learn(feature)

    def rank(self, features: ArrayLike, most: int | None = None) -> Ranking:
        """The `most` newest of (n, d), each beside what is known and those before it.

        The model itself stays as it is. Without anything known, the first is what fits the whole
        of the features least.
        """
        found = list(islice(self.selections(features), most))
        order = np.asarray([one.index for one in found], np.int64)
        return Ranking(order, np.asarray([one.score for one in found], np.float64))

    def selections(self, features: ArrayLike) -> Iterator[Selection]:
        """The items of (n, d), newest first, each when its turn comes; the model stays as it is."""
        matrix = self._checked(features, 2)
        components, memory = self.settings.components, self.settings.memory
        for index, before in demud_scores.chosen(self.known, matrix, components, memory):
            residual = residuals(before, matrix[index][None])[0]
            yield Selection(index, float(np.linalg.norm(residual)), residual)

    def save(self, path: Path) -> None:
        """Write settings and what is known as .npz."""
        known = self.known

        def write(part: Path) -> None:
            with part.open("wb") as file:
                np.savez(
                    file,
                    format=np.array(FORMAT),
                    components=np.array(self.settings.components),
                    memory=np.array(self.settings.memory),
                    count=np.array(known.count),
                    weight=np.array(known.weight),
                    mean=known.mean,
                    basis=known.basis,
                    strengths=known.strengths,
                )

        write_atomically(path, write)

    def _learn(self, feature: F64) -> None:
        components, memory = self.settings.components, self.settings.memory
        self.known = learned(self.known, feature, components, memory)

    def _checked(self, features: ArrayLike, bands: int) -> F64:
        given = np.asarray(features, np.float64)
        if given.ndim != bands:
            what = "(d,)" if bands == 1 else "(n, d)"
            raise ContentError(f"features of shape {given.shape}, must be {what}")
        if self.known.count and given.shape[-1] != len(self.known.mean):
            raise ContentError(
                f"features have {given.shape[-1]} numbers, those that are known have "
                f"{len(self.known.mean)}; they are of another network"
            )
        if not np.isfinite(given).all():
            raise ContentError("features with nan or infinity in them")
        return given


def load_demud(path: Path) -> Demud:
    """What `save` wrote; anything else is refused."""
    try:
        with np.load(path, allow_pickle=False) as stored:
            if str(stored["format"]) != FORMAT:
                raise ContentError(f"{path}: its format is {stored['format']}, not {FORMAT}")
            model = Demud(DemudSettings(int(stored["components"]), int(stored["memory"])))
            model.known = Known(
                int(stored["count"]),
                float(stored["weight"]),
                stored["mean"],
                stored["basis"],
                stored["strengths"],
            )
    except (OSError, KeyError, ValueError, EOFError, BadZipFile) as error:
        if isinstance(error, ContentError):
            raise
        raise ContentError(f"{path}: cannot be read as a saved novelty model: {error}") from error
    known = model.known
    if known.basis.shape != (len(known.mean), len(known.strengths)):
        raise ContentError(f"{path}: mean, basis and strengths do not fit each other")
    return model
