"""What every engine that takes a network as it is asks of it, and of each batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.perception.errors import ModelError
from ai4mars_nav.perception.sidecar import METADATA_KEY, ModelFile

Shape = tuple[int, int, int, int]


class Tensor(NamedTuple):
    """An input or output as a runtime found it; a dimension that is open is a text."""

    name: str
    dtype: str
    shape: tuple[int | str, ...]


class Named(Protocol):
    """An input or output as a sidecar has it."""

    @property
    def name(self) -> str:
        """Its name in the network."""


class Promise(Protocol):
    """What a sidecar of any format says of its network."""

    @property
    def name(self) -> str:
        """Of the model."""

    @property
    def model(self) -> ModelFile:
        """The weights."""

    @property
    def input(self) -> Named:
        """The one input."""

    @property
    def output(self) -> Named:
        """The one output."""

    @property
    def input_shape(self) -> Shape:
        """(1, bands, height, width)."""

    @property
    def output_shape(self) -> Shape:
        """(1, classes, rows, columns)."""


def check_threads(sidecar: Promise, threads: int) -> None:
    """Refuse a number of threads that no runtime can have; zero would mean all cores to some."""
    if threads < 1:
        raise ModelError(f"{sidecar.model.file}: threads is {threads}, must be at least 1")


def check_network(
    sidecar: Promise,
    belongs_to: str | None,
    inputs: Sequence[Tensor],
    outputs: Sequence[Tensor],
    besides: Sequence[Tensor] = (),
) -> None:
    """Refuse a network whose metadata, names or shapes are not what the sidecar promises.

    `belongs_to` is what its metadata says, none where it has none; `besides` are the outputs that
    follow the logits.
    """
    file = sidecar.model.file
    if belongs_to is not None and belongs_to != sidecar.name:
        raise ModelError(
            f"{file}: its metadata {METADATA_KEY} is {belongs_to!r}, the sidecar beside it is "
            f"named {sidecar.name!r}; copy model and sidecar again"
        )
    image = Tensor(sidecar.input.name, "float32", sidecar.input_shape)
    logits = Tensor(sidecar.output.name, "float32", sidecar.output_shape)
    for key, found, promised in (
        ("input", inputs, (image,)),
        ("output", outputs, (logits, *besides)),
    ):
        names, wanted = [one.name for one in found], [one.name for one in promised]
        if names != wanted:
            told = f"{key}.name is {wanted[0]!r}" if len(wanted) == 1 else f"{key}s are {wanted}"
            raise ModelError(f"{file}: its {key}s are {names}, the sidecar's {told}")
        for one, other in zip(found, promised, strict=True):
            if one != other:
                raise ModelError(
                    f"{file}: {key} {one.name!r} is {one.dtype} {list(one.shape)}, "
                    f"the sidecar promises {other.dtype} {list(other.shape)}"
                )


def check_batch(model: str, batch: NDArray[np.float32], shape: Shape) -> None:
    """Refuse a batch that is not float32 of the network's shape."""
    if batch.shape != shape or batch.dtype != np.float32:
        raise ModelError(f"{model}: input is {batch.dtype} {batch.shape}, must be float32 {shape}")


def threads_in_words(threads: int) -> str:
    """As in the name of an engine."""
    return f"{threads} thread{'' if threads == 1 else 's'}"
