"""The kinds of content classifiers, and which of them a file is."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.content import multi_label_sidecar, sidecar
from ai4mars_nav.content.classifier import open_classifier
from ai4mars_nav.content.multi_label import open_multi_label
from ai4mars_nav.content.multi_label_sidecar import MultiLabelSidecar, load_multi_label_model
from ai4mars_nav.content.sidecar import ContentSidecar, load_content_model
from ai4mars_nav.content.summed import SUFFIX, Summed, SummedClassifier, read_summed
from ai4mars_nav.perception.errors import ModelError
from ai4mars_nav.perception.sidecar import read_document, sidecar_path

U8 = NDArray[np.uint8]
F64 = NDArray[np.float64]

AnySidecar = ContentSidecar | MultiLabelSidecar | Summed
"""What any content classifier says of itself: name, model, classes, what it answers."""


class AnyClassifier(Protocol):
    """A content classifier of any kind, opened."""

    @property
    def sidecar(self) -> AnySidecar:
        """What it says of itself."""

    def logits(self, picture: U8) -> F64:
        """(logits,) of a picture (h, w, 3) RGB, before all that is made of them."""

    def probabilities(self, picture: U8, instrument: str, /) -> F64:
        """(classes,) of a picture (h, w, 3) RGB, calibrated for the instrument that took it."""


def load_any(model: Path) -> AnySidecar:
    """What an .onnx with its sidecar, or a .yaml that sums another, says of itself; proved."""
    if model.suffix == SUFFIX:
        return read_summed(model)
    if _format(model) == multi_label_sidecar.FORMAT:
        return load_multi_label_model(model)[0]
    return load_content_model(model)[0]


def open_any(model: Path, threads: int = 1) -> AnyClassifier:
    """The classifier of an .onnx with its sidecar, or of a .yaml that sums another."""
    if model.suffix == SUFFIX:
        return SummedClassifier(read_summed(model), threads)
    if _format(model) == multi_label_sidecar.FORMAT:
        return open_multi_label(model, threads)
    return open_classifier(model, threads)


def calibration_sha256(sidecar: AnySidecar) -> str:
    """Of all that stands between network and answers: with the same weights it may change, too."""
    if isinstance(sidecar, Summed):
        return calibration_sha256(sidecar.of)
    if isinstance(sidecar, MultiLabelSidecar):
        parts = repr((sidecar.links, sidecar.platt, sidecar.answer_from))
    elif sidecar.output.border is None:
        # as it was before there were borders: runs that were begun then go on
        parts = repr(sidecar.calibration)
    else:
        parts = repr((sidecar.output.border, sidecar.calibration))
    return hashlib.sha256(parts.encode()).hexdigest()


def _format(model: Path) -> str:
    """The format that a sidecar says it is of, one of the two that there are."""
    where = sidecar_path(model)
    document = read_document(where)
    known = (sidecar.FORMAT, multi_label_sidecar.FORMAT)
    found = document.get("format") if isinstance(document, dict) else None
    if found not in known:
        raise ModelError(f"{where}: format is {found!r}, must be one of {', '.join(known)}")
    return str(found)
