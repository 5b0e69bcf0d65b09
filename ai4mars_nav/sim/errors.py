"""Errors of the simulation room."""


class SimError(ValueError):
    """A scene, view or feed that cannot be made; the message says which and why."""
