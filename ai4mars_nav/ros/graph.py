"""The one table of nodes and topics: launch files, `ai4mars up`, tests and benches start from it.

Topic names are relative (a namespace moves them) and types are those of `ros2 interface show`.
Besides these, lifecycle nodes publish /diagnostics, and all that need poses hear /tf.
"""

from __future__ import annotations

import dataclasses
import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ai4mars_nav.perception.engine import KINDS
from ai4mars_nav.settings import SettingsError, read_yaml
from ai4mars_nav.share import rover_file, share

TOPICS: dict[str, str] = {
    "left/image_rect": "sensor_msgs/msg/Image",
    "right/image_rect": "sensor_msgs/msg/Image",
    "depth/image_rect": "sensor_msgs/msg/Image",
    "left/camera_info": "sensor_msgs/msg/CameraInfo",
    "right/camera_info": "sensor_msgs/msg/CameraInfo",
    "odom": "nav_msgs/msg/Odometry",
    "terrain/classes": "sensor_msgs/msg/Image",
    "terrain/confidence": "sensor_msgs/msg/Image",
    "terrain/overlay": "sensor_msgs/msg/Image",
    "terrain/points": "sensor_msgs/msg/PointCloud2",
    "terrain/big_rocks": "visualization_msgs/msg/MarkerArray",
    "terrain/cost": "nav_msgs/msg/OccupancyGrid",
    "terrain/elevation": "sensor_msgs/msg/Image",
    "goal_pose": "geometry_msgs/msg/PoseStamped",
    "plan": "nav_msgs/msg/Path",
    "cmd_vel": "geometry_msgs/msg/Twist",
    "stuck": "geometry_msgs/msg/PointStamped",
    "slip": "geometry_msgs/msg/PointStamped",
    "triage/downlink": "std_msgs/msg/String",
    "triage/targets": "visualization_msgs/msg/MarkerArray",
    "triage/sent": "std_msgs/msg/String",
}

IMAGES = ("left/image_rect", "right/image_rect", "depth/image_rect")
CAMERAS = ("left/camera_info", "right/camera_info")


@dataclass(frozen=True)
class NodeSpec:
    """One process: its name is its node's, its executable's and its section's in nodes.yaml."""

    name: str
    module: str
    purpose: str
    subscribes: tuple[str, ...]
    publishes: tuple[str, ...]
    lifecycle: bool = True
    model: bool = False
    """Takes `model.file` and `model.engine`."""

    @property
    def section(self) -> str:
        """Its key in a parameter file, good in every namespace (a bare name is not)."""
        return f"/**/{self.name}"


TERRAIN = NodeSpec(
    "terrain",
    "ai4mars_nav.ros.terrain_node",
    "images to classes, points and big rocks",
    subscribes=(*IMAGES, *CAMERAS, "odom"),
    publishes=(
        "terrain/classes",
        "terrain/confidence",
        "terrain/overlay",
        "terrain/points",
        "terrain/big_rocks",
    ),
    model=True,
)
MAP = NodeSpec(
    "map",
    "ai4mars_nav.ros.map_node",
    "points and big rocks to terrain cost",
    subscribes=(
        "terrain/points",
        "terrain/big_rocks",
        "right/camera_info",
        "odom",
        "stuck",
        "slip",
    ),
    publishes=("terrain/cost", "terrain/elevation"),
)
PLANNER = NodeSpec(
    "planner",
    "ai4mars_nav.ros.planner_node",
    "cost and goal to a path",
    subscribes=("terrain/cost", "goal_pose", "odom"),
    publishes=("plan",),
)
DRIVER = NodeSpec(
    "driver",
    "ai4mars_nav.ros.driver_node",
    "path to wheel commands, stopping on a stale map",
    subscribes=("plan", "terrain/cost", "terrain/elevation", "odom"),
    publishes=("cmd_vel", "stuck", "slip"),
)
TRIAGE = NodeSpec(
    "triage",
    "ai4mars_nav.ros.triage_node",
    "images and terrain to what is sent home, and science targets",
    subscribes=(
        "left/image_rect",
        "terrain/classes",
        "terrain/points",
        "terrain/big_rocks",
        "odom",
        "triage/sent",
    ),
    publishes=("triage/downlink", "triage/targets"),
)
STILL = NodeSpec(
    "still",
    "ai4mars_nav.sim.still_node",
    "a rover standing in a synthetic scene",
    subscribes=(),
    publishes=(*IMAGES, *CAMERAS, "odom"),
    lifecycle=False,
)

SIM = NodeSpec(
    "sim",
    "ai4mars_nav.sim.drive.sim_node",
    "a rover that drives in a simulated world",
    subscribes=("cmd_vel", "goal_pose", "terrain/cost", "terrain/elevation", "plan"),
    publishes=(*IMAGES, *CAMERAS, "odom"),
    lifecycle=False,
)

LOG_LEVELS = ("debug", "info", "warn", "error", "fatal")
NAMESPACE = r"/?([A-Za-z_]\w*(/[A-Za-z_]\w*)*)?/?"

GRAPH: tuple[NodeSpec, ...] = (TERRAIN, MAP, PLANNER, DRIVER)
"""What drives: each is needed, and whoever feeds them in lockstep awaits their answers."""
NODES: tuple[NodeSpec, ...] = (*GRAPH, TRIAGE, STILL, SIM)


