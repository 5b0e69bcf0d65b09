"""Snapshots on disk, mapped into memory: a folder a snapshot, whole or not there."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.archive.catalogue.columns import Columns, Lists, Orders, Snapshot
from ai4mars_nav.archive.catalogue.tables import NUMBERS
from ai4mars_nav.archive.errors import ArchiveError

FORMAT = "ai4mars-catalogue-index/1"
_ABOUT = "index.json"
_PLAIN = ("ids", "codes", "numbers", "time", "names")
_LISTS = ("answers", "landmarks")
_PARTS = ("start", "kind", "value")
_ORDERS = ("newest", "novelty", "name", "sorted_names")


def index_folder(address: str) -> Path:
    """Where the index of a store is kept: beside its file, or in the user's cache."""
    if "://" not in address:
        return Path(f"{address}.index")
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    # the address may hold a password
    name = hashlib.sha256(address.encode()).hexdigest()[:20]
    return Path(base) / "ai4mars_nav" / "archive" / name


def keep(snapshot: Snapshot, folder: Path) -> Snapshot:
    """Write a snapshot and take away older ones; the same, mapped from where it is now."""
    place = folder / f"{snapshot.store[:8]}-{snapshot.revision}"
    part = folder / f".{place.name}.{os.getpid()}-{secrets.token_hex(4)}"
    try:
        part.mkdir(parents=True)
        for name, values in arrays(snapshot).items():
            np.save(part / f"{name}.npy", values)
        about = {
            "format": FORMAT, "store": snapshot.store, "revision": snapshot.revision,
            "images": len(snapshot.columns), "numbers": NUMBERS,
            "vocabulary": {facet: list(names) for facet, names in snapshot.vocabulary.items()},
        }  # fmt: skip
        (part / _ABOUT).write_text(json.dumps(about), encoding="utf-8")
        if place.exists():  # another process was first
            shutil.rmtree(part)
        else:
            part.rename(place)
    except OSError as error:
        shutil.rmtree(part, ignore_errors=True)
        raise ArchiveError(f"{folder}: the index cannot be written: {error}") from error
    for other in folder.iterdir():
        # files that another process has mapped stay until it lets go of them
        if other != place and other.is_dir():
            shutil.rmtree(other, ignore_errors=True)
    return latest(folder) or snapshot


def latest(folder: Path) -> Snapshot | None:
    """The newest snapshot that is kept; None where there is none, or none of this format."""
    places = [place for place in folder.glob("*-*") if not place.name.startswith(".")]
    for place in sorted(places, key=_revision, reverse=True):
        if (snapshot := _read(place)) is not None:
            return snapshot
    return None


def _read(place: Path) -> Snapshot | None:
    """What a folder holds; None where it is damaged: the store makes it again."""
    try:
        about = json.loads((place / _ABOUT).read_text(encoding="utf-8"))
        if about["format"] == FORMAT and tuple(about["numbers"]) == NUMBERS:
            return _mapped(place, about)
    except (OSError, ValueError, KeyError):
        return None
    return None


def arrays(snapshot: Snapshot) -> dict[str, NDArray[Any]]:
    """All that a snapshot holds, by the name of its file."""
    found = {name: getattr(snapshot.columns, name) for name in _PLAIN}
    for name in _LISTS:
        lists = getattr(snapshot.columns, name)
        found |= {f"{name}-{part}": getattr(lists, part) for part in _PARTS}
    return found | {f"by-{name}": getattr(snapshot.orders, name) for name in _ORDERS}


def _mapped(place: Path, about: Mapping[str, Any]) -> Snapshot:
    def read(name: str) -> NDArray[Any]:
        return np.asarray(np.load(place / f"{name}.npy", mmap_mode="r", allow_pickle=False))

    plain = {name: read(name) for name in _PLAIN}
    if len(plain["ids"]) != about["images"]:
        raise ValueError(f"{place}: holds {len(plain['ids'])} images, not {about['images']}")
    lists = {name: Lists(*(read(f"{name}-{part}") for part in _PARTS)) for name in _LISTS}
    held: dict[str, Any] = {**plain, **lists}
    orders = Orders(*(read(f"by-{name}") for name in _ORDERS))
    words = {facet: tuple(names) for facet, names in about["vocabulary"].items()}
    return Snapshot(about["store"], about["revision"], Columns(**held), orders, words)


def _revision(place: Path) -> int:
    number = place.name.rpartition("-")[2]
    return int(number) if number.isdecimal() else -1
