"""What a sidecar of any kind says of the network of a content classifier that it stands beside."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Protocol

from ai4mars_nav.content.border import Border, border_document, read_border
from ai4mars_nav.content.network_input import OFFSET, SCALE
from ai4mars_nav.perception.document import Section
from ai4mars_nav.perception.errors import ModelError
from ai4mars_nav.perception.sidecar import Input, ModelFile


@dataclass(frozen=True)
class FeatureMap:
    """What the last layer sees, before it is pooled: float32 (1, channels, rows, columns)."""

    name: str
    channels: int
    rows: int
    columns: int

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """(1, channels, rows, columns)."""
        return (1, self.channels, self.rows, self.columns)


@dataclass(frozen=True)
class Answer:
    """What the network gives: float32 logits (1, classes, 1, 1), and what it saw, if it tells."""

    name: str
    seen: FeatureMap | None = None
    border: Border | None = None
    """What is added to a logit for the black border of a picture, where that says something."""


class NetworkSidecar(Protocol):
    """What a sidecar of any kind says of the network that it stands beside."""

    @property
    def name(self) -> str:
        """Of the model."""

    @property
    def model(self) -> ModelFile:
        """The weights."""

    @property
    def input(self) -> Input:
        """The one input."""

    @property
    def output(self) -> Answer:
        """The logits, and what it saw."""

    @property
    def classes(self) -> tuple[str, ...]:
        """By number."""

    @property
    def mirrored(self) -> bool:
        """Whether it looks at the mirror image, too."""

    @property
    def input_shape(self) -> tuple[int, int, int, int]:
        """(1, 3, height, width)."""

    @property
    def output_shape(self) -> tuple[int, int, int, int]:
        """(1, classes, 1, 1)."""


def network_document(sidecar: NetworkSidecar) -> dict[str, Any]:
    """What documents of all kinds say of the network."""
    return {
        "name": sidecar.name,
        "onnx": asdict(sidecar.model),
        "input": {
            "name": sidecar.input.name,
            "layout": "NCHW",
            "channels": 3,
            "height": sidecar.input.height,
            "width": sidecar.input.width,
            "dtype": "float32",
        },
        "output": _output_document(sidecar.output, sidecar.classes),
        "preprocessing": {
            "colour": "rgb",
            "scale": SCALE,
            "offset": OFFSET,
            "resize": "squeezed by area means",
            "mirrored": int(sidecar.mirrored),
        },
        "classes": list(sidecar.classes),
    }


def check_classes(sidecar: NetworkSidecar, names: tuple[str, ...], source: str) -> None:
    """Refuse a class map that is not the one the weights were trained with."""
    if names == sidecar.classes:
        return
    ours, theirs = len(sidecar.classes), len(names)
    if ours != theirs:
        raise ModelError(
            f"{source}: has {theirs} classes, {sidecar.model.file} was trained with {ours}; "
            "they do not belong together"
        )
    at = next(i for i in range(ours) if names[i] != sidecar.classes[i])
    raise ModelError(
        f"{source}: class {at} is {names[at]!r}, in {sidecar.model.file} it is "
        f"{sidecar.classes[at]!r}; they do not belong together"
    )


def class_names(top: Section) -> tuple[str, ...]:
    """The key `classes` of a sidecar of any kind."""
    classes = top.take("classes", list)
    if len(classes) < 2 or not all(isinstance(name, str) and name for name in classes):
        raise top.wrong("classes", f"is {classes}, must be two names at least")
    if len(set(classes)) != len(classes):
        raise top.wrong("classes", "names a class twice")
    return tuple(classes)


def square_input(section: Section) -> Input:
    """The section `input` of a sidecar of any kind."""
    section.must_be("layout", "NCHW")
    section.must_be("channels", 3)
    section.must_be("dtype", "float32")
    name = section.text("name")
    height, width = section.whole("height", lowest=64), section.whole("width", lowest=64)
    section.nothing_left()
    if height != width:
        raise section.wrong("width", f"is {width}, must be the height, {height}")
    return Input(name, height, width)


def _output_document(answer: Answer, classes: tuple[str, ...]) -> dict[str, Any]:
    seen = {} if answer.seen is None else {"seen": asdict(answer.seen)}
    border = {} if answer.border is None else {"border": border_document(answer.border, classes)}
    return {"name": answer.name, **seen, **border}


def network_output(section: Section, classes: tuple[str, ...]) -> Answer:
    """The section `output` of a sidecar of any kind."""
    name = section.text("name")
    seen, border = section.section_if_there("seen"), section.section_if_there("border")
    section.nothing_left()
    return Answer(
        name,
        None if seen is None else _feature_map(seen),
        None if border is None else read_border(border, classes),
    )


def _feature_map(section: Section) -> FeatureMap:
    name = section.text("name")
    channels, rows, columns = (
        section.whole(key, lowest=1) for key in ("channels", "rows", "columns")
    )
    section.nothing_left()
    return FeatureMap(name, channels, rows, columns)


def is_mirrored(section: Section) -> bool:
    """The section `preprocessing` of a sidecar of any kind: whether it looks twice."""
    section.must_be("colour", "rgb")
    section.must_be("resize", "squeezed by area means")
    for key, wanted in (("scale", SCALE), ("offset", OFFSET)):
        if abs(section.number(key) - wanted) > 1e-9:
            raise section.wrong(key, f"must be {wanted}, as all content classifiers have it")
    mirrored = section.whole("mirrored", lowest=0)
    section.nothing_left()
    if mirrored > 1:
        raise section.wrong("mirrored", f"is {mirrored}, must be 0 or 1")
    return bool(mirrored)
