"""A rover as links and joints, made from its Rover description; SDF and URDF are written from it.

Boxes and cylinders on a rocker-bogie, a mast that pans, a stereo pair and an inertial unit. What
has no mass is a frame.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.rover import Rover
from ai4mars_nav.sim.rig import NAVCAM_BASELINE

Vector = tuple[float, float, float]
Colour = tuple[float, float, float]

FIXED, REVOLUTE, CONTINUOUS = "fixed", "revolute", "continuous"
UP, LEFT = (0.0, 0.0, 1.0), (0.0, 1.0, 0.0)
LYING = (math.pi / 2, 0.0, 0.0)
"""A cylinder's axis from up to left."""
OPTICAL = (-math.pi / 2, 0.0, -math.pi / 2)
"""An optical frame in a body frame, roll, pitch, yaw."""

SHARES = {"wheel": 0.03, "rocker": 0.05, "bogie": 0.03, "mast_head": 0.02}
"""Part of the rover's mass in one of these; the body has the rest."""
ROCKER_SWING, BOGIE_SWING = 0.45, 0.5
"""Radians to each side."""
WHITE, GREY, BLACK = (0.85, 0.84, 0.80), (0.55, 0.55, 0.58), (0.15, 0.15, 0.16)


@dataclass(frozen=True)
class Shape:
    """A box (x, y, z) or an upright cylinder (radius, length) in its link."""

    kind: str
    size: tuple[float, ...]
    xyz: Vector = (0.0, 0.0, 0.0)
    rpy: Vector = (0.0, 0.0, 0.0)
    colour: Colour = GREY
    solid: bool = True
    """Whether it touches the world or is only seen."""


@dataclass(frozen=True)
class Part:
    """A link with the joint to its parent, which is also named after it; metres, radians, kg."""

    name: str
    parent: str
    xyz: Vector
    rpy: Vector = (0.0, 0.0, 0.0)
    joint: str = FIXED
    axis: Vector = UP
    swing: float = 0.0
    """Farthest a revolute joint turns to each side."""
    mass: float = 0.0
    shapes: tuple[Shape, ...] = ()

    @property
    def inertia(self) -> NDArray[np.float64]:
        """(3,) kg m^2 about its axes, as if all mass were in its first shape, lying straight."""
        shape = self.shapes[0]
        x, y, z = _half_squares(shape)
        return self.mass / 3.0 * np.array([y + z, x + z, x + y])


@dataclass(frozen=True)
class Robot:
    """All parts, parents first; `base_link` is the origin, on the ground between the wheels."""

    rover: Rover
    parts: tuple[Part, ...]

    def part(self, name: str) -> Part:
        """The part of that name."""
        return next(part for part in self.parts if part.name == name)


def robot_of(rover: Rover, baseline: float = NAVCAM_BASELINE) -> Robot:
    """The parts of a rover."""
    legs = [part for side in (1.0, -1.0) for part in _leg(rover, side)]
    spent = sum(part.mass for part in legs) + SHARES["mast_head"] * rover.mass
    body = _body(rover, rover.mass - spent)
    return Robot(rover, (body, *legs, *_mast(rover, body, baseline)))


def _body(rover: Rover, mass: float) -> Part:
    size = (0.75 * rover.length, 0.9 * (rover.track - rover.wheel_width), _body_height(rover))
    at = (0.0, 0.0, rover.belly_clearance + 0.5 * size[2])
    return Part("body", "base_link", at, mass=mass, shapes=(Shape("box", size, colour=WHITE),))


def _body_height(rover: Rover) -> float:
    return 0.15 * rover.length


