"""The sidecar: the JSON file beside a model that says what it is, checked before it is believed.

`terrain-256.onnx` has `terrain-256.json` next to it. The sidecar names the weights by size and
sha256, so that neither travels alone: weights cut short, exchanged or without their sidecar
are refused in words.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ai4mars_nav import terrain
from ai4mars_nav.perception.document import Section
from ai4mars_nav.perception.errors import ModelError

FORMAT = "ai4mars-model/1"
EXACT = "fp32"
PRECISIONS = (EXACT, "fp16", "int8", "uint8")
"""What a network computes in: int8 has activations about zero, as TensorRT wants them, uint8 has
them with a zero point, which is the fastest on a CPU. Input and output are always float32."""
METADATA_KEY = "ai4mars.sidecar"
"""Key in the ONNX file's own metadata whose value is the name in its sidecar."""


@dataclass(frozen=True)
class ModelFile:
    """The weights: file name beside the sidecar, sha256 in hex, size in bytes."""

    file: str
    sha256: str
    bytes: int


@dataclass(frozen=True)
class Input:
    """What the network takes: float32 NCHW of one grey channel, height x width pixels."""

    name: str
    height: int
    width: int


@dataclass(frozen=True)
class Output:
    """What it gives: float32 logits (1, 4, height / stride, width / stride)."""

    name: str
    stride: int


@dataclass(frozen=True)
class Preprocessing:
    """Network input = grey level (0..255) * scale + offset."""

    scale: float
    offset: float


@dataclass(frozen=True)
class Calibration:
    """Probabilities = softmax(logits * scale + bias), per class; below abstain_below: unknown."""

    scale: tuple[float, ...]
    bias: tuple[float, ...]
    abstain_below: float
    risk: float
    """Share of wrong pixels that the threshold allows on the data it was fitted on."""
    fitted_on: str


