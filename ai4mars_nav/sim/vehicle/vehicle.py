"""A rover that drives on a world: `Vehicle(...).step(linear, angular, dt) -> State`."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.rover import Rover
from ai4mars_nav.sim.vehicle.chance import fate_and_drift
from ai4mars_nav.sim.vehicle.drive import Throttle, wheel_speeds
from ai4mars_nav.sim.vehicle.edge import Edge
from ai4mars_nav.sim.vehicle.errors import VehicleError
from ai4mars_nav.sim.vehicle.odometry import Odometer
from ai4mars_nav.sim.vehicle.running_gear import running_gear, wheel_headings
from ai4mars_nav.sim.vehicle.soil import HUB, Soil
from ai4mars_nav.sim.vehicle.stance import Stance, Surface, stand, steps_between
from ai4mars_nav.sim.vehicle.state import State
from ai4mars_nav.sim.vehicle.strikes import StrikeLog, belly_hit, scrapes_off, wheel_hits
from ai4mars_nav.sim.vehicle.vehicle_settings import VehicleSettings
from ai4mars_nav.sim.world.world import World
from ai4mars_nav.terrain import LOOKS

F64 = NDArray[np.float64]

LONGEST_MOVE = 0.02
"""Metres that the wheels roll between two looks at the ground."""


class Vehicle:
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
        self._surface = Surface(world)
        self._gear = running_gear(rover, world.resolution)
        self._edge = Edge(world, rover)
        self._soil = Soil(rover)
        fate, drift = fate_and_drift(seed)
        self._luck = float(fate.exponential())
        """Risk that this drive bears before its wheels are stuck."""
        self._stance = self._start(start)
        self._sinkage = self._soil.resting_sinkage(self._stance.grounds)
        self._stance = self._stand(start, self._stance.headings, self._stance.slopes)
        self._odometer = Odometer(settings, self._stance.world_from_base, drift)
        self._log = StrikeLog()
        self._throttle = Throttle(rover, settings.ramp)
        self._time = self._energy = self._distance = self._risk = self._damage = 0.0
        self._slip, self._stall = 0.0, ""
        self._embedded = self._tipped = False
        self.state = self._tell(self._stance, 1.0)

    def step(self, linear: float, angular: float, dt: float) -> State:
        """Drive `dt` seconds toward a command [m/s, rad/s]; refused with `VehicleError`."""
        speeds = self._throttle.hear(linear, angular, dt)
        rolling = float(wheel_speeds(self._gear.wheels, speeds, self._steered).max())
        moves = max(1, math.ceil(rolling * dt / LONGEST_MOVE))
        before, self._stall = self._stance, ""
        for _ in range(moves):
            self._move(dt / moves)
            self._time += dt / moves
        self._odometer.moved(
            before.world_from_base, self._stance.world_from_base, speeds[0] * dt, dt
        )
        self.state = self._tell(before, dt)
        return self.state

    @property
    def _steered(self) -> bool:
        return self.rover.drive == "ackermann"

    def _start(self, start: tuple[float, float, float]) -> Stance:
        """The stance at the start, or why nobody can stand there."""
        where = f"start ({', '.join(f'{value:g}' for value in start)})"
        if not all(math.isfinite(value) for value in start):
            raise VehicleError(f"{where} must be finite metres and radians")
        self._sinkage = np.zeros(6)
        stance = self._stand(start, np.zeros(6), None)
        if not self._edge.holds(start[0], start[1]):
            raise VehicleError(f"{where}: {self._edge.beyond}")
        if stance.tilt > math.radians(self.rover.max_tilt_deg):
            raise VehicleError(
                f"{where}: the rover would tilt by {math.degrees(stance.tilt):.0f} deg, more than "
                f"the {self.rover.max_tilt_deg:g} deg of {self.rover.name}"
            )
        hits = wheel_hits(stance, np.zeros(6), self.world, self.rover)
        if stance.belly > 0.0:
            hits.append(belly_hit(stance, self.world))
        if hits:
            raise VehicleError(f"{where}: {hits[0].words}")
        return stance

    def _stand(self, place: tuple[float, float, float], headings: F64, guess: F64 | None) -> Stance:
        return stand(self._surface, self._gear, place, headings, self._sinkage, guess)

    def _move(self, dt: float) -> None:
        """One short move: at most LONGEST_MOVE of rolling."""
        speeds = self._throttle.speeds
        rolled = float(wheel_speeds(self._gear.wheels, speeds, self._steered).mean()) * dt
        self._energy += self.rover.idle_power * dt
        if rolled == 0.0:
            self._slip = 0.0
            return
        before = self._stance
        self._slip = self._slipping(before, speeds[0])
        if self._embedded or self._tipped:
            self._slip, self._stall = 1.0, "embedded" if self._embedded else "tipped over"
        else:
            place, headings, way = self._next(before, rolled, dt)
            after = self._stand(place, headings, before.slopes)
            self._stall = self._meet(before, after)
            self._slip = 1.0 if self._stall else self._slip
        if self._slip == 1.0:
            force = self.settings.stall_force * self._weight
            self._energy += force * rolled / self.rover.drive_efficiency
        else:
            self._stance = after
            self._distance += way
            self._energy += self._drive_energy(before, after, rolled, speeds[1] * dt)
        # a rim is scraped by what it slips on, too
        self._damage += self._soil.damage_per_metre(self._stance.shares) * rolled
        self._dig(rolled)

    def _slipping(self, stance: Stance, linear: float) -> float:
        """Slip on the terrain under the wheels, on the slope ahead of them."""
        ahead = math.copysign(1.0, linear) if linear else 0.0
        uphill = math.atan(float(stance.slopes[0]) * ahead + self._drag)
        return min(self._soil.slip(stance.shares, uphill, self.settings.slide), 1.0)

    def _next(
        self, before: Stance, rolled: float, dt: float
    ) -> tuple[tuple[float, float, float], F64, float]:
        """Place and wheel headings after a move that nothing stops, and its way in metres."""
        linear, angular = self._throttle.speeds
        grip = 1.0 - self._slip
        ahead, turn = linear * grip * dt, angular * min(grip, 1.0) * dt
        if self._drag and linear:
            # what drags on one side turns the rover to it
            lever = float(self._gear.wheels[self.settings.stuck_wheel, 1]) / self.rover.track
            turn += lever * self._drag * abs(linear) * dt / self.rover.wheelbase
        across = math.atan(float(before.slopes[1]))
        slide = self._soil.sideways(before.shares, across, self.settings.slide) * rolled
        aside = -math.copysign(slide, across)
        cos, sin = math.cos(0.5 * turn), math.sin(0.5 * turn)
        way = before.world_from_base.rotation[:2, :2] @ np.array(
            [cos * ahead - sin * aside, sin * ahead + cos * aside]
        )
        x, y, yaw = before.place
        place = (x + float(way[0]), y + float(way[1]), math.remainder(yaw + turn, math.tau))
        curvature = angular / linear if linear else 0.0
        return (
            place,
            wheel_headings(self._gear.wheels, curvature, self._steered),
            math.hypot(ahead, aside),
        )

    def _meet(self, before: Stance, after: Stance) -> str:
        """Log what is struck on the way; why the rover cannot get there, empty if it can."""
        if not self._edge.holds(*after.place[:2]):
            return self._edge.here
        steps = steps_between(self._surface, self._gear, before, after)
        hits = wheel_hits(after, steps, self.world, self.rover)
        if after.belly > max(before.belly, 0.0):
            hits.append(belly_hit(after, self.world, not scrapes_off(before, after)))
        for hit in hits:
            self._log.add(hit, self._time)
        barred = [hit for hit in hits if hit.blocks]
        return barred[0].words if barred else ""

    @property
    def _weight(self) -> float:
        return self.rover.mass * self.rover.gravity

    @property
    def _drag(self) -> float:
        """Force of a wheel that does not turn, over weight."""
        return self.settings.stall_force / 6.0 if self.settings.stuck_wheel >= 0 else 0.0

    def _drive_energy(self, before: Stance, after: Stance, rolled: float, turn: float) -> float:
        """Joules at the battery: rolling, climbing, scrubbing; going down gives nothing back."""
        level = self._soil.resistance(before.shares) * math.cos(before.tilt) + self._drag
        # what the wheels sink is no work of the motors
        rise = float((after.sunk - before.sunk).mean())
        rise += float(after.world_from_base.translation[2] - before.world_from_base.translation[2])
        work = self._weight * (level * rolled + rise / (1.0 - self._slip))
        if not self._steered:
            work += 0.25 * self.settings.scrub * self._weight * self.rover.wheelbase * abs(turn)
        return max(work, 0.0) / self.rover.drive_efficiency

    def _dig(self, rolled: float) -> None:
        """Sink while the wheels turn, and find out whether they still come out."""
        grounds, slip = self._stance.grounds, min(max(self._slip, 0.0), 1.0)
        deepest = np.minimum(self._soil.sinkage(grounds, slip), self.rover.wheel_radius)
        share = 1.0 - math.exp(-rolled / (2.0 * self.rover.wheel_radius))
        before, self._sinkage = self._sinkage, self._sinkage + share * (deepest - self._sinkage)
        if slip == 1.0:
            lower = self._stand(self._stance.place, self._stance.headings, self._stance.slopes)
            if lower.belly > max(self._stance.belly, 0.0):
                # the belly carries what the wheels no longer do
                self._sinkage = before
            else:
                self._stance = lower
        self._risk += self._soil.risk_per_metre(self._stance.shares, slip) * rolled * (1.0 - slip)
        stuck = self._sinkage.mean() > HUB * self.rover.wheel_radius
        self._embedded = self._embedded or bool(stuck) or self._risk > self._luck
        self._tipped = self._tipped or self._stance.tilt > math.radians(self.settings.tip_deg)

    def _tell(self, before: Stance, dt: float) -> State:
        stance = self._stance
        way = stance.world_from_base.translation - before.world_from_base.translation
        turned = math.remainder(stance.place[2] - before.place[2], math.tau)
        return State(
            time=self._time,
            odom_from_base=stance.world_from_base,
            odometry=self._odometer.pose,
            twist=self._odometer.twist,
            linear=float(way @ stance.world_from_base.rotation[:, 0]) / dt,
            angular=turned / dt,
            slip=min(max(self._slip, 0.0), 1.0),
            sinkage=float(self._sinkage.max()),
            wheel_sinkage=self._sinkage.copy(),
            contacts=stance.contacts,
            wheel_heights=stance.travel(self._gear.radius),
            wheel_terrain=LOOKS[stance.grounds],
            tilt=stance.tilt,
            energy_j=self._energy,
            distance_m=self._distance,
            wheel_damage=self._damage,
            embedded=self._embedded,
            tipped=self._tipped,
            stall=self._stall,
            clipped=self._throttle.clipped,
            strikes=self._log.strikes,
        )
