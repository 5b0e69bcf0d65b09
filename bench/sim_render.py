"""Speed of the simulator's cameras: the fast renderer against the exact one, on the same scene.

Times are processor time of both threads together: a frame takes about half as long on two cores.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from ai4mars_nav.geometry.pinhole import Pinhole
from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.rover import Rover
from ai4mars_nav.sim.march.look import Look
from ai4mars_nav.sim.march.marcher import Marcher
from ai4mars_nav.sim.render import render
from ai4mars_nav.sim.rig import navcam_rig, standing
from ai4mars_nav.sim.scene import Scene
from ai4mars_nav.sim.scenes import random_scene
from ai4mars_nav.sim.world.world import Rocks, World
from measure import Row, compared, row, times

GOALS = {512: "<= 200 (100 on two cores)", 1024: "<= 500 (250 on two cores)"}
CELLS, RESOLUTION = 800, 0.04
"""Of the world: 32 x 32 m ahead of the rover."""


def run() -> list[Row]:
    """All rows; about a minute."""
    scene = random_scene(3)
    world = sampled(scene)
    rows = [row("renderer, a world made ready", f"{CELLS}² cells", times(lambda: made(world), 3))]
    marcher = made(world)
    camera, pose = standing_camera(scene, 256)
    rows.append(
        compared(
            "renderer, mono + depth + label",
            "256²",
            lambda: marcher.see(camera, pose, 0),
            "exact renderer",
            lambda: render(scene, camera, pose),
            repeats=9,
            their_repeats=1,
        )
    )
    for size, goal in GOALS.items():
        rows.append(
            row(
                "renderer, mono + depth + label",
                f"{size}²",
                times(partial(marcher.see, *standing_camera(scene, size), 0), 9),
                goal=goal,
            )
        )
    return rows


def made(world: World) -> Marcher:
    """A world ready for rays under the default light."""
    return Marcher(world, Look())


def standing_camera(scene: Scene, size: int) -> tuple[Pinhole, Pose]:
    """The left camera of a rover at the origin."""
    rig = navcam_rig(Rover(), size)
    return rig.left, standing(scene, 0.0, 0.0, 0.0) @ rig.base_from_camera


def sampled(scene: Scene) -> World:
    """The scene from 2 m behind the rover on, as rasters."""
    origin = (-2.0, -CELLS * RESOLUTION / 2.0)
    at = (np.arange(CELLS) + 0.5) * RESOLUTION
    x, y = np.meshgrid(at + origin[0], at + origin[1])
    ground, (index, top) = scene.ground(x, y), scene.rock_at(x, y)
    index = np.where(top > ground, index, -1)
    told = np.array([(r.x, r.y, r.length, r.width, r.height, r.yaw) for r in scene.rocks])
    rocks = Rocks(*told.T, seed=np.arange(len(told)))
    return World(
        "sampled scene",
        RESOLUTION,
        origin,
        ground.astype(np.float32),
        np.maximum(ground, top).astype(np.float32),
        scene.with_rocks(scene.ground_terrain(x, y), index),
        index.astype(np.int32),
        rocks,
    )
