"""References on disk: one .npz of a digest, and beside it, if need be, the rules of comparing."""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ai4mars_nav.replay.digest import Digest
from ai4mars_nav.replay.errors import ReplayError
from ai4mars_nav.replay.inputs import SAID
from ai4mars_nav.settings import from_mapping, read_yaml, setting

FORMAT = 1
_HEAD = "digest"


@dataclass(frozen=True)
class Tolerance:
    """How far a field may be off: each value by `within`, but for a share of an array's."""

    within: float = setting(0.0, "largest difference of a value", lo=0.0)
    share: float = setting(0.0, "share of an array that may differ by more", lo=0.0, hi=1.0)


DEFAULTS: dict[str, Tolerance] = {
    "terrain/classes.pixels": Tolerance(0.0, 0.01),
    "terrain/classes.shares": Tolerance(0.005),
    "terrain/confidence.pixels": Tolerance(4.0, 0.02),
    "terrain/overlay.mean": Tolerance(1.0),
    "terrain/points.known": Tolerance(200.0),
    "terrain/points.z_mm": Tolerance(5.0, 0.01),
    "terrain/big_rocks.count": Tolerance(1.0),
    "terrain/big_rocks.sure": Tolerance(0.03),
    "terrain/cost.cells": Tolerance(0.0, 0.02),
    "terrain/elevation.height_mm": Tolerance(5.0, 0.01),
    "terrain/elevation.sigma_mm": Tolerance(5.0, 0.01),
    "plan.length": Tolerance(0.1),
    "plan.end": Tolerance(0.05),
    "cmd_vel.linear": Tolerance(0.01),
    "cmd_vel.angular": Tolerance(0.02),
}
"""For another processor: the network rounds otherwise, and so does what follows from it. Anything
not named here is exact."""


@dataclass(frozen=True)
class Rules:
    """Topics and fields that are not compared, and tolerances by `topic.field`."""

    ignore: frozenset[str] = frozenset()
    tolerances: dict[str, Tolerance] = field(default_factory=lambda: dict(DEFAULTS))

    def ignores(self, topic: str, name: str = "") -> bool:
        """Whether a topic, or a field of it, is not compared."""
        return topic in self.ignore or f"{topic}.{name}" in self.ignore

    def tolerance(self, topic: str, name: str) -> Tolerance:
        """Of one field."""
        return self.tolerances.get(f"{topic}.{name}", Tolerance())


EXACT = Rules(tolerances={})
"""Nothing may differ: for two runs on one machine."""


def read_rules(reference: Path) -> Rules:
    """Those of `<reference>.yaml` over the defaults, if there is such a file."""
    path = reference.with_suffix(".yaml")
    if not path.is_file():
        return Rules()
    document = read_yaml(path)
    for key in document:
        if key not in ("ignore", "tolerances"):
            raise ReplayError(f"{path}: unknown key {key!r}; known are ignore, tolerances")
    ignore, given = document.get("ignore") or [], document.get("tolerances") or {}
    if not isinstance(ignore, list) or not isinstance(given, dict):
        raise ReplayError(f"{path}: ignore must be a list, tolerances a mapping")
    for name in (*ignore, *given):
        if str(name).split(".")[0] not in SAID:
            raise ReplayError(f"{path}: {name!r} is no output; there are {', '.join(SAID)}")
    tolerances = dict(DEFAULTS)
    for name, body in given.items():
        tolerances[name] = from_mapping(Tolerance, body or {}, f"{path}: tolerances.{name}")
    return Rules(frozenset(map(str, ignore)), tolerances)


def write_reference(path: Path, found: Digest) -> None:
    """Write a digest; the same digest gives the same bytes."""
    arrays: dict[str, Any] = {}
    plain: dict[str, list[dict[str, Any]]] = {}
    for topic, entries in found.items():
        plain[topic] = []
        for index, fields in enumerate(entries):
            arrays |= {
                f"{topic}#{index}#{name}": value
                for name, value in fields.items()
                if isinstance(value, np.ndarray)
            }
            plain[topic].append({n: v for n, v in fields.items() if not isinstance(v, np.ndarray)})
    head = json.dumps({"format": FORMAT, "topics": plain})
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **{_HEAD: np.array(head), **arrays})


def read_reference(path: Path) -> Digest:
    """Read a digest back."""
    try:
        with np.load(path, allow_pickle=False) as stored:
            head = json.loads(str(stored[_HEAD]))
            if head.get("format") != FORMAT:
                raise ReplayError(
                    f"{path}: format {head.get('format')!r}, wanted is {FORMAT}; "
                    "--update writes it anew"
                )
            found: Digest = {
                topic: [dict(e) for e in each] for topic, each in head["topics"].items()
            }
            for key in stored.files:
                if key != _HEAD:
                    topic, index, name = key.split("#")
                    found[topic][int(index)][name] = stored[key]
    except ReplayError:
        raise
    except (
        OSError, EOFError, KeyError, IndexError, TypeError, AttributeError, ValueError,
        zipfile.BadZipFile,
    ) as error:  # fmt: skip
        raise ReplayError(f"{path}: is no reference ({error})") from error
    return found
