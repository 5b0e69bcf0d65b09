"""What a step of the simulated rover costs on rough ground, and its settling against the twin."""

from __future__ import annotations

import cv2
import numpy as np

from ai4mars_nav.rover import Rover, load_rover
from ai4mars_nav.share import rover_file
from ai4mars_nav.sim.vehicle import slow
from ai4mars_nav.sim.vehicle.running_gear import running_gear
from ai4mars_nav.sim.vehicle.stance import FIRST_ROUNDS, Surface, stand
from ai4mars_nav.sim.vehicle.vehicle import Vehicle
from ai4mars_nav.sim.vehicle.vehicle_settings import VehicleSettings
from ai4mars_nav.sim.world.world import NO_ROCK, Rocks, World
from ai4mars_nav.terrain import Terrain
from measure import Row, compared, row, times

SIDE, RESOLUTION = 60.0, 0.025
STEPS = 100
"""Of 10 ms: a second."""


def rough_world() -> World:
    """Waves and noise a rover can drive over everywhere, half soil, half sand."""
    cells = round(SIDE / RESOLUTION)
    noise = np.random.default_rng(1).normal(size=(cells, cells)).astype(np.float32)
    ground = np.zeros_like(noise)
    for sigma, height in ((3.0, 0.008), (12.0, 0.03), (60.0, 0.15)):
        smooth = cv2.GaussianBlur(noise, (0, 0), sigma)
        ground += height * smooth / smooth.std()
    classes = np.full(ground.shape, int(Terrain.SOIL), np.uint8)
    classes[:, cells // 2 :] = int(Terrain.SAND)
    no_rock = np.full(ground.shape, NO_ROCK, np.int32)
    none = np.empty(0)
    rocks = Rocks(none, none, none, none, none, none, np.empty(0, np.int64))
    corner = (-0.5 * SIDE, -0.5 * SIDE)
    return World("rough", RESOLUTION, corner, ground, ground, classes, no_rock, rocks)


def driving(world: World, rover: Rover) -> Row:
    """A second of driving in steps of 10 ms."""
    vehicle = Vehicle(world, rover, VehicleSettings(), (-8.0, 0.0, 0.3), 1)

    def second() -> None:
        for _ in range(STEPS):
            vehicle.step(0.9 * rover.max_speed, 0.2 * rover.max_turn_rate, 0.01)

    took = times(second, 21)
    if vehicle.state.stall:
        raise AssertionError(f"{rover.name} stands: {vehicle.state.stall}")
    real = [1000.0]
    return row("1 s in steps of 10 ms", rover.name, took, "real time", real, "<= 20 ms")


def settling(world: World, rover: Rover) -> Row:
    """One settling without a guess, the belly with it."""
    surface, gear = Surface(world), running_gear(rover, world.resolution)
    place, none = (3.0, 2.0, 0.7), np.zeros(6)

    def plain() -> object:
        pose, _ = slow.settle(world, gear, place, none, none, FIRST_ROUNDS)
        return slow.belly_depth(world, gear, pose)

    ours = stand(surface, gear, place, none, none).world_from_base.translation
    theirs = slow.settle(world, gear, place, none, none, FIRST_ROUNDS)[0].translation
    if not np.allclose(ours, theirs, atol=1e-3):
        raise AssertionError(f"settles at {ours}, the plain twin at {theirs}")
    return compared(
        "settling, 8 rounds",
        rover.name,
        lambda: stand(surface, gear, place, none, none),
        "plain NumPy twin",
        plain,
        their_repeats=5,
    )


def run() -> list[Row]:
    """The rows of the vehicle."""
    world = rough_world()
    rovers = [load_rover(rover_file(name)) for name in ("curiosity", "test_rover")]
    return [make(world, rover) for make in (driving, settling) for rover in rovers]
