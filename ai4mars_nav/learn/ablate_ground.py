"""Frames with depth and the ground under them: what both sides of the orthographic ablation see.

A network learns on frames or on tiles of the ground from above. What it says goes to the other
view: from tiles back to the frame's pixels, from pixels down to the ground's cells.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ai4mars_nav.dataset.errors import BadInput, DatasetError
from ai4mars_nav.dataset.ground_points import level, points_of_depth
from ai4mars_nav.dataset.layout import Frame, read_frame
from ai4mars_nav.dataset.ortho import Ortho, OrthoSettings, project, tiles, to_image
from ai4mars_nav.dataset.prepare import read_ranges
from ai4mars_nav.dataset.product import parse_product, tile_name
from ai4mars_nav.learn.data import I64, U8, Frames
from ai4mars_nav.learn.errors import DataError
from ai4mars_nav.learn.scores import confusion
from ai4mars_nav.sim.rig import NAVCAM_FOCAL, NAVCAM_SIZE
from ai4mars_nav.terrain import CLASSES, UNKNOWN

Said = Callable[[U8], U8]
"""Images (n, s, s) to classes (n, s, s)."""
Tallies = dict[str, I64]
"""Confusion matrices (4, 4) by what was judged."""

FRAMES, TILES = "frames", "tiles"
PIXELS, CELLS = "pixels", "cells"
BANDS = ((0.0, 5.0), (5.0, 10.0), (10.0, 20.0), (20.0, 30.0))
"""Metres from the rover along the ground."""
LEAST_SEEN = 0.05
"""Share of a tile that must be seen for it to be learned from; to be judged, any."""


@dataclass(frozen=True)
class Ground:
    """A frame with its label (s, s), the points (s, s, 3) it shows, metres, and them from above."""

    name: str
    image: U8
    label: U8
    points: npt.NDArray[np.float32]
    ortho: Ortho
    settings: OrthoSettings


def settings_of(side: int, cell: float) -> OrthoSettings:
    """Tiles of as many pixels as a frame has, cells of `cell` metres."""
    return OrthoSettings(cell=cell, edge=side, least_seen=LEAST_SEEN)


def ground_of(frame: Frame, cell: float) -> Ground:
    """A frame as `ai4mars sim render` writes it, its depth beside the images; cells in metres."""
    image, label = read_frame(frame)
    path = frame.picture.image.parents[1] / "depth" / f"{frame.product}.png"
    depth = read_ranges(path, image.shape)
    settings = settings_of(image.shape[1], cell)
    try:
        points = level(points_of_depth(depth, NAVCAM_FOCAL * image.shape[1] / NAVCAM_SIZE))
        ortho = project(image, label, points, settings)
    except BadInput:
        raise
    except DatasetError as error:
        raise DataError(f"{path}: {error}") from error
    return Ground(frame.product, image, label, points, ortho, settings)


def split_by_world(frames: Sequence[Frame]) -> tuple[list[Frame], list[Frame]]:
    """Those to learn from, and those of every third world to judge by."""
    worlds = sorted({parse_product(frame.product).place for frame in frames})
    held = set(worlds[2::3])
    if not held:
        raise DataError(f"frames of {len(worlds)} worlds: at least 3 are needed, to hold one out")
    parts: tuple[list[Frame], list[Frame]] = [], []
    for frame in frames:
        parts[parse_product(frame.product).place in held].append(frame)
    return parts


def to_learn(frames: Sequence[Frame], view: str, cell: float) -> Frames:
    """The frames themselves, or the tiles of the ground under them, of the same side."""
    if view == FRAMES:
        read = [(frame.product, *read_frame(frame)) for frame in frames]
    else:
        read = [one for frame in frames for one in _labelled_tiles(ground_of(frame, cell))]
    if not read:
        raise DataError("no tile shows enough of the ground to be learned from")
    names, images, labels = zip(*read, strict=True)
    if len({image.shape for image in images}) > 1:
        raise DataError(f"{names[0]}: not of one size with all others")
    return Frames(names, np.stack(images), np.stack(labels))


def _labelled_tiles(ground: Ground) -> Iterable[tuple[str, U8, U8]]:
    for number, tile in enumerate(tiles(ground.ortho, ground.settings)):
        part = np.s_[tile.row :, tile.column :]
        image = _filled(tile.image, ground.ortho.seen[part])
        yield tile_name(ground.name, number), image, tile.label


def _filled(image: U8, seen: npt.NDArray[np.bool_]) -> U8:
    """A tile (e, e) with the mean of what is seen where nothing is: exposure is judged by means."""
    there = np.zeros(image.shape, bool)
    rows, columns = (min(a, b) for a, b in zip(image.shape, seen.shape, strict=True))
    there[:rows, :columns] = seen[:rows, :columns]
    return np.where(there, image, np.rint(image[there].mean())).astype(np.uint8)


def answers(ground: Ground, view: str, said: Said) -> tuple[U8, U8]:
    """Classes (s, s) of the image and (rows, columns) of the ground by a network of that view.

    255 where a pixel has no cell and where no ground was seen, whichever the view.
    """
    there = ground.ortho.cells >= 0
    if view == FRAMES:
        pixels = said(ground.image[None])[0]
        cells = project(ground.image, pixels, ground.points, ground.settings).label
        return np.where(there, pixels, np.uint8(UNKNOWN)), cells
    cells = _said_of_tiles(ground, said)
    return to_image(cells, ground.ortho), cells


def _said_of_tiles(ground: Ground, said: Said) -> U8:
    edge, seen = ground.settings.edge, ground.ortho.seen
    every = list(tiles(ground.ortho, OrthoSettings(edge=edge, least_seen=0.0)))
    images = [_filled(tile.image, seen[tile.row :, tile.column :]) for tile in every]
    cells = np.full(seen.shape, UNKNOWN, np.uint8)
    for tile, classes in zip(every, said(np.stack(images)), strict=True):
        place = cells[tile.row : tile.row + edge, tile.column : tile.column + edge]
        place[:] = classes[: place.shape[0], : place.shape[1]]
    cells[~seen] = UNKNOWN
    return cells


def judged(ground: Ground, view: str, said: Said) -> Tallies:
    """How right a network is on the pixels that have a cell, near and far, and on the cells."""
    pixels, cells = answers(ground, view, said)
    found = {PIXELS: confusion(ground.label, pixels), CELLS: confusion(ground.ortho.label, cells)}
    away = np.hypot(ground.points[..., 0], ground.points[..., 1])
    for near, far in BANDS:
        with np.errstate(invalid="ignore"):
            here = (away >= near) & (away < far)
        label = np.where(here, ground.label, np.uint8(UNKNOWN))
        found[band_name(near, far)] = confusion(label, pixels)
    return found


def band_name(near: float, far: float) -> str:
    """What a band of distances is called."""
    return f"{near:g} to {far:g} m"


def judged_by_world(
    frames: Iterable[Frame], view: str, cell: float, said: Said
) -> dict[str, Tallies]:
    """The sums over the frames of each world."""
    count = len(CLASSES)
    worlds: dict[str, Tallies] = {}
    for frame in frames:
        sums = worlds.setdefault(parse_product(frame.product).place, {})
        for name, matrix in judged(ground_of(frame, cell), view, said).items():
            sums[name] = sums.get(name, np.zeros((count, count), np.int64)) + matrix
    return worlds
