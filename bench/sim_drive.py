"""Drives without ROS: simulator, perception, map, planner and driver's core in one process.

    python bench/sim_drive.py test_rover 1 2 3 4 5 6 7 8 9 10

The same world, vehicle, cameras and settings as `ai4mars drive`, driven by `ai4mars_nav/trial`:
many seeds in less time than processes and DDS take.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from ai4mars_nav.perception.engine import CPU, open_engine
from ai4mars_nav.perception.sidecar import load_sidecar, sidecar_path
from ai4mars_nav.ros import graph
from ai4mars_nav.share import model_file
from ai4mars_nav.sim.drive.eyes import Eyes
from ai4mars_nav.sim.drive.faults import Faults
from ai4mars_nav.sim.drive.metrics import nearest_rock
from ai4mars_nav.sim.drive.sim_settings import FaultSettings
from ai4mars_nav.sim.drive.trip import Trip, ground_of
from ai4mars_nav.sim.world.cache import default_cache
from ai4mars_nav.sim.world.library import DEFAULT, load_world
from ai4mars_nav.trial.lockstep import Driven, drive
from ai4mars_nav.trial.plan import MODEL
from ai4mars_nav.trial.sighted import Sighted


def driven(trip: Trip) -> Driven:
    """The drive of a trip by the shipped model."""
    world, mission = load_world(trip.world, trip.seed, default_cache())
    ground, model = ground_of(trip, world, mission), model_file(MODEL)
    pilot = Sighted(
        graph.parameter_file(trip.arguments()),
        ground.rover,
        (open_engine(CPU, model, threads=1), load_sidecar(sidecar_path(model))),
        Eyes(world, mission, ground.rover, trip.size, trip.seed),
        Faults(FaultSettings(), trip.seed),
        ground.rules.goal,
    )
    return drive(trip, ground, pilot)


def main() -> None:
    """Drive every seed, print a row of Markdown for each."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("rover")
    parser.add_argument("seeds", type=int, nargs="+")
    parser.add_argument("--world", default=DEFAULT)
    parser.add_argument("--params", default="", help="parameter file instead of the drive's own")
    args = parser.parse_args()
    print("| seed | came to | way | time | energy | nearest rock over 0.30 m | frames | wall |")
    print("|---|---|---|---|---|---|---|---|", flush=True)
    for seed in args.seeds:
        outcome = driven(Trip(Path(), args.world, seed, args.rover, params=args.params)).outcome
        last, ground = outcome.truths[-1], outcome.ground
        places = np.array([truth.place for truth in outcome.truths])
        gap, _ = nearest_rock(ground.world, ground.rover, places)
        print(
            f"| {seed} | {outcome.end.reason} | {last.distance_m:.1f} m | {last.time:.0f} s | "
            f"{last.energy_j / 1e3:.1f} kJ | {'none' if gap is None else f'{gap:.2f} m'} | "
            f"{last.frames} | {outcome.wall['drive']:.0f} s |",
            flush=True,
        )


if __name__ == "__main__":
    main()
