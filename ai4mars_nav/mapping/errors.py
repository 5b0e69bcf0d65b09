"""What the map refuses, in words that go to the diagnostics as they are."""

from __future__ import annotations


class MappingError(ValueError):
    """An input or setting the map cannot use; the message names it and says what it should be."""


class StampError(MappingError):
    """A stamp that is not newer than the last one of its source."""
