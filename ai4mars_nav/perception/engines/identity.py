"""What an engine was built of: the network, and the runtime and machine that it holds for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from ai4mars_nav import terrain
from ai4mars_nav.perception.engines.builder import Builder
from ai4mars_nav.perception.sidecar import Sidecar

Shape = tuple[int, int, int, int]
ABSENT = "nothing"
"""What a field that one of two identities does not have is said to be."""


class Difference(NamedTuple):
    """A field in which two identities differ: what the one had, and what the other wants."""

    field: str
    had: str
    wants: str

    def __str__(self) -> str:
        return f"{self.field} was {self.had}, is {self.wants}"


@dataclass(frozen=True)
class EngineIdentity:
    """A plan may be used only where each of these is the same."""

    runtime: str
    """The builder's kind."""
    machine: Mapping[str, str]
    """Runtime version, device, capability: what the builder says that its plans depend on."""
    onnx_sha256: str
    model: str
    precision: str
    input_shape: Shape
    output_shape: Shape
    classes: tuple[str, ...]

    def fields(self) -> dict[str, str]:
        """Each field by its name in the file, as text."""
        return {
            "runtime": self.runtime,
            **{f"machine.{key}": value for key, value in self.machine.items()},
            "onnx.sha256": self.onnx_sha256,
            "onnx.model": self.model,
            "onnx.precision": self.precision,
            "input_shape": " x ".join(map(str, self.input_shape)),
            "output_shape": " x ".join(map(str, self.output_shape)),
            "classes": ", ".join(self.classes),
        }

    def differences(self, wanted: EngineIdentity) -> list[Difference]:
        """Each field in which this, which was built, is not what is wanted."""
        had, wants = self.fields(), wanted.fields()
        return [
            Difference(field, had.get(field, ABSENT), wants.get(field, ABSENT))
            for field in {**wants, **had}
            if had.get(field) != wants.get(field)
        ]


def identity_of(builder: Builder, sidecar: Sidecar) -> EngineIdentity:
    """What a plan that this builder made of this model here and now would be."""
    return EngineIdentity(
        runtime=builder.kind,
        machine=dict(builder.machine()),
        onnx_sha256=sidecar.model.sha256,
        model=sidecar.name,
        precision=sidecar.precision,
        input_shape=sidecar.input_shape,
        output_shape=sidecar.output_shape,
        classes=terrain.NAMES,
    )
