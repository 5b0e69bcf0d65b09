"""How the ground under organised points is fitted, for whoever reads settings and fits nothing."""

from __future__ import annotations

from dataclasses import dataclass

from ai4mars_nav.settings import setting


@dataclass(frozen=True)
class GroundSettings:
    """How the local ground is fitted."""

    max_range: float = setting(
        25.0, "horizontal reach in which ground and rocks are sought", unit="m", lo=2.0, hi=60.0
    )
    cell: float = setting(0.35, "cell whose points count as one", unit="m", lo=0.05, hi=1.0)
    spacing: float = setting(1.2, "between the centres of patches", unit="m", lo=0.2, hi=5.0)
    radius: float = setting(3.0, "of the ground that a patch is fitted to", unit="m", lo=0.5, hi=10)
    scatter: float = setting(
        0.025, "how far ground lies off a smooth patch (one sigma)", unit="m", lo=0.005, hi=0.5
    )
    slope_prior: float = setting(0.6, "spread of slopes (rise over run)", lo=0.05, hi=5.0)
    bend_prior: float = setting(
        0.03, "spread of half the curvature, 1/m: a dune's crest has 0.05", lo=0.001, hi=1.0
    )
