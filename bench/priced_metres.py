"""What a metre truly took, beside what the map asked for it: is the price the physics?

    python bench/priced_metres.py 1 2 3 4 5 6

Drives the sites of these seeds as `ai4mars bench drive` does in its mode `fused`. Between two
frames, half a metre, time and energy are compared with the map's price of the cell under the rover,
all over level bedrock: the share of the classes (what they cost on the level), of the slope and of
the step. The last line fits what it took by true class, slope and step: 1 is a fair price, 0.2 one
that is five times too high. Metres on which the rover turned by over 0.3 rad are left out.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.mapping.cost import CostSettings, cost_table, per_metre
from ai4mars_nav.perception.engine import CPU, open_engine
from ai4mars_nav.perception.sidecar import load_sidecar, sidecar_path
from ai4mars_nav.rover import Rover, load_rover
from ai4mars_nav.share import model_file, rover_file
from ai4mars_nav.sim.drive.eyes import Eyes
from ai4mars_nav.sim.drive.faults import Faults
from ai4mars_nav.sim.drive.seen import Frame
from ai4mars_nav.sim.drive.sim_settings import FaultSettings
from ai4mars_nav.sim.drive.trip import ground_of
from ai4mars_nav.sim.vehicle.state import State
from ai4mars_nav.terrain import CLASSES, Terrain
from ai4mars_nav.trial.lockstep import drive
from ai4mars_nav.trial.modes import FUSED
from ai4mars_nav.trial.plan import Plan
from ai4mars_nav.trial.sighted import Sighted
from ai4mars_nav.trial.sites import make_site

SHARES = tuple(f"p_{kind.name.lower()}" for kind in CLASSES)
LEAST, MOST_TURN = 0.2, 0.3
"""Metres of way between two frames, and radians turned."""
COSTS = CostSettings()


class Watched(Sighted):
    """A pilot that writes down what its map says of the place where the rover is."""

    rows: list[list[float]]

    def see(self, state: State, index: int, elapsed: float, now: float) -> Frame | None:
        """As it does, then time, energy, way, heading, and slope, step and class shares there."""
        frame = super().see(state, index, elapsed, now)
        x, y, _ = state.odometry.translation
        left, low = self.map.origin
        at = int((y - low) / self.map.resolution), int((x - left) / self.map.resolution)
        said = [float(self.map.layers[name][at]) for name in ("slope", "step", *SHARES)]
        true = [float((state.wheel_terrain == kind).mean()) for kind in CLASSES]
        yaw = state.odom_from_base.yaw()
        self.rows.append([state.time, state.energy_j, state.distance_m, yaw, *said, *true])
        return frame


def metres(plan: Plan, seed: int, rover: Rover) -> NDArray[np.float64]:
    """(n, 6): took, and of the price: classes, true classes, slope, step; metres of way."""
    site, file = make_site(seed, plan.metres, rover), model_file(plan.model)
    ground = ground_of(plan.trip(seed, FUSED, site.world.name, plan.out), site.world, site.mission)
    model = open_engine(CPU, file, threads=1), load_sidecar(sidecar_path(file))
    eyes = Eyes(site.world, site.mission, rover, plan.size, seed)
    faults = Faults(FaultSettings(), seed)
    pilot = Watched(plan.parameters(FUSED), rover, model, eyes, faults, ground.rules.goal)
    pilot.rows = []
    drive(plan.trip(seed, FUSED, site.world.name, plan.out), ground, pilot)
    rows = np.array(pilot.rows)
    time, energy, way, yaw = np.diff(rows[:, :4], axis=0).T
    turned = np.abs(np.angle(np.exp(1j * yaw)))
    said = 0.5 * (rows[1:, 4:] + rows[:-1, 4:])
    good = (way > LEAST) & (turned < MOST_TURN) & np.isfinite(said).all(axis=1)
    level = per_metre(Terrain.BEDROCK, np.zeros(()), rover)
    took = 0.5 * time / way / float(level.time) + 0.5 * energy / way / float(level.energy)
    table = cost_table(rover, COSTS).astype(np.float64)
    table[Terrain.SAND] += COSTS.loose_share * (table[-1] - table[Terrain.SAND])
    slope, step, shares, true = said[:, 0], said[:, 1], said[:, 2:6], said[:, 6:]
    entry = np.clip(np.nan_to_num(100.0 * np.tan(slope)), 0, table.shape[1] - 1).astype(np.int64)
    flat = shares @ table[:-1, 0]
    sloped = (shares * table[:-1, entry].T).sum(axis=1) - flat
    stepped = COSTS.climb_weight * (step / rover.max_step) ** 2
    found = np.stack([took, flat, true @ table[:-1, 0], sloped, stepped, way], axis=1)
    return np.asarray(found[good])


def main() -> None:
    """Drive every seed, print what metres took by slope, and the fit."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("seeds", type=int, nargs="+")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        plan = Plan(Path(folder), 1, args.seeds[0])
        plan.prepare()
        rover = load_rover(rover_file(plan.rover))
        found = np.concatenate([metres(plan, seed, rover) for seed in args.seeds])
    took, flat, true, sloped, stepped, way = found.T
    print("| metres | took | asked | classes | true classes | slope | step |")
    print("|---|---|---|---|---|---|---|")
    means = [np.average(each, weights=way) for each in (flat, true, sloped, stepped)]
    asked = np.average(flat + sloped + stepped, weights=way)
    cells = [np.average(took, weights=way), asked, *means]
    print(f"| {way.sum():.0f} | {' | '.join(f'{cell:.2f}' for cell in cells)} |")
    terms = np.stack([np.ones_like(took), true - 1.0, sloped, stepped], axis=1)
    fit = np.linalg.lstsq(terms, took, rcond=None)[0]
    print(f"\ntook = {fit[0]:.2f} + {fit[1]:.2f} true classes + {fit[2]:.2f} slope "
          f"+ {fit[3]:.2f} step")  # fmt: skip


if __name__ == "__main__":
    main()
