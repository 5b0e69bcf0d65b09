"""A robot on a height field as MJCF, MuJoCo's model language; from the same parts as SDF and URDF.

What touches the ground are the wheels and the underbody. The differential is a coupling of both
rockers, the mast does not turn, the wheels are driven by motors that hold a speed.
"""

from __future__ import annotations

import math
import xml.etree.ElementTree as xml

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.rover import Rover
from ai4mars_nav.sim.judge.errors import JudgeError
from ai4mars_nav.sim.vehicle.robot import CONTINUOUS, FIXED, Part, Robot, Shape
from ai4mars_nav.sim.vehicle.running_gear import WHEELS
from ai4mars_nav.sim.vehicle.xml_text import child, numbers, text_of
from ai4mars_nav.sim.world.world import World

BASE, BELLY, GROUND = "base_link", "belly", "ground"
STEP = 0.004
"""Seconds of one step of the physics."""
FINEST = 0.05
"""Metres between two heights: half the cells of a world, and half the time. Our own vehicle looks
at the ground every 4 cm."""
DEEP, LEAST_SPAN = 1.0, 1e-3
"""Metres of ground below the lowest height, so that nothing falls through; and above it."""
FIRMNESS = 0.03
"""Motor speed that is lost under the strongest torque, over that of the fastest drive."""
ARMATURE = 0.2
"""What a motor turns over its gears, as inertia at the wheel, over weight in kg times radius
squared; without it a wheel that slips is let go and caught again at every step."""
DAMPING = 0.15
"""Of rockers and bogies [N m s], over mass times wheelbase."""
STRONGEST = 2.0
"""Torque of a motor over what lifts its wheel's share of the weight at the rim."""


def to_mjcf(robot: Robot, world: World) -> str:
    """The text of the model; the heights, of `ground_of`, are filled in once it is loaded."""
    if robot.rover.drive != "skid":
        raise JudgeError(
            f"rover {robot.rover.name}: the judge drives rovers that turn by skidding, "
            f"not {robot.rover.drive} ones; --rover test_rover is one"
        )
    root = xml.Element("mujoco", model=f"{robot.rover.name} in {world.name}")
    child(root, "compiler", angle="radian", eulerseq="XYZ", autolimits="true")
    option = child(
        root,
        "option",
        timestep=numbers(STEP),
        gravity=numbers(0.0, 0.0, -robot.rover.gravity),
        integrator="implicitfast",
        # a cone as round as friction is, and no creep where a wheel holds
        cone="elliptic",
        impratio="10",
    )
    # its contacts with a height field push sideways where a rim ends within a cell: loads of 10 kN
    child(option, "flag", nativeccd="disable")
    _ground(root, world)
    base = child(_world_body(root), "body", name=BASE)
    child(base, "freejoint", name=BASE)
    links = {BASE: base}
    for part in robot.parts:
        if part.mass > 0.0:
            links[part.name] = _link(links, part, robot.rover)
    for wheel in WHEELS:
        _hub(links, robot.part(f"{wheel}_wheel"), robot.rover)
    coupling = child(child(root, "equality"), "joint", joint1="left_rocker", joint2="right_rocker")
    coupling.set("polycoef", "0 -1 0 0 0")
    _motors(root, robot.rover)
    _sensors(root)
    return text_of(root, f"A {robot.rover.name} rover, made by `ai4mars bench judge`")


def _world_body(root: xml.Element) -> xml.Element:
    return next(root.iter("worldbody"))


