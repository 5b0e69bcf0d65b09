"""Nav2 over this package's terrain: ros2 launch ai4mars_nav nav2.launch.py

The nodes `terrain` and `map`, and Nav2's servers in place of `planner` and `driver`. Images, odom
and TF come from a rover, a bag or Gazebo; a goal is a goal_pose. docs/nav2.md says more.
"""

import dataclasses

from launch import LaunchContext, LaunchDescription
from launch.actions import DeclareLaunchArgument, OpaqueFunction
from launch_ros.actions import Node

from ai4mars_nav.ros import graph, launch_actions
from ai4mars_nav.share import share

SETTLED = {"rover", "namespace", "scene", "world", "seed", graph.TRIAGE.name}
"""Those of the graph's arguments in which there is no choice here: topics in config/nav2 are
absolute, and who simulates awaits the answers of `planner` and `driver`."""
ARGUMENTS = [
    field.name for field in dataclasses.fields(graph.Arguments) if field.name not in SETTLED
]
ROVER = "test_rover"
"""Whose footprint and speeds config/nav2 has by default."""
OURS = (graph.TERRAIN, graph.MAP)
THEIRS = {
    "controller_server": ("nav2_controller", "controller_server"),
    "planner_server": ("nav2_planner", "planner_server"),
    "behavior_server": ("nav2_behaviors", "behavior_server"),
    "bt_navigator": ("nav2_bt_navigator", "bt_navigator"),
    "lifecycle_manager": ("nav2_lifecycle_manager", "lifecycle_manager"),
}
"""Node: package and executable."""


def generate_launch_description() -> LaunchDescription:
    """Arguments, the DDS profile, and all that they start."""
    return LaunchDescription(
        [
            DeclareLaunchArgument(
                "rover", default_value=ROVER, description=graph.MEANINGS["rover"]
            ),
            DeclareLaunchArgument(
                "nav2",
                default_value=str(share() / "config" / "nav2" / f"{ROVER}.yaml"),
                description="parameter file of Nav2's nodes",
            ),
            *launch_actions.declared(ARGUMENTS),
            *launch_actions.profile(),
            OpaqueFunction(function=start),
        ]
    )


def start(context: LaunchContext) -> list:
    """Our two nodes, which take everything down when one ends, and Nav2's."""
    chosen = launch_actions.given(context, [*ARGUMENTS, "rover"])
    arguments = graph.arguments_of(chosen)
    file = launch_actions.given(context, ["nav2"])["nav2"]
    ours = [launch_actions.node(spec, arguments) for spec in OURS]
    theirs = [
        Node(
            package=package,
            executable=executable,
            name=name,
            parameters=[file, {"use_sim_time": arguments.use_sim_time}],
            ros_arguments=["--log-level", arguments.log_level],
            output="screen",
        )
        for name, (package, executable) in THEIRS.items()
    ]
    return [*ours, *theirs, *launch_actions.ending_together(ours)]
