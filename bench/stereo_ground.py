"""What stereo makes of the ground: matches found and grossly wrong, cells falsely called lethal.

    python bench/stereo_ground.py test_rover 2 4

A rover is set down every half metre on the straight line from start to goal of each seed's world,
and the map fed with every pair, so that no driver chooses what is seen. The truth is the world's
own raster, whose steps are measured as the map measures them. Gross: 6 cm off every surface within
0.3 m. False: a cell called lethal with no true step over 0.10 m within a cell of it. Missed: one
with a true step over what the rover may climb, and nothing lethal within a cell. Both ahead of the
rover, within 40 degrees.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from ai4mars_nav.geometry.filled_stereo import FilledStereo
from ai4mars_nav.geometry.points import Unprojector
from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.geometry.range_error import RangeError
from ai4mars_nav.geometry.stereo import StereoSettings, depth_from_disparity
from ai4mars_nav.mapping import columns
from ai4mars_nav.mapping.cost import CostSettings
from ai4mars_nav.mapping.grid import Window
from ai4mars_nav.mapping.map_settings import MapSettings
from ai4mars_nav.mapping.surface import Surface
from ai4mars_nav.mapping.terrain_map import TerrainMap
from ai4mars_nav.rover import Rover, load_rover
from ai4mars_nav.share import rover_file
from ai4mars_nav.sim.drive.eyes import Eyes
from ai4mars_nav.sim.vehicle.errors import VehicleError
from ai4mars_nav.sim.vehicle.vehicle import Vehicle
from ai4mars_nav.sim.vehicle.vehicle_settings import VehicleSettings
from ai4mars_nav.sim.world.cache import default_cache
from ai4mars_nav.sim.world.library import DEFAULT, load_world
from ai4mars_nav.sim.world.world import World

SIZE, NEARER, FARTHEST = 512, (2.0, 4.0, 6.0, 8.0), 8.0
PLAIN = StereoSettings(scale=1, max_disparity=208)
SURE = replace(PLAIN, least_confidence=0.2, speckle_area=120)
WAYS = (
    ("as it was", PLAIN, 0.25, 0.25),
    ("a step is lethal when likely", PLAIN, 0.5, 0.8),
    ("and unsure matches dropped", SURE, 0.5, 0.8),
    ("and holes filled", replace(SURE, fill_confidence=0.3), 0.5, 0.8),
)
"""Name, stereo, disparity sigma and lethal probability."""


@dataclass
class Tally:
    """Sums of one way: pixels and gross ones; per ring cells, known, false, true and missed."""

    seen: int = 0
    matched: int = 0
    gross: int = 0
    rings: dict[float, np.ndarray] = field(default_factory=lambda: {r: np.zeros(5) for r in NEARER})


def looks(world: World, mission, rover: Rover, seed: int) -> Iterator[tuple]:
    """Shots and poses along the line; places at which no rover can stand are left out."""
    eyes = Eyes(world, mission, rover, SIZE, seed)
    start, goal = np.array(mission.start[:2]), np.array(mission.goal)
    yaw = math.atan2(*(goal - start)[::-1])
    steps = int(math.dist(start, goal) / 0.5)
    for index in range(steps):
        x, y = start + (goal - start) * index / steps
        try:
            vehicle = Vehicle(world, rover, VehicleSettings(), (float(x), float(y), yaw), seed)
        except VehicleError:
            continue
        pose = vehicle.state.odom_from_base
        shots, view = eyes.look(pose, 0.0, index, index, True, True)
        yield index, shots, view.depth, pose, pose @ eyes.base_from_camera(0.0), eyes.rig


def true_steps(world: World, terrain_map: TerrainMap, rover: Rover) -> np.ndarray:
    """(rows, columns) steps in metres of the world's surface, as the map measures them."""
    rows, fine = terrain_map.grid.rows, 5
    at = (np.arange(rows * fine) + 0.5) * terrain_map.resolution / fine
    x, y = np.meshgrid(terrain_map.origin[0] + at, terrain_map.origin[1] + at)
    cells = (
        world.height(x, y).reshape(rows, fine, rows, fine).swapaxes(1, 2).reshape(rows, rows, -1)
    )
    memory = np.zeros((columns.PLANES, rows, rows), np.float32)
    memory[columns.ELEVATION] = cells.mean(axis=2)
    memory[columns.LOW], memory[columns.HIGH] = cells.min(axis=2), cells.max(axis=2)
    derived = np.zeros((columns.DERIVED, rows, rows), np.float32)
    surface = Surface.of(terrain_map.settings, rover)
    surface.update(memory, derived, Window(0, rows, 0, rows))
    return derived[columns.STEP]


