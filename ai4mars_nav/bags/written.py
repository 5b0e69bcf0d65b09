"""What all bags that are written here have in common; needs no ROS."""

from __future__ import annotations

from typing import Literal

from rosbags.interfaces import (
    Qos,
    QosDurability,
    QosHistory,
    QosLiveliness,
    QosReliability,
    QosTime,
)

BAG_VERSION: Literal[9] = 9
"""Of metadata.yaml: what Jazzy writes."""
_ENDLESS = QosTime(9223372036, 854775807)


def offered(latched: bool) -> Qos:
    """How a topic was offered, as its bag says; who comes late hears the last of a latched one."""
    return Qos(
        QosHistory.KEEP_LAST,
        1 if latched else 10,
        QosReliability.RELIABLE,
        QosDurability.TRANSIENT_LOCAL if latched else QosDurability.VOLATILE,
        _ENDLESS,
        _ENDLESS,
        QosLiveliness.AUTOMATIC,
        _ENDLESS,
        False,
    )
