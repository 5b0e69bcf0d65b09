"""The whole graph: ros2 launch ai4mars_nav drive.launch.py rover:=curiosity scene:=acceptance

or, with a rover that drives in a simulated world: rover:=test_rover world:=crossing seed:=1

Nodes and arguments are those of ai4mars_nav.ros.graph; `ai4mars up` starts the same.
"""

import dataclasses

from launch import LaunchContext, LaunchDescription
from launch.actions import OpaqueFunction

from ai4mars_nav.ros import graph, launch_actions

ARGUMENTS = [field.name for field in dataclasses.fields(graph.Arguments)]


def generate_launch_description() -> LaunchDescription:
    """Arguments, the DDS profile unless the user has one, and the nodes."""
    return LaunchDescription(
        [
            *launch_actions.declared(ARGUMENTS),
            *launch_actions.profile(),
            OpaqueFunction(function=start),
        ]
    )


def start(context: LaunchContext) -> list:
    """The nodes that the arguments ask for; one that ends takes the others down with it."""
    arguments = graph.arguments_of(launch_actions.given(context, ARGUMENTS))
    nodes = {spec: launch_actions.node(spec, arguments) for spec in graph.chosen(arguments)}
    needed = [nodes[spec] for spec in graph.GRAPH]
    return [*nodes.values(), *launch_actions.ending_together(needed)]
