"""A recorded sequence that the tests make: a rover drives 2 m through a scene of known truth."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
S = 10**9
BEGIN = 1000 * S
FRAMES = 10
SIZE = 256
GOAL = 9.0, 1.5
CAMERA = "navcam_left_optical"
COST = "terrain/cost"
REFERENCE = Path(__file__).with_name("reference.npz")


@dataclass(frozen=True)
class Entry:
    """A message as it goes into a bag."""

    topic: str
    kind: str
    log: int
    message: Any
    lasting: bool = False


def pytest_addoption(parser: pytest.Parser) -> None:
    """`pytest test/replay --update-reference` writes reference.npz anew."""
    parser.addoption("--update-reference", action="store_true", default=False)


def serialised(message: Any) -> bytes:
    from rclpy.serialization import serialize_message

    return bytes(serialize_message(message))


@pytest.fixture(scope="session")
def write_bag() -> Callable[..., Path]:
    """Writes entries into a bag: mcap, zstd (MCAP with compressed chunks) or sqlite3."""
    from rosbags.rosbag2 import CompressionFormat, CompressionMode, StoragePlugin, Writer
    from rosbags.typesys import Stores, get_typestore

    from ai4mars_nav.bags.written import BAG_VERSION, offered

    store = get_typestore(Stores.ROS2_JAZZY)

    def write(path: Path, entries: list[Entry], storage: str = "mcap") -> Path:
        plugin = StoragePlugin.SQLITE3 if storage == "sqlite3" else StoragePlugin.MCAP
        writer = Writer(path, version=BAG_VERSION, storage_plugin=plugin)
        if storage == "zstd":
            writer.set_compression(CompressionMode.STORAGE, CompressionFormat.ZSTD)
        with writer:
            connections: dict[str, Any] = {}
            for each in entries:
                if each.topic not in connections:
                    qos = [offered(True)] if each.lasting else []
                    if each.kind in store.fielddefs:
                        made = writer.add_connection(
                            each.topic, each.kind, typestore=store, offered_qos_profiles=qos
                        )
                    else:
                        made = writer.add_connection(
                            each.topic, each.kind, msgdef="int32 x\n", rihs01="RIHS01_" + "0" * 64
                        )
                    connections[each.topic] = made
                raw = each.message if isinstance(each.message, bytes) else serialised(each.message)
                writer.write(connections[each.topic], each.log, raw)
        return path

    return write


@dataclass
class Sequence:
    """What the rover saw from where, and the messages of it."""

    sights: list[Any] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    stamps: list[int] = field(default_factory=list)


@pytest.fixture(scope="session")
def sequence() -> Sequence:
    """FRAMES frames, with odometry at 10 Hz and a goal; depth and right image come late."""
    from geometry_msgs.msg import PoseStamped
    from tf2_msgs.msg import TFMessage

    from ai4mars_nav.ros.convert import camera, image, pose
    from ai4mars_nav.ros.convert.header import header
    from ai4mars_nav.rover import load_rover
    from ai4mars_nav.sim.rig import navcam_rig, see, standing
    from ai4mars_nav.sim.scenes import acceptance_scene

    rig = navcam_rig(load_rover(ROOT / "config" / "curiosity.yaml"), SIZE)
    scene, made = acceptance_scene(), Sequence()
    mount = pose.StampedPose(BEGIN, "base_link", CAMERA, rig.base_from_camera)
    static = TFMessage(transforms=[pose.to_transform(mount)])
    made.entries.append(Entry("/tf_static", "tf2_msgs/msg/TFMessage", BEGIN, static, True))
    goal = PoseStamped(header=header(BEGIN, "odom"))
    goal.pose.position.x, goal.pose.position.y = GOAL
    goal.pose.orientation.w = 1.0
    made.entries.append(Entry("/goal_pose", "geometry_msgs/msg/PoseStamped", BEGIN + S // 60, goal))
    for tick in range(FRAMES * 5):
        stamp = BEGIN + tick * S // 10
        place = standing(scene, 0.04 * tick, 0.0, 0.004 * tick)
        odom = pose.to_odometry(pose.StampedPose(stamp, "odom", "base_link", place))
        # an image is older than the pose that is recorded just after it
        made.entries.append(Entry("/odom", "nav_msgs/msg/Odometry", stamp + S // 100, odom))
        if tick % 5:
            continue
        sight = see(scene, rig, place, "coded")
        made.sights.append(sight)
        made.stamps.append(stamp)
        messages = {
            "/left/camera_info": camera.from_pinhole(rig.left, stamp, CAMERA),
            "/right/camera_info": camera.from_pinhole(rig.right, stamp, CAMERA),
            "/left/image_rect": image.from_array(sight.left.grey, stamp, CAMERA),
            "/right/image_rect": image.from_array(sight.right, stamp, CAMERA),
            "/depth/image_rect": image.from_array(sight.left.depth, stamp, CAMERA),
        }
        for late, (topic, message) in enumerate(messages.items()):
            kind = "CameraInfo" if topic.endswith("info") else "Image"
            log = stamp + late * S // 50
            made.entries.append(Entry(topic, f"sensor_msgs/msg/{kind}", log, message))
    made.entries.sort(key=lambda each: each.log)
    return made


@pytest.fixture(scope="session")
def bag(
    sequence: Sequence, write_bag: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The sequence as a bag."""
    return write_bag(tmp_path_factory.mktemp("bags") / "drive", sequence.entries)


