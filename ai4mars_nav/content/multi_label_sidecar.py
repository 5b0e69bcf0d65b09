"""The sidecar of a multi-label classifier: several classes of one picture, in a chain.

Beside what each content classifier's has, it holds the links of the chain, Platt's scaling and
from which probability on each class is answered.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.content.chain import Platt
from ai4mars_nav.content.network_sidecar import (
    Answer,
    class_names,
    is_mirrored,
    network_document,
    network_output,
    square_input,
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

FORMAT = "ai4mars-content-multi-label/1"

F64 = NDArray[np.float64]


@dataclass(frozen=True)
class MultiLabelSidecar:
    """Identity, classes in the order of the chain, its links, calibration, training and scores."""

    name: str
    model: ModelFile
    input: Input
    output: Answer
    classes: tuple[str, ...]
    mirrored: bool
    """Whether the answer is the mean over an image and its mirror image."""
    links: tuple[tuple[float, ...], ...]
    """Row k: what each of the k classes before it adds to the logit of class k."""
    platt: Platt
    answer_from: tuple[float, ...]
    """The probability from which on each class is answered."""
    precision: str
    training: Mapping[str, Any] = field(default_factory=dict)
    scores: Mapping[str, Any] = field(default_factory=dict)

    @property
    def input_shape(self) -> tuple[int, int, int, int]:
        """(1, 3, height, width) of the network's input."""
        return (1, 3, self.input.height, self.input.width)

    @property
    def output_shape(self) -> tuple[int, int, int, int]:
        """(1, classes, 1, 1) of the network's logits."""
        return (1, len(self.classes), 1, 1)

    def links_matrix(self) -> F64:
        """(classes, classes), zero on and above the diagonal."""
        matrix = np.zeros((len(self.classes),) * 2)
        for at, row in enumerate(self.links):
            matrix[at, :at] = row
        return matrix

    def answered(self, probabilities: F64) -> NDArray[np.bool_]:
        """(n, classes): which classes each picture is said to show."""
        return np.asarray(probabilities >= np.asarray(self.answer_from))


def load_multi_label_model(model: Path) -> tuple[MultiLabelSidecar, bytes]:
    """The checked sidecar of an .onnx file and the file's bytes, proved to be the ones it names."""
    where = sidecar_path(model)
    sidecar = multi_label_from_document(read_document(where), str(where))
    return sidecar, proved_content(model, sidecar.model)


def write_multi_label_sidecar(sidecar: MultiLabelSidecar, model: Path) -> Path:
    """Write the sidecar beside `model`; the path written."""
    path = sidecar_path(model)
    document = multi_label_document(sidecar)
    path.write_text(json.dumps(document, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    return path


def multi_label_document(sidecar: MultiLabelSidecar) -> dict[str, Any]:
    """The sidecar as the JSON document it is stored as."""
    return {
        "format": FORMAT,
        **network_document(sidecar),
        "links": [list(row) for row in sidecar.links],
        "platt": {
            "temperature": list(sidecar.platt.temperature),
            "bias": list(sidecar.platt.bias),
            "fitted_on": sidecar.platt.fitted_on,
        },
        "answer_from": list(sidecar.answer_from),
        "training": dict(sidecar.training),
        "scores": dict(sidecar.scores),
        "precision": sidecar.precision,
    }


def multi_label_from_document(document: Any, source: str) -> MultiLabelSidecar:
    """A sidecar from its JSON document; an error names `source` and the key."""
    top = Section(document, source)
    top.must_be("format", FORMAT)
    classes = class_names(top)
    answer_from = top.numbers("answer_from", len(classes))
    if min(answer_from) < 0.0 or max(answer_from) > 1.0:
        raise top.wrong("answer_from", f"is {list(answer_from)}, must lie in [0, 1]")
    sidecar = MultiLabelSidecar(
        name=top.text("name"),
        model=model_file(top.section("onnx")),
        input=square_input(top.section("input")),
        output=network_output(top.section("output"), classes),
        classes=classes,
        mirrored=is_mirrored(top.section("preprocessing")),
        links=_links(top, len(classes), source),
        platt=_platt(top.section("platt"), len(classes)),
        answer_from=answer_from,
        precision=top.choice("precision", ("fp32", "fp16")),
        training=top.take("training", dict),
        scores=top.take("scores", dict),
    )
    top.nothing_left()
    return sidecar


def _links(top: Section, classes: int, source: str) -> tuple[tuple[float, ...], ...]:
    rows = top.take("links", list)
    if len(rows) != classes:
        raise top.wrong("links", f"has {len(rows)} rows, must have {classes}")
    # a class is told of those before it only, so that row k has k numbers
    return tuple(
        Section({"row": row}, source, f"links[{at}].").numbers("row", at)
        for at, row in enumerate(rows)
    )


def _platt(section: Section, classes: int) -> Platt:
    temperature = section.numbers("temperature", classes)
    if min(temperature) <= 0.0:
        raise section.wrong("temperature", f"is {list(temperature)}, each must be above 0")
    bias = section.numbers("bias", classes)
    fitted_on = section.text("fitted_on")
    section.nothing_left()
    return Platt(temperature, bias, fitted_on)
