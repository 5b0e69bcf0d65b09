"""How the simulated rover drives, slips, sinks and knows where it is. Sources: docs/vehicle.md."""

from __future__ import annotations

from dataclasses import dataclass

from ai4mars_nav.settings import setting

ODOMETRIES = ("visual", "wheel", "truth")


@dataclass(frozen=True)
class VehicleSettings:
    """What the rover's own description does not say."""

    ramp: float = setting(1.0, "from rest to full speed or turn rate", unit="s", lo=0.01, hi=60.0)
    slide: float = setting(
        0.5, "slip sideways and downhill over the same slope's uphill slip", lo=0.0, hi=1.0
    )
    scrub: float = setting(
        0.5, "sideways friction of the wheels of a skid-steered rover that turns", lo=0.0, hi=2.0
    )
    stall_force: float = setting(
        0.5, "force of the wheels against what they cannot pass, over weight", lo=0.0, hi=2.0
    )
    tip_deg: float = setting(45.0, "tilt at which it falls over", unit="deg", lo=5.0, hi=89.0)
    stuck_wheel: int = setting(
        -1, "a wheel that drags: 0 to 5, front to rear, left side first; -1 none", lo=-1, hi=5
    )
    odometry: str = setting(
        "visual", "images with an inertial unit, wheels with one, or the truth", choices=ODOMETRIES
    )
    scale_error: float = setting(
        0.01, "standard error of the length of the way, one draw a drive", lo=0.0, hi=0.5
    )
    way_noise: float = setting(
        0.01, "random walk of the position, per root of a metre", unit="m", lo=0.0, hi=1.0
    )
    yaw_noise_deg: float = setting(
        0.1, "random walk of the heading, per root of a metre", unit="deg", lo=0.0, hi=30.0
    )
    yaw_bias_deg: float = setting(
        0.02,
        "standard error of the heading's drift, one draw a drive",
        unit="deg/m",
        lo=0.0,
        hi=5.0,
    )
    level_error_deg: float = setting(
        0.1, "standard error of roll and pitch, one draw a drive", unit="deg", lo=0.0, hi=10.0
    )
