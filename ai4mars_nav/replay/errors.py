"""Errors of replays."""


class ReplayError(ValueError):
    """A bag, remap file or reference that cannot be used; the message names it and what to do."""


class ConversionError(ReplayError):
    """One message that cannot be converted; the others may well be."""
