"""What the rover believes of its way: visual or wheel odometry that drifts, from the seed."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.sim.vehicle.vehicle_settings import VehicleSettings

F64 = NDArray[np.float64]


@dataclass(frozen=True)
class Twist:
    """Velocity in base_link."""

    linear: F64
    """(3,) m/s."""
    angular: F64
    """(3,) rad/s."""

    @classmethod
    def still(cls) -> Twist:
        """Of a rover at rest."""
        return cls(np.zeros(3), np.zeros(3))


class Odometer:
    """Adds up the rover's way with the errors of its kind; the first pose is the true one."""

    def __init__(self, settings: VehicleSettings, start: Pose, random: np.random.Generator) -> None:
        self.settings = settings
        self.pose, self.twist = start, Twist.still()
        self._random = random
        scale, bias, roll, pitch = random.standard_normal(4)
        self._scale = 1.0 + settings.scale_error * scale
        self._bias = math.radians(settings.yaw_bias_deg) * bias
        self._level = np.radians(settings.level_error_deg) * np.array([roll, pitch])
        self._yaw = start.yaw()

    def moved(self, before: Pose, after: Pose, rolled: float, dt: float) -> None:
        """Hear of a true move in `dt` seconds, on wheels that rolled `rolled` metres ahead."""
        if self.settings.odometry == "truth":
            self._tell(after, dt)
            return
        way = before.rotation.T @ (after.translation - before.translation)
        if self.settings.odometry == "wheel":
            way = np.array([rolled, 0.0, 0.0])
        metres = float(np.linalg.norm(way))
        turned = math.remainder(after.yaw() - before.yaw(), 2.0 * math.pi)
        noise = math.sqrt(metres) * self._random.standard_normal(4)
        self._yaw += turned + self._bias * metres
        self._yaw += math.radians(self.settings.yaw_noise_deg) * float(noise[3])
        believed = self._scale * way + self.settings.way_noise * noise[:3]
        place = self.pose.translation + self.pose.rotation @ believed
        self._tell(_levelled(after, self._yaw, self._level, place), dt)

    def _tell(self, pose: Pose, dt: float) -> None:
        before = self.pose
        turn = before.rotation.T @ pose.rotation
        spin = 0.5 * np.array(
            [turn[2, 1] - turn[1, 2], turn[0, 2] - turn[2, 0], turn[1, 0] - turn[0, 1]]
        )
        way = before.rotation.T @ (pose.translation - before.translation)
        self.twist = Twist(way / dt, spin / dt)
        self.pose = pose


def _levelled(true: Pose, yaw: float, level: F64, place: F64) -> Pose:
    """Roll and pitch are felt, by gravity, but for `level` (2,); yaw and place are believed."""
    r = true.rotation
    pitch = -math.asin(min(1.0, max(-1.0, float(r[2, 0]))))
    roll = math.atan2(float(r[2, 1]), float(r[2, 2]))
    return Pose.from_rpy(tuple(place), (roll + level[0], pitch + level[1], yaw))
