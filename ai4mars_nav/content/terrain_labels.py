"""Multi-label truth from AI4Mars masks: what covers how much of an image."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.content.errors import ContentError
from ai4mars_nav.content.label_set import FAR, ROVER, UNLABELLED, Cover, LabelSet
from ai4mars_nav.content.multi_label_list import NOT_SAID, Shown
from ai4mars_nav.content.origin import origin_of
from ai4mars_nav.dataset.chosen import read_list
from ai4mars_nav.dataset.errors import NO_LABEL, BadInput, Findings, Problem
from ai4mars_nav.dataset.images import read_mask
from ai4mars_nav.dataset.layout import Frame, find_frames, read_frame_label
from ai4mars_nav.dataset.releases import TRAIN
from ai4mars_nav.terrain import CLASSES, NAMES, UNKNOWN

I8 = NDArray[np.int8]


def shown_by_masks(
    path: Path, root: Path, label_set: LabelSet, findings: Findings
) -> tuple[Shown, ...]:
    """The training images under `root` whose products a list names, with what their masks tell.

    One that is not there, has no label or a bad one is noted and left out.
    """
    # what is wrong with images that are not listed is none of this list's matter
    frames = {
        frame.product.lower(): frame for frame in find_frames(root, TRAIN, Findings(skip=True))
    }
    found: list[Shown] = []
    for name in read_list(path):
        frame = frames.get(name.lower())
        if frame is None:
            findings.note(Problem(NO_LABEL, name, f"{path} lists it, but there is no such label"))
            continue
        try:
            labels = labels_of(frame, label_set)
        except BadInput as error:
            findings.note(error.problem)
            continue
        found.append(Shown(name, frame.picture.image, labels, origin_of(frame.product)))
    if not found:
        raise ContentError(f"{path}: none of its products has a label under {root}")
    return tuple(found)


def labels_of(frame: Frame, label_set: LabelSet) -> I8:
    """(classes,) of 1 yes, 0 no, NOT_SAID where the mask that would tell is not there."""
    label = read_frame_label(frame)
    areas = {name: label == kind for kind, name in zip(CLASSES, NAMES, strict=True)}
    areas[UNLABELLED] = label == UNKNOWN
    hides = {ROVER: frame.picture.rover_mask, FAR: frame.picture.range_mask}
    areas |= {name: read_mask(mask) for name, mask in hides.items() if mask is not None}
    return np.array([_answer(one.cover, areas) for one in label_set.classes], np.int8)


def _answer(cover: Cover | None, areas: dict[str, NDArray[np.bool_]]) -> int:
    if cover is None or not all(word in areas for word in cover.of):
        return NOT_SAID
    covered = np.logical_or.reduce([areas[word] for word in cover.of])
    return int(covered.mean() >= cover.at_least)