@pytest.fixture(scope="session")
def params(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Writes a parameter file: a network that reads grey levels, a small map; and changes."""
    from ..probe_model import write_probe_model

    folder = tmp_path_factory.mktemp("params")
    model = write_probe_model(folder)

    def write(**map_changes: dict[str, Any]) -> Path:
        document = yaml.safe_load((ROOT / "config" / "nodes.yaml").read_text())
        document["/**/terrain"]["ros__parameters"]["model"]["file"] = str(model)
        document["/**/map"]["ros__parameters"]["map"] = {"size": 24.0, "resolution": 0.2}
        # a short scale of cost, on which a percent of physics is a step
        document["/**/map"]["ros__parameters"]["cost"] = {"dearest": 2.0}
        for group, values in map_changes.items():
            document["/**/map"]["ros__parameters"].setdefault(group, {}).update(values)
        out = folder / f"params-{len(list(folder.iterdir()))}.yaml"
        out.write_text(yaml.safe_dump(document))
        return out

    return write


@dataclass(frozen=True)
class Replayed:
    """What `ai4mars replay` left."""

    code: int
    out: Path
    words: str

    @property
    def report(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.out / "report.json").read_text())
        return found


@pytest.fixture(scope="session")
def replay(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Replayed]:
    """Runs `ai4mars replay` in this process, the graph in processes of its own."""
    import contextlib
    import io
    import os

    from ai4mars_nav.cli import main

    def run(bag: Path, *words: str, out: Path | None = None) -> Replayed:
        folder = out or tmp_path_factory.mktemp("replay") / "out"
        said, before = io.StringIO(), dict(os.environ)
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            code = main(["replay", str(bag), "--out", str(folder), "--rover", "test_rover", *words])
        # whoever is tested next has a domain of its own
        os.environ.clear()
        os.environ.update(before)
        return Replayed(code, folder, said.getvalue())

    return run


@pytest.fixture(scope="session")
def replay_of(
    write_bag: Callable[..., Path],
    params: Callable[..., Path],
    replay: Callable[..., Replayed],
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[..., Replayed]:
    """Replays entries as a bag of their own, with the usual parameters."""

    def run(entries: list[Entry], *words: str, storage: str = "mcap") -> Replayed:
        path = write_bag(tmp_path_factory.mktemp("bags") / "bag", entries, storage)
        return replay(path, "--params", str(params()), *words)

    return run


@pytest.fixture(scope="session")
def base(
    bag: Path,
    params: Callable[..., Path],
    replay: Callable[..., Replayed],
    request: pytest.FixtureRequest,
) -> Replayed:
    """The sequence once through the graph, compared with the reference."""
    words = ["--params", str(params()), "--compare", str(REFERENCE)]
    if request.config.getoption("--update-reference", default=False):
        words.append("--update")
    return replay(bag, *words)


def stamps(out: Path, topic: str) -> list[int]:
    """Of all messages of an output."""
    from ai4mars_nav.bags.read import messages

    found = []
    for _, _, message in messages(out / "bag", topic):
        stamp = (message.markers[0] if hasattr(message, "markers") else message).header.stamp
        found.append(stamp.sec * S + stamp.nanosec)
    return found


def per_frame() -> tuple[str, ...]:
    """The outputs of which each frame that has everything is answered with one."""
    from ai4mars_nav.replay.feeder import MAPPED, PLANE, SPACE

    return (*PLANE, *SPACE, *MAPPED)
