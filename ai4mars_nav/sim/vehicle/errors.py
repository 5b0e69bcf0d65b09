"""Errors of the vehicle room."""

from ai4mars_nav.sim.errors import SimError


class VehicleError(SimError):
    """A start or a command that the vehicle refuses; it stands where it stood."""