def ground_of(world: World) -> tuple[NDArray[np.float64], float]:
    """Heights [m] (rows, columns) of blocks of cells at least FINEST wide, and their distance."""
    every = max(1, math.ceil(FINEST / world.resolution - 1e-6))
    rows, columns = (cells // every for cells in world.surface.shape)
    blocks = world.surface[: rows * every, : columns * every].astype(np.float64)
    heights = blocks.reshape(rows, every, columns, every).mean(axis=(1, 3))
    return np.asarray(heights), every * world.resolution


def _ground(root: xml.Element, world: World) -> None:
    """A height field whose samples are the middles of the blocks."""
    heights, spacing = ground_of(world)
    rows, columns = heights.shape
    lowest, highest = float(heights.min()), float(heights.max())
    size = numbers(
        0.5 * (columns - 1) * spacing,
        0.5 * (rows - 1) * spacing,
        # a level world has no height to be normalised by
        max(highest - lowest, LEAST_SPAN),
        DEEP,
    )
    shape = {"nrow": str(rows), "ncol": str(columns)}
    child(child(root, "asset"), "hfield", name=GROUND, size=size, **shape)
    middle = world.origin[0] + 0.5 * columns * spacing, world.origin[1] + 0.5 * rows * spacing
    geom = child(child(root, "worldbody"), "geom", name=GROUND, type="hfield", hfield=GROUND)
    geom.set("pos", " ".join(repr(at) for at in (*middle, lowest)))
    geom.set("contype", "1")
    geom.set("conaffinity", "1")
    geom.set("rgba", "0.62 0.46 0.32 1")


def _link(links: dict[str, xml.Element], part: Part, rover: Rover) -> xml.Element:
    link = child(links[part.parent], "body", name=part.name, pos=numbers(*part.xyz))
    link.set("euler", numbers(*part.rpy))
    # the mast's joint is left out: it looks where it looks
    if part.joint == CONTINUOUS:
        wheel = child(link, "joint", name=part.name, axis=numbers(*part.axis))
        wheel.set("armature", numbers(ARMATURE * rover.mass / len(WHEELS) * rover.wheel_radius**2))
    elif part.joint != FIXED and part.name != "mast_head":
        joint = child(link, "joint", name=part.name, axis=numbers(*part.axis))
        joint.set("range", numbers(-part.swing, part.swing))
        joint.set("damping", numbers(DAMPING * rover.mass * rover.wheelbase))
    child(
        link,
        "inertial",
        pos="0 0 0",
        mass=numbers(part.mass),
        diaginertia=numbers(*part.inertia),
    )
    for shape in part.shapes:
        _geom(link, part, shape)
    return link


def _geom(link: xml.Element, part: Part, shape: Shape) -> None:
    geom = child(link, "geom", type=shape.kind, pos=numbers(*shape.xyz))
    geom.set("euler", numbers(*shape.rpy))
    first = shape.size[0] if shape.kind == "cylinder" else 0.5 * shape.size[0]
    geom.set("size", numbers(first, *(0.5 * each for each in shape.size[1:])))
    geom.set("rgba", numbers(*shape.colour, 1.0))
    touches = part.joint == CONTINUOUS or part.name == "body"
    geom.set("contype", "0")
    # only with the ground, never with each other
    geom.set("conaffinity", "1" if touches else "0")
    if part.joint == CONTINUOUS:
        geom.set("name", part.name)
        # the wheel's friction counts, not the greater one
        geom.set("priority", "1")
    elif touches:
        geom.set("name", BELLY)


def _hub(links: dict[str, xml.Element], wheel: Part, rover: Rover) -> None:
    """What feels the wheel: its hub's speed on the leg, and the load over all of the wheel."""
    child(links[wheel.parent], "site", name=f"{wheel.name}_hub", pos=numbers(*wheel.xyz))
    child(
        links[wheel.name],
        "site",
        name=f"{wheel.name}_load",
        type="sphere",
        size=numbers(1.2 * math.hypot(rover.wheel_radius, 0.5 * rover.wheel_width)),
        rgba="0 0 0 0",
    )


def _motors(root: xml.Element, rover: Rover) -> None:
    most = STRONGEST * rover.mass * rover.gravity / len(WHEELS) * rover.wheel_radius
    fastest = rover.max_speed / rover.wheel_radius
    motors = child(root, "actuator")
    for wheel in WHEELS:
        motor = child(motors, "velocity", name=wheel, joint=f"{wheel}_wheel")
        motor.set("kv", numbers(most / (FIRMNESS * fastest)))
        motor.set("forcerange", numbers(-most, most))


def _sensors(root: xml.Element) -> None:
    """First all speeds of the hubs, then all loads, in the order of WHEELS."""
    sensors = child(root, "sensor")
    for wheel in WHEELS:
        child(sensors, "velocimeter", site=f"{wheel}_wheel_hub")
    for wheel in WHEELS:
        child(sensors, "touch", site=f"{wheel}_wheel_load")
