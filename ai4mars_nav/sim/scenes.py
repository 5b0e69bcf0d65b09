"""The scenes: one whose every cell is checked, and prettier ones from a seed."""

from __future__ import annotations

import math

import numpy as np

from ai4mars_nav.sim.errors import SimError
from ai4mars_nav.sim.scene import Ramp, Region, Rock, Scene, box, disc, relief
from ai4mars_nav.terrain import Terrain

NAMES: tuple[str, ...] = ("acceptance", "random")

BIG = Rock(x=7.5, y=-1.5, length=0.7, width=0.7, height=0.35)
"""The acceptance scene's rock that is lethal."""
SMALL = Rock(x=5.2, y=0.9, length=0.5, width=0.5, height=0.20)
"""The one that a rover which climbs 0.3 m may drive over."""
BEDROCK = (4.0, -1.2, 5.2, -0.4)
"""x0, y0, x1, y1 of level bedrock, metres."""
SAND_FLAT = (8.0, 1.0, 10.0, 3.5)
"""x0, y0, x1, y1 of level sand."""
SAND_RAMP = (10.0, 1.0, 13.0, 3.5)
"""x0, y0, x1, y1 of sand that rises along x."""
RAMP_DEG = 12.0


def acceptance_scene() -> Scene:
    """Flat soil with a big and a small rock, bedrock, flat sand and a sand ramp, ahead of a rover
    at the origin that looks along x. Everything but the ramp lies at height 0."""
    length = SAND_RAMP[2] - SAND_RAMP[0]
    ramp = Ramp(
        x=SAND_RAMP[0],
        y=(SAND_RAMP[1] + SAND_RAMP[3]) / 2.0,
        yaw=0.0,
        length=length,
        rise=length * math.tan(math.radians(RAMP_DEG)),
        width=SAND_RAMP[3] - SAND_RAMP[1],
        shoulder=2.0,
    )
    return Scene(
        ramps=(ramp,),
        rocks=(BIG, SMALL),
        regions=(
            Region(Terrain.SAND, box(*SAND_FLAT)),
            Region(Terrain.SAND, box(*SAND_RAMP)),
            Region(Terrain.BEDROCK, box(*BEDROCK)),
        ),
    )


def random_scene(seed: int) -> Scene:
    """Rolling ground with sand hollows, bedrock, rocks of all sizes and hills at the horizon."""
    random = np.random.default_rng(seed)
    regions = [_patch(random, Terrain.BEDROCK, near=4.0) for _ in range(7)]
    regions += [_patch(random, Terrain.SAND, near=5.0) for _ in range(5)]
    return Scene(
        ramps=_hills(random),
        waves=relief(seed, amplitude=0.09, longest=11.0, waves=8),
        rocks=_rocks(random),
        regions=tuple(regions),
        sun_azimuth=math.radians(float(random.uniform(85.0, 130.0)) * random.choice([-1, 1])),
        sun_elevation=math.radians(float(random.uniform(28.0, 40.0))),
        seed=seed,
    )


def named_scene(name: str, seed: int = 0) -> Scene:
    """The scene of a name in NAMES; the seed is for the random one."""
    if name == "acceptance":
        return acceptance_scene()
    if name == "random":
        return random_scene(seed)
    raise SimError(f"scene {name!r} must be one of {', '.join(NAMES)}")


def _patch(random: np.random.Generator, terrain: Terrain, near: float) -> Region:
    x = near + 20.0 * float(random.beta(1.0, 1.6))
    y = float(random.uniform(-0.5, 0.5)) * x
    length, width = random.uniform(2.0, 5.0), random.uniform(1.2, 3.0)
    yaw = random.uniform(0.0, np.pi)
    outline = disc(
        x, y, float(length), float(width), float(yaw), 0.22, int(random.integers(1 << 30))
    )
    return Region(terrain, outline)


def _rocks(random: np.random.Generator) -> tuple[Rock, ...]:
    """Many small rocks and few big ones (their number falls with the square of the size); what is
    not small is a heap of three, as broken stone is."""
    rocks = []
    for _ in range(90):
        x = 3.4 + 24.0 * float(random.beta(1.0, 1.4))
        y = float(random.uniform(-0.5, 0.5)) * x
        size = 0.13 / math.sqrt(float(random.uniform(0.018, 1.0)))
        size = min(size, 0.22 * x - 0.35)
        rocks.append(_stone(random, x, y, size))
        for _ in range(2 if size > 0.3 else 0):
            turn = float(random.uniform(0.0, 2.0 * np.pi))
            away = size * float(random.uniform(0.25, 0.5))
            part = size * float(random.uniform(0.45, 0.8))
            rocks.append(_stone(random, x + away * math.cos(turn), y + away * math.sin(turn), part))
    return tuple(rocks)


def _stone(random: np.random.Generator, x: float, y: float, size: float) -> Rock:
    return Rock(
        x=x,
        y=y,
        length=size * float(random.uniform(1.0, 1.7)),
        width=size,
        height=size * float(random.uniform(0.35, 0.75)),
        yaw=float(random.uniform(0.0, np.pi)),
    )


def _hills(random: np.random.Generator) -> tuple[Ramp, ...]:
    """Far rises that give the horizon a shape."""
    return tuple(
        Ramp(
            x=float(random.uniform(45.0, 90.0)),
            y=float(random.uniform(-70.0, 70.0)),
            yaw=float(random.uniform(-0.3, 0.3)),
            length=float(random.uniform(40.0, 80.0)),
            rise=float(random.uniform(2.0, 7.0)),
            width=float(random.uniform(8.0, 30.0)),
            shoulder=float(random.uniform(30.0, 60.0)),
        )
        for _ in range(6)
    )
