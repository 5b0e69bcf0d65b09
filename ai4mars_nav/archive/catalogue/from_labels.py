"""AI4Mars folders: images with the terrain that their labels show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.archive.catalogue.entry import Entry
from ai4mars_nav.archive.catalogue.named import named
from ai4mars_nav.archive.catalogue.source import Read, unit_of
from ai4mars_nav.archive.catalogue.write import Unit
from ai4mars_nav.dataset.errors import BadInput, Findings
from ai4mars_nav.dataset.layout import SETS, Frame, find_frames, read_frame_label
from ai4mars_nav.terrain import CLASSES

_SHARES = ("soil", "bedrock", "sand", "big_rock")


@dataclass(frozen=True)
class LabelSource:
    """The official folders; a product that several sets label is taken from the first of them."""

    folder: Path

    @property
    def place(self) -> str:
        """See `Source`."""
        return f"labels {self.folder}"

    @property
    def root(self) -> Path:
        """See `Source`."""
        return self.folder

    @cached_property
    def _found(self) -> tuple[dict[str, Frame], tuple[str, ...]]:
        findings = Findings(skip=True)
        frames: dict[str, Frame] = {}
        for which in SETS:
            for frame in find_frames(self.folder, which, findings):
                frames.setdefault(frame.product, frame)
        return frames, tuple(dict.fromkeys(map(str, findings.problems)))

    def units(self) -> Iterator[Unit]:
        """See `Source`."""
        for product, frame in self._found[0].items():
            picture = frame.picture
            masks = [m for m in (picture.rover_mask, picture.range_mask) if m is not None]
            yield unit_of(product, picture.image, frame.label, *masks)

    def odd(self) -> tuple[str, ...]:
        """See `Source`."""
        return self._found[1]

    def read(self, unit: Unit) -> Read:
        """See `Source`."""
        frame = self._found[0][unit.name]
        try:
            label = read_frame_label(frame)
        except BadInput as error:
            return Read((), (str(error),))
        path = frame.picture.image
        about = replace(
            named(path.stem, f"{self.folder.name}/{path.stem}"),
            file=str(path), label=str(frame.label), height=label.shape[0], width=label.shape[1],
        )  # fmt: skip
        return Read((with_terrain(about, label),))


def with_terrain(entry: Entry, label: NDArray[np.uint8]) -> Entry:
    """An entry with the shares of the classes of (h, w); without any where nothing is labelled."""
    counts = np.bincount(label.ravel(), minlength=256)[: len(CLASSES)]
    total = int(counts.sum())
    if not total:
        return entry
    return replace(entry, **dict(zip(_SHARES, (counts / total).tolist(), strict=True)))
