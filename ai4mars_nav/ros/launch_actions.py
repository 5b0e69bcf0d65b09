"""The graph as actions of the launch stack: what the launch files have in common.

Nothing but them imports this: without a ROS install there is no launch stack.
"""

from __future__ import annotations

import dataclasses
import os
import signal
from collections.abc import Iterable, Sequence
from typing import Any

from launch import LaunchContext
from launch.actions import (
    DeclareLaunchArgument,
    RegisterEventHandler,
    SetEnvironmentVariable,
    Shutdown,
)
from launch.event_handlers import OnProcessExit
from launch.events.process import ProcessExited
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import LifecycleNode, Node
from launch_ros.parameter_descriptions import ParameterValue

from ai4mars_nav.ros import graph
from ai4mars_nav.ros.environment import dds_profile
from ai4mars_nav.ros.runner import STEPS
from ai4mars_nav.share import PACKAGE

PATIENCE = dict(STEPS)


def declared(names: Iterable[str]) -> list[DeclareLaunchArgument]:
    """Those of the graph's arguments, with their defaults as `ros2 launch` writes them."""
    fields = {field.name: field for field in dataclasses.fields(graph.Arguments)}
    return [
        DeclareLaunchArgument(
            name,
            default_value=graph.word(fields[name].default),
            description=graph.MEANINGS[name],
            choices=["true", "false"] if isinstance(fields[name].default, bool) else None,
        )
        for name in names
    ]


def given(context: LaunchContext, names: Iterable[str]) -> dict[str, str]:
    """What the launch arguments are, by name."""
    return {name: LaunchConfiguration(name).perform(context) for name in names}


def profile() -> list[SetEnvironmentVariable]:
    """The DDS profile that carries images, unless the user has one."""
    return [
        SetEnvironmentVariable(name, path)
        for name, path in dds_profile().items()
        if name not in os.environ
    ]


def node(spec: graph.NodeSpec, arguments: graph.Arguments) -> Node:
    """The action that starts one node of the table."""
    action = LifecycleNode if spec.lifecycle else Node
    values = {key: exact(value) for key, value in graph.parameters(spec, arguments).items()}
    return action(
        package=PACKAGE,
        executable=spec.name,
        name=spec.name,
        namespace=arguments.namespace.rstrip("/"),
        parameters=[str(graph.parameter_file(arguments)), values],
        ros_arguments=["--log-level", arguments.log_level],
        output="screen",
        sigterm_timeout=str(PATIENCE[signal.SIGINT]),
        sigkill_timeout=str(PATIENCE[signal.SIGTERM]),
    )


def exact(value: Any) -> Any:
    """A parameter's value; launch reads a bare text as YAML, and a rover named `yes` is a text."""
    return ParameterValue(value, value_type=str) if isinstance(value, str) else value


def ending_together(nodes: Sequence[Node]) -> list[RegisterEventHandler]:
    """One of these that ends takes everything down with it."""
    return [
        RegisterEventHandler(OnProcessExit(target_action=each, on_exit=end_all)) for each in nodes
    ]


def end_all(event: ProcessExited, context: LaunchContext) -> list[Shutdown]:
    """End what still runs; after Ctrl-C that is under way already."""
    return [] if context.is_shutdown else [Shutdown(reason=f"{event.process_name} has ended")]
