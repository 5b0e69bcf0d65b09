"""Worlds: made from a recipe and a seed, found in the cache, read from a folder."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from ai4mars_nav.sim.world.folder import read_world, write_world
from ai4mars_nav.sim.world.library import load_world
from measure import Row, row, times

SEEDS = (1, 2, 3, 4, 5)


def run() -> list[Row]:
    """The rows of worlds; each seed is timed once, because a world that no rover could cross is
    made again and that is part of the time."""
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder) / "cache"
        seeds = iter((SEEDS[0], *SEEDS))
        made = times(lambda: load_world("crossing", next(seeds), None), len(SEEDS))
        world, mission = load_world("crossing", SEEDS[0], cache)
        found = times(lambda: load_world("crossing", SEEDS[0], cache), 5)
        path = write_world(Path(folder) / "world", world, mission)
        written = times(lambda: write_world(path.parent, world, mission), 2)
        read = times(lambda: read_world(path), 3)
    rows, columns = world.ground.shape
    size = f"{rows} x {columns} cells, {len(world.rocks)} rocks"
    seconds = f"median of {len(SEEDS)} seeds, slowest {1e-3 * np.max(made):.1f} s"
    return [
        row("world crossing, made", f"{size}; {seconds}", made, goal="<= 20 s"),
        row("world crossing, from the cache", size, found, "made", made),
        row("world crossing, folder for Gazebo written", size, written),
        row("world crossing, folder read", size, read, "made", made),
    ]
