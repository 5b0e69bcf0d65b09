"""Slip of the test rover straight up slopes under MuJoCo, beside our table: docs/judge.md.

PYTHONPATH=. .venv/bin/python bench/judge_slip.py
"""

from __future__ import annotations

import math

import numpy as np

from ai4mars_nav.rover import load_rover
from ai4mars_nav.share import rover_file
from ai4mars_nav.sim.judge.vehicle import JudgedVehicle
from ai4mars_nav.sim.vehicle.vehicle_settings import VehicleSettings
from ai4mars_nav.sim.world.world import NO_ROCK, Rocks, World
from ai4mars_nav.terrain import GROUNDS, LOOKS, slip

SLOPES_DEG = (0.0, 5.0, 10.0, 15.0, 20.0, 25.0)
SIDE, CELL = 12.0, 0.05
"""Metres of the world and of its cells."""
RUN_UP, TIMED, STEP = 2.5, 3.0, 0.02
"""Seconds."""


def slope_world(degrees: float, ground: int) -> World:
    """A plane that rises ahead, all of one ground."""
    cells = round(SIDE / CELL)
    at = (np.arange(cells) + 0.5) * CELL - 0.5 * SIDE
    heights = np.repeat(math.tan(math.radians(degrees)) * at[None, :], cells, axis=0)
    surface = heights.astype(np.float32)
    hidden = np.full(surface.shape, ground, np.uint8)
    none = np.zeros(0)
    return World(
        "slope", CELL, (-0.5 * SIDE, -0.5 * SIDE), surface, surface, LOOKS[hidden],
        np.full(surface.shape, NO_ROCK, np.int32),
        Rocks(none, none, none, none, none, none, none.astype(np.int64)), hidden,
    )  # fmt: skip


def measured(degrees: float, ground: int) -> float:
    """Way lost over way commanded at full speed."""
    rover = load_rover(rover_file("test_rover"))
    world = slope_world(degrees, ground)
    vehicle = JudgedVehicle(world, rover, VehicleSettings(), (-3.0, 0.0, 0.0), 1)
    for _ in range(round(RUN_UP / STEP)):
        vehicle.step(rover.max_speed, 0.0, STEP)
    before = vehicle.state.odom_from_base
    for _ in range(round(TIMED / STEP)):
        vehicle.step(rover.max_speed, 0.0, STEP)
    way = vehicle.state.odom_from_base.translation - before.translation
    return 1.0 - float(way @ before.rotation[:, 0]) / (rover.max_speed * TIMED)


def main() -> None:
    """The table, in Markdown."""
    print("| judge / table | " + " | ".join(f"{each:g}°" for each in SLOPES_DEG) + " |")
    print("|---" * (len(SLOPES_DEG) + 1) + "|")
    for ground in GROUNDS:
        cells = []
        for degrees in SLOPES_DEG:
            ours = float(slip(ground, np.array(math.radians(degrees))))
            found = measured(degrees, int(ground))
            cells.append(f"{found:.2f} / {ours:.2f}" if found < 1.0 else f"back / {ours:.2f}")
        print(
            f"| {ground.name.lower().replace('_', ' ')} | " + " | ".join(cells) + " |", flush=True
        )


if __name__ == "__main__":
    main()
