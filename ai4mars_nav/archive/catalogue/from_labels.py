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
from ai4mars_nav.dataset.layout import Frame, Picture, find_frames, find_pictures, read_frame_label
from ai4mars_nav.dataset.releases import SETS
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
    def _found(self) -> tuple[dict[str, tuple[Picture, Frame | None]], tuple[str, ...]]:
        """Every image with its label, where it has one; and what does not pair."""
        findings = Findings(skip=True)
        frames: dict[str, Frame] = {}
        for which in SETS:
            for frame in find_frames(self.folder, which, findings):
                frames.setdefault(frame.product.lower(), frame)
        pictures = find_pictures(self.folder, findings)
        found = {one.product: (one, frames.get(key)) for key, one in pictures.items()}
        found |= {one.product: (one.picture, one) for one in frames.values()}
        return found, tuple(dict.fromkeys(map(str, findings.problems)))

    def units(self) -> Iterator[Unit]:
        """See `Source`."""
        for product, (picture, frame) in self._found[0].items():
            files = [picture.image, picture.rover_mask, picture.range_mask]
            files.append(None if frame is None else frame.label)
            yield unit_of(product, *(file for file in files if file is not None))

    def odd(self) -> tuple[str, ...]:
        """See `Source`."""
        return self._found[1]

    def read(self, unit: Unit) -> Read:
        """See `Source`."""
        picture, frame = self._found[0][unit.name]
        path = picture.image
        about = replace(named(path.stem, f"{self.folder.name}/{path.stem}"), file=str(path))
        if frame is None:
            return Read((about,))
        try:
            label = read_frame_label(frame)
        except BadInput as error:
            return Read((about,), (str(error),))
        rows, columns = label.shape
        about = replace(about, label=str(frame.label), height=rows, width=columns)
        return Read((with_terrain(about, label),))


def with_terrain(entry: Entry, label: NDArray[np.uint8]) -> Entry:
    """An entry with the shares of the classes of (h, w); without any where nothing is labelled."""
    counts = np.bincount(label.ravel(), minlength=256)[: len(CLASSES)]
    total = int(counts.sum())
    if not total:
        return entry
    return replace(entry, **dict(zip(_SHARES, (counts / total).tolist(), strict=True)))
