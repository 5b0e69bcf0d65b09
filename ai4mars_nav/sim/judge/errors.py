"""Errors of the outside judge."""

from ai4mars_nav.sim.errors import SimError


class JudgeError(SimError):
    """What the judge cannot judge, or lacks; the message names it and says what to do."""
