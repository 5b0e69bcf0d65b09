"""Settings: frozen dataclasses whose fields know their unit, range and meaning.

One description serves the YAML files, the ROS parameters and the documentation, so that
a misspelt key or a value out of range is an error that names file and key everywhere.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

import yaml

T = TypeVar("T")


class SettingsError(ValueError):
    """A configuration that cannot be used; the message names the source and the key."""


def setting(
    default: Any,
    help: str,
    *,
    unit: str = "",
    lo: float | None = None,
    hi: float | None = None,
    choices: tuple[str, ...] = (),
) -> Any:
    """A dataclass field with its meaning, unit and inclusive range."""
    if not help:
        raise SettingsError("a setting is not done until it is described")
    meta = {"help": help, "unit": unit, "lo": lo, "hi": hi, "choices": choices}
    return dataclasses.field(default=default, metadata=meta)


@dataclasses.dataclass(frozen=True)
class Setting:
    """One described key: what `setting` was told, with the field's name, type and default."""

    name: str
    type: type
    default: Any
    help: str
    unit: str
    lo: float | None
    hi: float | None
    choices: tuple[str, ...]


def settings_of(cls: type) -> list[Setting]:
    """The described keys of a settings dataclass, in order."""
    hints = get_type_hints(cls)
    return [
        Setting(name=f.name, type=hints[f.name], default=f.default, **f.metadata)
        for f in dataclasses.fields(cls)
    ]


def from_mapping(cls: type[T], values: Mapping[str, Any], source: str) -> T:
    """Build `cls` from plain values; unknown keys, wrong types and ranges name `source` and key."""
    described = {s.name: s for s in settings_of(cls)}
    unknown = sorted(set(values) - set(described))
    if unknown:
        raise SettingsError(
            f"{source}: unknown key {unknown[0]!r}; known are {', '.join(sorted(described))}"
        )
    checked = {key: check(described[key], value, source) for key, value in values.items()}
    return cls(**checked)


def check(described: Setting, value: Any, source: str) -> Any:
    """`value` as the type its setting has, or an error that names `source` and the key."""
    where = f"{source}: {described.name}"
    value = _typed(described.type, value, where)
    if described.choices and value not in described.choices:
        raise SettingsError(f"{where} is {value!r}, must be one of {', '.join(described.choices)}")
    for number in value if isinstance(value, tuple) else (value,):
        _check_range(described, number, where)
    return value


def load(cls: type[T], path: Path, section: str) -> T:
    """Read `section` of a YAML file into the settings dataclass `cls`."""
    document = read_yaml(path)
    if section not in document:
        raise SettingsError(f"{path}: no section {section!r}; there are {', '.join(document)}")
    return from_mapping(cls, document[section] or {}, f"{path}: {section}")


def read_yaml(path: Path) -> dict[str, Any]:
    """A YAML file's top-level mapping."""
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: is not YAML: {error}") from error
    if not isinstance(document, dict):
        raise SettingsError(f"{path}: must hold a mapping, holds {type(document).__name__}")
    return document


def _typed(kind: Any, value: Any, where: str) -> Any:
    if kind is bool or kind is str:
        if not isinstance(value, kind):
            raise SettingsError(f"{where} must be {kind.__name__}, is {value!r}")
        return value
    if kind is int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise SettingsError(f"{where} must be a whole number, is {value!r}")
        return value
    if kind is float:
        return _finite(value, where)
    if kind == tuple[float, ...]:
        if not isinstance(value, list | tuple):
            raise SettingsError(f"{where} must be a list of numbers, is {value!r}")
        return tuple(_finite(item, where) for item in value)
    raise TypeError(f"{where}: settings cannot be of type {kind}")


def _finite(value: Any, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise SettingsError(f"{where} must be a finite number, is {value!r}")
    return float(value)


def _check_range(described: Setting, value: Any, where: str) -> None:
    if isinstance(value, bool | str):
        return
    low, high = described.lo, described.hi
    if (low is not None and value < low) or (high is not None and value > high):
        bounds = f"[{'-inf' if low is None else low}, {'inf' if high is None else high}]"
        unit = f" {described.unit}" if described.unit else ""
        raise SettingsError(f"{where} is {value}{unit}, outside {bounds}{unit}")