def _leg(rover: Rover, side: float) -> list[Part]:
    """Rocker, bogie and three wheels of one side: 1 left, -1 right."""
    name = "left" if side > 0.0 else "right"
    base, radius = rover.wheelbase, rover.wheel_radius
    aside = side * 0.5 * (rover.track - rover.wheel_width)
    pivot = np.array([0.0, aside, rover.belly_clearance])
    knee = np.array([-0.25 * base, aside, 0.5 * (radius + rover.belly_clearance)])
    front, middle, rear = (
        np.array([x, side * 0.5 * rover.track, radius]) for x in (0.5 * base, 0.0, -0.5 * base)
    )
    body = np.array([0.0, 0.0, rover.belly_clearance + 0.5 * _body_height(rover)])
    rocker, bogie = f"{name}_rocker", f"{name}_bogie"
    thick = 0.25 * radius
    return [
        Part(
            rocker,
            "body",
            _vector(pivot - body),
            joint=REVOLUTE,
            axis=LEFT,
            swing=ROCKER_SWING,
            mass=SHARES["rocker"] * rover.mass,
            shapes=(_arm(pivot, pivot, front, thick), _arm(pivot, pivot, knee, thick)),
        ),
        Part(
            bogie,
            rocker,
            _vector(knee - pivot),
            joint=REVOLUTE,
            axis=LEFT,
            swing=BOGIE_SWING,
            mass=SHARES["bogie"] * rover.mass,
            shapes=(_arm(knee, knee, rear, thick), _arm(knee, knee, middle, thick)),
        ),
        _wheel(rover, f"front_{name}_wheel", rocker, front - pivot),
        _wheel(rover, f"middle_{name}_wheel", bogie, middle - knee),
        _wheel(rover, f"rear_{name}_wheel", bogie, rear - knee),
    ]


def _wheel(rover: Rover, name: str, parent: str, at: NDArray[np.float64]) -> Part:
    tyre = Shape("cylinder", (rover.wheel_radius, rover.wheel_width), rpy=LYING, colour=BLACK)
    return Part(
        name,
        parent,
        _vector(at),
        joint=CONTINUOUS,
        axis=LEFT,
        mass=SHARES["wheel"] * rover.mass,
        shapes=(tyre,),
    )


def _mast(rover: Rover, body: Part, baseline: float) -> list[Part]:
    """Head, cameras with their optical frames, and the inertial unit in the body."""
    x, y, z = rover.camera_xyz
    foot, middle = body.xyz[2], y - 0.5 * baseline
    long = z - foot
    thick = 0.02 * rover.length
    pole = Shape("cylinder", (thick, long), (0.0, 0.0, -0.5 * long), colour=WHITE, solid=False)
    head = Shape(
        "box", (2 * thick, baseline + 2 * thick, 1.5 * thick), (-thick, 0.0, 0.0), colour=WHITE
    )
    pitch = math.radians(rover.camera_pitch_deg)
    parts = [
        Part(
            "mast_head",
            "body",
            (x, middle, long),
            joint=REVOLUTE,
            axis=UP,
            swing=math.pi,
            mass=SHARES["mast_head"] * rover.mass,
            shapes=(head, pole),
        )
    ]
    for eye, side in (("navcam_left", 0.5), ("navcam_right", -0.5)):
        parts.append(Part(eye, "mast_head", (0.0, side * baseline, 0.0), (0.0, pitch, 0.0)))
        parts.append(Part(f"{eye}_optical", eye, (0.0, 0.0, 0.0), OPTICAL))
    return [*parts, Part("imu_link", "body", (0.0, 0.0, 0.0))]


def _arm(
    origin: NDArray[np.float64],
    start: NDArray[np.float64],
    end: NDArray[np.float64],
    thick: float,
) -> Shape:
    """A beam from start to the end's x and z, in a link that lies at origin; it is only seen."""
    x, _, z = end - start
    middle = 0.5 * (start + np.array([end[0], start[1], end[2]])) - origin
    size = (math.hypot(x, z), thick, thick)
    return Shape("box", size, _vector(middle), (0.0, -math.atan2(z, x), 0.0), solid=False)


def _half_squares(shape: Shape) -> tuple[float, float, float]:
    """Squares of the half lengths of the box, or of the box that turns like the cylinder."""
    if shape.kind == "box":
        x, y, z = shape.size
        return (0.25 * x * x, 0.25 * y * y, 0.25 * z * z)
    radius, length = shape.size
    round_, along = 0.75 * radius * radius, 0.25 * length * length
    return (round_, along, round_) if shape.rpy == LYING else (round_, round_, along)


def _vector(xyz: NDArray[np.float64]) -> Vector:
    x, y, z = (float(value) for value in xyz)
    return x, y, z
