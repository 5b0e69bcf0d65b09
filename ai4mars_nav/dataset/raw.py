"""Raw labels, one file a labeller: RAW/<product id>/<labeller>.png, read, masked and cleaned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.dataset.errors import (
    DUPLICATE_PRODUCT,
    LABELLED_TWICE,
    NO_IMAGE,
    NO_LABEL,
    SIZES_DIFFER,
    STRANGE_NAME,
    UNKNOWN_LABEL,
    BadInput,
    DatasetError,
    Findings,
    Problem,
)
from ai4mars_nav.dataset.images import label_or_note, read_grey
from ai4mars_nav.dataset.layout import Picture, read_hidden
from ai4mars_nav.terrain import UNKNOWN

U8 = NDArray[np.uint8]


@dataclass(frozen=True)
class RawImage:
    """The labels of one image on disk, by labeller, and the image with its masks if it is known."""

    product: str
    labels: tuple[tuple[str, Path], ...]
    picture: Picture | None = None


@dataclass(frozen=True)
class Stack:
    """The labels (n, h, w) of one image that can be used, with their labellers."""

    product: str
    labellers: tuple[str, ...]
    labels: U8
    empty: tuple[str, ...]
    """Labellers whose label says nothing, or nothing that the masks leave: thrown out."""


def find_raw(root: Path, findings: Findings) -> tuple[RawImage, ...]:
    """Every image under RAW with its labels, by product; what has no place there is noted."""
    if not root.is_dir():
        raise DatasetError(f"{root}: no such folder of raw labels (RAW/<product>/<labeller>.png)")
    images: list[RawImage] = []
    seen: dict[str, Path] = {}
    for folder in sorted(root.iterdir()):
        if folder.name.startswith("."):
            continue
        if not folder.is_dir():
            text = "a file among the products' folders (RAW/<product>/<labeller>.png)"
            findings.note(Problem(STRANGE_NAME, str(folder), text))
        elif (first := seen.setdefault(folder.name.lower(), folder)) is not folder:
            text = f"{first.name} is the same product; it is used"
            findings.note(Problem(DUPLICATE_PRODUCT, str(folder), text))
        elif labels := _labels_in(folder, findings):
            images.append(RawImage(folder.name, labels))
        else:
            findings.note(Problem(NO_LABEL, str(folder), "no <labeller>.png in it"))
    if not images and not findings.problems:
        raise DatasetError(f"{root}: no product folders in it (RAW/<product>/<labeller>.png)")
    return tuple(images)


def _labels_in(folder: Path, findings: Findings) -> tuple[tuple[str, Path], ...]:
    labels: dict[str, tuple[str, Path]] = {}
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if path.suffix.lower() != ".png" or not path.is_file():
            text = "not a label (<labeller>.png)"
            findings.note(Problem(STRANGE_NAME, str(path), text))
        elif path.stem.lower() in labels:
            text = f"{labels[path.stem.lower()][1].name} is theirs too; it is used"
            findings.note(Problem(LABELLED_TWICE, str(path), text))
        else:
            labels[path.stem.lower()] = (path.stem, path)
    return tuple(sorted(labels.values()))


def with_pictures(
    images: Collection[RawImage], pictures: Mapping[str, Picture], findings: Findings
) -> tuple[RawImage, ...]:
    """The raw images joined to their pictures (by lower-case product); one without is noted."""
    joined = []
    for image in images:
        picture = pictures.get(image.product.lower())
        if picture is None:
            text = "labels of an image that is not in the data set; there is no mask for them"
            findings.note(Problem(NO_IMAGE, image.product, text))
        else:
            joined.append(replace(image, picture=picture))
    return tuple(joined)


def without(
    images: Collection[RawImage],
    dropped: Collection[tuple[str, str]],
    ratings: Path,
    findings: Findings,
) -> tuple[RawImage, ...]:
    """The raw images less the labels that a review dropped, given as (product, labeller).

    A dropped label that is not there is noted: its name in the file of ratings may be misspelt.
    """
    known = {(image.product, labeller) for image in images for labeller, _ in image.labels}
    for product, labeller in sorted(set(dropped) - known):
        text = f"RAW has no {product}/{labeller}.png to be left out"
        findings.note(Problem(UNKNOWN_LABEL, str(ratings), text))
    return tuple(
        replace(
            image,
            labels=tuple(pair for pair in image.labels if (image.product, pair[0]) not in dropped),
        )
        for image in images
    )


def read_stack(image: RawImage, findings: Findings) -> Stack:
    """The labels of one image, masked; what cannot be used is noted, what is empty thrown out.

    Without its picture an image has the size that most of its labels have.
    """
    read = [
        (labeller, path, label)
        for labeller, path in image.labels
        if (label := label_or_note(path, findings)) is not None
    ]
    try:
        shape, hidden = _shape_and_mask(image, [label for _, _, label in read])
    except BadInput as error:
        findings.note(error.problem)
        return Stack(image.product, (), np.empty((0, 0, 0), np.uint8), ())
    labellers, labels, empty = [], [], []
    for labeller, path, label in read:
        if label.shape != shape:
            text = f"{label.shape} rows and columns, its image has {shape}"
            findings.note(Problem(SIZES_DIFFER, str(path), text))
            continue
        if hidden is not None:
            label[hidden] = UNKNOWN
        if (label == UNKNOWN).all():
            empty.append(labeller)
        else:
            labellers.append(labeller)
            labels.append(label)
    stacked = np.stack(labels) if labels else np.empty((0, *shape), np.uint8)
    return Stack(image.product, tuple(labellers), stacked, tuple(empty))


def _shape_and_mask(
    image: RawImage, labels: list[U8]
) -> tuple[tuple[int, ...], NDArray[np.bool_] | None]:
    if image.picture is not None:
        shape = read_grey(image.picture.image).shape
        return shape, read_hidden(image.picture, shape)
    if not labels:
        return (0, 0), None
    shapes = Counter(label.shape for label in labels)
    return shapes.most_common(1)[0][0], None
