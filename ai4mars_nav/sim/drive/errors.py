"""Errors of the drive."""

from ai4mars_nav.sim.errors import SimError


class DriveError(SimError):
    """A drive that cannot begin; the message says why."""