@dataclass(frozen=True)
class Arguments:
    """What a start of the graph may choose; the fields are the launch files' arguments."""

    rover: str = "curiosity"
    params: str = ""
    namespace: str = ""
    use_sim_time: bool = False
    model: str = ""
    engine: str = ""
    scene: str = ""
    world: str = ""
    seed: int = 0
    triage: str = ""
    log_level: str = "info"

    def __post_init__(self) -> None:
        # what rclpy cannot use would end each node in a traceback; levels may be in capitals
        if self.log_level.lower() not in LOG_LEVELS:
            raise SettingsError(
                f"argument log_level: must be one of {', '.join(LOG_LEVELS)}, is {self.log_level!r}"
            )
        if self.engine not in ("", *KINDS):
            raise SettingsError(
                f"argument engine: must be one of {', '.join(KINDS)}, is {self.engine!r}"
            )
        if not re.fullmatch(NAMESPACE, self.namespace, re.ASCII):
            raise SettingsError(
                "argument namespace: must be names of letters, digits and underscores with / "
                f"between, none beginning with a digit, is {self.namespace!r}"
            )


MEANINGS: dict[str, str] = {
    "rover": "name of a rover in config/, or path of its YAML file",
    "params": "parameter file of the nodes; default config/nodes.yaml",
    "namespace": "put before the names of all nodes and topics",
    "use_sim_time": "take the time from /clock",
    "model": "name of a model in models/, or path of its .onnx file; default: as in params",
    "engine": f"what runs the model: {', '.join(KINDS)}; default: as in params",
    "scene": "start a rover standing in this synthetic scene as well",
    "world": "start a rover that drives in this world of sim/worlds as well, on its own clock",
    "seed": "of that world",
    "triage": "start triage as well, with these wants: a name in config/triage/, or a YAML file",
    "log_level": "debug, info, warn, error or fatal",
}


def word(value: object) -> str:
    """An argument as a launch file writes it: `true`, `7`, or the text itself."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def arguments_of(words: Mapping[str, str]) -> Arguments:
    """Arguments from what a launch file was given; what is not in `words` is at its default."""
    defaults = {field.name: field.default for field in dataclasses.fields(Arguments)}
    return Arguments(**{name: _typed(name, text, defaults[name]) for name, text in words.items()})


def _typed(name: str, text: str, default: Any) -> Any:
    """`text` as the type that the argument's default has."""
    if isinstance(default, bool):
        if text not in ("true", "false"):
            raise SettingsError(f"argument {name}: must be true or false, is {text!r}")
        return text == "true"
    if isinstance(default, int):
        try:
            return int(text)
        except ValueError:
            raise SettingsError(f"argument {name}: must be a whole number, is {text!r}") from None
    return text


def chosen(arguments: Arguments) -> tuple[NodeSpec, ...]:
    """The nodes that a start with these arguments runs."""
    if arguments.scene and arguments.world:
        raise SettingsError(
            f"scene {arguments.scene!r} and world {arguments.world!r}: a rover is in one of them"
        )
    besides = ((TRIAGE, arguments.triage), (STILL, arguments.scene), (SIM, arguments.world))
    return (*GRAPH, *(spec for spec, wanted in besides if wanted))


def parameter_file(arguments: Arguments) -> Path:
    """The parameter file, existing and with a section only for nodes that there are."""
    path = Path(arguments.params).expanduser() if arguments.params else default_parameters()
    known = {"/**", *(node.section for node in NODES)}
    unknown = sorted(set(read_yaml(path)) - known)
    if unknown:
        raise SettingsError(
            f"{path}: unknown section {unknown[0]!r}; known are {', '.join(sorted(known))}"
        )
    return path.resolve()


def default_parameters() -> Path:
    """The parameter file that is used when none is named."""
    return share() / "config" / "nodes.yaml"


def parameters(node: NodeSpec, arguments: Arguments) -> dict[str, Any]:
    """The parameters of one node that the arguments set, over those of the parameter file."""
    path = rover_file(arguments.rover)
    # who makes the time does not hear it
    simulated = arguments.use_sim_time or (bool(arguments.world) and node is not SIM)
    values: dict[str, Any] = {"use_sim_time": simulated}
    if node in (STILL, SIM):
        rover = read_yaml(path).get("rover", {})
        values.update({f"rover.{key}": value for key, value in rover.items()})
    if node is STILL:
        values["scene"] = arguments.scene
    elif node is SIM:
        values.update(world=arguments.world, seed=arguments.seed, use_sim_time=False)
    else:
        values["rover"] = str(path.resolve())
        # the simulator awaits the answers
        values["lockstep"] = bool(arguments.world) and node in GRAPH
    if node is TRIAGE and arguments.triage:
        values["triage.wants"] = arguments.triage
    if node.model and arguments.model:
        values["model.file"] = arguments.model
    if node.model and arguments.engine:
        values["model.engine"] = arguments.engine
    return values


def command(node: NodeSpec, arguments: Arguments) -> list[str]:
    """The command line that runs one node in a process of its own."""
    words = [sys.executable, "-m", "ai4mars_nav.ros.begin", node.module, "--ros-args"]
    words += ["-r", f"__node:={node.name}", "--log-level", arguments.log_level]
    if arguments.namespace:
        words += ["-r", f"__ns:={absolute(arguments.namespace)}"]
    words += ["--params-file", str(parameter_file(arguments))]
    for key, value in parameters(node, arguments).items():
        # quoted as JSON, which is YAML: a rover named `yes` stays a string
        words += ["-p", f"{key}:={json.dumps(value)}"]
    return words


def absolute(namespace: str) -> str:
    """A namespace as ROS wants it: `rover/` and `/rover` are `/rover`."""
    return "/" + namespace.strip("/")
