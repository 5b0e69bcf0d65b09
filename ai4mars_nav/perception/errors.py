"""Errors of the perception room."""


class PerceptionError(ValueError):
    """An image, mask or setting that cannot be used; the message says what and where."""


class ModelError(PerceptionError):
    """A model file, sidecar or engine that cannot be trusted; the message names file and key."""


class DeviceLost(ModelError):
    """An accelerator that failed in flight: the frame can be given to another engine."""
