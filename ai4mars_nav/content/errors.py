"""Errors of the content room, and the kinds of bad input that only it knows."""

UNKNOWN_INSTRUMENT = "unknown instrument"
WRONG_CLASS = "class that the class map has not"


class ContentError(ValueError):
    """A class map, a list, a model or an output that cannot be used; the message says what."""
