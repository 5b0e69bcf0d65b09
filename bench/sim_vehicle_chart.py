"""The picture of docs/vehicle.md: slip and sinkage over slope, as simulated, on every terrain.

    python bench/sim_vehicle_chart.py docs/pictures/vehicle-slip.svg

A Curiosity-sized rover drives up a plane until its wheels have rolled 4 m. Dots are the drives,
lines in the left half the tables of ai4mars_nav/terrain.py.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ai4mars_nav.rover import load_rover
from ai4mars_nav.share import rover_file
from ai4mars_nav.sim.vehicle.state import State
from ai4mars_nav.sim.vehicle.vehicle import Vehicle
from ai4mars_nav.sim.vehicle.vehicle_settings import VehicleSettings
from ai4mars_nav.sim.world.world import NO_ROCK, Rocks, World
from ai4mars_nav.terrain import COLOURS, LOOKS, PHYSICS, SLOPES_DEG, Ground, Hidden, Terrain

GROUNDS: tuple[Ground, ...] = (*Terrain, Hidden.LOOSE_SAND)
"""Sharp rock slips as bedrock does."""
ROLLED, STEEPEST, SEED = 4.0, 30.0, 2
WIDTH, HEIGHT, GAP, LEFT, TOP, BOTTOM = 920, 410, 80, 60, 76, 52


@dataclass(frozen=True)
class Drive:
    """One drive up a slope [deg]: slip over the whole of it, deepest sinkage [cm], and its end."""

    slope: float
    slip: float
    sinkage: float
    embedded: bool


def plane(ground_kind: Ground, slope_deg: float) -> World:
    """24 m of one ground that rises along x."""
    cells, resolution = 240, 0.1
    x = (np.arange(cells) + 0.5 - cells / 2) * resolution
    ground = np.tile(math.tan(math.radians(slope_deg)) * x, (cells, 1)).astype(np.float32)
    none = np.empty(0)
    rocks = Rocks(none, none, none, none, none, none, np.empty(0, np.int64))
    felt = np.full(ground.shape, int(ground_kind), np.uint8)
    no_rock = np.full(ground.shape, NO_ROCK, np.int32)
    corner = (-12.0, -12.0)
    return World("plane", resolution, corner, ground, ground, LOOKS[felt], no_rock, rocks, felt)


def climb(terrain: Ground, slope_deg: float) -> Drive:
    """Drive up and say how it went."""
    # the chart goes beyond the slopes on which a rover is set down
    rover = replace(load_rover(rover_file("curiosity")), max_tilt_deg=40.0)
    vehicle = Vehicle(plane(terrain, slope_deg), rover, VehicleSettings(), (-6, 0, 0), SEED)
    state: State = vehicle.state
    seconds = ROLLED / rover.max_speed + 0.5 * vehicle.settings.ramp
    for _ in range(round(seconds / 0.5)):
        state = vehicle.step(rover.max_speed, 0.0, 0.5)
        if state.embedded:
            break
    rolled = rover.max_speed * (state.time - 0.5 * vehicle.settings.ramp)
    slip = 1.0 - state.distance_m / rolled
    return Drive(slope_deg, slip, 100.0 * state.sinkage, state.embedded)


def chart(drives: dict[Ground, list[Drive]]) -> str:
    """Both halves as SVG."""
    half = (WIDTH - 2 * LEFT - GAP) / 2
    deepest = 5.0 * math.ceil(max(d.sinkage for row in drives.values() for d in row) / 5.0)
    parts = [*axes(LEFT, half, "slip", 1.0, 0.2)]
    parts += axes(LEFT + half + GAP, half, "sinkage of the deepest wheel [cm]", deepest, 5.0)
    for terrain, row in drives.items():
        slip_at = scale(LEFT, half, 1.0)
        table = zip(SLOPES_DEG, PHYSICS[terrain].slip, strict=True)
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in (slip_at(*point) for point in table))
        parts.append(f'<polyline points="{line}" fill="none" stroke="{ink(terrain)}"/>')
        sunk_at = scale(LEFT + half + GAP, half, deepest)
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in (sunk_at(d.slope, d.sinkage) for d in row))
        parts.append(
            f'<polyline points="{line}" fill="none" stroke="{ink(terrain)}" '
            'stroke-dasharray="2 3"/>'
        )
        for drive in row:
            parts.append(mark(slip_at(drive.slope, drive.slip), terrain, drive.embedded))
            parts.append(mark(sunk_at(drive.slope, drive.sinkage), terrain, drive.embedded))
    for place, terrain in enumerate(drives):
        x = LEFT + 110 * place
        parts += [mark((x, 40), terrain, False), text(x + 10, 44, name_of(terrain), 12, "start")]
    x = LEFT + 110 * len(drives)
    parts += [mark((x, 40), Terrain.SAND, True), text(x + 10, 44, "embedded", 12, "start")]
    title = "A Curiosity-sized rover up a slope: simulated (dots), table of slip (lines)"
    parts.append(text(WIDTH / 2, 22, title, 15))
    inside = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'font-family="sans-serif"><rect width="100%" height="100%" fill="white"/>\n{inside}\n'
        "</svg>\n"
    )


def scale(left: float, wide: float, high: float) -> Callable[[float, float], tuple[float, float]]:
    """From slope and value to places in the picture."""

    def at(slope: float, value: float) -> tuple[float, float]:
        tall = HEIGHT - TOP - BOTTOM
        return left + wide * slope / STEEPEST, HEIGHT - BOTTOM - tall * value / high

    return at


def axes(left: float, wide: float, name: str, high: float, step: float) -> list[str]:
    """Lines and figures of one half."""
    at, parts = scale(left, wide, high), []
    for value in np.arange(0.0, high + 0.5 * step, step):
        x, y = at(0.0, float(value))
        parts.append(f'<path d="M{x:.1f} {y:.1f}h{wide:.1f}" stroke="#ddd"/>')
        parts.append(text(x - 6, y + 4, f"{value:g}", 11, "end"))
    for slope in SLOPES_DEG:
        x, y = at(slope, 0.0)
        parts.append(text(x, y + 16, f"{slope:g}", 11))
    parts.append(text(left + wide / 2, HEIGHT - 12, "slope [degrees]", 12))
    parts.append(text(left, TOP - 6, name, 12, "start"))
    return parts


def mark(place: tuple[float, float], terrain: Ground, embedded: bool) -> str:
    """A dot, or a cross where the rover stuck."""
    x, y = place
    if embedded:
        return (
            f'<path d="M{x - 5:.1f} {y - 5:.1f}l10 10m0 -10l-10 10" stroke="{ink(terrain)}" '
            'stroke-width="2.5"/>'
        )
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{ink(terrain)}"/>'


def ink(terrain: Ground) -> str:
    """The class's colour, darker: sand must stand out from white, and loose sand from it."""
    darker = 0.85 if isinstance(terrain, Terrain) else 0.25
    red, green, blue = (int(darker * value) for value in COLOURS[LOOKS[terrain]])
    return f"rgb({red},{green},{blue})"


def name_of(ground: Ground) -> str:
    """In words."""
    return ground.name.lower().replace("_", " ")


def text(x: float, y: float, words: str, size: int, anchor: str = "middle") -> str:
    """Words at a place."""
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}">{words}</text>'


def main() -> int:
    """Drive and draw."""
    slopes = np.arange(0.0, STEEPEST + 0.1, 2.5)
    drives = {terrain: [climb(terrain, float(slope)) for slope in slopes] for terrain in GROUNDS}
    Path(sys.argv[1]).write_text(chart(drives), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
