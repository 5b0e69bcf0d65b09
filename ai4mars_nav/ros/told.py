"""What each node of the graph said of itself last, as heard in the diagnostics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from diagnostic_msgs.msg import DiagnosticArray
from rclpy.serialization import deserialize_message

from ai4mars_nav.ros.convert.header import nanoseconds
from ai4mars_nav.ros.graph import GRAPH

DIAGNOSTICS = "/diagnostics"

Counts: TypeAlias = "Mapping[str, Counter[str]]"
"""Whole numbers in the diagnostics, by node."""


@dataclass
class Told:
    """What a node said last."""

    line: str = ""
    values: dict[str, str] = field(default_factory=dict)
    times: int = 0
    """How often it has said something."""
    stamp: int = 0
    """Nanoseconds of its clock then; 0 on a simulated one that it has not heard."""

    def counts(self) -> Counter[str]:
        """The whole numbers among the values."""
        numbers = {key: value for key, value in self.values.items() if value.isdecimal()}
        return Counter({key: int(value) for key, value in numbers.items()})


class Tellers:
    """The nodes of the graph in one namespace, and what each told last."""

    def __init__(self, namespace: str = "/") -> None:
        self._within = namespace.rstrip("/") + "/"
        self.nodes: dict[str, Told] = {spec.name: Told() for spec in GRAPH}

    def take(self, raw: bytes) -> None:
        """Hear one serialised DiagnosticArray; what is not of these nodes is left alone."""
        message = deserialize_message(raw, DiagnosticArray)
        for status in message.status:
            within, name = status.name[: len(self._within)], status.name[len(self._within) :]
            if within != self._within or name not in self.nodes:
                continue
            told = self.nodes[name]
            told.line = status.message
            told.values = {value.key: value.value for value in status.values}
            told.times += 1
            told.stamp = nanoseconds(message.header.stamp)

    def counts(self) -> Counts:
        """What the nodes have counted, as they told last."""
        return {name: told.counts() for name, told in self.nodes.items()}
