"""Whether all of a graph have found each other, as they tell in their diagnostics."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from ai4mars_nav.ros.acquaintance import hearers, publishers
from ai4mars_nav.ros.graph import GRAPH, NodeSpec, absolute
from ai4mars_nav.ros.told import Told

TRANSFORMS = ("/tf", "/tf_static")
"""All nodes hear these."""


def strangers(
    nodes: Mapping[str, Told], fed: Collection[str], heard: Mapping[str, int]
) -> list[str]:
    """`map: terrain/points` for each topic of which a node has not found the other side yet.

    `fed` are the inputs that somebody outside the graph publishes, `heard` is how many outside it
    hear each output. Topics without a slash in front are of the namespace /.
    """
    return [
        f"{spec.name}: {topic}"
        for spec in GRAPH
        for topic, key, least in _wanted(spec, fed, heard)
        if nodes[spec.name].counts()[key] < least
    ]


def _wanted(
    spec: NodeSpec, fed: Collection[str], heard: Mapping[str, int]
) -> Iterator[tuple[str, str, int]]:
    """Each topic of a node, under what it tells of it, and how many the other side has at least."""
    said = {topic for each in GRAPH for topic in each.publishes}
    for topic in (*spec.subscribes, *TRANSFORMS):
        if topic in fed or topic in said:
            yield topic, publishers(absolute(topic)), 1
    for topic in spec.publishes:
        inside = sum(topic in each.subscribes for each in GRAPH)
        yield topic, hearers(absolute(topic)), inside + heard.get(topic, 0)
