"""Worlds kept on disk, so that the second drive in one starts at once."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from ai4mars_nav.sim.world.mission import Mission
from ai4mars_nav.sim.world.world import Rocks, World

KEPT = 12
"""Worlds in a cache; the one that was longest not asked for goes first."""
_FIELDS = ("ground", "surface", "classes", "rock_of")


def default_cache() -> Path:
    """Where worlds are kept unless a caller says otherwise."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "ai4mars_nav" / "worlds"


def key_of(description: Any) -> str:
    """What a world's file is called: a hash of all it is made from, and of the code that does."""
    digest = hashlib.sha256(json.dumps(description, sort_keys=True).encode())
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:20]


def stored(folder: Path, key: str) -> tuple[World, Mission] | None:
    """The world of a key, or None when it is not there or its file was cut off."""
    path = folder / f"{key}.npz"
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        told = json.loads(str(arrays["told"]))
        path.touch()
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        return None
    rocks = Rocks(**{f.name: arrays[f"rocks_{f.name}"] for f in dataclasses.fields(Rocks)})
    world = World(
        name=told["name"],
        resolution=told["resolution"],
        origin=(told["origin"][0], told["origin"][1]),
        rocks=rocks,
        hidden=arrays.get("hidden"),
        **{name: arrays[name] for name in _FIELDS},
    )
    return world, mission_from(told["mission"])


def store(folder: Path, key: str, world: World, mission: Mission) -> None:
    """Keep a world; one that is cut off while it is written never gets its name."""
    folder.mkdir(parents=True, exist_ok=True)
    told = {
        "name": world.name,
        "resolution": world.resolution,
        "origin": list(world.origin),
        "mission": dataclasses.asdict(mission),
    }
    arrays = {name: getattr(world, name) for name in _FIELDS}
    if world.hidden is not None:
        arrays["hidden"] = world.hidden
    for each in dataclasses.fields(Rocks):
        arrays[f"rocks_{each.name}"] = getattr(world.rocks, each.name)
    with tempfile.NamedTemporaryFile(dir=folder, suffix=".part", delete=False) as part:
        try:
            np.savez(part, told=np.array(json.dumps(told)), **arrays)
        except BaseException:
            Path(part.name).unlink()
            raise
    Path(part.name).replace(folder / f"{key}.npz")
    by_age = sorted(folder.glob("*.npz"), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in by_age[KEPT:]:
        old.unlink(missing_ok=True)


def mission_from(told: dict[str, Any]) -> Mission:
    """A mission from what `dataclasses.asdict` made of one."""
    start, goal = told["start"], told["goal"]
    return Mission(
        start=(start[0], start[1], start[2]),
        goal=(goal[0], goal[1]),
        sun_azimuth=told["sun_azimuth"],
        sun_elevation=told["sun_elevation"],
    )
