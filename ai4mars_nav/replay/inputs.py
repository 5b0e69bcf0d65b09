"""What a bag has to give: the topics that nodes of the graph hear and none of them says."""

from __future__ import annotations

from ai4mars_nav.ros.graph import CAMERAS, GRAPH, IMAGES, TOPICS

SAID: dict[str, str] = {topic: TOPICS[topic] for spec in GRAPH for topic in spec.publishes}
"""The outputs {name: type}."""
FRAME = "left/image_rect"
"""One message of this is a frame."""
LEFT_INFO, RIGHT_INFO = CAMERAS
COMPANIONS = tuple(topic for topic in IMAGES if topic != FRAME)
TF, TF_STATIC = "/tf", "/tf_static"
POSES = ("odom", TF)
GOAL, PLAN = "goal_pose", "plan"
TRANSFORMS = dict.fromkeys((TF, TF_STATIC), "tf2_msgs/msg/TFMessage")
INPUTS: dict[str, str] = {
    **{t: TOPICS[t] for spec in GRAPH for t in spec.subscribes if t not in SAID},
    **TRANSFORMS,
}
"""The inputs {name: type}; a name without a slash in front is relative."""


def hearers(topic: str) -> int:
    """How many nodes of the graph hear a topic; all hear TF."""
    return sum(topic in TRANSFORMS or topic in spec.subscribes for spec in GRAPH)


def in_bag(topic: str) -> str:
    """A topic's name as it stands in a bag."""
    return topic if topic.startswith("/") else f"/{topic}"
