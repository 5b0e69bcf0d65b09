"""What a benchmark is asked for, and the folder that it fills."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ai4mars_nav.ros import graph
from ai4mars_nav.settings import from_mapping
from ai4mars_nav.share import model_file, rover_file
from ai4mars_nav.sim.drive.sim_settings import FaultSettings
from ai4mars_nav.sim.drive.trip import Trip, parameters_of
from ai4mars_nav.trial.errors import TrialError
from ai4mars_nav.trial.modes import MODES, write_parameters
from ai4mars_nav.trial.sites import RECIPES, recipe_file
from ai4mars_nav.trial.variants import variant_of

MODEL = "terrain-256-sim-int8"
SETTINGS = "settings.json"
FAULTS = (
    "after", "lost", "black", "saturated", "dead_pixels", "dust", "depth_holes", "depth_noise",
)  # fmt: skip
"""Faults that make sense here: what becomes of images."""


@dataclass(frozen=True)
class Plan:
    """Sites `seed` to `seed + sites - 1`, about `metres` wide, in all `ways`, which are
    modes and variants."""

    out: Path
    sites: int
    seed: int
    metres: float = 50.0
    rover: str = "test_rover"
    size: int = 512
    model: str = MODEL
    params: str = ""
    faults: Mapping[str, float] = field(default_factory=dict)
    ways: tuple[str, ...] = MODES

    def __post_init__(self) -> None:
        if self.sites < 1:
            raise TrialError(f"--sites {self.sites}: at least one site is driven")
        if self.seed < 0:
            raise TrialError(f"--seed {self.seed}: must be 0 or more")
        if not 15.0 <= self.metres <= 200.0:
            raise TrialError(f"--metres {self.metres:g}: a site is 15 to 200 m wide")
        unknown = sorted(set(self.faults) - set(FAULTS))
        if unknown:
            raise TrialError(f"--fault {unknown[0]}: must be one of {', '.join(FAULTS)}")
        from_mapping(FaultSettings, self.faults, "--fault")

    @property
    def seeds(self) -> tuple[int, ...]:
        """Of all sites."""
        return tuple(range(self.seed, self.seed + self.sites))

    @property
    def base(self) -> Path:
        """The parameter file that the modes change."""
        params = self.params or parameters_of(self.rover)
        return graph.parameter_file(graph.Arguments(params=params))

    def parameters(self, mode: str) -> Path:
        """Where the parameter file of a mode is."""
        return self.out / "params" / f"{mode}.yaml"

    def record(self, seed: int, mode: str) -> Path:
        """Where the scores of a drive are."""
        return self.out / "drives" / f"{seed}-{mode}.json"

    def refused(self, seed: int) -> Path:
        """Where it says why a seed has no site, if it has none."""
        return self.out / "refused" / f"{seed}.txt"

    def trip(self, seed: int, mode: str, world: str, out: Path) -> Trip:
        """A drive as `ai4mars drive` takes it."""
        return Trip(
            out=out,
            world=world,
            seed=seed,
            rover=self.rover,
            size=self.size,
            params=str(self.parameters(mode)),
            model=self.model,
            faults=self.spoilt(mode),
        )

    def spoilt(self, mode: str) -> dict[str, float]:
        """The faults of a mode: those of all drives, and over them its variant's."""
        return {**self.faults, **variant_of(mode).faults}

    def pending(self, seed: int) -> list[str]:
        """The modes and variants in which a site is still to be driven."""
        if self.refused(seed).exists():
            return []
        return [mode for mode in self.ways if not self.record(seed, mode).exists()]

    def settings(self) -> dict[str, Any]:
        """All that a drive depends on besides its seed and the code, with digests of the files."""
        files = {
            "parameters": self.base,
            "rover": rover_file(self.rover),
            "model": model_file(self.model),
            **{f"recipe {kind}": recipe_file(kind) for kind in RECIPES},
        }
        return {
            "metres": self.metres,
            "rover": self.rover,
            "size": self.size,
            "model": self.model,
            "faults": dict(self.faults),
            "files": {name: _digest(path) for name, path in files.items()},
        }

    def prepare(self) -> None:
        """Write the settings and all parameter files, or check those that are there."""
        if (self.out / SETTINGS).exists():
            self.check()
        for mode in self.ways:
            write_parameters(mode, self.base, self.parameters(mode))
        write_whole(self.out / SETTINGS, json.dumps(self.settings(), indent=2) + "\n")

    def check(self) -> None:
        """Refuse to go on with other settings, or other files, than it was begun with."""
        path = self.out / SETTINGS
        begun, now = _flat(_read(path)), _flat(self.settings())
        changed = [key for key in now if begun.get(key) != now[key]]
        if changed:
            raise TrialError(
                f"{path}: this benchmark was begun with other {', '.join(changed)}; "
                "name another folder with --out, or remove this one"
            )


def write_whole(path: Path, text: str) -> None:
    """Write a file that is there in full or not at all, also after a kill."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(path.suffix + ".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def read_record(path: Path) -> dict[str, Any]:
    """The scores of a drive."""
    record = _read(path)
    for key in ("seed", "mode", "code", "site", "scores"):
        if key not in record:
            raise TrialError(f"{path}: {key} is missing; remove the file to drive again")
    return record


def _read(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise TrialError(f"{path}: cannot be read: {error}; remove it to drive again") from error


def _flat(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings with each file's digest under a key of its own."""
    files = {f"file ({name})": digest for name, digest in settings.get("files", {}).items()}
    return {**{key: value for key, value in settings.items() if key != "files"}, **files}


@functools.cache
def code_digest() -> str:
    """Of the package's own Python files, as they were when the process asked first."""
    package = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]
