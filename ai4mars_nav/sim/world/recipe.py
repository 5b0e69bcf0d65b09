"""What a world is made of: the sections of a YAML file in sim/worlds, with units and ranges.

Where a key takes two numbers, each seed draws its own value between them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np

from ai4mars_nav.settings import SettingsError, from_mapping, read_yaml, setting


@dataclass(frozen=True)
class Extent:
    """The square map and the drive across it."""

    size: float = setting(60.0, "side of the square map", unit="m", lo=10.0, hi=400.0)
    resolution: float = setting(0.025, "side of a cell", unit="m", lo=0.01, hi=0.2)
    drive: float = setting(30.0, "start to goal, as the crow flies", unit="m", lo=2.0, hi=300.0)
    clear: float = setting(2.5, "radius without rocks at start and goal", unit="m", lo=0.5, hi=10)
    across: bool = setting(False, "start and goal on either side of the largest crater")


@dataclass(frozen=True)
class Relief:
    """Regolith: self-affine (fractal) ground on a slope."""

    rough: tuple[float, ...] = setting(
        (0.025, 0.045), "by how much heights 1 m apart differ, rms", unit="m", lo=0.0, hi=2.0
    )
    longest: float = setting(60.0, "wavelength from which on it is flat", unit="m", lo=1.0)
    hurst: float = setting(0.9, "smoothness: 0.5 rough, 0.95 smooth", lo=0.3, hi=1.0)
    slope_deg: tuple[float, ...] = setting(
        (0.0, 2.0), "slope of the whole map", unit="deg", lo=0.0, hi=25.0
    )


@dataclass(frozen=True)
class Craters:
    """Bowls with rims; few large ones, many small ones."""

    count: int = setting(3, "how many", lo=0, hi=200)
    smallest: float = setting(1.5, "diameter", unit="m", lo=0.5)
    largest: float = setting(5.0, "diameter", unit="m", lo=0.5)
    depth: tuple[float, ...] = setting((0.05, 0.12), "depth over diameter", lo=0.0, hi=0.25)


@dataclass(frozen=True)
class Bedrock:
    """Cracked slabs in layers, as far as they look out of the regolith."""

    share: tuple[float, ...] = setting((0.12, 0.22), "share of the area", lo=0.0, hi=0.95)
    slab: float = setting(1.1, "mean size of a slab", unit="m", lo=0.2, hi=10.0)
    layer: float = setting(
        0.06, "thickness of a layer: the step between slabs", unit="m", lo=0.0, hi=1
    )
    layers: float = setting(2.0, "layers that are found side by side", lo=0.0, hi=10.0)
    crack: float = setting(0.06, "width of a crack", unit="m", lo=0.0, hi=0.5)
    lift: float = setting(0.10, "height over the regolith", unit="m", lo=0.0, hi=2.0)
    sharp: tuple[float, ...] = setting(
        (0.0, 0.0), "share of it in which sharp stones are embedded", lo=0.0, hi=1.0
    )


@dataclass(frozen=True)
class Sand:
    """Sand in hollows and drifts, with dunes and ripples that the wind (one of each seed) made."""

    share: tuple[float, ...] = setting((0.2, 0.35), "share of the area", lo=0.0, hi=0.98)
    drift: float = setting(0.12, "unevenness of its depth", unit="m", lo=0.0, hi=2.0)
    dune_height: tuple[float, ...] = setting((0.1, 0.3), "of a dune", unit="m", lo=0.0, hi=5.0)
    dune_length: tuple[float, ...] = setting(
        (4.0, 8.0), "crest to crest", unit="m", lo=1.0, hi=100.0
    )
    lee_deg: float = setting(
        31.0, "lee side of a dune; 31 is as steep as sand lies, megaripples are gentler",
        unit="deg", lo=2.0, hi=31.0,
    )  # fmt: skip
    ripple_height: tuple[float, ...] = setting(
        (0.012, 0.022), "of a ripple", unit="m", lo=0.0, hi=0.3
    )
    ripple_length: tuple[float, ...] = setting(
        (0.18, 0.3), "crest to crest", unit="m", lo=0.1, hi=5.0
    )
    loose: tuple[float, ...] = setting(
        (0.0, 0.0), "share of it that is loose, which nothing shows", lo=0.0, hi=1.0
    )


@dataclass(frozen=True)
class Stones:
    """Rocks, their sizes after Golombek and Rapp: the share of the area that rocks of a diameter
    of D and more cover is k exp(-q D), q = 1.79 + 0.152 / k."""

    k: tuple[float, ...] = setting((0.03, 0.06), "share of the area under rocks", lo=0.0, hi=0.3)
    smallest: float = setting(0.06, "diameter", unit="m", lo=0.03, hi=2.0)
    largest: float = setting(1.8, "diameter", unit="m", lo=0.1, hi=6.0)
    height: float = setting(0.5, "height over diameter, mean", lo=0.1, hi=1.0)
    spread: float = setting(0.15, "its standard deviation", lo=0.0, hi=0.4)
    heaps: float = setting(0.5, "how much denser they lie here than there", lo=0.0, hi=2.0)


@dataclass(frozen=True)
class Sun:
    """Where the sun stands; its azimuth is each seed's own."""

    elevation_deg: tuple[float, ...] = setting(
        (28.0, 55.0), "over the horizon", unit="deg", lo=2.0, hi=90.0
    )


