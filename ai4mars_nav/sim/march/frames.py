"""Frames of training data: random suns and poses in a random world, with what hides the ground."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.dataset.layout import write_frame
from ai4mars_nav.dataset.product import SOL
from ai4mars_nav.dataset.releases import TRAIN
from ai4mars_nav.geometry.pinhole import Pinhole
from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.rover import Rover
from ai4mars_nav.sim.errors import SimError
from ai4mars_nav.sim.march.body import body_caster, paint_body
from ai4mars_nav.sim.march.look import Look
from ai4mars_nav.sim.march.marcher import Marcher
from ai4mars_nav.sim.render import View, pixel_directions
from ai4mars_nav.sim.rig import NAVCAM_SIZE, OPTICAL, navcam_rig
from ai4mars_nav.sim.world.library import load_landscape
from ai4mars_nav.sim.world.world import World

FRAMES_A_WORLD = 8
SUNS_A_WORLD = 2
RANGE = 30.0
"""Metres from which on AI4Mars has no labels."""
WORLDS = 36**3
"""Worlds that can be told apart in a product id, which has three letters for the site."""
_BRIGHT = 0.12
"""Share of frames exposed like those of 2022."""
_AT_ROVER = 0.25
"""Share of frames that look at the rover itself, or close beside it."""
_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_MILLIMETRES = 1000.0
_FIRST_CLOCK = 700000000


@dataclass(frozen=True)
class Batch:
    """The frames first..last of a data set that are taken in one world; size in pixels."""

    worlds: tuple[str, ...]
    seed: int
    number: int
    first: int
    last: int
    size: int
    root: Path


@dataclass(frozen=True)
class Taken:
    """One frame: what was seen, the masks (h, w) of the rover and of what is over RANGE away."""

    product: str
    view: View
    rover_mask: NDArray[np.bool_]
    range_mask: NDArray[np.bool_]


def batches(
    worlds: tuple[str, ...], seed: int, count: int, size: int, root: Path
) -> tuple[Batch, ...]:
    """`count` frames, FRAMES_A_WORLD in each world."""
    if count < 1 or count > WORLDS * FRAMES_A_WORLD:
        raise SimError(f"{count} frames: must be 1 to {WORLDS * FRAMES_A_WORLD}")
    starts = range(0, count, FRAMES_A_WORLD)
    return tuple(
        Batch(worlds, seed, number, first, min(first + FRAMES_A_WORLD, count), size, root)
        for number, first in enumerate(starts)
    )


def product_of(index: int) -> str:
    """The product id of a frame: like Curiosity's, with SIMU for the sequence and the world for the
    site, so that splits by site keep worlds apart."""
    number, drive = divmod(index, FRAMES_A_WORLD)
    site = "".join(_LETTERS[number // 36**power % 36] for power in (2, 1, 0))
    clock = _FIRST_CLOCK + round(number * SOL) % 100000000 + 60 * drive
    return f"NLB_{clock:09d}EDR_F{site}{drive:04d}SIMU{index % 100000:05d}M1"


def take_and_write(batch: Batch) -> list[str]:
    """Take the frames of a batch and write them in the AI4Mars folders of its root; their ids."""
    products = []
    for taken in take(batch):
        view, masks = taken.view, (taken.rover_mask, taken.range_mask)
        write_depth(batch.root, taken.product, view.depth)
        write_frame(batch.root, taken.product, TRAIN, view.grey, view.classes, masks)
        products.append(taken.product)
    return products


def take(batch: Batch) -> Iterator[Taken]:
    """The frames of a batch, always the same for the same seed and number."""
    random = np.random.default_rng([batch.seed, batch.number])
    name = batch.worlds[int(random.integers(len(batch.worlds)))]
    world = load_landscape(name, int(random.integers(1 << 31)))
    rover, rig = Rover(), navcam_rig(Rover(), max(batch.size, NAVCAM_SIZE))
    marcher = None
    for index in range(batch.first, batch.last):
        if marcher is None or (index - batch.first) % (FRAMES_A_WORLD // SUNS_A_WORLD) == 0:
            marcher = Marcher(world, drawn_look(random, batch.number))
        odom_from_base, base_from_camera = drawn_pose(random, world, rover)
        odom_from_camera, caster = odom_from_base @ base_from_camera, body_caster(odom_from_base)
        seen = marcher.see(rig.left, odom_from_camera, index, caster=caster)
        sun = np.array(marcher.look.sun) @ odom_from_base.rotation
        grey, hidden = paint_body(seen.grey, rig.left, base_from_camera, sun, index)
        view = View(grey, seen.depth, seen.classes)
        yield smaller(
            Taken(product_of(index), view, hidden, too_far(seen.depth, rig.left)), batch.size
        )


def smaller(taken: Taken, size: int) -> Taken:
    """A frame at size x size pixels, as the release is made smaller: grey levels are means, of all
    else one pixel stands for those around it. So a small frame has no less detail to average than
    a real one, and no more noise."""
    if taken.view.grey.shape == (size, size):
        return taken
    grey = cv2.resize(taken.view.grey, (size, size), interpolation=cv2.INTER_AREA)
    picked = [
        cv2.resize(layer, (size, size), interpolation=cv2.INTER_NEAREST_EXACT)
        for layer in (
            taken.view.depth,
            taken.view.classes,
            taken.rover_mask.astype(np.uint8),
            taken.range_mask.astype(np.uint8),
        )
    ]
    depth, classes, rover_mask, range_mask = picked
    view = View(np.asarray(grey, np.uint8), np.asarray(depth, np.float32), np.asarray(classes))
    return Taken(taken.product, view, rover_mask > 0, range_mask > 0)


def drawn_look(random: np.random.Generator, texture: int) -> Look:
    """A time of day and an exposure as real frames have them; `texture` is a seed."""
    bright = bool(random.uniform() < _BRIGHT)
    dark = float(np.clip(random.normal(59.0, 16.0), 25.0, 100.0))
    return Look(
        sun_azimuth_deg=float(random.uniform(-180.0, 180.0)),
        sun_elevation_deg=float(np.clip(random.normal(42.0, 16.0), 12.0, 80.0)),
        sky_light=float(random.uniform(0.2, 0.45)),
        sky_brightness=float(random.uniform(1.3, 2.4)),
        haze=float(np.exp(random.uniform(np.log(800.0), np.log(6000.0)))),
        bedrock_albedo=float(random.uniform(0.28, 0.46)),
        sand_albedo=float(random.uniform(0.15, 0.27)),
        patchiness=float(random.uniform(0.15, 0.5)),
        mean_grey=float(random.uniform(105.0, 150.0)) if bright else dark,
        companded=bright,
        vignetting=0.05 if bright else float(random.uniform(0.15, 0.45)),
        blur=float(random.uniform(0.4, 0.7)),
        full_well=float(np.exp(random.uniform(np.log(4000.0), np.log(20000.0)))),
        read_noise=float(random.uniform(4.0, 14.0)),
        seed=texture,
    )


def drawn_pose(random: np.random.Generator, world: World, rover: Rover) -> tuple[Pose, Pose]:
    """odom_from_base somewhere on the map, tilted as the ground under it; base_from_camera."""
    left, low = world.origin
    x = float(left + world.size[0] * random.uniform(0.12, 0.88))
    y = float(low + world.size[1] * random.uniform(0.12, 0.88))
    yaw = float(random.uniform(-math.pi, math.pi))
    half = rover.wheelbase / 2.0
    ahead, aside = (
        np.array([math.cos(yaw), math.sin(yaw)]),
        np.array([-math.sin(yaw), math.cos(yaw)]),
    )
    around = [np.array([x, y]) + half * way for way in (ahead, -ahead, aside, -aside)]
    front, back, port, starboard = (
        float(world.height(p[0:1], p[1:2], "ground")[0]) for p in around
    )
    pitch = math.atan2(back - front, 2.0 * half)
    roll = math.atan2(port - starboard, 2.0 * half)
    z = (front + back + port + starboard) / 4.0
    odom_from_base = Pose.from_rpy((x, y, z), (roll, pitch, yaw))
    # most frames look where the rover goes, some at the rover and what lies beside it
    pan, pitch_deg = float(random.normal(0.0, 0.9)), float(random.normal(19.0, 9.0))
    if random.uniform() < _AT_ROVER:
        pan, pitch_deg = float(random.uniform(-math.pi, math.pi)), float(random.normal(36.0, 6.0))
    down = math.radians(float(np.clip(pitch_deg, -2.0, 48.0)))
    return odom_from_base, Pose.from_rpy(rover.camera_xyz, (0.0, down, pan)) @ OPTICAL


def too_far(depth: NDArray[np.float32], camera: Pinhole) -> NDArray[np.bool_]:
    """Which pixels (h, w) see the sky or ground over RANGE metres away from the camera."""
    longer = np.linalg.norm(pixel_directions(camera), axis=1).reshape(depth.shape)
    near: NDArray[np.bool_] = depth * longer <= RANGE
    return ~near


def write_depth(root: Path, product: str, depth: NDArray[np.float32]) -> None:
    """z-depth (h, w) in metres as 16-bit millimetres beside the images, 0 where none (REP 118)."""
    path = root / "msl/images/depth" / f"{product}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    millimetres = np.nan_to_num(depth * _MILLIMETRES, nan=0.0)
    millimetres[millimetres > np.iinfo(np.uint16).max] = 0.0
    _, coded = cv2.imencode(".png", np.rint(millimetres).astype(np.uint16))
    path.write_bytes(coded.tobytes())
