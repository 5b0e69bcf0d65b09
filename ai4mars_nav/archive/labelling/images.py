"""The images of a project: whole files, their sizes, and how far away the ground in them is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ai4mars_nav.archive.errors import ArchiveError
from ai4mars_nav.content.pictures import read_picture
from ai4mars_nav.dataset.errors import BadInput, DatasetError, Findings
from ai4mars_nav.dataset.images import IMAGE_SUFFIXES, U8, files_in, read_mask
from ai4mars_nav.dataset.prepare import (
    PrepareSettings,
    bar_length,
    beyond,
    read_ranges,
    scale_bar,
)
from ai4mars_nav.dataset.product import mask_name, parse_product

_FRAME = 1024
"""Columns of the frame whose focal length `PrepareSettings` states."""


@dataclass(frozen=True)
class Bar:
    """A scale bar on the ground: its length and its corners (4) x, y in pixels of the image."""

    pixels: float
    metres: float
    corners: list[list[int]]


@dataclass(frozen=True)
class ToLabel:
    """One image that is to be labelled."""

    product: str
    path: str
    height: int
    width: int
    ranges: str = ""
    """File of its ranges, or of what is beyond 30 m; empty where neither is known."""
    bar: Bar | None = None


def find_paths(source: Path) -> list[Path]:
    """The images of a folder and the folders in it, or those that a list names, one a line."""
    if source.is_dir():
        folders = [source, *sorted(p for p in source.rglob("*") if p.is_dir())]
        paths = [path for folder in folders for path in files_in(folder, IMAGE_SUFFIXES)]
    else:
        try:
            lines = source.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise ArchiveError(f"{source}: neither a folder nor a list: {error}") from error
        paths = [source.parent / line.strip() for line in lines if line.strip()]
    if not paths:
        raise ArchiveError(f"{source}: names no image ({', '.join(IMAGE_SUFFIXES)})")
    return [path.resolve() for path in paths]


def read_images(
    paths: Iterable[Path], ranges: Path | None, findings: Findings
) -> Iterator[ToLabel]:
    """Each image that can be read, with what the folder `ranges` knows of it; bad ones are noted.

    `ranges` holds <product>.npy (metres) or .png (16 bit, millimetres), or the masks `rng-30m` of
    a release under the products' RNG names.
    """
    for path in paths:
        if (image := _read_or_note(path, ranges, findings)) is not None:
            yield image


def _read_or_note(path: Path, ranges: Path | None, findings: Findings) -> ToLabel | None:
    try:
        height, width = read_picture(path).shape[:2]
        found = None if ranges is None else _ranges_of(path.stem, ranges)
        bar = None if found is None else _bar(path.stem, found, (height, width))
    except BadInput as error:
        findings.note(error.problem)
        return None
    known = "" if found is None else str(found.resolve())
    return ToLabel(path.stem, str(path), height, width, known, bar)


def beyond_limit(ranges: Path, shape: tuple[int, int]) -> U8:
    """(h, w), 255 where the ground is further than 30 m, or sky; else 0."""
    if _is_mask(ranges):
        far = read_mask(ranges)
        if far.shape != shape:
            raise ArchiveError(f"{ranges}: {far.shape} pixels, its image has {shape}")
    else:
        far = beyond(read_ranges(ranges, shape), PrepareSettings().limit)
    return np.where(far, np.uint8(255), np.uint8(0))


def _ranges_of(product: str, folder: Path) -> Path | None:
    names = [f"{product}.npy", f"{product}.png"]
    try:
        names.append(f"{mask_name(product, 'RNG')}.png")
    except BadInput:
        # a product of no rover known here has no name of its mask
        names.append(f"{product}.png")
    return next((folder / name for name in names if (folder / name).is_file()), None)


def _is_mask(ranges: Path) -> bool:
    """Whether a file is a mask of 8 bits rather than ranges: the RNG files of a release."""
    header = ranges.read_bytes()[:25] if ranges.suffix.lower() == ".png" else b""
    return len(header) == 25 and header[24] == 8


def _bar(product: str, ranges: Path, shape: tuple[int, int]) -> Bar | None:
    """The bar, where ranges are known and a length is agreed for the rover."""
    if _is_mask(ranges):
        return None
    settings = PrepareSettings()
    try:
        metres = bar_length(settings, parse_product(product))
    except DatasetError:
        # no length is agreed for this camera: no bar is better than one nobody can read
        return None
    focal = settings.focal * shape[1] / _FRAME
    corners = scale_bar(read_ranges(ranges, shape), metres, focal, settings.limit)
    if corners is None:
        return None
    lower = corners[2:, 0]
    return Bar(float(abs(lower[0] - lower[1])), metres, corners.tolist())
