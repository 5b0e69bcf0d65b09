"""The newest images of a folder or list beside what is known, each with what is new in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.content.calibration import scaled
from ai4mars_nav.content.classifier import Classifier
from ai4mars_nav.content.classify import Image
from ai4mars_nav.content.demud import Demud
from ai4mars_nav.content.feature_store import Features
from ai4mars_nav.content.origin import instrument_of
from ai4mars_nav.content.pictures import read_picture
from ai4mars_nav.content.where_new import places_of

F64 = NDArray[np.float64]


@dataclass(frozen=True)
class Neighbour:
    """A known image, how far its features are, and what the classifier calls it."""

    image: Image
    distance: float
    answer: str
    probability: float


@dataclass(frozen=True)
class New:
    """An image, as it looked when its turn came."""

    image: Image
    score: float
    """Length of what the model could not rebuild of it."""
    unexplained: float
    """Share (0..1) of its offset from the mean of all known that this is."""
    answer: str
    probability: float
    places: F64
    """(rows, columns) of the picture: what each adds to `score`."""
    nearest: Neighbour | None
    """The known image that is most like it; none where nothing was known."""
    expected: Neighbour | None
    """The known image that is most like what the model rebuilt: what it took the image for."""


def newest(
    classifier: Classifier,
    model: Demud,
    known: Features | None,
    features: Features,
    most: int,
    progress: Callable[[int], None],
) -> tuple[New, ...]:
    """The `most` newest; `model` knows `known` before and each image that was chosen after."""
    seen_before = list(known.images) if known is not None else []
    matrix = np.asarray(features.matrix, np.float64)
    rows = [] if known is None else [np.asarray(known.matrix, np.float64)]
    answers: dict[Image, tuple[str, float]] = {}

    def answer_of(image: Image) -> tuple[str, float]:
        if image not in answers:
            logits = classifier.logits(read_picture(image[1]))
            answers[image] = _answer(classifier, logits, image)
        return answers[image]

    def neighbour(feature: F64) -> Neighbour | None:
        if not seen_before:
            return None
        gaps = np.concatenate([np.linalg.norm(block - feature, axis=1) for block in rows])
        at = int(gaps.argmin())
        return Neighbour(seen_before[at], float(gaps[at]), *answer_of(seen_before[at]))

    found: list[New] = []
    for done, chosen in enumerate(islice(model.selections(matrix), most), start=1):
        image, feature = features.images[chosen.index], matrix[chosen.index]
        look = classifier.look(read_picture(image[1]))
        answers[image] = _answer(classifier, look.logits, image)
        offset = feature - (model.known.mean if model.count else 0.0)
        found.append(
            New(
                image,
                chosen.score,
                chosen.score / max(float(np.linalg.norm(offset)), chosen.score, 1e-12),
                *answers[image],
                places_of(look.seen, chosen.residual),
                neighbour(feature),
                neighbour(feature - chosen.residual),
            )
        )
        model.learn(feature)
        seen_before.append(image)
        rows.append(feature[None])
        progress(done)
    return tuple(found)


def _answer(classifier: Classifier, logits: F64, image: Image) -> tuple[str, float]:
    shares = scaled(logits, classifier.sidecar.calibration.of(instrument_of(image[1])))
    best = int(shares.argmax())
    return classifier.sidecar.classes[best], float(shares[best])
