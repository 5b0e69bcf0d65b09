"""The missions and their quirks: rovers, cameras, detectors, names of groups, wrong values.

What differs from one mission, or one archive of it, to the next is written here and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass

CAMERA_MODEL = ("GEOMETRIC_CAMERA_MODEL", "GEOMETRIC_CAMERA_MODEL_PARMS")
"""The archived labels of Curiosity call a few groups otherwise than those made in operations."""
ROVER_SYSTEM = (
    "ROVER_COORDINATE_SYSTEM",
    "ROVER_COORD_SYSTEM_PARMS",
    "ROVER_COORDINATE_SYSTEM_PARMS",
)
SITE_SYSTEM = (
    "SITE_COORDINATE_SYSTEM",
    "SITE_COORD_SYSTEM_PARMS",
    "SITE_COORDINATE_SYSTEM_PARMS",
)
DERIVED = ("DERIVED_IMAGE_PARMS", "DERIVED_IMAGE_PARAMS")
STATE = ("INSTRUMENT_STATE_PARMS", "INSTRUMENT_STATE")
ROVER_GEOMETRY = ("ROVER_DERIVED_GEOMETRY_PARMS", "ROVER_DERIVED_GEOMETRY")
SITE_GEOMETRY = ("SITE_DERIVED_GEOMETRY_PARMS", "SITE_DERIVED_GEOMETRY")
IDENTITY = ("IDENTIFICATION",)
"""VICAR labels keep in this property what PDS3 labels state at the top."""
IMAGE = ("IMAGE", "IMAGE_DATA", "PDS4_ARRAY")

ROVER_FRAMES = ("ROVER_NAV_FRAME", "ROVER_FRAME")
"""Spirit and Opportunity say ROVER_FRAME; x forward, y right, z down for all."""
SITE_FRAMES = ("SITE_FRAME",)
LEVEL_FRAMES = ("LOCAL_LEVEL_FRAME",)
"""The axes of the site frame at the origin of the rover."""

_HOSTS = {
    "MER1": "opportunity", "MARS EXPLORATION ROVER 1": "opportunity", "OPPORTUNITY": "opportunity",
    "MER2": "spirit", "MARS EXPLORATION ROVER 2": "spirit", "SPIRIT": "spirit",
    "MER-B": "opportunity", "MER-A": "spirit",
    "MSL": "curiosity", "MARS SCIENCE LABORATORY": "curiosity", "CURIOSITY": "curiosity",
    "M20": "perseverance", "M2020": "perseverance", "MARS 2020": "perseverance",
    "MARS2020": "perseverance", "PERSEVERANCE": "perseverance",
}  # fmt: skip
MISSION_OF = {
    "opportunity": "mer", "spirit": "mer", "curiosity": "msl", "perseverance": "m2020",
}  # fmt: skip


@dataclass(frozen=True)
class Detector:
    """A whole frame in pixels, and the focal length in pixels where the lens has only one."""

    width: int
    height: int
    focal: float | None = None


_DETECTORS = {
    ("mer", "navcam"): Detector(1024, 1024, 1228.0),
    ("mer", "front_hazcam"): Detector(1024, 1024, 464.0),
    ("mer", "rear_hazcam"): Detector(1024, 1024, 464.0),
    ("mer", "pancam"): Detector(1024, 1024, 3583.0),
    ("msl", "navcam"): Detector(1024, 1024, 1221.0),
    ("msl", "front_hazcam"): Detector(1024, 1024, 464.0),
    ("msl", "rear_hazcam"): Detector(1024, 1024, 464.0),
    ("msl", "mastcam_left"): Detector(1648, 1200, 4595.0),
    ("msl", "mastcam_right"): Detector(1648, 1200, 13514.0),
    ("m2020", "navcam"): Detector(5120, 3840, 2985.0),
    ("m2020", "front_hazcam"): Detector(5120, 3840, 2187.0),
    ("m2020", "rear_hazcam"): Detector(5120, 3840, 2187.0),
    ("m2020", "mastcam"): Detector(1648, 1200),
}


def rover_of(*names: str) -> str:
    """The rover that the first known host name means; empty for another spacecraft."""
    for name in names:
        upper = name.strip().upper()
        if upper in _HOSTS:
            return _HOSTS[upper]
        for host, rover in _HOSTS.items():
            if len(host) > 5 and host in upper:
                return rover
    return ""


def camera_of(instrument: str) -> tuple[str, str]:
    """Camera and eye of an INSTRUMENT_ID such as NAV_RIGHT_B; the eye is left, right or empty."""
    name = instrument.upper().replace(" ", "_")
    words = name.split("_")
    eye = "left" if "LEFT" in words or name in ("MAST_LEFT", "MCZ_LEFT") else ""
    eye = "right" if "RIGHT" in words else eye
    if "FHAZ" in words or ("FRONT" in words and "HAZCAM" in words):
        return "front_hazcam", eye
    if "RHAZ" in words or ("REAR" in words and "HAZCAM" in words):
        return "rear_hazcam", eye
    for camera, known in (
        ("navcam", {"NAV", "NAVCAM"}),
        ("pancam", {"PANCAM", "PAN"}),
        ("mastcam", {"MAST", "MASTCAM", "MCZ"}),
    ):
        if known & set(words):
            return camera, eye
    return "_".join(word for word in words if word not in ("LEFT", "RIGHT")).lower(), eye


def detector_of(mission: str, camera: str, eye: str) -> Detector | None:
    """The whole frame of a camera, where it is known."""
    return _DETECTORS.get((mission, camera)) or _DETECTORS.get((mission, f"{camera}_{eye}"))


def solar_elevation(mission: str, stated: float, true_solar_time: str) -> float:
    """Degrees above the horizon; labels of Spirit and Opportunity count downwards.

    Opportunity's products of 2015 state -78.6 at 12:25 local true solar time.
    """
    hour = true_solar_time.split(":", 1)[0].strip()
    by_day = hour.isdigit() and 6 <= int(hour) < 18
    return -stated if mission == "mer" and by_day and stated < 0.0 else stated
