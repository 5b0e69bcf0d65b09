"""Errors of the drive benchmark."""

from ai4mars_nav.sim.errors import SimError


class TrialError(SimError):
    """A benchmark that cannot be run or read; the message names file, site or key."""


class NoSite(TrialError):
    """A seed of which no site could be made that its kind of drive crosses."""
