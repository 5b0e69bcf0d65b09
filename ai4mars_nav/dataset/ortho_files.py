"""The frames of a data set cut into tiles seen from above, in the official folders, and back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.dataset.errors import (
    SIZES_DIFFER,
    UNREADABLE,
    BadInput,
    DatasetError,
    Findings,
    Problem,
)
from ai4mars_nav.dataset.ground_points import level, points_of_depth, points_of_range
from ai4mars_nav.dataset.images import U8, read_label, write_image, write_label
from ai4mars_nav.dataset.layout import Frame, read_frame
from ai4mars_nav.dataset.ortho import Ortho, OrthoSettings, Tile, project, tiles, to_image
from ai4mars_nav.dataset.prepare import read_ranges
from ai4mars_nav.dataset.product import tile_name
from ai4mars_nav.dataset.releases import FOLDERS
from ai4mars_nav.terrain import UNKNOWN

MEASURES = ("range", "depth", "xyz")
_SUFFIXES = (".npy", ".png")


@dataclass(frozen=True)
class Ground:
    """Where the ground under the pixels of each frame is told, and how it is laid out."""

    ranges: Path
    measure: str
    """range (from the camera), depth (along its axis) or xyz (x forward, y left, z up)."""
    focal: float
    """Pixels, of a frame 1024 pixels wide."""
    settings: OrthoSettings

    def file(self, product: str) -> Path | None:
        """The file that tells it for a product, if there is one."""
        places = (self.ranges / f"{product}{suffix}" for suffix in _SUFFIXES)
        return next((path for path in places if path.is_file()), None)

    def seen_from_above(self, frame: Frame) -> Ortho:
        """The ground under a frame with its label."""
        image, label = read_frame(frame)
        path = self.file(frame.product)
        if path is None:
            text = f"no ranges for it, {self.ranges / frame.product}.npy or .png"
            raise BadInput(Problem(UNREADABLE, str(frame.picture.image), text))
        try:
            return project(image, label, self._points(path, image.shape), self.settings)
        except DatasetError as error:
            if isinstance(error, BadInput):
                raise
            raise BadInput(Problem(UNREADABLE, str(path), str(error))) from error

    def _points(self, path: Path, shape: tuple[int, ...]) -> NDArray[np.float32]:
        if self.measure == "xyz":
            return _read_points(path, shape)
        make = points_of_range if self.measure == "range" else points_of_depth
        return level(make(read_ranges(path, shape), self.focal * shape[1] / 1024))


@dataclass(frozen=True)
class Cut:
    """Writes the tiles of a frame under `root`; what the journal keeps of it."""

    ground: Ground
    root: Path
    skip: bool

    def __call__(self, frame: Frame) -> dict[str, Any]:
        findings = Findings(self.skip)
        names = []
        try:
            ortho = self.ground.seen_from_above(frame)
        except BadInput as error:
            findings.note(error.problem)
        else:
            for name, tile in _named(frame.product, ortho, self.ground.settings):
                image, label = self.files(frame, name)
                write_image(image, tile.image)
                write_label(label, tile.label)
                names.append(name)
        return {"tiles": names, "problems": _told(findings)}

    def files(self, frame: Frame, name: str) -> tuple[Path, Path]:
        """The image and the label of a tile."""
        folder = next(one for one in FOLDERS if one.name == frame.picture.folder)
        base = self.root / folder.base
        return base / folder.images[0] / f"{name}.png", base / folder.train[0] / f"{name}.png"


@dataclass(frozen=True)
class PutBack:
    """Writes what is said of a frame's tiles as a label of the frame, OUT/<product>.png."""

    ground: Ground
    said: Path
    out: Path
    skip: bool

    def __call__(self, frame: Frame) -> dict[str, Any]:
        findings = Findings(self.skip)
        names = []
        try:
            ortho = self.ground.seen_from_above(frame)
            values = np.full(ortho.seen.shape, UNKNOWN, np.uint8)
            for name, tile in _named(frame.product, ortho, self.ground.settings):
                place = values[tile.row :, tile.column :]
                label = _read_tile(self.said / f"{name}.png", tile)
                rows, columns = (min(a, b) for a, b in zip(place.shape, label.shape, strict=True))
                place[:rows, :columns] = label[:rows, :columns]
                names.append(name)
            write_label(self.out / f"{frame.product}.png", to_image(values, ortho))
        except BadInput as error:
            findings.note(error.problem)
        return {"tiles": names, "problems": _told(findings)}


def _named(product: str, ortho: Ortho, settings: OrthoSettings) -> Iterator[tuple[str, Tile]]:
    for number, tile in enumerate(tiles(ortho, settings)):
        yield tile_name(product, number), tile


def _told(findings: Findings) -> list[list[str]]:
    return [[p.kind, p.where, p.text] for p in findings.problems]


def _read_tile(path: Path, tile: Tile) -> U8:
    label = read_label(path)
    if label.shape != tile.label.shape:
        text = f"{label.shape} rows and columns, the tile has {tile.label.shape}"
        raise BadInput(Problem(SIZES_DIFFER, str(path), text))
    return label


def _read_points(path: Path, shape: tuple[int, ...]) -> NDArray[np.float32]:
    try:
        points = np.asarray(np.load(path, allow_pickle=False), np.float32)
    except (OSError, ValueError) as error:
        raise BadInput(Problem(UNREADABLE, str(path), f"no points can be read: {error}")) from error
    if points.shape != (*shape, 3):
        text = f"points of {points.shape}, the image has {shape} rows and columns"
        raise BadInput(Problem(SIZES_DIFFER, str(path), text))
    # XYZ products write 0, 0, 0 where stereo found nothing
    return np.where((points == 0.0).all(axis=-1, keepdims=True), np.float32(np.nan), points)
