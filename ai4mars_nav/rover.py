"""The rover as map, planner and driver need it: size, limits and drive train."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ai4mars_nav.settings import SettingsError, load, setting


@dataclass(frozen=True)
class Rover:
    """A six- or four-wheeled rover, metres, kilograms, seconds, degrees where the name says so."""

    name: str = setting("curiosity", "what people call it")
    drive: str = setting("ackermann", "how it turns", choices=("skid", "ackermann"))
    length: float = setting(2.8, "footprint along x", unit="m", lo=0.1, hi=10.0)
    width: float = setting(2.7, "footprint along y, outer wheel faces", unit="m", lo=0.1, hi=10.0)
    wheelbase: float = setting(2.3, "front to rear axle", unit="m", lo=0.05, hi=10.0)
    track: float = setting(2.3, "left to right wheel centres", unit="m", lo=0.05, hi=10.0)
    wheel_radius: float = setting(0.25, "wheel radius", unit="m", lo=0.02, hi=2.0)
    wheel_width: float = setting(0.40, "wheel width", unit="m", lo=0.01, hi=2.0)
    belly_clearance: float = setting(
        0.60, "underbody above the wheels' ground", unit="m", lo=0.01, hi=3.0
    )
    max_step: float = setting(0.30, "highest step or rock a wheel may climb", unit="m", lo=0.01)
    max_wheel_drop: float = setting(0.40, "deepest drop of one wheel", unit="m", lo=0.01)
    max_tilt_deg: float = setting(20.0, "steepest pitch, roll or slope", unit="deg", lo=1.0, hi=60)
    max_speed: float = setting(0.04, "fastest drive", unit="m/s", lo=0.001, hi=20.0)
    max_turn_rate: float = setting(0.03, "fastest turn", unit="rad/s", lo=0.001, hi=10.0)
    min_turn_radius: float = setting(
        3.0, "tightest arc; 0 turns in place", unit="m", lo=0.0, hi=100.0
    )
    mass: float = setting(899.0, "mass", unit="kg", lo=0.1, hi=1e5)
    gravity: float = setting(3.71, "gravity", unit="m/s^2", lo=0.1, hi=30.0)
    idle_power: float = setting(100.0, "power drawn at rest", unit="W", lo=0.0, hi=1e5)
    drive_efficiency: float = setting(0.5, "wheel work over battery work", lo=0.01, hi=1.0)
    camera_xyz: tuple[float, ...] = setting(
        (0.8, 0.2, 1.9), "left camera in base_link (x forward, y left, z up), without TF", unit="m"
    )
    camera_pitch_deg: float = setting(
        20.0, "left camera looks down by, without TF", unit="deg", lo=-90.0, hi=90.0
    )

    def __post_init__(self) -> None:
        if len(self.camera_xyz) != 3:
            raise SettingsError(f"rover {self.name}: camera_xyz needs 3 numbers")
        if self.wheelbase > self.length or self.track > self.width:
            raise SettingsError(f"rover {self.name}: wheels stand outside its length and width")


def load_rover(path: Path) -> Rover:
    """The rover of a YAML file's `rover` section."""
    return load(Rover, path, "rover")
