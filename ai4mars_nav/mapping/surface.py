"""The shape of the ground round each cell: slope, roughness and step, with the unknown left out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.mapping import columns, surface_kernels
from ai4mars_nav.mapping.grid import Window
from ai4mars_nav.mapping.map_settings import MapSettings
from ai4mars_nav.rover import Rover

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Surface:
    """Half edges, in cells, of the squares that slope, trend and step are taken over.

    The slope is what tilts the rover. The trend is a plane over a larger square, which a single
    rock hardly tilts: what it explains of a height difference is slope, the rest is step.
    """

    slope_radius: int
    trend_radius: int
    step_radius: int
    least_known: float

    @classmethod
    def of(cls, settings: MapSettings, rover: Rover) -> Surface:
        """A step is what one wheel meets: its square is a wheel's diameter wide."""

        def radius(edge: float) -> int:
            return max(round(0.5 * (edge / settings.resolution - 1.0)), 1)

        return cls(
            radius(settings.slope_window),
            radius(settings.trend_window),
            radius(2.0 * rover.wheel_radius),
            settings.least_known,
        )

    @property
    def reach(self) -> int:
        """How many cells round a changed cell may change."""
        return max(self.slope_radius, self.trend_radius, self.step_radius)

    def update(self, memory: Floats, derived: Floats, window: Window) -> None:
        """Slope, roughness and step of a window, from memory (PLANES, rows, columns)."""
        elevation, where = memory[columns.ELEVATION], window.array
        slope, roughness = derived[columns.SLOPE], derived[columns.ROUGHNESS]
        rise, step = derived[columns.RISE], derived[columns.STEP]
        # the trend's slope and roughness are written first and then over by the local ones
        surface_kernels.fit_planes(
            elevation, where, self.trend_radius, self.least_known, slope, roughness, rise
        )
        surface_kernels.fit_planes(
            elevation, where, self.slope_radius, self.least_known, slope, roughness, step
        )
        surface_kernels.find_steps(
            memory[columns.LOW], memory[columns.HIGH], slope, rise, where, self.step_radius, step
        )
