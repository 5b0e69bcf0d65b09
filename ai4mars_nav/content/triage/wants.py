"""What the scientists want of the next pass: a YAML file of weights, and how it is read.

A weight says what an image is worth that shows a thing for sure, is all of it, or is all new;
what is not named is worth nothing. Each key is checked: an unknown class, terrain or target is an
error that names file and key.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ai4mars_nav.content.triage.sizes import bytes_of
from ai4mars_nav.settings import SettingsError, from_mapping, read_yaml, setting
from ai4mars_nav.terrain import NAMES

OUTCROP, FLOAT_ROCK, NEW = "outcrop", "float rock", "new"
TARGETS = (OUTCROP, FLOAT_ROCK, NEW)


@dataclass(frozen=True)
class PassSettings:
    """What a pass carries, and in which forms an image is sent."""

    budget: str = setting("2 MB", "bytes of the pass: a number of them, kB (1000) or MB")
    thumbnail: int = setting(128, "longer side of a thumbnail", unit="px", lo=16, hi=1024)
    thumbnail_quality: int = setting(60, "of its JPEG", lo=5, hi=100)
    quality: int = setting(85, "of the JPEG of a whole image", lo=5, hi=100)
    thumbnail_worth: float = setting(
        0.2, "what a thumbnail tells, as a share of the whole image", lo=0.0, hi=1.0
    )

    def __post_init__(self) -> None:
        bytes_of(self.budget)


@dataclass(frozen=True)
class AlikeSettings:
    """When one image stands for another."""

    apart: float = setting(
        4.0, "images of places so far apart show different things", unit="m", lo=0.1, hi=1e4
    )
    strange: float = setting(
        0.6, "cosine of two images' features up to which they are not alike", lo=0.0, hi=1.0
    )
    same: float = setting(0.95, "cosine from which on they show the same", lo=0.0, hi=1.0)

    def __post_init__(self) -> None:
        if self.strange >= self.same:
            raise SettingsError(f"strange {self.strange} must be below same {self.same}")


@dataclass(frozen=True)
class FindSettings:
    """What counts as a target."""

    farthest: float = setting(15.0, "from the camera", unit="m", lo=0.5, hi=200.0)
    outcrop_area: float = setting(0.5, "least ground of an outcrop", unit="m^2", lo=0.01, hi=1e4)
    rock_probability: float = setting(0.5, "least of a big rock", lo=0.0, hi=1.0)
    new_from: float = setting(0.7, "least novelty of an image whose place is told", lo=0.0, hi=1.0)
    apart: float = setting(2.0, "targets of a kind that are nearer are one", unit="m", lo=0.1)


@dataclass(frozen=True)
class Wants:
    """Weights by name, and how they are worked with."""

    classes: Mapping[str, float] = field(default_factory=dict)
    terrain: Mapping[str, float] = field(default_factory=dict)
    targets: Mapping[str, float] = field(default_factory=dict)
    novel: float = 0.0
    sending: PassSettings = PassSettings()
    alike: AlikeSettings = AlikeSettings()
    find: FindSettings = FindSettings()


WEIGHTS = ("classes", "terrain", "targets")
SECTIONS: Mapping[str, type] = {"pass": PassSettings, "alike": AlikeSettings, "find": FindSettings}
NOVEL = "novel"


def read_wants(path: Path, classes: Sequence[str]) -> Wants:
    """The wants of a file; `classes` are those of the classifier that will look."""
    document = read_yaml(path)
    known = (*WEIGHTS, NOVEL, *SECTIONS)
    unknown = sorted(str(key) for key in document if key not in known)
    if unknown:
        raise SettingsError(f"{path}: unknown key {unknown[0]!r}; known are {', '.join(known)}")
    names = {"classes": classes, "terrain": NAMES, "targets": TARGETS}
    weights = {key: _weights(document.get(key), names[key], f"{path}: {key}") for key in WEIGHTS}
    novel = _weight(document.get(NOVEL, 0.0), f"{path}: {NOVEL}")
    if not novel and not any(value for each in weights.values() for value in each.values()):
        raise SettingsError(f"{path}: nothing is wanted: no weight is above 0")
    read = {
        key: _settings(cls, document.get(key), f"{path}: {key}") for key, cls in SECTIONS.items()
    }
    return Wants(
        weights["classes"],
        weights["terrain"],
        weights["targets"],
        novel,
        read["pass"],
        read["alike"],
        read["find"],
    )


def _settings(cls: type, values: Any, source: str) -> Any:
    try:
        return from_mapping(cls, _mapping(values, source), source)
    except SettingsError as error:
        # what a dataclass checks for itself does not know the file
        text = str(error)
        raise SettingsError(text if text.startswith(source) else f"{source}: {text}") from error


def _weights(values: Any, known: Sequence[str], source: str) -> dict[str, float]:
    given = _mapping(values, source)
    for name in given:
        if name not in known:
            raise SettingsError(f"{source}: unknown key {name!r}; known are {', '.join(known)}")
    return {str(name): _weight(value, f"{source}: {name}") for name, value in given.items()}


def _weight(value: Any, where: str) -> float:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or value < 0:
        raise SettingsError(f"{where} must be a number from 0 on, is {value!r}")
    return float(value)


def _mapping(values: Any, source: str) -> Mapping[Any, Any]:
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise SettingsError(f"{source} must hold a mapping, holds {type(values).__name__}")
    return values
