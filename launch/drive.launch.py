"""The whole graph: ros2 launch ai4mars_nav drive.launch.py rover:=curiosity scene:=acceptance

or, with a rover that drives in a simulated world: rover:=test_rover world:=crossing seed:=1

Nodes and arguments are those of ai4mars_nav.ros.graph; `ai4mars up` starts the same.
"""

import dataclasses
import os
import signal

from launch import LaunchContext, LaunchDescription
from launch.actions import (
    DeclareLaunchArgument,
    OpaqueFunction,
    RegisterEventHandler,
    SetEnvironmentVariable,
    Shutdown,
)
from launch.event_handlers import OnProcessExit
from launch.events.process import ProcessExited
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import LifecycleNode, Node

from ai4mars_nav.ros import graph
from ai4mars_nav.ros.environment import dds_profile
from ai4mars_nav.ros.runner import STEPS
from ai4mars_nav.share import PACKAGE

PATIENCE = dict(STEPS)


def generate_launch_description() -> LaunchDescription:
    """Arguments, the DDS profile unless the user has one, and the nodes."""
    declared = [
        DeclareLaunchArgument(
            field.name,
            default_value=str(field.default).lower() if field.type == "bool" else field.default,
            description=graph.MEANINGS[field.name],
            choices=["true", "false"] if field.type == "bool" else None,
        )
        for field in dataclasses.fields(graph.Arguments)
    ]
    profile = [
        SetEnvironmentVariable(name, path)
        for name, path in dds_profile().items()
        if name not in os.environ
    ]
    return LaunchDescription([*declared, *profile, OpaqueFunction(function=start)])


def start(context: LaunchContext) -> list:
    """The nodes that the arguments ask for; one that ends takes the others down with it."""
    arguments = arguments_of(context)
    nodes = {spec.name: node(spec, arguments) for spec in graph.chosen(arguments)}
    ends = [
        RegisterEventHandler(OnProcessExit(target_action=nodes[spec.name], on_exit=end_all))
        for spec in graph.GRAPH
    ]
    return [*nodes.values(), *ends]


def end_all(event: ProcessExited, context: LaunchContext) -> list:
    """End what still runs; after Ctrl-C that is under way already."""
    return [] if context.is_shutdown else [Shutdown(reason=f"{event.process_name} has ended")]


def arguments_of(context: LaunchContext) -> graph.Arguments:
    """What was given on the command line."""
    given = {
        field.name: LaunchConfiguration(field.name).perform(context)
        for field in dataclasses.fields(graph.Arguments)
    }
    typed = {"use_sim_time": given["use_sim_time"] == "true", "seed": int(given["seed"])}
    return graph.Arguments(**{**given, **typed})


def node(spec: graph.NodeSpec, arguments: graph.Arguments) -> Node:
    """The action that starts one node of the table."""
    action = LifecycleNode if spec.lifecycle else Node
    return action(
        package=PACKAGE,
        executable=spec.name,
        name=spec.name,
        namespace=arguments.namespace,
        parameters=[str(graph.parameter_file(arguments)), graph.parameters(spec, arguments)],
        ros_arguments=["--log-level", arguments.log_level],
        output="screen",
        sigterm_timeout=str(PATIENCE[signal.SIGINT]),
        sigkill_timeout=str(PATIENCE[signal.SIGTERM]),
    )
