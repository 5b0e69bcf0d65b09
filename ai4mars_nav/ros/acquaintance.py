"""Who has made itself known to a node: each side of a topic finds the other by itself, and until it
has, what it is sent is lost. From outside this cannot be seen, so nodes tell it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rclpy.lifecycle import LifecyclePublisher
from rclpy.subscription import Subscription


def publishers(topic: str) -> str:
    """Under what a node tells how many publishers of a topic (its full name) it hears."""
    return f"{topic} publishers"


def hearers(topic: str) -> str:
    """Under what a node tells how many hear what it publishes on a topic (its full name)."""
    return f"{topic} hearers"


def known(entities: Iterable[Any]) -> dict[str, str]:
    """What the subscriptions and publishers among a node's entities have found so far."""
    found = {}
    for entity in entities:
        if isinstance(entity, Subscription):
            found[publishers(entity.topic_name)] = str(entity.get_publisher_count())
        elif isinstance(entity, LifecyclePublisher):
            found[hearers(entity.topic_name)] = str(entity.get_subscription_count())
    return found
