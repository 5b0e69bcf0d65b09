"""Does anything grow with the way that is driven: memory, objects, processor time of a frame?

    PYTHONPATH=. python bench/drive_growth.py --metres 500 --out out/growth

A rover drives to and fro between start and goal of a site of the drive benchmark, in one process,
through the core of the nodes; of a frame five numbers are kept. Prints the trend of each with its
interval, and leaves growth.json and growth.svg. Odometry is the truth: over half a kilometre its
drift would lead the rover off the map of the site.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
from array import array
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.perception.engine import CPU, open_engine
from ai4mars_nav.perception.sidecar import load_sidecar, sidecar_path
from ai4mars_nav.rover import load_rover
from ai4mars_nav.share import model_file, rover_file
from ai4mars_nav.sim.drive.eyes import Eyes
from ai4mars_nav.sim.drive.faults import Faults
from ai4mars_nav.sim.drive.plots import INKS, round_ticks, text_at
from ai4mars_nav.sim.drive.sim_node import EPOCH
from ai4mars_nav.sim.drive.sim_settings import FaultSettings
from ai4mars_nav.sim.vehicle.vehicle import Vehicle
from ai4mars_nav.sim.vehicle.vehicle_settings import VehicleSettings
from ai4mars_nav.trial.modes import FUSED
from ai4mars_nav.trial.plan import Plan
from ai4mars_nav.trial.sighted import Sighted
from ai4mars_nav.trial.sites import Site, make_site

TICK, STEPS = 0.05, 2
"""Seconds between two poses, and steps of the vehicle in it."""
COMMAND, FRAME = 2, 20
"""Ticks."""
NEAR = 1.5
"""Metres from the goal at which the rover is sent back."""
WARM = 5
"""Frames at first that do not count: they load and compile."""
BLOCK = 25.0
"""Metres whose frames are resampled together."""
DRAWS = 4000
PATIENCE = 300.0
"""Seconds of the drive without a metre after which it has failed."""


WAY = "metres"
SERIES = (
    "memory of the process [MB]",
    "blocks that Python holds [thousands]",
    "frame to cost map [ms]",
    "planning [ms]",
)
"""Of each frame, after the metres driven by then; times are of the processor."""
SMALL, KEPT = 1024, 7
"""Bytes below which NumPy keeps freed blocks, and how many of each size."""


@dataclass(frozen=True)
class Trend:
    """A median, and by how much it grows in 100 m, between what with a chance of 95 %."""

    median: float
    per_100_m: float
    low: float
    high: float


def main() -> int:
    """Drive, tell, and leave the numbers and the plot."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--metres", type=float, default=500.0)
    parser.add_argument("--seed", type=int, default=2, help="of the site")
    parser.add_argument("--size", type=int, default=512, help="of the images")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    plan = Plan(args.out, 1, args.seed, size=args.size, ways=(FUSED,))
    plan.prepare()
    site = make_site(args.seed, plan.metres, load_rover(rover_file(plan.rover)))
    samples = to_and_fro(plan, site, args.metres)
    metres = samples[:, 0]
    series = {name: samples[:, column] for column, name in enumerate(SERIES, 1)}
    trends = {name: trend(metres, values) for name, values in series.items()}
    print(f"{metres[-1]:.0f} m, {len(samples)} frames\n")
    print("| | median | more in 100 m | 95 % |\n|---|---|---|---|")
    for name, told in trends.items():
        print(f"| {name} | {told.median:.1f} | {told.per_100_m:+.3f} | "
              f"{told.low:+.3f} to {told.high:+.3f} |")  # fmt: skip
    found = {
        "trends": {name: asdict(told) for name, told in trends.items()},
        "samples": [dict(zip((WAY, *SERIES), row, strict=True)) for row in samples.tolist()],
    }
    (args.out / "growth.json").write_text(json.dumps(found) + "\n", encoding="utf-8")
    (args.out / "growth.svg").write_text(chart(metres, series, trends), encoding="utf-8")
    return 0


