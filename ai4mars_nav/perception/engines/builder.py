"""Builders: runtimes that turn a network into a plan for this very machine before they run it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from ai4mars_nav.perception.engine import Engine
from ai4mars_nav.perception.errors import ModelError
from ai4mars_nav.perception.sidecar import Sidecar

Say = Callable[[str], None]
"""Takes one line about work in progress."""


class Unavailable(ModelError):
    """A runtime that cannot run here; the message says what is missing."""


class Builder(Protocol):
    """One runtime that builds plans: bytes that hold for one machine, version and network."""

    kind: str
    """Its name among the engine kinds."""

    def machine(self) -> Mapping[str, str]:
        """What a plan depends on besides the network: runtime version, device, capability.

        Raises Unavailable where the runtime cannot run here."""

    def build(self, sidecar: Sidecar, content: bytes, timing_cache: Path | None, say: Say) -> bytes:
        """A plan of an .onnx file's bytes; minutes on an embedded GPU."""

    def open(self, sidecar: Sidecar, plan: bytes) -> Engine:
        """The engine of a plan that this runtime built on this machine."""
