"""Big rocks: what stands over 0.30 m above its local ground and is 0.5 m wide in its longer side.

Height decides, the class map is evidence. Both verdicts are kept beside the fused one, so
that a rock only stereo saw and a rock only the network saw can each be told from the rest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.perception.ground_settings import GroundSettings
from ai4mars_nav.settings import setting

BOTH, HEIGHT, CLASS = "both", "height", "class"


@dataclass(frozen=True)
class RockSettings(GroundSettings):
    """How rocks are told from ground, beside how the ground is fitted."""

    low: float = setting(
        0.10, "height above ground from which pixels belong to a thing", unit="m", lo=0.02, hi=0.3
    )
    min_height: float = setting(
        0.18, "things lower than this are not looked at further", unit="m", lo=0.05, hi=0.3
    )
    max_width: float = setting(
        3.0, "wider things (ledges, heaps) are judged in pieces", unit="m", lo=1.0, hi=20.0
    )
    min_pixels: int = setting(12, "smaller things are noise", unit="px", lo=3, hi=1000)
    height_scatter: float = setting(
        0.025, "error of a height beside range and ground (one sigma)", unit="m", lo=0.001, hi=0.2
    )
    class_weight: float = setting(
        0.2, "share of the network's log-odds beside a measured height, for a rock", lo=0.0, hi=1.0
    )
    doubt_weight: float = setting(
        0.05, "the same against one: it passes over most of them", lo=0.0, hi=1.0
    )
    decide_at: float = setting(0.5, "probability from which a verdict is yes", lo=0.01, hi=0.99)
    evidence: str = setting(
        BOTH, "what may say that a thing is a big rock", choices=(BOTH, HEIGHT, CLASS)
    )


@dataclass(frozen=True)
class Rock:
    """One thing that at least one source takes for a big rock.

    Lengths in metres. `height`, `height_sigma` and `p_height` are nan where no height could be
    measured, `p_class` is nan where the network had no opinion.
    """

    position: NDArray[np.float64]
    """(3,) middle of its base, z up, origin at the camera."""
    height: float
    height_sigma: float
    width: float
    outline: NDArray[np.int32]
    """(n, 2) x, y: convex hull in the image, pixels at the resolution of the points."""
    probability: float
    p_height: float
    p_class: float
    by_height: bool
    by_class: bool
    fused: bool

    @property
    def radius(self) -> float:
        """Of its footprint, metres."""
        return 0.5 * self.width
