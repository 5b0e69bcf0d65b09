"""The calibration of a content classifier: one scaling for all pictures, others by instrument."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.perception.document import Section

F64 = NDArray[np.float64]

NEVER_SEEN = -30.0
"""Bias of a class that training had no picture of: its logit means nothing."""


@dataclass(frozen=True)
class Scaling:
    """Probabilities = softmax(logits / temperature + bias)."""

    temperature: float
    bias: tuple[float, ...]
    """A number a class: how common it is in the archive, beyond how much it looks so."""


@dataclass(frozen=True)
class Calibration:
    """How logits become probabilities; where none is as likely as abstain_below: no class."""

    shared: Scaling
    abstain_below: float
    fitted_on: str
    instruments: Mapping[str, Scaling] = field(default_factory=dict)
    """Of those that were calibrated on pictures of their own; others take the shared one."""

    def of(self, instrument: str) -> Scaling:
        """The scaling for pictures of an instrument, as `origin_of` names it."""
        return self.instruments.get(instrument, self.shared)


def calibrated(logits: F64, calibration: Calibration, instruments: Sequence[str]) -> F64:
    """Probabilities (n, classes) of logits (n, classes), pictures by these instruments (n,)."""
    shares = np.empty_like(logits)
    names = np.asarray(instruments)
    for name in set(instruments):
        shares[names == name] = scaled(logits[names == name], calibration.of(name))
    return shares


def scaled(logits: F64, scaling: Scaling) -> F64:
    """Probabilities (..., classes) of logits (..., classes)."""
    return softmax(logits / scaling.temperature + np.asarray(scaling.bias))


def softmax(logits: F64) -> F64:
    """Probabilities of logits (..., classes)."""
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True), np.float64)


def calibration_document(calibration: Calibration) -> dict[str, Any]:
    """As it stands in a sidecar; `instruments` only where there are some."""
    document = {
        **_scaling_document(calibration.shared),
        "abstain_below": calibration.abstain_below,
        "fitted_on": calibration.fitted_on,
    }
    if calibration.instruments:
        document["instruments"] = {
            name: _scaling_document(one) for name, one in calibration.instruments.items()
        }
    return document


def read_calibration(section: Section, classes: int) -> Calibration:
    """The section `calibration` of a sidecar."""
    shared = _read_scaling(section, classes)
    abstain_below = section.number("abstain_below", lowest=0.0, highest=1.0)
    fitted_on = section.text("fitted_on")
    instruments = {}
    if (own := section.section_if_there("instruments")) is not None:
        for name in own.names():
            one = own.section(name)
            instruments[name] = _read_scaling(one, classes)
            one.nothing_left()
        own.nothing_left()
    section.nothing_left()
    return Calibration(shared, abstain_below, fitted_on, instruments)


def _scaling_document(scaling: Scaling) -> dict[str, Any]:
    return {"temperature": scaling.temperature, "bias": list(scaling.bias)}


def _read_scaling(section: Section, classes: int) -> Scaling:
    temperature = section.number("temperature")
    if temperature <= 0.0:
        raise section.wrong("temperature", f"is {temperature}, must be above 0")
    return Scaling(temperature, section.numbers("bias", classes))
