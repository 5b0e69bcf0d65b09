"""One rover on one world in MuJoCo: wheels told how fast to turn, step by step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.rover import Rover
from ai4mars_nav.sim.judge.errors import JudgeError
from ai4mars_nav.sim.judge.mjcf import BASE, BELLY, LEAST_SPAN, STEP, ground_of, to_mjcf
from ai4mars_nav.sim.judge.traction import Traction
from ai4mars_nav.sim.vehicle.robot import robot_of
from ai4mars_nav.sim.vehicle.running_gear import WHEELS
from ai4mars_nav.sim.world.world import World

F64 = NDArray[np.float64]

SLIP_MEMORY, LOAD_MEMORY = 0.012, 0.1
"""Seconds over which slip and load of a wheel are taken: shear and sinkage take a way to build up,
and what answers at once to a rim that bounces makes it bounce."""
CREEP = 0.005
"""Rim speed over the fastest drive below which a wheel holds as if it were sheared fully."""
SOFT_STOP = 0.05
"""Speed over the fastest drive from which on a wheel has its whole drag."""
EXTRA = "the extra judge of this package: pip install mujoco==3.3.7"


@dataclass(frozen=True)
class Touch:
    """A contact with the ground."""

    what: str
    """`belly` or the wheel's name."""
    at: F64
    """(3,) metres in the world."""


class Physics:
    """The model of one world and rover, and its state. The same calls give the same states."""

    def __init__(self, world: World, rover: Rover) -> None:
        self.world, self.rover = world, rover
        self._mujoco = load_mujoco()
        self._model = self._mujoco.MjModel.from_xml_string(to_mjcf(robot_of(rover), world))
        heights, _ = ground_of(world)
        span = max(float(heights.max() - heights.min()), LEAST_SPAN)
        self._model.hfield_data[:] = ((heights - heights.min()) / span).ravel()
        self._data = self._mujoco.MjData(self._model)
        kinds = self._mujoco.mjtObj
        names = [f"{wheel}_wheel" for wheel in WHEELS]
        self._geoms = [self._id(kinds.mjOBJ_GEOM, name) for name in names]
        self._belly = self._id(kinds.mjOBJ_GEOM, BELLY)
        self._bodies = [self._id(kinds.mjOBJ_BODY, name) for name in names]
        self._legs = self._model.body_parentid[self._bodies]
        joints = [self._id(kinds.mjOBJ_JOINT, name) for name in names]
        self._spins = self._model.jnt_dofadr[joints]
        self._base = self._id(kinds.mjOBJ_BODY, BASE)
        self._traction = Traction(rover)
        self._slip, self._load = np.ones(6), np.zeros(6)
        self.work = 0.0
        """Joules that the motors have put out; none come back."""
        self.wear = 0.0
        """Share of a wheel's life, the mean over the wheels."""

    def _id(self, kind: Any, name: str) -> int:
        return int(self._mujoco.mj_name2id(self._model, kind, name))

    @property
    def pose(self) -> Pose:
        """world_from_base."""
        rotation = self._data.xmat[self._base].reshape(3, 3)
        return Pose(rotation.copy(), self._data.xpos[self._base].copy())

    @property
    def velocity(self) -> tuple[float, float]:
        """Metres per second ahead, and radians per second to the left."""
        ahead = self._data.xmat[self._base].reshape(3, 3)[:, 0]
        return float(self._data.qvel[:3] @ ahead), float(self._data.qvel[5])

    @property
    def rims(self) -> F64:
        """(6,) metres per second that the rims turn."""
        return np.asarray(self.rover.wheel_radius * self._data.qvel[self._spins])

    @property
    def hubs(self) -> F64:
        """(6, 3) wheel centres in the world."""
        return np.asarray(self._data.xpos[self._bodies].copy())

    @property
    def loads(self) -> F64:
        """(6,) newtons on the wheels."""
        return np.asarray(self._data.sensordata[18:24].copy())

    @property
    def grounds(self) -> NDArray[np.uint8]:
        """(6,) values of `GROUNDS` under the wheels."""
        hubs = self.hubs
        return self.world.felt_at(hubs[:, 0], hubs[:, 1])

    def put(self, pose: Pose) -> None:
        """Stand at a pose, at rest, legs straight."""
        self._mujoco.mj_resetData(self._model, self._data)
        self._data.qpos[:3] = pose.translation
        self._mujoco.mju_mat2Quat(self._data.qpos[3:7], pose.rotation.ravel())
        self._slip[:], self._load[:] = 1.0, 0.0
        self.work = self.wear = 0.0
        self._mujoco.mj_forward(self._model, self._data)

    def push(self, linear: float, angular: float, rims: F64) -> None:
        """Move at once: ahead [m/s], to the left [rad/s], rims (6,) [m/s]."""
        self._data.qvel[:] = 0.0
        self._data.qvel[:3] = linear * self.pose.rotation[:, 0]
        self._data.qvel[5] = angular
        self._data.qvel[self._spins] = rims / self.rover.wheel_radius

    def run(self, rims: F64, seconds: float) -> None:
        """Turn the rims at (6,) metres per second for a while, a multiple of STEP."""
        grounds = self.grounds
        drag = self._traction.drag(grounds)
        self._data.ctrl[:] = rims / self.rover.wheel_radius
        work = sum(self._step(grounds, drag) for _ in range(round(seconds / STEP)))
        # of the whole while: what a rim that bounces takes and gives is not paid for
        self.work += max(work, 0.0)
        self.wear += float((self._traction.wear(grounds) * np.abs(self.rims)).mean()) * seconds

    def touches(self) -> list[Touch]:
        """What touches the ground."""
        names = {self._belly: "belly", **dict(zip(self._geoms, WHEELS, strict=True))}
        contact = self._data.contact
        return [
            Touch(names[int(geoms.max())], at)
            for geoms, at in zip(contact.geom, contact.pos, strict=True)
        ]

    def _step(self, grounds: NDArray[np.uint8], drag: F64) -> float:
        """Friction as the wheels' slip has it, drag against their way, one step of MuJoCo; the work
        of the motors in joules."""
        data, rover = self._data, self.rover
        ahead, aside, _ = data.sensordata[:18].reshape(6, 3).T
        rims = self.rims
        creep = CREEP * rover.max_speed
        fastest = np.maximum(np.abs(rims), np.hypot(ahead, aside))
        slip = (np.hypot(ahead - rims, aside) + creep) / (fastest + creep)
        self._slip += (np.minimum(slip, 1.0) - self._slip) * (STEP / SLIP_MEMORY)
        self._load += (self.loads - self._load) * (STEP / LOAD_MEMORY)
        self._model.geom_friction[self._geoms, 0] = self._traction.friction(grounds, self._slip)
        force = drag * self._load * np.tanh(ahead / (SOFT_STOP * rover.max_speed))
        forward = data.xmat[self._legs].reshape(6, 3, 3)[:, :, 0]
        data.xfrc_applied[self._bodies, :3] = -force[:, None] * forward
        self._mujoco.mj_step(self._model, data)
        return float(data.actuator_force @ data.qvel[self._spins]) * STEP


def load_mujoco() -> Any:
    """The module, which is an extra; what to install where it is missing."""
    try:
        import mujoco
    except ImportError as error:
        raise JudgeError(f"MuJoCo is not installed: {error}; it is {EXTRA}") from error
    return mujoco
