"""The sidecar of a content classifier: what it is, checked before it is believed.

`mslnet.onnx` has `mslnet.json` next to it, of a format of its own: classes are the model's, not
the terrain's, and one answer is given for the whole image.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.content.calibration import (
    Calibration,
    calibrated,
    calibration_document,
    read_calibration,
)
from ai4mars_nav.content.network_sidecar import (
    Answer,
    class_names,
    is_mirrored,
    network_document,
    network_output,
    square_input,
)
from ai4mars_nav.content.together import (
    Together,
    companies,
    read_together,
    roles,
    together_document,
    told_together,
)
from ai4mars_nav.perception.document import Section
from ai4mars_nav.perception.sidecar import (
    Input,
    ModelFile,
    model_file,
    proved_content,
    read_document,
    sidecar_path,
)

FORMAT = "ai4mars-content/1"


@dataclass(frozen=True)
class ContentSidecar:
    """A content classifier's identity, classes, input, calibration, training and scores."""

    name: str
    model: ModelFile
    input: Input
    output: Answer
    classes: tuple[str, ...]
    mirrored: bool
    """Whether the answer is the mean over an image and its mirror image."""
    calibration: Calibration
    """Of each picture alone."""
    precision: str
    training: Mapping[str, Any] = field(default_factory=dict)
    scores: Mapping[str, Any] = field(default_factory=dict)
    together: Together | None = None
    """How pictures of one sol or source image are told together, where that was fitted."""

    @property
    def in_groups(self) -> ContentSidecar:
        """The same, calibrated for pictures that are told together: what `in_company` gives."""
        return (
            self if self.together is None else replace(self, calibration=self.together.calibration)
        )

    def in_company(
        self, logits: NDArray[np.float64], groups: Sequence[str], instruments: Sequence[str]
    ) -> NDArray[np.float64]:
        """Probabilities (n, classes) of logits (n, classes), by groups and instruments (n,).

        Each beside the others of its group and instrument, or alone where that was not fitted.
        """
        if self.together is None:
            return calibrated(logits, self.calibration, instruments)
        told = roles(self.classes, self.together.apart, self.training["support"])
        company = companies(groups, instruments)
        logits = told_together(logits, company, told, self.together.beforehand)
        return calibrated(logits, self.together.calibration, instruments)

    @property
    def input_shape(self) -> tuple[int, int, int, int]:
        """(1, 3, height, width) of the network's input."""
        return (1, 3, self.input.height, self.input.width)

    @property
    def output_shape(self) -> tuple[int, int, int, int]:
        """(1, classes, 1, 1) of the network's logits."""
        return (1, len(self.classes), 1, 1)

    def answered(self, probabilities: NDArray[np.float64]) -> NDArray[np.bool_]:
        """(n, classes): the likeliest class of each picture, if it is likely enough."""
        best = probabilities.argmax(axis=1)[:, None] == np.arange(len(self.classes))
        return np.asarray(best & (probabilities >= self.calibration.abstain_below))


def load_content_model(model: Path) -> tuple[ContentSidecar, bytes]:
    """The checked sidecar of an .onnx file and the file's bytes, proved to be the ones it names."""
    where = sidecar_path(model)
    sidecar = from_document(read_document(where), str(where))
    return sidecar, proved_content(model, sidecar.model)


def write_content_sidecar(sidecar: ContentSidecar, model: Path) -> Path:
    """Write the sidecar beside `model`; the path written."""
    path = sidecar_path(model)
    path.write_text(json.dumps(to_document(sidecar), indent=1) + "\n", encoding="utf-8")
    return path


def to_document(sidecar: ContentSidecar) -> dict[str, Any]:
    """The sidecar as the JSON document it is stored as."""
    together = sidecar.together
    return {
        "format": FORMAT,
        **network_document(sidecar),
        "calibration": calibration_document(sidecar.calibration),
        **({} if together is None else {"together": together_document(together)}),
        "training": dict(sidecar.training),
        "scores": dict(sidecar.scores),
        "precision": sidecar.precision,
    }


def from_document(document: Any, source: str) -> ContentSidecar:
    """A sidecar from its JSON document; an error names `source` and the key."""
    top = Section(document, source)
    top.must_be("format", FORMAT)
    classes = class_names(top)
    together = top.section_if_there("together")
    sidecar = ContentSidecar(
        name=top.text("name"),
        model=model_file(top.section("onnx")),
        input=square_input(top.section("input")),
        output=network_output(top.section("output"), classes),
        classes=classes,
        mirrored=is_mirrored(top.section("preprocessing")),
        calibration=read_calibration(top.section("calibration"), len(classes)),
        precision=top.choice("precision", ("fp32", "fp16")),
        training=top.take("training", dict),
        scores=top.take("scores", dict),
        together=None if together is None else read_together(together, classes),
    )
    top.nothing_left()
    return sidecar