@dataclass(frozen=True)
class Elevation:
    """A real elevation model instead of an invented slope."""

    file: str = setting("", "GeoTIFF with heights in metres; empty: none")
    required: bool = setting(False, "the world is nothing without a file")
    hurst: float = setting(
        0.8, "roughness below its resolution: 0.5 rough, 0.95 smooth", lo=0.3, hi=1
    )
    steepest_deg: float = setting(
        12.0, "mean slope of the spot that a seed takes", unit="deg", lo=1
    )


@dataclass(frozen=True)
class Recipe:
    """All sections of a world's YAML file."""

    name: str
    world: Extent = field(default_factory=Extent)
    relief: Relief = field(default_factory=Relief)
    craters: Craters = field(default_factory=Craters)
    bedrock: Bedrock = field(default_factory=Bedrock)
    sand: Sand = field(default_factory=Sand)
    rocks: Stones = field(default_factory=Stones)
    sun: Sun = field(default_factory=Sun)
    elevation: Elevation = field(default_factory=Elevation)


SECTIONS: dict[str, type] = {
    "world": Extent,
    "relief": Relief,
    "craters": Craters,
    "bedrock": Bedrock,
    "sand": Sand,
    "rocks": Stones,
    "sun": Sun,
    "elevation": Elevation,
}


def read_recipe(path: Path) -> Recipe:
    """The recipe of a YAML file; a section or key that is not there has its default."""
    document = read_yaml(path)
    unknown = sorted(set(document) - set(SECTIONS))
    if unknown:
        raise SettingsError(f"{path}: no section {unknown[0]!r}; there are {', '.join(SECTIONS)}")
    parts: dict[str, Any] = {}
    for section, cls in SECTIONS.items():
        values = document.get(section) or {}
        if not isinstance(values, dict):
            raise SettingsError(f"{path}: {section} must hold keys, holds {values!r}")
        parts[section] = from_mapping(cls, values, f"{path}: {section}")
        _check_ranges(parts[section], f"{path}: {section}")
    recipe = Recipe(path.stem, **parts)
    _check_whole(recipe, path)
    return recipe


def drawn(random: np.random.Generator, span: tuple[float, ...]) -> float:
    """One number of a range."""
    return float(random.uniform(span[0], span[1]))


def _check_ranges(part: Any, where: str) -> None:
    for each in fields(part):
        value = getattr(part, each.name)
        if isinstance(value, tuple) and (len(value) != 2 or value[0] > value[1]):
            raise SettingsError(f"{where}: {each.name} must be two numbers, low and high: {value}")


def _check_whole(recipe: Recipe, path: Path) -> None:
    extent = recipe.world
    if extent.drive > 0.8 * extent.size:
        raise SettingsError(
            f"{path}: world: drive is {extent.drive:g} m, over 0.8 of the size {extent.size:g} m"
        )
    cells = extent.size / extent.resolution
    if cells > 8000:
        raise SettingsError(
            f"{path}: world: {cells:.0f} cells a side are over 8000; a coarser resolution?"
        )
    for name in ("craters", "rocks"):
        part = getattr(recipe, name)
        if part.smallest > part.largest:
            raise SettingsError(f"{path}: {name}: smallest {part.smallest:g} > largest")
    if recipe.bedrock.share[1] + recipe.sand.share[1] > 1.0:
        raise SettingsError(f"{path}: the shares of bedrock and sand exceed 1")
    if extent.across and recipe.craters.count == 0:
        raise SettingsError(f"{path}: world: across needs a crater; craters: count is 0")
