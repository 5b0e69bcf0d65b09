"""Bags in and out: raw reading, what the player costs a message, and frames in lockstep.

Reading and playing are processor time on one core. A frame in lockstep is wall time on two: until
all seven outputs that it is answered with were there, graph, player and recorder together.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from measure import Row, row, times

SIZE, FRAMES = 1024, 60
S = 10**9
CAMERA = "camera"


def run() -> list[Row]:
    """Rows of the bench table."""
    from ai4mars_nav.ros.environment import node_environment, private_domain

    with tempfile.TemporaryDirectory() as folder, private_domain() as domain:
        os.environ.update(node_environment(domain))
        rows = []
        for storage in ("mcap", "sqlite3"):
            bag = _write(Path(folder) / storage, storage, FRAMES)
            rows.append(_reading(bag, storage))
        bag = Path(folder) / "mcap"
        rows.append(_playing(bag))
        return [*rows, _lockstep(bag, Path(folder) / "out")]


def _write(path: Path, storage: str, frames: int) -> Path:
    """A stereo pair with depth at 5 Hz, of a scene that a rover stands in."""
    from rclpy.serialization import serialize_message
    from rosbags.rosbag2 import StoragePlugin, Writer
    from rosbags.typesys import Stores, get_typestore

    from ai4mars_nav.replay.inputs import INPUTS, in_bag
    from ai4mars_nav.ros.convert import camera, image, pose
    from ai4mars_nav.rover import load_rover
    from ai4mars_nav.share import rover_file
    from ai4mars_nav.sim.rig import navcam_rig, see, standing
    from ai4mars_nav.sim.scenes import acceptance_scene

    rig = navcam_rig(load_rover(rover_file("curiosity")), SIZE)
    scene = acceptance_scene()
    sight = see(scene, rig, standing(scene, 0.0, 0.0, 0.0), "natural")
    store = get_typestore(Stores.ROS2_JAZZY)
    plugin = StoragePlugin.MCAP if storage == "mcap" else StoragePlugin.SQLITE3
    with Writer(path, version=9, storage_plugin=plugin) as writer:
        made = {
            topic: writer.add_connection(in_bag(topic), INPUTS[topic], typestore=store)
            for topic in INPUTS
        }
        for index in range(frames):
            stamp = 1000 * S + index * S // 5
            place = pose.StampedPose(stamp, "odom", "base_link", sight.odom_from_base)
            messages: dict[str, Any] = {
                "odom": pose.to_odometry(place),
                "left/camera_info": camera.from_pinhole(rig.left, stamp, CAMERA),
                "right/camera_info": camera.from_pinhole(rig.right, stamp, CAMERA),
                "depth/image_rect": image.from_array(sight.left.depth, stamp, CAMERA),
                "right/image_rect": image.from_array(sight.right, stamp, CAMERA),
                "left/image_rect": image.from_array(sight.left.grey, stamp, CAMERA),
            }
            for topic, message in messages.items():
                writer.write(made[topic], stamp, serialize_message(message))
    return path


def _reading(bag: Path, storage: str) -> Row:
    """All messages of a bag as the replay takes them, in milliseconds a gigabyte."""
    from ai4mars_nav.replay.source import Recording

    def read() -> int:
        with Recording(bag) as recording:
            topics = list(recording.kinds)
            return sum(len(raw.data) for raw in recording.messages(topics))

    size = read()
    spent = times(read, 7) * 1e9 / size
    found = row(f"replay: read a bag, {storage}", f"{size / 1e6:.0f} MB, ms per GB", spent)
    return {**found, "goal": "<= 1000 (1 GB/s)"}


def _playing(bag: Path) -> Row:
    """Read, bring into order and publish, nobody listening: milliseconds a gigabyte."""
    import rclpy
    from rclpy.node import Node

    from ai4mars_nav.replay.order import steps
    from ai4mars_nav.replay.player import Player
    from ai4mars_nav.replay.remap import Remap
    from ai4mars_nav.replay.routes import find_routes
    from ai4mars_nav.replay.source import Recording

    rclpy.init()
    node = Node("player")
    with Recording(bag) as recording:
        routes = find_routes(bag, recording.kinds, Remap())
        player = Player(node, routes, recording.latched())
        size = 0

        def play() -> None:
            nonlocal size
            size = 0
            messages = player.heard(recording.messages(list(routes.by_source)))
            for step in steps(messages, S, 5_000_000):
                for message in (*step.before, step.frame):
                    if message is not None:
                        player.feed(message)
                        size += len(message.data)

        spent = times(play, 5)
    node.destroy_node()
    rclpy.try_shutdown()
    title = "replay: read, order and publish, mcap"
    return row(title, f"{size / 1e6:.0f} MB, ms per GB", spent * 1e9 / size)


def _lockstep(bag: Path, out: Path) -> Row:
    """Wall milliseconds of each frame through the whole graph; the first few warm the nodes."""
    from ai4mars_nav.replay.account import Asked
    from ai4mars_nav.replay.conduct import conduct

    outcome = conduct(Asked(bag, out), lambda _line: None)
    whole = [fate.seconds * 1e3 for fate in outcome.frames if not fate.missing][5:]
    size = f"{SIZE}² stereo + depth, {len(outcome.frames)} frames, {len(whole) + 5} in full"
    return row("replay: a frame in lockstep, wall time", size, np.array(whole))
