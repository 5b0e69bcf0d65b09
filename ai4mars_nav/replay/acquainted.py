"""Whether all of a graph have found each other, as they tell in their diagnostics."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from ai4mars_nav.replay.answers import Told
from ai4mars_nav.replay.inputs import SAID, TRANSFORMS, in_bag
from ai4mars_nav.ros.acquaintance import hearers, publishers
from ai4mars_nav.ros.graph import GRAPH, NodeSpec

RECORDERS = 1
"""Who hears each output besides the nodes."""


def strangers(nodes: Mapping[str, Told], fed: Collection[str]) -> list[str]:
    """`map: terrain/points` for each topic of which a node has not found the other side yet.

    `fed` are the inputs that somebody outside the graph publishes.
    """
    return [
        f"{spec.name}: {topic}"
        for spec in GRAPH
        for topic, key, least in _wanted(spec, fed)
        if nodes[spec.name].counts()[key] < least
    ]


def _wanted(spec: NodeSpec, fed: Collection[str]) -> Iterator[tuple[str, str, int]]:
    """Each topic of a node, under what it tells of it, and how many the other side has at least."""
    for topic in (*spec.subscribes, *TRANSFORMS):
        if topic in fed or topic in SAID:
            yield topic, publishers(in_bag(topic)), 1
    for topic in spec.publishes:
        yield topic, hearers(in_bag(topic)), sum(topic in s.subscribes for s in GRAPH) + RECORDERS
