"""Errors of the ROS room."""


class RosError(ValueError):
    """Something the graph cannot go on with; the message names the node, topic, frame or key."""


class MessageError(RosError):
    """A message that cannot be used; the message names the topic and the field."""


class ParameterError(RosError):
    """Parameters a node cannot be configured with; the message names node and key."""


class NoTransform(RosError):
    """Where one frame stands in another is not known; the message names frames and stamp."""


class StartError(RosError):
    """The graph could not be started or did not stay up; the message names the process."""
