"""A drive in Gazebo Harmonic: ros2 launch ai4mars_nav gazebo_drive.launch.py folder:=/tmp/crossing

The folder is made by `ai4mars sim world --out`. Gazebo, the bridge, the rover's TF and the nodes of
ai4mars_nav.ros.graph, the same that drive in the embedded simulator. docs/gazebo.md says more.
"""

import os
import signal
from pathlib import Path

from launch import LaunchContext, LaunchDescription
from launch.actions import (
    DeclareLaunchArgument,
    IncludeLaunchDescription,
    LogInfo,
    OpaqueFunction,
    RegisterEventHandler,
    SetEnvironmentVariable,
    Shutdown,
)
from launch.event_handlers import OnProcessExit
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution
from launch_ros.actions import LifecycleNode, Node
from launch_ros.substitutions import FindPackageShare

from ai4mars_nav.ros import graph
from ai4mars_nav.ros.environment import dds_profile
from ai4mars_nav.ros.runner import STEPS
from ai4mars_nav.share import PACKAGE, share
from ai4mars_nav.sim.vehicle.gazebo import Stage, set_stage

PATIENCE = dict(STEPS)
ARGUMENTS = {
    "folder": ("", "what `ai4mars sim world --out` wrote"),
    "gui": ("true", "show Gazebo's window; false runs the server alone"),
    "rover": ("curiosity", graph.MEANINGS["rover"]),
    "params": ("", graph.MEANINGS["params"]),
    "model": ("", graph.MEANINGS["model"]),
    "log_level": ("info", graph.MEANINGS["log_level"]),
}


def generate_launch_description() -> LaunchDescription:
    """Arguments, the DDS profile, and all that they start."""
    declared = [
        DeclareLaunchArgument(name, default_value=default, description=meaning)
        for name, (default, meaning) in ARGUMENTS.items()
    ]
    profile = [
        SetEnvironmentVariable(name, path)
        for name, path in dds_profile().items()
        if name not in os.environ
    ]
    return LaunchDescription([*declared, *profile, OpaqueFunction(function=start)])


def start(context: LaunchContext) -> list:
    """Gazebo with world and rover, the bridge, the rover's TF and the graph."""
    given = {name: LaunchConfiguration(name).perform(context) for name in ARGUMENTS}
    stage = set_stage(Path(given["folder"]).expanduser(), given["rover"])
    arguments = graph.Arguments(
        rover=given["rover"],
        params=given["params"],
        model=given["model"],
        use_sim_time=True,
        log_level=given["log_level"],
    )
    nodes = [node(spec, arguments) for spec in graph.GRAPH]
    ends = [
        RegisterEventHandler(OnProcessExit(target_action=each, on_exit=end_all)) for each in nodes
    ]
    goal = f"the world's goal: ai4mars goal {stage.goal[0]:.1f} {stage.goal[1]:.1f}"
    return [*gazebo(stage, given["gui"] == "true"), *nodes, *ends, LogInfo(msg=goal)]


def gazebo(stage: Stage, gui: bool) -> list:
    """Gazebo with the rover set down, the bridge, and the frames of the rover's links."""
    words = f"-r {'' if gui else '-s --headless-rendering '}{stage.world}"
    simulator = IncludeLaunchDescription(
        PythonLaunchDescriptionSource(
            PathJoinSubstitution([FindPackageShare("ros_gz_sim"), "launch", "gz_sim.launch.py"])
        ),
        launch_arguments={"gz_args": words, "on_exit_shutdown": "true"}.items(),
    )
    place = dict(zip(("x", "y", "z", "R", "P", "Y"), stage.start, strict=True))
    rover = Node(
        package="ros_gz_sim",
        executable="create",
        parameters=[{"file": str(stage.model), "name": "rover", **place}],
        output="screen",
    )
    bridge = Node(
        package="ros_gz_bridge",
        executable="parameter_bridge",
        parameters=[
            {
                "config_file": str(share() / "config" / "gazebo" / "bridge.yaml"),
                "use_sim_time": True,
            }
        ],
        output="screen",
    )
    frames = Node(
        package="robot_state_publisher",
        executable="robot_state_publisher",
        parameters=[
            {"robot_description": stage.urdf.read_text(encoding="utf-8"), "use_sim_time": True}
        ],
        output="screen",
    )
    return [simulator, rover, bridge, frames]


def end_all(event: object, context: LaunchContext) -> list:
    """End what still runs once a node of the graph has ended, unless that is under way already."""
    return [] if context.is_shutdown else [Shutdown(reason=f"{event.process_name} has ended")]


def node(spec: graph.NodeSpec, arguments: graph.Arguments) -> Node:
    """The action that starts one node of the table."""
    action = LifecycleNode if spec.lifecycle else Node
    return action(
        package=PACKAGE,
        executable=spec.name,
        name=spec.name,
        namespace="",
        parameters=[str(graph.parameter_file(arguments)), graph.parameters(spec, arguments)],
        ros_arguments=["--log-level", arguments.log_level],
        output="screen",
        sigterm_timeout=str(PATIENCE[signal.SIGINT]),
        sigkill_timeout=str(PATIENCE[signal.SIGTERM]),
    )