@dataclass(frozen=True)
class Sidecar:
    """A model's identity, shapes, preprocessing, calibration, training and scores."""

    name: str
    model: ModelFile
    input: Input
    output: Output
    preprocessing: Preprocessing
    calibration: Calibration
    precision: str
    training: Mapping[str, Any] = field(default_factory=dict)
    scores: Mapping[str, Any] = field(default_factory=dict)

    @property
    def input_shape(self) -> tuple[int, int, int, int]:
        """(1, 1, height, width) of the network's input."""
        return (1, 1, self.input.height, self.input.width)

    @property
    def output_shape(self) -> tuple[int, int, int, int]:
        """(1, classes, rows, columns) of the network's logits."""
        stride = self.output.stride
        return (1, len(terrain.CLASSES), self.input.height // stride, self.input.width // stride)


def sidecar_path(model: Path) -> Path:
    """Where the sidecar of an .onnx file lies."""
    return model.with_suffix(".json")


def load_model(model: Path) -> tuple[Sidecar, bytes]:
    """The checked sidecar of an .onnx file and the file's bytes, proved to be the ones it names."""
    sidecar = load_sidecar(sidecar_path(model))
    return sidecar, proved_content(model, sidecar.model)


def proved_content(model: Path, promised: ModelFile) -> bytes:
    """The bytes of an .onnx file, proved to be the ones that its sidecar names."""
    where = sidecar_path(model)
    if promised.file != model.name:
        raise ModelError(
            f"{where}: onnx.file is {promised.file!r}, but the model beside it is "
            f"{model.name!r}; this sidecar belongs to another model"
        )
    try:
        content = model.read_bytes()
    except OSError as error:
        raise ModelError(f"{model}: cannot be read: {error.strerror}") from error
    if len(content) != promised.bytes:
        raise ModelError(
            f"{model}: has {len(content)} bytes, {where} says {promised.bytes} (onnx.bytes); "
            "the file was cut short or exchanged, copy model and sidecar again"
        )
    digest = hashlib.sha256(content).hexdigest()
    if digest != promised.sha256:
        raise ModelError(
            f"{model}: sha256 is {digest[:12]}..., {where} says {promised.sha256[:12]}... "
            "(onnx.sha256); weights and sidecar do not belong together, copy both again"
        )
    return content


def load_sidecar(path: Path) -> Sidecar:
    """A sidecar file, every key checked."""
    return from_document(read_document(path), str(path))


def read_document(path: Path) -> Any:
    """The JSON of a sidecar file of any format."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ModelError(f"{path}: is missing; a model is not used without its sidecar") from error
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error.strerror}") from error
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ModelError(f"{path}: is not JSON: {error}") from error


def describe_file(model: Path) -> ModelFile:
    """The name, sha256 and size of a finished model file, for its sidecar."""
    content = model.read_bytes()
    return ModelFile(model.name, hashlib.sha256(content).hexdigest(), len(content))


def write_sidecar(sidecar: Sidecar, model: Path) -> Path:
    """Write the sidecar beside `model`; the path written."""
    path = sidecar_path(model)
    path.write_text(json.dumps(to_document(sidecar), indent=2) + "\n", encoding="utf-8")
    return path


def to_document(sidecar: Sidecar) -> dict[str, Any]:
    """The sidecar as the JSON document it is stored as."""
    calibration = sidecar.calibration
    return {
        "format": FORMAT,
        "name": sidecar.name,
        "onnx": asdict(sidecar.model),
        "input": {
            "name": sidecar.input.name,
            "layout": "NCHW",
            "channels": 1,
            "height": sidecar.input.height,
            "width": sidecar.input.width,
            "dtype": "float32",
        },
        "output": {"name": sidecar.output.name, "stride": sidecar.output.stride},
        "preprocessing": {
            "colour": "grey",
            "scale": sidecar.preprocessing.scale,
            "offset": sidecar.preprocessing.offset,
            "resize": "area",
        },
        "classes": _class_list(),
        "calibration": {
            "method": "vector",
            "scale": list(calibration.scale),
            "bias": list(calibration.bias),
            "abstain_below": calibration.abstain_below,
            "risk": calibration.risk,
            "fitted_on": calibration.fitted_on,
        },
        "training": dict(sidecar.training),
        "scores": dict(sidecar.scores),
        "precision": sidecar.precision,
    }


def from_document(document: Any, source: str) -> Sidecar:
    """A sidecar from its JSON document; an error names `source` and the key."""
    top = Section(document, source)
    top.must_be("format", FORMAT)
    if top.take("classes", list) != _class_list():
        raise ModelError(
            f"{source}: classes is {document['classes']}, must be exactly {_class_list()}; "
            "export the model again with the classes of ai4mars_nav/terrain.py"
        )
    precision = top.choice("precision", PRECISIONS)
    sidecar = Sidecar(
        name=top.text("name"),
        model=model_file(top.section("onnx")),
        input=_input(top.section("input")),
        output=_output(top.section("output")),
        preprocessing=_preprocessing(top.section("preprocessing")),
        calibration=_calibration(top.section("calibration")),
        precision=precision,
        training=top.take("training", dict),
        scores=top.take("scores", dict),
    )
    top.nothing_left()
    for key, pixels in (("height", sidecar.input.height), ("width", sidecar.input.width)):
        if pixels % sidecar.output.stride:
            raise ModelError(
                f"{source}: input.{key} {pixels} is no multiple of output.stride "
                f"{sidecar.output.stride}"
            )
    return sidecar


def _class_list() -> list[dict[str, Any]]:
    return [
        {"value": int(kind), "name": name}
        for kind, name in zip(terrain.CLASSES, terrain.NAMES, strict=True)
    ]


def model_file(section: Section) -> ModelFile:
    """The section `onnx` of a sidecar of any format."""
    file = section.text("file")
    if Path(file).name != file:
        raise section.wrong("file", f"is {file!r}, must be a file name beside the sidecar")
    sha256 = section.text("sha256")
    if len(sha256) != 64 or set(sha256) - set("0123456789abcdef"):
        raise section.wrong("sha256", f"is {sha256!r}, must be 64 lower-case hex digits")
    size = section.whole("bytes", lowest=1)
    section.nothing_left()
    return ModelFile(file, sha256, size)


def _input(section: Section) -> Input:
    section.must_be("layout", "NCHW")
    section.must_be("channels", 1)
    section.must_be("dtype", "float32")
    name = section.text("name")
    height, width = section.whole("height", lowest=16), section.whole("width", lowest=16)
    section.nothing_left()
    return Input(name, height, width)


def _output(section: Section) -> Output:
    output = Output(section.text("name"), section.whole("stride", lowest=1))
    section.nothing_left()
    return output


def _preprocessing(section: Section) -> Preprocessing:
    section.must_be("colour", "grey")
    section.must_be("resize", "area")
    scale, offset = section.number("scale"), section.number("offset")
    if scale <= 0.0:
        raise section.wrong("scale", f"is {scale}, must be above 0")
    section.nothing_left()
    return Preprocessing(scale, offset)


def _calibration(section: Section) -> Calibration:
    section.must_be("method", "vector")
    kinds = len(terrain.CLASSES)
    scale, bias = section.numbers("scale", kinds), section.numbers("bias", kinds)
    if min(scale) <= 0.0:
        raise section.wrong("scale", f"is {scale}, every number must be above 0")
    abstain_below = section.number("abstain_below", lowest=0.0, highest=1.0)
    risk = section.number("risk", lowest=0.0, highest=1.0)
    fitted_on = section.text("fitted_on")
    section.nothing_left()
    return Calibration(scale, bias, abstain_below, risk, fitted_on)
