"""Hearing from outside how nodes fare."""

from typing import Any

from std_msgs.msg import String

from ai4mars_nav.ros.watch import Watch


def test_a_busy_topic_does_not_drown_the_ones_after_it() -> None:
    """The recorder of a drive heard three thousand poses, and one truth: with each new timeout the
    executor began anew with its first topics."""
    with Watch([]) as watch:
        heard: list[str] = []
        busy = watch.node.create_publisher(String, "busy", 10)
        quiet = watch.node.create_publisher(String, "quiet", 10)

        def take_busy(message: Any) -> None:
            heard.append("busy")
            if len(heard) < 1000:
                busy.publish(message)

        def take_quiet(_message: Any) -> None:
            heard.append("quiet")

        watch.node.create_subscription(String, "busy", take_busy, 10)
        watch.node.create_subscription(String, "quiet", take_quiet, 10)
        for publisher in (busy, quiet):
            while not publisher.get_subscription_count():
                watch.hear(0.1)
        busy.publish(String())
        quiet.publish(String())
        while len(heard) < 1000:
            watch.hear(0.1)
        assert heard.index("quiet") < 10
