"""What is made harder, or left out, to see what it is worth: drives of a mode under one change.

A drive under a variant is named MODE+VARIANT; the mode by itself is what it is compared with.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ai4mars_nav.perception.sidecar import Sidecar
from ai4mars_nav.ros.graph import TERRAIN, NodeSpec
from ai4mars_nav.sim.vehicle.vehicle_settings import VehicleSettings
from ai4mars_nav.sim.world.mission import Mission
from ai4mars_nav.trial.errors import TrialError

Override = tuple[NodeSpec, str, str, Any]
"""Node, group, key and value of a parameter."""

UNDER = "+"
"""Between mode and variant in the name of a drive."""
DRIFTS = ("scale_error", "way_noise", "yaw_noise_deg", "yaw_bias_deg", "level_error_deg")
"""Settings of the vehicle that odometry drifts by."""


@dataclass(frozen=True)
class Variant:
    """One change against the drives of a mode."""

    words: str
    over: tuple[Override, ...] = ()
    faults: Mapping[str, float] = field(default_factory=dict)
    sureness: float = 1.0
    """Factor on what goes into the softmax: over 1 a model says more than it knows."""
    sun_deg: float | None = None
    """Of the sun over the horizon; None: as the site has it."""
    drift: float = 1.0
    """Factor on all errors of odometry."""

    def light(self, mission: Mission) -> Mission:
        """The mission under this variant's sun."""
        if self.sun_deg is None:
            return mission
        return replace(mission, sun_elevation=math.radians(self.sun_deg))

    def believed(self, sidecar: Sidecar) -> Sidecar:
        """The model's sidecar as this variant calibrates it."""
        if self.sureness == 1.0:
            return sidecar
        calibration = replace(
            sidecar.calibration,
            scale=tuple(self.sureness * value for value in sidecar.calibration.scale),
            bias=tuple(self.sureness * value for value in sidecar.calibration.bias),
        )
        return replace(sidecar, calibration=calibration)

    def body(self) -> VehicleSettings:
        """The vehicle, with odometry that drifts as it does here."""
        as_it_is = VehicleSettings()
        more = {name: self.drift * getattr(as_it_is, name) for name in DRIFTS}
        return as_it_is if self.drift == 1.0 else replace(as_it_is, **more)


PLAIN = Variant("as it is")
VARIANTS: Mapping[str, Variant] = {
    "no_abstention": Variant(
        "the network must name every pixel",
        over=((TERRAIN, "segmenter", "abstain_below", 0.0),),
    ),
    "over_confident": Variant("the network is twice as sure as it is calibrated", sureness=2.0),
    "depth_quarter_px": Variant("disparity off by 0.25 px", faults={"depth_noise": 0.25}),
    "depth_half_px": Variant("disparity off by 0.5 px", faults={"depth_noise": 0.5}),
    "depth_one_px": Variant("disparity off by 1 px", faults={"depth_noise": 1.0}),
    "dust": Variant("dust on the lens takes 40 % of the contrast", faults={"dust": 0.4}),
    "low_sun": Variant("the sun stands 8 degrees high", sun_deg=8.0),
    "drift": Variant("odometry drifts three times as much", drift=3.0),
}


def under(mode: str, variant: str) -> str:
    """The name of the drives of a mode under a variant."""
    if variant not in VARIANTS:
        raise TrialError(f"--variant {variant}: must be all or one of {', '.join(VARIANTS)}")
    return f"{mode}{UNDER}{variant}"


def split_way(way: str) -> tuple[str, str]:
    """Mode and variant of a drive's name; the variant is empty where there is none."""
    mode, _, variant = way.partition(UNDER)
    return mode, variant


def variant_of(way: str) -> Variant:
    """What is changed in the drives of that name."""
    variant = split_way(way)[1]
    return VARIANTS[variant] if variant else PLAIN
