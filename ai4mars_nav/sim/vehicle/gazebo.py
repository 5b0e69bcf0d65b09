"""What Gazebo needs for a drive: SDF of world and rover, and where the rover is set down."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.rover import load_rover
from ai4mars_nav.share import rover_file
from ai4mars_nav.sim.errors import SimError
from ai4mars_nav.sim.vehicle.describe import describe
from ai4mars_nav.sim.vehicle.vehicle import Vehicle
from ai4mars_nav.sim.vehicle.vehicle_settings import VehicleSettings
from ai4mars_nav.sim.world.folder import WORLD, read_world

DROP = 0.1
"""Metres above the ground at which Gazebo lets the rover go."""


@dataclass(frozen=True)
class Stage:
    """Files and the start of a drive in Gazebo."""

    world: Path
    """World SDF."""
    model: Path
    """Rover SDF."""
    urdf: Path
    start: tuple[float, ...]
    """x, y, z [m], roll, pitch, yaw [rad] of base_link."""
    goal: tuple[float, float]
    """x, y [m]: a goal that can be reached."""


def set_stage(folder: Path, rover_name: str) -> Stage:
    """Take the world from `folder`, made by `ai4mars sim world`, and add the rover to it."""
    path = folder / WORLD
    if not path.is_file():
        raise SimError(
            f"{path}: there is no such file; make it with `ai4mars sim world --world crossing "
            f"--out {folder}`"
        )
    world, mission = read_world(path)
    rover = load_rover(rover_file(rover_name))
    standing = Vehicle(world, rover, VehicleSettings(), mission.start, 0).state.odom_from_base
    files = {file.suffix: file for file in describe(rover, folder)}
    return Stage(path, files[".sdf"], files[".urdf"], start_of(standing), mission.goal)


def start_of(standing: Pose) -> tuple[float, ...]:
    """x, y, z, roll, pitch, yaw a little above a pose on the ground."""
    x, y, z = (float(value) for value in standing.translation)
    r = standing.rotation
    roll, pitch = math.atan2(float(r[2, 1]), float(r[2, 2])), -math.asin(float(r[2, 0]))
    return (x, y, z + DROP, roll, pitch, standing.yaw())
