"""The pictures of a list, read once for a whole training run."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ai4mars_nav.content.errors import ContentError
from ai4mars_nav.content.learn.train import U8, Lesson
from ai4mars_nav.content.listed import read_list
from ai4mars_nav.content.network_input import squeezed
from ai4mars_nav.content.pictures import read_picture
from ai4mars_nav.dataset.errors import BadInput, Findings

_ROOM = 4 / 3
"""How much larger than the network's input pictures are kept, so that a view is still sharp."""


def read_lesson(
    listed: Path, images: Path, names: tuple[str, ...], side: int, findings: Findings
) -> Lesson:
    """All pictures of a list that can be read, with their classes; each bad one is noted."""
    pictures: list[U8] = []
    kinds = []
    for one in read_list(listed, images, len(names), findings):
        try:
            pictures.append(picture_to_learn(one.path, side))
        except BadInput as error:
            findings.note(error.problem)
            continue
        kinds.append(one.kind)
    if len(set(kinds)) < 2:
        raise ContentError(f"{listed}: pictures of fewer than two classes can be read")
    return Lesson(pictures, np.asarray(kinds, np.int64), names)


def picture_to_learn(path: Path, side: int) -> U8:
    """(h, w, 3) RGB of a file, made smaller where it is much larger than the network's input."""
    picture, largest = read_picture(path), round(side * _ROOM)
    return squeezed(picture, largest) if max(picture.shape[:2]) > largest else picture
