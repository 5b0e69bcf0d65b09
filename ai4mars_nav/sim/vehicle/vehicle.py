"""A rover that drives on a world: `Vehicle(...).step(linear, angular, dt) -> State`."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.rover import Rover
from ai4mars_nav.sim.vehicle.drive import (
    Speeds,
    check_command,
    ramped,
    wheel_speeds,
    within_circle,
)
from ai4mars_nav.sim.vehicle.errors import VehicleError
from ai4mars_nav.sim.vehicle.odometry import Odometer, Twist
from ai4mars_nav.sim.vehicle.running_gear import running_gear, wheel_headings
from ai4mars_nav.sim.vehicle.soil import HUB, Soil
from ai4mars_nav.sim.vehicle.stance import Stance, Surface, stand, steps_between
from ai4mars_nav.sim.vehicle.strikes import (
    Strike,
    StrikeLog,
    belly_hit,
    scrapes_off,
    wheel_hits,
)
from ai4mars_nav.sim.vehicle.vehicle_settings import VehicleSettings
from ai4mars_nav.sim.world.world import World
from ai4mars_nav.terrain import LOOKS

F64 = NDArray[np.float64]

LONGEST_MOVE = 0.02
"""Metres that the wheels roll between two looks at the ground."""


@dataclass(frozen=True)
class State:
    """The vehicle after a step; arrays of six in the order of `running_gear.WHEELS`."""

    time: float
    """Seconds driven and stood."""
    odom_from_base: Pose
    """The truth; base_link lies between the lowest points of the wheels."""
    odometry: Pose
    """What the rover believes; equal to the truth at the start."""
    twist: Twist
    """Believed velocity."""
    linear: float
    """True speed along the rover [m/s]."""
    angular: float
    """True turn rate [rad/s]."""
    slip: float
    """0..1, the mean over the wheels: 1 - way made good over way rolled; 0 at rest."""
    sinkage: float
    """Metres, of the deepest wheel."""
    wheel_sinkage: F64
    """(6,) metres."""
    contacts: F64
    """(6, 3) where the wheels touch the surface, in odom."""
    wheel_heights: F64
    """(6,) metres of each wheel above the body's plane: what the suspension takes up."""
    wheel_terrain: NDArray[np.uint8]
    """(6,) label values at the contacts."""
    tilt: float
    """Radians."""
    energy_j: float
    """Drawn from the battery since the start."""
    distance_m: float
    """True way on the surface."""
    wheel_damage: float
    """Share of a wheel's life worn off since the start, the mean over the wheels."""
    embedded: bool
    """Stuck in the ground for good."""
    tipped: bool
    """Lies on its side."""
    stall: str
    """What keeps the rover from moving as commanded, empty where nothing does."""
    clipped: int
    """Steps whose command asked for a tighter arc than the rover can drive."""
    strikes: tuple[Strike, ...]
    """All so far."""


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
        self._room = _room(world, 0.5 * math.hypot(rover.length, rover.width))
        self._soil = Soil(rover)
        fate, drift = (np.random.default_rng(child) for child in _children(seed))
        self._luck = float(fate.exponential())
        """Risk that this drive bears before its wheels are stuck."""
        self._stance = self._start(start)
        self._sinkage = self._soil.resting_sinkage(self._stance.grounds)
        self._stance = self._stand(start, self._stance.headings, self._stance.slopes)
        self._odometer = Odometer(settings, self._stance.world_from_base, drift)
        self._log = StrikeLog()
        self._speeds: Speeds = (0.0, 0.0)
        self._time = self._energy = self._distance = self._risk = self._damage = 0.0
        self._slip, self._clipped, self._stall = 0.0, 0, ""
        self._embedded = self._tipped = False
        self.state = self._tell(self._stance, 1.0)

    def step(self, linear: float, angular: float, dt: float) -> State:
        """Drive `dt` seconds toward a command [m/s, rad/s]; refused with `VehicleError`."""
        check_command(linear, angular, dt, self.rover)
        wanted = within_circle(linear, angular, self.rover)
        self._clipped += wanted[1] != angular
        self._speeds = ramped(self._speeds, wanted, self.rover, self.settings.ramp, dt)
        rolling = float(wheel_speeds(self._gear.wheels, self._speeds, self._steered).max())
        moves = max(1, math.ceil(rolling * dt / LONGEST_MOVE))
        before, self._stall = self._stance, ""
        for _ in range(moves):
            self._move(dt / moves)
            self._time += dt / moves
        self._odometer.moved(
            before.world_from_base, self._stance.world_from_base, self._speeds[0] * dt, dt
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
        if not self._on_map(stance):
            raise VehicleError(
                f"{where}: the rover reaches over the edge of the world {self.world.name}"
            )
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

    def _on_map(self, stance: Stance) -> bool:
        x, y, _ = stance.place
        return self._room[0] <= x <= self._room[1] and self._room[2] <= y <= self._room[3]

    def _move(self, dt: float) -> None:
        """One short move: at most LONGEST_MOVE of rolling."""
        linear, angular = self._speeds
        rolled = float(wheel_speeds(self._gear.wheels, self._speeds, self._steered).mean()) * dt
        self._energy += self.rover.idle_power * dt
        if rolled == 0.0:
            self._slip = 0.0
            return
        before = self._stance
        self._slip = self._slipping(before, linear)
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
            self._energy += self._drive_energy(before, after, rolled, angular * dt)
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
        linear, angular = self._speeds
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
        if not self._on_map(after):
            return f"the world {self.world.name} ends here"
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
            clipped=self._clipped,
            strikes=self._log.strikes,
        )


def _room(world: World, margin: float) -> tuple[float, float, float, float]:
    """Least and most x, then y, that are `margin` metres from the world's edge."""
    (left, low), (width, depth) = world.origin, world.size
    return left + margin, left + width - margin, low + margin, low + depth - margin


def _children(seed: int) -> list[np.random.SeedSequence]:
    if seed < 0:
        raise VehicleError(f"seed is {seed}, must be 0 or more")
    return np.random.SeedSequence(seed).spawn(2)
