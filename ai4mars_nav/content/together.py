"""Pictures of one sol or source image, told together: what is common there, found from themselves.

A source image shows dunes or craters, a sol's pictures by one camera the drill or the wheels; how
common each class is among them is the best that can be known of a picture but itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.content.calibration import (
    NEVER_SEEN,
    Calibration,
    calibration_document,
    read_calibration,
)
from ai4mars_nav.perception.document import Section

F64 = NDArray[np.float64]

BEFOREHAND = 4.0
"""Pictures that a group is given, of all classes alike: as many as pull a calibration's biases."""
_ROUNDS = 100
_STEP = 0.5
"""Of each round towards what it finds; pictures that told each other at once would swing."""


@dataclass(frozen=True)
class Together:
    """How pictures of a group are told together, and what calibrates the logits that come of it."""

    beforehand: float
    apart: tuple[str, ...]
    """Classes that say where a picture was cut and not what lies there: they tell nothing."""
    calibration: Calibration


@dataclass(frozen=True)
class Roles:
    """Of each class (classes,): whether it is common or rare by group, and whether it is known.

    What is known and not by group keeps the probability that a picture alone gives it.
    """

    by_group: NDArray[np.bool_]
    known: NDArray[np.bool_]


def roles(classes: Sequence[str], apart: Sequence[str], support: Sequence[int]) -> Roles:
    """Of classes by name, and the pictures that training had of each."""
    known = np.asarray(support) > 0
    return Roles(known & ~np.isin(np.asarray(classes), list(apart)), known)


def companies(groups: Sequence[str], instruments: Sequence[str]) -> list[str]:
    """Whom each picture (n,) is told with: its sol or source image, by its instrument.

    Two cameras of a sol look at different things.
    """
    return [f"{group}, {by}" for group, by in zip(groups, instruments, strict=True)]


def told_together(logits: F64, groups: Sequence[str], roles: Roles, beforehand: float) -> F64:
    """Log probabilities (n, classes) of logits (n, classes), pictures of groups (n,).

    To each picture the classes by group are as common as the others of its group say, which are
    told likewise (mean field, each without its own say). A picture without others stays as it is.
    """
    told = np.full_like(logits, NEVER_SEEN)
    names = np.asarray(groups)
    for name in np.unique(names):
        mine = np.flatnonzero(names == name)
        found = _group(logits[np.ix_(mine, np.flatnonzero(roles.known))], roles, beforehand)
        told[np.ix_(mine, np.flatnonzero(roles.known))] = found
    return told


def _group(logits: F64, roles: Roles, beforehand: float) -> F64:
    """Of one group's pictures, in the classes that are known."""
    alone = _log_softmax(logits)
    by_group = roles.by_group[roles.known]
    looks = alone[:, by_group]
    # what the classes by group have between them is a picture's own; how they divide it is not
    all_of_them = np.logaddexp.reduce(looks, axis=1)[:, None]
    own = np.exp(looks)
    found = looks
    for _ in range(_ROUNDS):
        others = own.sum(axis=0) - own
        level = beforehand / looks.shape[1]
        shares = (others + level) / (others.sum(axis=1, keepdims=True) + beforehand)
        found = _log_softmax(looks + np.log(shares)) + all_of_them
        own = (1.0 - _STEP) * own + _STEP * np.exp(found)
    told = alone.copy()
    told[:, by_group] = found
    return told


def _log_softmax(logits: F64) -> F64:
    return np.asarray(logits - np.logaddexp.reduce(logits, axis=-1)[..., None], np.float64)


def together_document(together: Together) -> dict[str, Any]:
    """As it stands in a sidecar."""
    return {
        "beforehand": together.beforehand,
        "apart": list(together.apart),
        "calibration": calibration_document(together.calibration),
    }


def read_together(section: Section, classes: tuple[str, ...]) -> Together:
    """The section `together` of a sidecar."""
    beforehand = section.number("beforehand")
    if beforehand <= 0.0:
        raise section.wrong("beforehand", f"is {beforehand}, must be above 0")
    apart = section.take("apart", list)
    if strangers := [word for word in apart if word not in classes]:
        raise section.wrong("apart", f"names {strangers[0]!r}, which is none of its classes")
    if not set(classes) - set(apart):
        raise section.wrong("apart", "names every class: none is left to be told of")
    calibration = read_calibration(section.section("calibration"), len(classes))
    section.nothing_left()
    return Together(beforehand, tuple(apart), calibration)
