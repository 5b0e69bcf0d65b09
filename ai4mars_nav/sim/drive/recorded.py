"""Which topics a drive's bag holds."""

from __future__ import annotations

from ai4mars_nav.bags.recorder import CLOCK
from ai4mars_nav.ros.graph import TOPICS
from ai4mars_nav.sim.drive.outlets import TRUTH_CLASSES, TRUTH_ODOM, TRUTH_STATE

LEFT_OUT = ("terrain/points", "terrain/overlay", "depth/image_rect")
"""Large, and made again from the rest."""
RECORDED: dict[str, str] = {
    **{topic: kind for topic, kind in TOPICS.items() if topic not in LEFT_OUT},
    TRUTH_STATE: "std_msgs/msg/String",
    TRUTH_ODOM: "nav_msgs/msg/Odometry",
    TRUTH_CLASSES: "sensor_msgs/msg/Image",
    "/tf": "tf2_msgs/msg/TFMessage",
    CLOCK: "rosgraph_msgs/msg/Clock",
    "/diagnostics": "diagnostic_msgs/msg/DiagnosticArray",
}
