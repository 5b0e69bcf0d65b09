"""A drive in Gazebo Harmonic: ros2 launch ai4mars_nav gazebo_drive.launch.py folder:=/tmp/crossing

The folder is made by `ai4mars sim world --out`. Gazebo, the bridge, the rover's TF and the nodes of
ai4mars_nav.ros.graph, the same that drive in the embedded simulator. docs/gazebo.md says more.
"""

import dataclasses
from pathlib import Path

from launch import LaunchContext, LaunchDescription
from launch.actions import (
    DeclareLaunchArgument,
    IncludeLaunchDescription,
    LogInfo,
    OpaqueFunction,
)
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import PathJoinSubstitution
from launch_ros.actions import Node
from launch_ros.substitutions import FindPackageShare

from ai4mars_nav.ros import graph, launch_actions
from ai4mars_nav.share import share
from ai4mars_nav.sim.vehicle.gazebo import Stage, set_stage

SETTLED = {"namespace", "use_sim_time", "scene", "world", "seed"}
"""Those of the graph's arguments that Gazebo leaves no choice in."""
ARGUMENTS = [
    field.name for field in dataclasses.fields(graph.Arguments) if field.name not in SETTLED
]
BESIDES = ["folder", "gui"]


def generate_launch_description() -> LaunchDescription:
    """Arguments, the DDS profile, and all that they start."""
    return LaunchDescription(
        [
            DeclareLaunchArgument("folder", description="what `ai4mars sim world --out` wrote"),
            DeclareLaunchArgument(
                "gui",
                default_value="true",
                description="show Gazebo's window; false runs the server alone",
                choices=["true", "false"],
            ),
            *launch_actions.declared(ARGUMENTS),
            *launch_actions.profile(),
            OpaqueFunction(function=start),
        ]
    )


def start(context: LaunchContext) -> list:
    """Gazebo with world and rover, the bridge, the rover's TF and the graph."""
    chosen = launch_actions.given(context, ARGUMENTS)
    arguments = graph.arguments_of({**chosen, "use_sim_time": "true"})
    besides = launch_actions.given(context, BESIDES)
    stage = set_stage(Path(besides["folder"]).expanduser(), arguments.rover)
    nodes = {spec: launch_actions.node(spec, arguments) for spec in graph.chosen(arguments)}
    goal = f"the world's goal: ai4mars goal {stage.goal[0]:.1f} {stage.goal[1]:.1f}"
    return [
        *gazebo(stage, besides["gui"] == "true"),
        *nodes.values(),
        *launch_actions.ending_together([nodes[spec] for spec in graph.GRAPH]),
        LogInfo(msg=goal),
    ]


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
            {
                "robot_description": launch_actions.exact(stage.urdf.read_text(encoding="utf-8")),
                "use_sim_time": True,
            }
        ],
        output="screen",
    )
    return [simulator, rover, bridge, frames]
