"""vision_msgs/LabelInfo, where vision_msgs is installed: what the class values mean."""

from __future__ import annotations

import importlib.util
from typing import Any

from ai4mars_nav.ros.convert.header import header
from ai4mars_nav.terrain import CLASSES, NAMES

HAS_VISION_MSGS = importlib.util.find_spec("vision_msgs") is not None


def label_info_type() -> Any:
    """The message type."""
    from vision_msgs.msg import LabelInfo

    return LabelInfo


def to_label_info(threshold: float, stamp: int) -> Any:
    """Values and names of the classes; pixels less sure than `threshold` are unknown."""
    from vision_msgs.msg import LabelInfo, VisionClass

    return LabelInfo(
        header=header(stamp, ""),
        class_map=[
            VisionClass(class_id=int(kind), class_name=name)
            for kind, name in zip(CLASSES, NAMES, strict=True)
        ],
        threshold=threshold,
    )
