"""Errors of the geometry room."""


class GeometryError(ValueError):
    """A camera, pose or depth image that cannot be used; the message says what and where."""
