"""What the map of a drive takes each kind of ground for, and what it charges for it.

    python bench/named_cells.py 2 5

Drives the sites of these seeds as `ai4mars bench drive` does in its mode `fused`, and compares the
map with the truth after each frame: of the cells of each true class, how many no frame named, how
many are named right, and the mean cost (level bedrock is 1) of those on slopes under 3 degrees.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np

from ai4mars_nav.perception.engine import CPU, open_engine
from ai4mars_nav.perception.sidecar import load_sidecar, sidecar_path
from ai4mars_nav.rover import load_rover
from ai4mars_nav.share import model_file, rover_file
from ai4mars_nav.sim.drive.eyes import Eyes
from ai4mars_nav.sim.drive.faults import Faults
from ai4mars_nav.sim.drive.seen import Frame
from ai4mars_nav.sim.drive.sim_settings import FaultSettings
from ai4mars_nav.sim.drive.trip import ground_of
from ai4mars_nav.sim.vehicle.state import State
from ai4mars_nav.terrain import NAMES, UNKNOWN
from ai4mars_nav.trial.lockstep import drive
from ai4mars_nav.trial.modes import FUSED
from ai4mars_nav.trial.plan import Plan
from ai4mars_nav.trial.sighted import Sighted
from ai4mars_nav.trial.sites import Site, make_site

LEVEL = np.radians(3.0)


class Watched(Sighted):
    """A pilot whose map is compared with the world after each frame."""

    site: Site
    cells: list[np.ndarray]

    def see(self, state: State, index: int, elapsed: float, now: float) -> Frame | None:
        """As it does, then true class, class, cost ratio and slope of every known cell, (4, n)."""
        frame = super().see(state, index, elapsed, now)
        layers, (left, low) = self.map.layers, self.map.origin
        rows, columns = np.nonzero(np.isfinite(layers["cost_ratio"]))
        x = left + (columns + 0.5) * self.map.resolution
        y = low + (rows + 0.5) * self.map.resolution
        told = [layers[name][rows, columns] for name in ("classes", "cost_ratio", "slope")]
        self.cells.append(np.stack([self.site.world.class_at(x, y), *told]).astype(np.float32))
        return frame


def watched(plan: Plan, seed: int) -> np.ndarray:
    """Cells (4, n) of all frames of a drive."""
    rover, file = load_rover(rover_file(plan.rover)), model_file(plan.model)
    site = make_site(seed, plan.metres, rover)
    trip = plan.trip(seed, FUSED, site.world.name, plan.out)
    ground = ground_of(trip, site.world, site.mission)
    model = open_engine(CPU, file, threads=1), load_sidecar(sidecar_path(file))
    eyes = Eyes(site.world, site.mission, rover, plan.size, seed)
    faults = Faults(FaultSettings(), seed)
    pilot = Watched(plan.parameters(FUSED), rover, model, eyes, faults, ground.rules.goal)
    pilot.site, pilot.cells = site, []
    drive(trip, ground, pilot)
    return np.concatenate(pilot.cells, axis=1)


def main() -> None:
    """Drive every seed, print a row of Markdown for each true class."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("seeds", type=int, nargs="+")
    args = parser.parse_args()
    print("| site | ground | not named | named right | level, named right | level, not named |")
    print("|---|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        plan = Plan(Path(folder), 1, args.seeds[0])
        plan.prepare()
        for seed in args.seeds:
            true, said, cost, slope = watched(plan, seed)
            for value, name in enumerate(NAMES):
                here, level = true == value, (true == value) & (slope < LEVEL)
                if not here.any():
                    continue
                unknown, right = said == UNKNOWN, said == value
                costs = [cost[level & which] for which in (right, unknown)]
                means = [f"{each.mean():.2f}" if each.size else "-" for each in costs]
                print(
                    f"| {seed} | {name} | {unknown[here].mean():.0%} | {right[here].mean():.0%} | "
                    f"{means[0]} | {means[1]} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
