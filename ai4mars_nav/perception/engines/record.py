"""The engine's sidecar: the JSON file beside a plan that says what it is and that it was proved.

Its seal is the sha256 of all that it says otherwise, so that one that was edited is not believed.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ai4mars_nav.perception.document import Section
from ai4mars_nav.perception.engines.identity import EngineIdentity, Shape
from ai4mars_nav.perception.errors import ModelError

FORMAT = "ai4mars-engine/1"


@dataclass(frozen=True)
class PlanFile:
    """The plan: file name beside the sidecar, sha256 in hex, size in bytes."""

    file: str
    sha256: str
    bytes: int


@dataclass(frozen=True)
class Built:
    """When the plan was built (UTC, ISO 8601), and in how many seconds."""

    at: str
    seconds: float


@dataclass(frozen=True)
class Parity:
    """How the engine was proved: shares of cells (0 to 1) in which it says what `against` says."""

    every: float
    """Of all cells."""
    decided: float
    """Of those that `against` is sure enough of to give them a class."""
    against: str
    frames: str
    """The sha256 of the frames that both were shown."""


@dataclass(frozen=True)
class EngineRecord:
    """All that is kept about a plan."""

    identity: EngineIdentity
    plan: PlanFile
    built: Built
    parity: Parity


def to_text(record: EngineRecord) -> str:
    """The record as the sealed JSON text it is stored as."""
    identity, plan = record.identity, record.plan
    document: dict[str, Any] = {
        "format": FORMAT,
        "runtime": identity.runtime,
        "machine": dict(identity.machine),
        "onnx": {
            "sha256": identity.onnx_sha256,
            "model": identity.model,
            "precision": identity.precision,
        },
        "input_shape": list(identity.input_shape),
        "output_shape": list(identity.output_shape),
        "classes": list(identity.classes),
        "plan": {"file": plan.file, "sha256": plan.sha256, "bytes": plan.bytes},
        "built": {"at": record.built.at, "seconds": record.built.seconds},
        "parity": {
            "every": record.parity.every,
            "decided": record.parity.decided,
            "against": record.parity.against,
            "frames": record.parity.frames,
        },
    }
    return json.dumps(document | {"seal": seal(document)}, indent=2) + "\n"


def from_text(text: str, source: str) -> EngineRecord:
    """A record from its text; an error names `source` and the key."""
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise ModelError(f"{source}: is not JSON: {error}") from error
    top = Section(document, source)
    top.must_be("format", FORMAT)
    told = top.text("seal")
    if told != seal({key: value for key, value in document.items() if key != "seal"}):
        raise ModelError(f"{source}: seal does not fit what stands in it; the file was edited")
    onnx = top.section("onnx")
    identity = EngineIdentity(
        runtime=top.text("runtime"),
        machine=_texts(top, "machine"),
        onnx_sha256=onnx.text("sha256"),
        model=onnx.text("model"),
        precision=onnx.text("precision"),
        input_shape=_shape(top, "input_shape"),
        output_shape=_shape(top, "output_shape"),
        classes=_names(top, "classes"),
    )
    record = EngineRecord(
        identity,
        _plan(top.section("plan")),
        _built(top.section("built")),
        _parity(top.section("parity")),
    )
    onnx.nothing_left()
    top.nothing_left()
    return record


def seal(document: dict[str, Any]) -> str:
    """The sha256 in hex of a document, whatever order and spacing it is written with."""
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()


def _texts(section: Section, key: str) -> dict[str, str]:
    values = section.take(key, dict)
    if not all(isinstance(value, str) for value in values.values()):
        raise section.wrong(key, f"holds {values!r}, must be texts")
    return dict(values)


def _shape(section: Section, key: str) -> Shape:
    sizes = section.numbers(key, 4)
    if not all(size >= 1.0 and size.is_integer() for size in sizes):
        raise section.wrong(key, f"is {sizes!r}, must be whole numbers of at least 1")
    first, second, third, fourth = (int(size) for size in sizes)
    return first, second, third, fourth


def _names(section: Section, key: str) -> tuple[str, ...]:
    names = section.take(key, list)
    if not all(isinstance(name, str) for name in names):
        raise section.wrong(key, f"holds {names!r}, must be texts")
    return tuple(names)


def _plan(section: Section) -> PlanFile:
    file = section.text("file")
    if Path(file).name != file:
        raise section.wrong("file", f"is {file!r}, must be a file name beside the sidecar")
    plan = PlanFile(file, section.text("sha256"), section.whole("bytes", lowest=1))
    section.nothing_left()
    return plan


def _built(section: Section) -> Built:
    built = Built(section.text("at"), section.number("seconds", lowest=0.0))
    section.nothing_left()
    return built


def _parity(section: Section) -> Parity:
    every, decided = (section.number(key, lowest=0.0, highest=1.0) for key in ("every", "decided"))
    parity = Parity(every, decided, section.text("against"), section.text("frames"))
    section.nothing_left()
    return parity
