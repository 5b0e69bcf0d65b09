"""What is left to chance on a drive, all of it from its seed."""

from __future__ import annotations

import numpy as np

from ai4mars_nav.sim.vehicle.errors import VehicleError


def fate_and_drift(seed: int) -> tuple[np.random.Generator, np.random.Generator]:
    """What the ground does with the rover, and how its odometry errs: neither moves the other."""
    if seed < 0:
        raise VehicleError(f"seed is {seed}, must be 0 or more")
    fate, drift = np.random.SeedSequence(seed).spawn(2)
    return np.random.default_rng(fate), np.random.default_rng(drift)
