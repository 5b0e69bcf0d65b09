"""Settings dataclasses as ROS parameters: declared with type, range, unit and meaning, read back.

A value from YAML or the command line is checked as a configuration file is: an unknown key, a
wrong type or a value out of range keeps the node unconfigured and names node and key.
"""

from __future__ import annotations

import array
import sys
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from rcl_interfaces.msg import (
    FloatingPointRange,
    IntegerRange,
    ParameterDescriptor,
    SetParametersResult,
)
from rclpy.node import Node
from rclpy.parameter import Parameter

from ai4mars_nav.ros.errors import ParameterError
from ai4mars_nav.settings import Setting, SettingsError, check, from_mapping, settings_of

T = TypeVar("T")


class Parameters:
    """The parameters of one node: `sections` maps a prefix ("" for none) to a settings dataclass.

    The node must have been made with `automatically_declare_parameters_from_overrides=True`:
    this is how ROS tells which values were given from outside, known or not.
    """

    def __init__(self, node: Node, sections: Mapping[str, type]) -> None:
        self._node = node
        self._sections = dict(sections)
        self._described = {
            _key(prefix, described.name): described
            for prefix, cls in self._sections.items()
            for described in settings_of(cls)
        }
        self._problems: dict[str, str] = {}
        self._frozen: Callable[[], bool] = lambda: False
        given = self._take_given()
        for key, described in self._described.items():
            self._declare(key, described)
        self._apply(given)
        node.add_on_set_parameters_callback(self._on_set)

    def frozen_while(self, configured: Callable[[], bool]) -> None:
        """Refuse changes while `configured()`: the core is built from them at configure time."""
        self._frozen = configured

    def read(self, prefix: str, cls: type[T]) -> T:
        """The settings of one section, as they are now."""
        values = {
            described.name: _value(self._node.get_parameter(_key(prefix, described.name)))
            for described in settings_of(cls)
        }
        return from_mapping(cls, values, self._where(prefix))

    def check(self) -> None:
        """Raise `ParameterError` with everything wrong in what the node was given."""
        if self._problems:
            raise ParameterError("; ".join(self._problems.values()))

    def _declare(self, key: str, described: Setting) -> None:
        # rclpy takes an empty list for bytes: the type is learnt from a list that is not empty
        first = [0.0] if isinstance(described.default, tuple) else described.default
        self._node.declare_parameter(key, first, _descriptor(described), ignore_override=True)
        self._node.set_parameters([_parameter(key, described.default)])

    def _take_given(self) -> dict[str, Any]:
        given = {}
        for name, parameter in self._node.get_parameters_by_prefix("").items():
            if name in self._described:
                given[name] = _value(parameter)
                self._node.undeclare_parameter(name)
            elif not _belongs_to_rclpy(name):
                self._problems[name] = (
                    f"{self._node.get_name()}: unknown parameter {name!r}; "
                    f"known are {', '.join(sorted(self._described))}"
                )
                self._node.undeclare_parameter(name)
        return given

    def _apply(self, given: Mapping[str, Any]) -> None:
        for key, value in given.items():
            self._apply_one(key, value)

    def _apply_one(self, key: str, value: Any) -> None:
        try:
            checked = check(self._described[key], value, self._where_of(key))
        except SettingsError as error:
            self._problems[key] = str(error)
        else:
            self._node.set_parameters([_parameter(key, checked)])

    def _on_set(self, changes: list[Parameter]) -> SetParametersResult:
        for parameter in changes:
            if parameter.name not in self._described:
                continue
            if self._frozen():
                return _refused(
                    f"{self._node.get_name()}: {parameter.name} is read when the node is "
                    "configured; clean the node up, set it and configure again"
                )
            try:
                value = _value(parameter)
                check(self._described[parameter.name], value, self._where_of(parameter.name))
            except SettingsError as error:
                return _refused(str(error))
        for parameter in changes:
            self._problems.pop(parameter.name, None)
        return SetParametersResult(successful=True)

    def _where(self, prefix: str) -> str:
        return f"{self._node.get_name()}: {prefix}" if prefix else str(self._node.get_name())

    def _where_of(self, key: str) -> str:
        return self._where(key.rpartition(".")[0])


def _refused(reason: str) -> SetParametersResult:
    return SetParametersResult(successful=False, reason=reason)


def _key(prefix: str, name: str) -> str:
    return f"{prefix}.{name}" if prefix else name


def _belongs_to_rclpy(name: str) -> bool:
    return name in ("use_sim_time", "start_type_description_service")


def _parameter(key: str, value: Any) -> Parameter:
    if isinstance(value, tuple):
        return Parameter(key, Parameter.Type.DOUBLE_ARRAY, list(value))
    return Parameter(key, value=value)


def _value(parameter: Parameter) -> Any:
    value = parameter.value
    return list(value) if isinstance(value, array.array | tuple) else value


def _descriptor(described: Setting) -> ParameterDescriptor:
    unit = f" [{described.unit}]" if described.unit else ""
    descriptor = ParameterDescriptor(
        name=described.name,
        description=f"{described.help}{unit}",
        additional_constraints=_constraints(described),
    )
    if described.type is float and _bounded(described):
        largest = sys.float_info.max
        low, high = _bounds(described, -largest, largest)
        descriptor.floating_point_range = [FloatingPointRange(from_value=low, to_value=high)]
    if described.type is int and _bounded(described):
        low, high = _bounds(described, -(2**63), 2**63 - 1)
        descriptor.integer_range = [IntegerRange(from_value=int(low), to_value=int(high), step=1)]
    return descriptor


def _bounded(described: Setting) -> bool:
    return described.lo is not None or described.hi is not None


def _bounds(described: Setting, lowest: float, highest: float) -> tuple[float, float]:
    low = lowest if described.lo is None else described.lo
    high = highest if described.hi is None else described.hi
    return (float(low), float(high)) if described.type is float else (low, high)


def _constraints(described: Setting) -> str:
    parts = []
    if described.choices:
        parts.append("one of " + ", ".join(described.choices))
    if described.type == tuple[float, ...] and _bounded(described):
        parts.append(f"each in [{described.lo}, {described.hi}]")
    parts.append("read when the node is configured")
    return "; ".join(parts)
