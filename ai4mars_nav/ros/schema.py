"""Every parameter of every node, from the settings dataclasses that the nodes are made with."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ai4mars_nav.ros.graph import NODES, NodeSpec
from ai4mars_nav.settings import SettingsError, from_mapping, read_yaml

FROM_RCLPY = ("use_sim_time",)
"""What any ROS node takes."""


def sections_of(spec: NodeSpec) -> dict[str, type]:
    """The settings dataclasses of a node by prefix, as its parameters are named (needs rclpy)."""
    node = getattr(importlib.import_module(spec.module), f"{spec.name.capitalize()}Node")
    if not spec.lifecycle:
        return dict(node.sections)
    shared = importlib.import_module("ai4mars_nav.ros.node").SHARED
    return {**shared, **node.sections}


def check_file(path: Path) -> list[str]:
    """The nodes whose sections in a parameter file are all right; raises with what is not."""
    document = read_yaml(path)
    by_section = {spec.section: spec for spec in NODES}
    for section, body in document.items():
        if section not in by_section:
            raise SettingsError(
                f"{path}: unknown section {section!r}; known are {', '.join(sorted(by_section))}"
            )
        if not isinstance(body, dict) or list(body) != ["ros__parameters"]:
            raise SettingsError(f"{path}: {section} must hold ros__parameters and nothing else")
        spec = by_section[section]
        check_parameters(sections_of(spec), body["ros__parameters"] or {}, f"{path}: {section}")
    return [by_section[section].name for section in document]


def check_parameters(
    sections: Mapping[str, type], parameters: Mapping[str, Any], source: str
) -> None:
    """Raise `SettingsError` unless the parameters, nested or dotted, fit the settings."""
    by_prefix: dict[str, dict[str, Any]] = {}
    for key, value in _flat(parameters):
        prefix, _, name = key.rpartition(".")
        if prefix not in sections:
            known = ", ".join(filter(None, sections))
            raise SettingsError(f"{source}: unknown key {key!r}; there are the groups {known}")
        if key not in FROM_RCLPY:
            by_prefix.setdefault(prefix, {})[name] = value
    for prefix, values in by_prefix.items():
        from_mapping(sections[prefix], values, f"{source}: {prefix}" if prefix else source)


def _flat(parameters: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in parameters.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value