def count_pixels(tally: Tally, points: np.ndarray, depth: np.ndarray, camera: Pose, world: World):
    """Matches of one frame against the surface near them; points and depth (h, w) alike."""
    tally.seen += int((np.isfinite(depth) & (depth < FARTHEST)).sum())
    near = points[np.isfinite(points[..., 2]) & (points[..., 2] < FARTHEST)]
    x, y, z = camera.apply(near.astype(np.float64)).T
    around = [world.height(x + a, y + b) for a in (-0.3, 0.0, 0.3) for b in (-0.3, 0.0, 0.3)]
    tally.matched += len(z)
    tally.gross += int(((z > np.max(around, 0) + 0.06) | (z < np.min(around, 0) - 0.06)).sum())


def count_cells(tally: Tally, terrain_map: TerrainMap, step: np.ndarray, pose: Pose, rover: Rover):
    """The map's lethal cells against the true steps, in the view ahead."""
    square = np.ones((3, 3), np.uint8)
    lethal, known = terrain_map.layers["lethal"] > 0, np.isfinite(terrain_map.layers["step"])
    high, deadly = step > 0.10, step > rover.max_step
    false = lethal & (cv2.dilate(high.astype(np.uint8), square) == 0)
    missed = deadly & (cv2.dilate(lethal.astype(np.uint8), square) == 0)
    at = (np.arange(terrain_map.grid.rows) + 0.5) * terrain_map.resolution
    dx = terrain_map.origin[0] + at[None] - pose.translation[0]
    dy = terrain_map.origin[1] + at[:, None] - pose.translation[1]
    off = np.abs(np.angle(np.exp(1j * (np.arctan2(dy, dx) - pose.yaw()))))
    away, inner = np.hypot(dx, dy), 0.0
    for ring in NEARER:
        here = (away >= inner) & (away < ring) & (off < math.radians(40.0))
        judged = here & known
        tally.rings[ring] += [
            here.sum(), judged.sum(), (judged & false).sum(), (judged & deadly).sum(),
            (judged & missed).sum(),
        ]  # fmt: skip
        inner = ring


def run(seed: int, rover: Rover, tallies: list[Tally]) -> None:
    """Every way over the frames of one seed."""
    world, mission = load_world(DEFAULT, seed, default_cache())
    maps = [
        TerrainMap(
            MapSettings(size=30.0, farthest=FARTHEST),
            rover,
            CostSettings(lethal_probability=way[3]),
        )
        for way in WAYS
    ]
    matchers: list[FilledStereo] = []
    for index, shots, depth, pose, camera, rig in looks(world, mission, rover, seed):
        matchers = matchers or [FilledStereo(way[1], rig.left, rig.right) for way in WAYS]
        step = None
        for way, terrain_map, matcher, tally in zip(WAYS, maps, matchers, tallies, strict=True):
            found = matcher.match(shots.left, shots.right).disparity
            sparse = Unprojector(matcher.camera, 2)
            points = sparse.points(depth_from_disparity(found, matcher.focal_baseline))
            labels = np.zeros(points.shape[:2], np.uint8)
            terrain_map.move_to(*pose.translation[:2])
            error = RangeError(matcher.focal_baseline, way[2])
            terrain_map.integrate(points, labels, labels + 200, camera, error, 1.0 + index)
            terrain_map.update()
            if index % 6 == 5:
                step = true_steps(world, terrain_map, rover) if step is None else step
                count_pixels(tally, points, sparse.sample(depth), camera, world)
                count_cells(tally, terrain_map, step, pose, rover)


def main() -> None:
    """Print a row of Markdown for each way."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("rover")
    parser.add_argument("seeds", type=int, nargs="+")
    args = parser.parse_args()
    rover = load_rover(rover_file(args.rover))
    tallies = [Tally() for _ in WAYS]
    for seed in args.seeds:
        run(seed, rover, tallies)
    rings = " | ".join(f"to {ring:g} m: known, false, missed" for ring in NEARER)
    print(f"| way | matched | gross | {rings} |")
    print("|---" * (3 + len(NEARER)) + "|")
    for (name, *_), tally in zip(WAYS, tallies, strict=True):
        cells = [
            f"{known / here:.0%}, {1e3 * false / known:.1f} of 1000, {missed / deadly:.0%}"
            for here, known, false, deadly, missed in tally.rings.values()
        ]
        print(
            f"| {name} | {tally.matched / tally.seen:.0%} | {1e3 * tally.gross / tally.matched:.2f}"
            f" of 1000 | {' | '.join(cells)} |"
        )


if __name__ == "__main__":
    main()
