"""`ai4mars scene`: one frame of a synthetic scene through the whole core, as a picture."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ai4mars_nav.mapping.terrain_map import TerrainMap
    from ai4mars_nav.planning.search import Plan

HELP = "draw a synthetic scene: image, classes, rocks, height, cost and path"
SIDE = 480
"""Pixels of a panel."""
GOAL_AHEAD = 14.0
"""Metres at which the goal is sought."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ai4mars scene`."""
    parser.add_argument("--seed", type=int, default=3, help="of the scene")
    parser.add_argument("--out", type=Path, default=Path("scene.png"), help="PNG file to write")
    parser.add_argument(
        "--model", default="terrain-256", help="name of a model in models/, or path of its .onnx"
    )
    parser.add_argument("--size", type=int, default=1024, help="camera image's side, pixels")
    parser.add_argument("--rover", default="curiosity", help="name in config/, or YAML file")
    parser.add_argument(
        "--stereo", action="store_true", help="measure by stereo instead of the scene's depth"
    )


def run(args: argparse.Namespace) -> int:
    """Render, understand, map, plan and draw."""
    import cv2

    from ai4mars_nav.rover import load_rover
    from ai4mars_nav.share import model_file, rover_file
    from ai4mars_nav.sim import panels, poster
    from ai4mars_nav.sim.errors import SimError
    from ai4mars_nav.sim.one_frame import process
    from ai4mars_nav.sim.rig import navcam_rig, see, standing
    from ai4mars_nav.sim.scenes import random_scene

    rover, scene = load_rover(rover_file(args.rover)), random_scene(args.seed)
    rig, model = navcam_rig(rover, args.size), model_file(args.model)
    sight = see(scene, rig, standing(scene, 0.0, 0.0, 0.0), "natural", right=args.stereo)
    made = process(sight, rig, rover, model, own_stereo=args.stereo)
    look = panels.Outlook(sight, rig, rover, made, _plan(made.terrain_map), SIDE)
    sheet = poster.page(
        "From a navigation camera's frame to a path",
        f"synthetic scene {args.seed}, {rover.name}, model {model.stem}, "
        f"{'stereo' if args.stereo else 'depth'} at {args.size} x {args.size}:  "
        f"ai4mars scene --seed {args.seed}",
        panels.all_panels(look),
        columns=3,
    )
    if not cv2.imwrite(
        str(args.out),
        cv2.cvtColor(poster.few_greys(sheet, 64), cv2.COLOR_RGB2BGR),
        [cv2.IMWRITE_PNG_COMPRESSION, 9],
    ):
        raise SimError(f"{args.out}: cannot be written; does its folder exist?")
    print(args.out)
    return 0


def _plan(terrain_map: TerrainMap) -> Plan:
    """The way to seen, cheap ground about GOAL_AHEAD metres before the rover at the middle."""
    from ai4mars_nav.planning.search import Planner
    from ai4mars_nav.planning.search_settings import SearchSettings

    cost, (left, bottom) = terrain_map.cost, terrain_map.origin
    rows, columns = np.nonzero((cost >= 0) & (cost < 20))
    x = left + (columns + 0.5) * terrain_map.resolution
    y = bottom + (rows + 0.5) * terrain_map.resolution
    nearest = int(np.argmin(np.hypot(x - GOAL_AHEAD, y)))
    goal = (float(x[nearest]), float(y[nearest]))
    planner = Planner(SearchSettings())
    return planner.plan(cost, (left, bottom), terrain_map.resolution, (0.0, 0.0), goal)
