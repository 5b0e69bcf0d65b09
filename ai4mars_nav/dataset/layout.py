"""The official AI4Mars folders: which label belongs to which image, its masks and its quirks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.dataset.errors import (
    DUPLICATE_PRODUCT,
    NO_LABEL,
    NO_MASK,
    SIZES_DIFFER,
    BadInput,
    DatasetError,
    Findings,
    Problem,
)
from ai4mars_nav.dataset.images import (
    IMAGE_SUFFIXES,
    files_in,
    read_grey,
    read_label,
    read_mask,
    write_image,
    write_label,
)
from ai4mars_nav.dataset.label_names import labels_of, product_of_label
from ai4mars_nav.dataset.product import mask_name
from ai4mars_nav.dataset.releases import GOLD, SETS, TRAIN, Folder, folders_of
from ai4mars_nav.terrain import UNKNOWN

U8 = NDArray[np.uint8]
Mask = NDArray[np.bool_]

_MASTCAM_LABEL = re.compile(r"_15033_merged$")
_MASK_FOLDERS = {"MXY": "mxy", "RNG": "rng-30m"}
"""Where the masks of each product type are: the rover, and what is over 30 m away."""
_OLD_BLANK = 4
"""What the Mastcam labels `*_15033_merged.png` write for "no label"."""


@dataclass(frozen=True)
class Picture:
    """One image on disk, and its masks where the release has them."""

    product: str
    folder: str
    image: Path
    rover_mask: Path | None = None
    range_mask: Path | None = None


@dataclass(frozen=True)
class Frame:
    """One image with its label of one set: train, or a gold set (whose labels need no masks)."""

    picture: Picture
    which: str
    label: Path

    @property
    def product(self) -> str:
        """The product id as the image file has it."""
        return self.picture.product


def find_frames(root: Path, which: str, findings: Findings) -> tuple[Frame, ...]:
    """Every labelled image of one set under root, by folder and product.

    What does not pair is noted; an image that neither the training nor a gold set labels is noted
    with the training set.
    """
    if which not in SETS:
        raise DatasetError(f"{which}: not a set of labels, choose one of {', '.join(SETS)}")
    frames: list[Frame] = []
    for folder in folders_of(root):
        frames += _frames_of(root, folder, which, findings)
    first = _first_of_each((frame.picture for frame in frames), findings)
    return tuple(frame for frame in frames if first[frame.product.lower()] is frame.picture)


def find_pictures(root: Path, findings: Findings) -> dict[str, Picture]:
    """Every image under root with its masks, labelled or not, by its product id in lower case."""
    pictures: list[Picture] = []
    for folder in folders_of(root):
        found = _pictures_of(root, folder, findings)
        pictures += _with_masks(root, folder, found, findings)
    return _first_of_each(pictures, findings)


def pair_labels(root: Path, labels: Path, findings: Findings) -> tuple[Frame, ...]:
    """Every label image of a folder, wherever it is, with its image under root; by folder, product.

    Masks are applied as to training labels; only the gold folders of root carry them already.
    """
    if not labels.is_dir():
        raise DatasetError(f"{labels}: no such folder of label images")
    which = _set_of(root, labels)
    parts = {folder: _pictures_of(root, folder, findings) for folder in folders_of(root)}
    first = _first_of_each((picture for part in parts.values() for picture in part), findings)
    by_key = {key: picture.product for key, picture in first.items()}
    found = labels_of(root, labels, by_key, findings)
    frames: list[Frame] = []
    for folder, pictures in parts.items():
        labelled = [p for p in pictures if p.product in found and first[p.product.lower()] is p]
        if which == TRAIN:
            labelled = _with_masks(root, folder, labelled, findings)
        frames += [Frame(picture, which, found[picture.product]) for picture in labelled]
    return tuple(frames)


def _first_of_each(pictures: Iterable[Picture], findings: Findings) -> dict[str, Picture]:
    """The pictures by lower-case product; one that another folder has too is noted."""
    first: dict[str, Picture] = {}
    for picture in pictures:
        known = first.setdefault(picture.product.lower(), picture)
        if known is not picture:
            text = f"{known.image} is of the same product; it is used"
            findings.note(Problem(DUPLICATE_PRODUCT, str(picture.image), text))
    return first


def _set_of(root: Path, labels: Path) -> str:
    """The gold set under root whose folder this is, else train: any other folder lacks masks."""
    for folder in folders_of(root):
        for which in GOLD:
            if folder.labels(root, which).resolve() == labels.resolve():
                return which
    return TRAIN


def _pictures_of(root: Path, folder: Folder, findings: Findings) -> list[Picture]:
    """The images of one folder by product; a product that two different files hold is noted."""
    pictures: list[Picture] = []
    seen: dict[str, Path] = {}
    for place in folder.images:
        for path in files_in(root / folder.base / place, IMAGE_SUFFIXES):
            first = seen.setdefault(path.stem.lower(), path)
            if first is path:
                pictures.append(Picture(path.stem, folder.name, path))
            elif first.read_bytes() != path.read_bytes():
                text = f"{first} is another file of the same product; it is used"
                findings.note(Problem(DUPLICATE_PRODUCT, str(path), text))
    return sorted(pictures, key=lambda picture: picture.product)


def _frames_of(root: Path, folder: Folder, which: str, findings: Findings) -> list[Frame]:
    label_folder = folder.labels(root, which)
    if not label_folder.is_dir():
        return []
    pictures = _pictures_of(root, folder, findings)
    by_key = {picture.product.lower(): picture.product for picture in pictures}
    labels = labels_of(root / folder.base, label_folder, by_key, findings)
    if which == TRAIN:
        labelled = set(labels) | _gold_products(root, folder, by_key)
        for picture in pictures:
            if picture.product not in labelled:
                text = f"no label in {label_folder}, and none in the gold sets"
                findings.note(Problem(NO_LABEL, str(picture.image), text))
    pictures = [picture for picture in pictures if picture.product in labels]
    if which == TRAIN:
        pictures = _with_masks(root, folder, pictures, findings)
    return [Frame(picture, which, labels[picture.product]) for picture in pictures]


def _gold_products(root: Path, folder: Folder, by_key: Mapping[str, str]) -> set[str]:
    places = [folder.labels(root, which) for which in GOLD]
    found = (product_of_label(path, by_key) for p in places for path in files_in(p, (".png",)))
    return {product for product in found if product is not None}


def _with_masks(
    root: Path, folder: Folder, pictures: Sequence[Picture], findings: Findings
) -> list[Picture]:
    """The images with the masks that their release has; one that lacks its own is left out."""
    complete = list(pictures)
    for kind, folder_name in _MASK_FOLDERS.items():
        place = root / folder.base / "images" / folder_name
        masks = {path.stem.lower(): path for path in files_in(place, (".png",))}
        if masks:
            found = (_with_mask(picture, kind, masks, place, findings) for picture in complete)
            complete = [picture for picture in found if picture is not None]
    return complete


def _with_mask(
    picture: Picture, kind: str, masks: Mapping[str, Path], place: Path, findings: Findings
) -> Picture | None:
    try:
        name = mask_name(picture.product, kind)
    except BadInput as error:
        findings.note(error.problem)
        return None
    mask = masks.get(name.lower())
    if mask is None:
        text = f"no {name}.png in {place}, though other images have theirs"
        findings.note(Problem(NO_MASK, picture.product, text))
        return None
    return replace(picture, rover_mask=mask) if kind == "MXY" else replace(picture, range_mask=mask)


def read_hidden(picture: Picture, shape: tuple[int, ...]) -> Mask:
    """(h, w), true where the rover or range mask of an image hides the ground."""
    hidden = np.zeros(shape, bool)
    for path in (picture.rover_mask, picture.range_mask):
        if path is not None:
            mask = read_mask(path)
            check_size(path, mask, shape)
            hidden |= mask
    return hidden


def read_frame_label(frame: Frame) -> U8:
    """(h, w) label values of a frame, 255 where there is no label or a mask hides the ground."""
    old = frame.picture.folder == "msl-mastcam" and _MASTCAM_LABEL.search(frame.label.stem)
    label = read_label(frame.label, _OLD_BLANK if old else UNKNOWN)
    label[read_hidden(frame.picture, label.shape)] = UNKNOWN
    return label


def read_frame(frame: Frame) -> tuple[U8, U8]:
    """Grey image and masked label of a frame, both (h, w) uint8."""
    image, label = read_grey(frame.picture.image), read_frame_label(frame)
    check_size(frame.label, label, image.shape)
    return image, label


def check_size(path: Path, pixels: U8 | Mask, shape: tuple[int, ...]) -> None:
    """An error where the pixels (h, w) of a file are not of the shape that its image has."""
    if pixels.shape != shape:
        text = f"{pixels.shape} rows and columns, its image has {shape}"
        raise BadInput(Problem(SIZES_DIFFER, str(path), text))


def write_frame(
    root: Path, product: str, which: str, image: U8, label: U8, masks: tuple[Mask, Mask]
) -> None:
    """Write a Curiosity NAVCAM image, its label and its rover and range masks, all (h, w).

    Training labels are written as they are, beside their masks; gold labels with the masks in them.
    """
    if which not in SETS:
        raise DatasetError(f"{which}: not a set of labels, choose one of {', '.join(SETS)}")
    base, hidden = root / "msl", masks[0] | masks[1]
    write_image(base / "images/edr" / f"{product}.jpg", image)
    for (kind, folder), mask in zip(_MASK_FOLDERS.items(), masks, strict=True):
        path = base / "images" / folder / f"{mask_name(product, kind)}.png"
        write_label(path, mask.astype(np.uint8))
    if which == TRAIN:
        write_label(base / "labels/train" / f"{product}.png", label)
        return
    gold = np.where(hidden, np.uint8(UNKNOWN), label)
    write_label(base / f"labels/test/masked-{which}-100agree" / f"{product}_merged.png", gold)
