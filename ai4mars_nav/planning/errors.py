"""What planning refuses, in words that go to the diagnostics as they are."""

from __future__ import annotations


class PlanningError(ValueError):
    """An input that planning cannot use; the message names it and says what it should be."""


class NoPath(PlanningError):
    """There is no drivable way; the message says from where, to where and why."""
