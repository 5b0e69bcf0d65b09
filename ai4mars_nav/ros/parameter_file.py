"""The settings of a node as a parameter file has them, without the node."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from ai4mars_nav.ros.graph import NodeSpec
from ai4mars_nav.settings import from_mapping, read_yaml

T = TypeVar("T")


def settings_in(file: Path, node: NodeSpec, prefix: str, cls: type[T]) -> T:
    """One group of settings; what the file does not set has its default."""
    section = read_yaml(file).get(node.section) or {}
    values = section.get("ros__parameters") or {}
    if prefix:
        values = values.get(prefix) or {}
    plain = {key: value for key, value in values.items() if not isinstance(value, dict)}
    return from_mapping(cls, plain, f"{file}: {node.section}")
