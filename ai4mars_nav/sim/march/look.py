"""How a picture is taken: sun, sky, air, camera and noise."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ai4mars_nav.settings import setting


@dataclass(frozen=True)
class Look:
    """Light, air and sensor of a NAVCAM-like picture; the seed is that of the fine texture."""

    sun_azimuth_deg: float = setting(
        120.0, "sun's direction, from the world's x axis to y", unit="deg", lo=-360.0, hi=360.0
    )
    sun_elevation_deg: float = setting(35.0, "over the horizon", unit="deg", lo=2.0, hi=89.0)
    sky_light: float = setting(
        0.42, "light of the whole sky as a share of full sun", lo=0.0, hi=2.0
    )
    sky_brightness: float = setting(
        1.45, "the sky above the horizon against sunlit level soil", lo=0.0, hi=10.0
    )
    haze: float = setting(2500.0, "way after which dust hides 63 %", unit="m", lo=10.0, hi=1e6)
    bedrock_albedo: float = setting(0.38, "of clean slabs; that of soil is 0.26", lo=0.02, hi=1.0)
    sand_albedo: float = setting(0.235, "of sand", lo=0.02, hi=1.0)
    patchiness: float = setting(
        0.25, "strength of patches, metres wide, of brighter and darker ground", lo=0.0, hi=2.0
    )
    mean_grey: float = setting(59.0, "what the exposure aims at, of 255", lo=5.0, hi=250.0)
    companded: bool = setting(
        False, "leave the square-root code as it is sent, instead of making it linear again"
    )
    vignetting: float = setting(0.30, "loss of light in the corners", lo=0.0, hi=0.9)
    blur: float = setting(0.45, "sigma of the point spread", unit="px", lo=0.0, hi=5.0)
    full_well: float = setting(
        6500.0, "electrons at the brightest level, for shot noise", lo=100.0, hi=1e7
    )
    read_noise: float = setting(12.0, "sigma, in levels of 12 bits", lo=0.0, hi=200.0)
    seed: int = setting(0, "of texture below the world's resolution", lo=0)

    @property
    def sun(self) -> tuple[float, float, float]:
        """Unit vector towards the sun."""
        azimuth, elevation = (
            math.radians(self.sun_azimuth_deg),
            math.radians(self.sun_elevation_deg),
        )
        level = math.cos(elevation)
        return level * math.cos(azimuth), level * math.sin(azimuth), math.sin(elevation)
