"""The rover under MuJoCo's physics, with the interface of `sim.vehicle.Vehicle`."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.rover import Rover
from ai4mars_nav.sim.judge.physics import Physics
from ai4mars_nav.sim.vehicle.chance import fate_and_drift
from ai4mars_nav.sim.vehicle.drive import Throttle
from ai4mars_nav.sim.vehicle.edge import Edge
from ai4mars_nav.sim.vehicle.errors import VehicleError
from ai4mars_nav.sim.vehicle.odometry import Odometer
from ai4mars_nav.sim.vehicle.running_gear import WHEELS, running_gear
from ai4mars_nav.sim.vehicle.stance import Surface, stand
from ai4mars_nav.sim.vehicle.state import State
from ai4mars_nav.sim.vehicle.strikes import Hit, StrikeLog
from ai4mars_nav.sim.vehicle.vehicle_settings import VehicleSettings
from ai4mars_nav.sim.world.world import NO_ROCK, World
from ai4mars_nav.terrain import BIG_ROCK_HEIGHT, LOOKS

F64 = NDArray[np.float64]

SETTLING = 1.0
"""Seconds from being put down to the start."""
DROP = 0.01
"""Metres it is put down from."""
WINDOW = 0.5
"""Seconds over which way made good and way rolled are compared: one bump is no slip."""
STILL = 0.05
"""Way made good over way rolled below which a rover stands."""
PATIENCE = 2.0
"""Seconds that it must stand so, told to move, before something holds it."""
SKID = 2.5
"""How much farther apart than they are the wheels are taken to be, as skid-steered rovers do: in
arcs on soil and bedrock they turn the rover by 0.4 of what rolling would."""
GYRO = 2.0
"""By how much the wheels are corrected a second for a turn rate that is not as commanded."""


class JudgedVehicle:
    """One rover in one world; the same seed and commands lead to the same states."""

    def __init__(
        self,
        world: World,
        rover: Rover,
        settings: VehicleSettings,
        start: tuple[float, float, float],
        seed: int,
    ) -> None:
        self.world, self.rover, self.settings = world, rover, settings
        self.physics = Physics(world, rover)
        self._gear = running_gear(rover, world.resolution)
        self._surface = Surface(world)
        self._edge = Edge(world, rover)
        # no fate: what the ground does with this one is left to physics
        _, self._random = fate_and_drift(seed)
        self.put(start)

    def put(self, place: tuple[float, float, float]) -> State:
        """Begin anew at x, y [m] and yaw [rad], at rest."""
        if not self._edge.holds(place[0], place[1]):
            raise VehicleError(f"start ({place[0]:g}, {place[1]:g}): {self._edge.beyond}")
        stance = stand(self._surface, self._gear, place, np.zeros(6), np.zeros(6))
        above = DROP + max(0.0, float(stance.travel(self._gear.radius).max()))
        pose = stance.world_from_base
        self.physics.put(Pose(pose.rotation, pose.translation + np.array([0.0, 0.0, above])))
        self.physics.run(np.zeros(6), SETTLING)
        self.physics.work = self.physics.wear = 0.0
        self._odometer = Odometer(self.settings, self.physics.pose, self._random)
        self._log = StrikeLog()
        self._throttle = Throttle(self.rover, self.settings.ramp)
        self._time = self._energy = self._distance = 0.0
        self._rolled = self._made = self._stood = self._correction = 0.0
        self._stall = ""
        self.state = self._tell()
        return self.state

    def push(self, linear: float, angular: float) -> None:
        """Be on the move already, at speeds that were commanded [m/s, rad/s]."""
        self._throttle.speeds = (linear, angular)
        self.physics.push(linear, angular, self._rims())

    def step(self, linear: float, angular: float, dt: float) -> State:
        """Drive `dt` seconds toward a command [m/s, rad/s]; refused with `VehicleError`."""
        speeds = self._throttle.hear(linear, angular, dt)
        before, worked = self.physics.pose, self.physics.work
        on_map = self._edge.holds(*before.translation[:2].tolist())
        self._steer(dt)
        self.physics.run(self._rims() if on_map else np.zeros(6), dt)
        after = self.physics.pose
        self._time += dt
        work = (self.physics.work - worked) / self.rover.drive_efficiency
        self._energy += self.rover.idle_power * dt + work
        way = after.translation - before.translation
        self._distance += float(np.linalg.norm(way))
        self._measure(before, after, dt)
        self._strike()
        self._stall = self._held(dt) if on_map else self._edge.here
        self._odometer.moved(before, after, speeds[0] * dt, dt)
        self.state = self._tell()
        return self.state

    def _rims(self) -> F64:
        """(6,) metres per second that the rims are told to turn."""
        linear, angular = self._throttle.speeds
        turn = SKID * angular + self._correction
        return np.asarray(linear - turn * self._gear.wheels[:, 1])

    def _steer(self, dt: float) -> None:
        """Hear of the gyroscope how fast the rover turns, and correct the wheels."""
        if not any(self._throttle.speeds):
            self._correction = 0.0
            return
        _, turning = self.physics.velocity
        most = self.rover.max_speed / (0.5 * self.rover.track)
        change = GYRO * SKID * (self._throttle.speeds[1] - turning) * dt
        self._correction = min(max(self._correction + change, -most), most)

    def _measure(self, before: Pose, after: Pose, dt: float) -> None:
        """Way rolled and way made good of late: ahead, or round where it turns in place."""
        share = math.exp(-dt / WINDOW)
        rims = self.physics.rims
        if self._throttle.speeds[0]:
            rolled = float(rims.mean())
            way = after.translation - before.translation
            made = float(way @ before.rotation[:, 0]) / dt
        else:
            rolled = float((rims * -np.sign(self._gear.wheels[:, 1])).mean())
            turned = math.remainder(after.yaw() - before.yaw(), math.tau)
            made = 0.5 * SKID * self.rover.track * turned / dt
        sign = math.copysign(1.0, rolled)
        self._rolled = share * self._rolled + (1.0 - share) * abs(rolled)
        self._made = share * self._made + (1.0 - share) * sign * made

    @property
    def _slip(self) -> float:
        if self._rolled < STILL * self.rover.max_speed:
            return 0.0
        return min(max(1.0 - self._made / self._rolled, 0.0), 1.0)

    def _strike(self) -> None:
        """Note the belly on anything, and wheels on big rocks."""
        self._belly_on = ""
        rocks = self.world.rocks
        for touch in self.physics.touches():
            x, y, _ = touch.at.tolist()
            rock = int(self.world.rock_at(np.array(x), np.array(y)))
            height = float(rocks.height[rock]) if rock != NO_ROCK else 0.0
            by = "belly" if touch.what == "belly" else "wheel"
            name = "ground" if rock == NO_ROCK else f"{height:.2f} m of rock {rock}"
            if by == "belly":
                self._belly_on = f"belly on {name}"
                if rock == NO_ROCK:
                    height = self.rover.belly_clearance
            elif height <= BIG_ROCK_HEIGHT:
                continue
            self._log.add(Hit(rock, height, by, x, y, False, f"{touch.what} on {name}"), self._time)

    def _held(self, dt: float) -> str:
        """What keeps it from moving as commanded, empty where nothing does."""
        standing = any(self._throttle.speeds) and self._slip > 1.0 - STILL
        self._stood = self._stood + dt if standing else 0.0
        if self._stood < PATIENCE:
            return ""
        return self._belly_on or "the wheels slip"

    def _tell(self) -> State:
        physics = self.physics
        pose, hubs = physics.pose, physics.hubs
        linear, angular = physics.velocity
        radius = self.rover.wheel_radius
        tilt = math.acos(min(1.0, float(pose.rotation[2, 2])))
        return State(
            time=self._time,
            odom_from_base=pose,
            odometry=self._odometer.pose,
            twist=self._odometer.twist,
            linear=linear,
            angular=angular,
            slip=self._slip,
            sinkage=0.0,
            wheel_sinkage=np.zeros(len(WHEELS)),
            contacts=hubs - radius * pose.rotation[:, 2],
            wheel_heights=(hubs - pose.translation) @ pose.rotation[:, 2] - radius,
            wheel_terrain=LOOKS[physics.grounds],
            tilt=tilt,
            energy_j=self._energy,
            distance_m=self._distance,
            wheel_damage=physics.wear,
            embedded=False,
            tipped=tilt > math.radians(self.settings.tip_deg),
            stall=self._stall,
            clipped=self._throttle.clipped,
            strikes=self._log.strikes,
        )