def to_and_fro(plan: Plan, site: Site, metres: float) -> NDArray[np.float64]:
    """Drive until the metres are full; a row a frame: metres, then SERIES."""
    rover, mission = load_rover(rover_file(plan.rover)), site.mission
    file = model_file(plan.model)
    ends = mission.goal, mission.start[:2]
    pilot = Sighted(
        plan.parameters(FUSED),
        rover,
        (open_engine(CPU, file, threads=1), load_sidecar(sidecar_path(file))),
        Eyes(site.world, mission, rover, plan.size, site.seed),
        Faults(FaultSettings(), site.seed),
        ends[0],
    )
    body = VehicleSettings(odometry="truth")
    vehicle = Vehicle(site.world, rover, body, mission.start, site.seed)
    # numbers, not objects: what the benchmark keeps must not be what it measures
    samples = array("d")
    frames = 0
    fill_small_blocks()
    command, leg, tick, driven, moved_at = None, 0, 0, 0.0, 0.0
    while vehicle.state.distance_m < metres:
        state, now = vehicle.state, EPOCH / 1e9 + tick * TICK
        if state.distance_m > driven + 1.0:
            driven, moved_at = state.distance_m, now
        elif frames and now - moved_at > PATIENCE:
            raise SystemExit(f"stands after {driven:.0f} m: {pilot.why or state.stall or command}")
        if math.dist(state.odom_from_base.translation[:2], ends[leg % 2]) < NEAR:
            leg += 1
            pilot.go_to(ends[leg % 2])
        if tick % COMMAND == 0:
            command = pilot.order(state, now)
        if tick % FRAME == 0:
            pilot.see(state, tick // FRAME, tick * TICK, now)
            moved_at = moved_at or now
            frames += 1
            took = pilot.perceiving[-1], pilot.planning[-1]
            held = resident_megabytes(), sys.getallocatedblocks() / 1e3
            samples.extend((state.distance_m, *held, 1e3 * took[0], 1e3 * took[1]))
            # what a drive keeps of each frame for its scores is none of the rover's memory
            for kept in (pilot.perceiving, pilot.planning, pilot.cameras):
                kept.clear()
            if frames % 60 == 0:
                print(f"{state.distance_m:.0f} m, {held[0]:.0f} MB", file=sys.stderr, flush=True)
        for _ in range(STEPS):
            ordered = (0.0, 0.0) if command is None else (command.linear, command.angular)
            vehicle.step(*ordered, TICK / STEPS)
        tick += 1
    return np.array(samples).reshape(frames, 1 + len(SERIES))[WARM:]


def fill_small_blocks() -> None:
    """Let NumPy keep at once the small blocks that it comes to keep on the way, 3.8 MB at most."""
    for size in range(1, SMALL):
        held = [np.empty(size, np.uint8) for _ in range(KEPT)]
        del held


def resident_megabytes() -> float:
    """What the process holds in memory now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def trend(metres: NDArray[np.float64], values: NDArray[np.float64]) -> Trend:
    """The slope of values (n,) over metres (n,), blocks of BLOCK metres resampled together."""
    block = (metres // BLOCK).astype(np.int64)
    groups = [np.flatnonzero(block == each) for each in np.unique(block)]
    random = np.random.default_rng(len(values))
    slopes = []
    for _ in range(DRAWS):
        chosen = np.concatenate([groups[i] for i in random.integers(0, len(groups), len(groups))])
        slopes.append(_slope(metres[chosen], values[chosen]))
    low, high = np.quantile(slopes, [0.025, 0.975])
    return Trend(float(np.median(values)), 100.0 * _slope(metres, values), 100.0 * float(low),
                 100.0 * float(high))  # fmt: skip


def _slope(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    apart = x - x.mean()
    spread = float(apart @ apart)
    return float(apart @ y) / spread if spread > 0.0 else 0.0


def chart(
    metres: NDArray[np.float64], series: dict[str, NDArray[np.float64]], trends: dict[str, Trend]
) -> str:
    """A panel a series, a dot a frame, from nothing up, as SVG text."""
    width, height, left, top, bottom = 760, 190, 58, 34, 26
    drawn, last = [], float(metres[-1])
    for row, (name, values) in enumerate(series.items()):
        ticks = round_ticks(0.0, float(np.quantile(values, 0.99)))
        high, base = ticks[-1], height * (row + 1) - bottom
        told = trends[name]
        words = f"{told.per_100_m:+.3f} in 100 m ({told.low:+.3f} to {told.high:+.3f})"
        drawn.append(text_at(left, base - (height - top - bottom) - 12, name, "start", 13))
        drawn.append(text_at(width - 14, base - (height - top - bottom) - 12, words, "end", 12))
        for tick in ticks:
            y = base - (height - top - bottom) * tick / high
            drawn.append(f'<path d="M{left} {y:.1f}H{width - 14}" stroke="#dddad2"/>')
            drawn.append(text_at(left - 6, y + 4, f"{tick:g}", "end", 11))
        for x, value in zip(metres, values, strict=True):
            at = left + (width - left - 14) * x / last
            y = base - (height - top - bottom) * min(value / high, 1.0)
            ink = INKS[row % len(INKS)]
            drawn.append(f'<circle cx="{at:.1f}" cy="{y:.1f}" r="1.6" fill="{ink}"/>')
        for tick in round_ticks(0.0, last):
            at = left + (width - left - 14) * tick / last
            if tick <= 1.01 * last:
                drawn.append(text_at(at, base + 16, f"{tick:g}", "middle", 11))
    whole = height * len(series) + 12
    drawn.append(text_at(width - 14, whole - 4, "metres driven", "end", 11))
    inside = "\n".join(drawn)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {whole}" '
        f'font-family="sans-serif"><rect width="{width}" height="{whole}" fill="white"/>\n'
        f"{inside}\n</svg>\n"
    )


if __name__ == "__main__":
    sys.exit(main())
