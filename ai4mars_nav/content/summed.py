"""A classifier by configuration: another one's probabilities, summed over groups of its classes.

Rover or surface is MSLNet, summed: models/content/rover-or-surface.yaml.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.content.calibration import calibrated
from ai4mars_nav.content.classifier import Classifier
from ai4mars_nav.content.sidecar import ContentSidecar, load_content_model
from ai4mars_nav.perception.document import Section
from ai4mars_nav.perception.sidecar import ModelFile
from ai4mars_nav.settings import read_yaml

U8 = NDArray[np.uint8]
F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

FORMAT = "ai4mars-content-sum/1"
SUFFIX = ".yaml"
LEFT_OUT = -1
"""Group of a class that belongs to none."""


@dataclass(frozen=True)
class Summed:
    """Groups of a content classifier's classes, and from which probability on one is answered."""

    name: str
    model: ModelFile
    """This file; its sha256 changes with the weights of the classifier that it sums."""
    about: str
    classes: tuple[str, ...]
    """The groups."""
    group_of: tuple[int, ...]
    """Of each class of the classifier, LEFT_OUT for those of none."""
    answer_from: float
    of: ContentSidecar
    content: bytes

    def sums(self, logits: F64, instruments: Sequence[str]) -> F64:
        """Probabilities (n, groups) of the classifier's logits (n, classes), by instruments (n,).

        As if nothing were there but the groups: what is in none of them is left out.
        """
        return self.of_shares(calibrated(logits, self.of.calibration, instruments))

    def sums_in_company(
        self, logits: F64, groups: Sequence[str], instruments: Sequence[str]
    ) -> F64:
        """As `sums`, pictures of one sol or source image (n,) told together."""
        return self.of_shares(self.of.in_company(logits, groups, instruments))

    def of_shares(self, shares: F64) -> F64:
        """Probabilities (n, groups) of the classifier's probabilities (n, classes)."""
        of_groups = np.stack(
            [shares[:, np.equal(self.group_of, at)].sum(axis=1) for at in range(len(self.classes))],
            axis=1,
        )
        return np.asarray(of_groups / of_groups.sum(axis=1, keepdims=True), np.float64)

    def answered(self, probabilities: F64) -> NDArray[np.bool_]:
        """(n, groups): the likeliest group of each picture, if it is likely enough."""
        best = probabilities.argmax(axis=1)[:, None] == np.arange(probabilities.shape[1])
        return np.asarray(best & (probabilities >= self.answer_from))


class SummedClassifier:
    """The classifier that is summed, and the sums."""

    def __init__(self, sidecar: Summed, threads: int = 1) -> None:
        self.sidecar = sidecar
        self._classifier = Classifier(sidecar.of, sidecar.content, threads)

    def logits(self, picture: U8) -> F64:
        """(classes,) of a picture (h, w, 3) RGB, of the classifier that is summed."""
        return self._classifier.logits(picture)

    def probabilities(self, picture: U8, instrument: str) -> F64:
        """(groups,) of a picture (h, w, 3) RGB, calibrated for the instrument that took it."""
        sums = self.sidecar.sums(self.logits(picture)[None], [instrument])
        return np.asarray(sums[0], np.float64)


def read_summed(path: Path) -> Summed:
    """The sums that a YAML file describes, of the classifier beside it; errors name file and key.

    Each class of the classifier must be in one group, or in `neither`.
    """
    top = Section(read_yaml(path), str(path))
    top.must_be("format", FORMAT)
    name, about, file = top.text("name"), top.text("about"), top.text("sums")
    groups, neither = top.take("classes", dict), top.take("neither", list)
    answer_from = top.number("answer_from", lowest=0.0, highest=1.0)
    top.nothing_left()
    if len(groups) < 2 or not all(isinstance(members, list) for members in groups.values()):
        raise top.wrong("classes", "must hold two groups at least, each a list of classes")
    of, content = load_content_model(path.with_name(file))
    listed = [(word, at) for at, members in enumerate(groups.values()) for word in members]
    listed += [(word, LEFT_OUT) for word in neither]
    words = [word for word, _ in listed]
    for word in [*of.classes, *words]:
        if word not in of.classes:
            raise top.wrong("classes", f"names {word!r}, which {file} has not")
        if words.count(word) != 1:
            text = f"names {word!r} {words.count(word)} times; each class of {file} must be once in"
            raise top.wrong("classes", f"{text} a group or in `neither`")
    by_word = dict(listed)
    raw = path.read_bytes()
    digest = hashlib.sha256(raw + of.model.sha256.encode()).hexdigest()
    return Summed(
        name,
        ModelFile(path.name, digest, len(raw)),
        about,
        tuple(groups),
        tuple(by_word[word] for word in of.classes),
        answer_from,
        of,
        content,
    )
