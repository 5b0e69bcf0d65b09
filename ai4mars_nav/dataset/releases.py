"""Where the releases of AI4Mars keep images and labels, camera by camera.

Releases 0.1 to 0.3 keep Curiosity's NAVCAM in `msl/`, release 0.6 in `msl/ncam/`. The geology
labels of M2020 are another vocabulary and not read.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ai4mars_nav.dataset.errors import DatasetError

TRAIN = "train"
GOLD = ("gold-min1", "gold-min2", "gold-min3")
SETS = (TRAIN, *GOLD)


@dataclass(frozen=True)
class Folder:
    """One camera's part of a release: its base, where images and training labels are below it."""

    name: str
    base: str
    images: tuple[str, ...]
    train: tuple[str, ...] = ("labels/train",)

    def labels(self, root: Path, which: str) -> Path:
        """The label folder of a set: the first of the known places that exists."""
        names = self.train
        if which != TRAIN:
            names = (f"labels/test/masked-{which}-100agree",)
        places = [root / self.base / name for name in names]
        return next((place for place in places if place.is_dir()), places[0])


FOLDERS: tuple[Folder, ...] = (
    Folder("msl-navcam", "msl", ("images/edr",)),
    Folder("msl-navcam", "msl/ncam", ("images/edr",)),
    Folder("msl-mastcam", "msl/mcam", ("images",)),
    Folder(
        "mer-navcam",
        "mer",
        ("images/eff", "images/test", "images/edr"),
        ("labels/train/merged-unmasked", "labels/train"),
    ),
    Folder(
        "m2020-nav",
        "m2020",
        ("images/edr", "images/ncam", "images/mcam", "images/HAFIQ", "images"),
        ("labels/NAV", "labels/train"),
    ),
)


def folders_of(root: Path) -> tuple[Folder, ...]:
    """The parts of a release that are under root."""
    found = tuple(f for f in FOLDERS if any((root / f.base / i).is_dir() for i in f.images))
    if not found:
        bases = ", ".join(dict.fromkeys(f"{f.base}/{f.images[0]}" for f in FOLDERS))
        raise DatasetError(f"{root}: no AI4Mars folders here, none of {bases}")
    return found
