"""What a multi-label classifier learns from: pictures, what each shows, and sites held back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.content.errors import ContentError
from ai4mars_nav.content.learn.lesson import picture_to_learn
from ai4mars_nav.content.multi_label_list import Shown, labels_matrix, support
from ai4mars_nav.content.pictures import read_picture
from ai4mars_nav.dataset.errors import BadInput, Findings

U8 = NDArray[np.uint8]
I8 = NDArray[np.int8]
F64 = NDArray[np.float64]


@dataclass(frozen=True)
class MultiLabelLesson:
    """Pictures (h, w, 3) RGB, labels (n, classes) of 1, 0 or -1, and the names of all classes."""

    pictures: Sequence[U8]
    labels: I8
    names: tuple[str, ...]
    groups: tuple[str, ...]
    """The site or sol of each picture."""

    @property
    def support(self) -> tuple[int, ...]:
        """Pictures that show each class."""
        return support(self.labels)


def split_off(
    shown: Sequence[Shown], share: float, seed: int
) -> tuple[tuple[Shown, ...], tuple[Shown, ...]]:
    """Images to learn from, and those of whole sites or sols, about `share` of all, held back."""
    counts = Counter(one.origin.group for one in shown)
    if len(counts) < 2:
        raise ContentError("all images are of one site or sol: none can be held back")
    order = np.random.default_rng(seed).permutation(sorted(counts))
    held, wanted = {str(order[0])}, share * len(shown)
    for group in map(str, order[1:-1]):
        if sum(counts[name] for name in held) + counts[group] <= wanted:
            held.add(group)
    kept = tuple(one for one in shown if one.origin.group not in held)
    return kept, tuple(one for one in shown if one.origin.group in held)


def read_pictures(
    shown: Sequence[Shown], names: tuple[str, ...], side: int, findings: Findings
) -> MultiLabelLesson:
    """All images that can be read; each bad one is noted."""
    pictures: list[U8] = []
    read = []
    for one in shown:
        try:
            pictures.append(picture_to_learn(one.path, side))
        except BadInput as error:
            findings.note(error.problem)
            continue
        read.append(one)
    if not pictures:
        raise ContentError("none of the pictures to learn from can be read")
    groups = tuple(one.origin.group for one in read)
    return MultiLabelLesson(pictures, labels_matrix(read), names, groups)


def readable(shown: Sequence[Shown], findings: Findings) -> tuple[Shown, ...]:
    """The images that can be read; each bad one is noted."""
    found = []
    for one in shown:
        try:
            read_picture(one.path)
        except BadInput as error:
            findings.note(error.problem)
            continue
        found.append(one)
    return tuple(found)


def chances(labels: I8, evenness: float) -> F64:
    """How likely each picture (n,) is drawn: by the rarest class that it shows.

    Rare classes are so seen more often; calibration takes what that adds to their logits out again.
    """
    share = np.maximum((labels == 1).mean(axis=0), 1.0 / len(labels))
    worth = np.where(labels == 1, share**-evenness, 1.0).max(axis=1)
    return np.asarray(worth / worth.sum(), np.float64)
