"""From nothing to the first class map, wall time of a fresh process each time, on two cores.

The engine alone: Python started, model checked, engine chosen, one 1024² frame segmented. Once with
the CPU engine, and once with a cached plan, which is the way of TensorRT's: plan and identity are
read and compared, the engine is opened, and the CPU engine behind it. The plan is that of the one
builder which runs on every machine, test/perception/engines/optimised_builder.py.

Last, the node `terrain`: from its start until another process, which offers images with depth ten
times a second since before, has a class map, and until it has points, for which compiled loops are
loaded.
"""

from __future__ import annotations

import compileall
import importlib.util
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from measure import Row, row

SIZE = 1024
REPEATS, NODE_REPEATS = 11, 7
PERIOD = 0.1
"""Seconds from one frame to the next."""
GOAL = "< 1500 ms"
PATIENCE = 60.0
BUILDER = Path(__file__).parents[1] / "test" / "perception" / "engines" / "optimised_builder.py"
CPU, PLAN = "CPU", "cached plan"
CLASSES, POINTS = "terrain/classes", "terrain/points"


def run() -> list[Row]:
    """Rows of the bench table."""
    import ai4mars_nav
    from ai4mars_nav.ros.environment import node_environment, private_domain

    # as `make setup` leaves it: who changed a file since does not measure how it is compiled
    compileall.compile_dir(ai4mars_nav.__path__[0], quiet=1)
    with tempfile.TemporaryDirectory() as folder, private_domain() as domain:
        os.environ.update(node_environment(domain))
        rows = []
        for kind in (CPU, PLAN):
            # the first builds the plan, and has what it reads brought into memory
            _engine(kind, folder)
            times = [_engine(kind, folder) for _ in range(REPEATS)]
            rows.append(_row(f"start to first class map, {kind}", times, GOAL))
        starts = _nodes()
        for topic, goal in ((CLASSES, GOAL), (POINTS, "")):
            times = [start[topic] for start in starts]
            rows.append(_row(f"node terrain, start to first {topic}", times, goal))
        return rows


def _row(name: str, times: list[tuple[float, float]], goal: str) -> Row:
    """Wall seconds, and those of the processor beside them."""
    wall, processor = (1e3 * np.array(each) for each in zip(*times, strict=True))
    return row(name, f"{SIZE}²", wall, "processor time", processor, goal)


def _engine(kind: str, folder: str) -> tuple[float, float]:
    """Wall and processor seconds of a process until its first class map."""
    words = [sys.executable, __file__, kind, folder, str(time.monotonic())]
    done = subprocess.run(words, stdout=subprocess.PIPE, check=True, text=True)
    wall, processor = map(float, done.stdout.split())
    return wall, processor


def first_class_map(kind: str, folder: str) -> None:
    """What the processes do."""
    from ai4mars_nav.perception.engines import back_ends, choose
    from ai4mars_nav.perception.segmenter import Segmenter, SegmenterSettings
    from ai4mars_nav.share import model_file

    wish = choose.Wish("onnx", cache=Path(folder))
    if kind == PLAN:
        builder = _builder()
        back_ends.BUILT[builder.kind] = lambda: builder
        back_ends.AUTO_ORDER = (builder.kind, "onnx")
        back_ends.ACCELERATORS = (builder.kind,)
        wish = choose.Wish("auto", cache=Path(folder))
    choice = choose.choose(model_file("terrain-256-int8"), wish, lambda _: None)
    size, half = (SIZE, SIZE), (SIZE // 2, SIZE // 2)
    segmenter = Segmenter(choice.engine, choice.sidecar, SegmenterSettings(), size, half)
    segmenter.segment(np.full(size, 100, np.uint8))
    if (kind == PLAN) != (choice.kind != "onnx"):
        raise RuntimeError(f"{kind} was to be measured, not {choice.why}")


def _builder() -> Any:
    spec = importlib.util.spec_from_file_location("optimised_builder", BUILDER)
    if spec is None or spec.loader is None:
        raise RuntimeError(f"{BUILDER} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.OptimisedBuilder()


def _nodes() -> list[dict[str, tuple[float, float]]]:
    """Wall and processor seconds of each start of the node, but the first, until a topic comes."""
    import rclpy
    from rclpy.node import Node
    from sensor_msgs.msg import Image, PointCloud2

    from ai4mars_nav.ros import qos
    from ai4mars_nav.ros.convert.header import nanoseconds

    rclpy.init()
    node, heard = Node("bench"), dict[str, int]()

    def hear(topic: str, kind: type) -> None:
        def take(message: Any) -> None:
            heard[topic] = nanoseconds(message.header.stamp)

        node.create_subscription(kind, topic, take, qos.STREAM)

    hear(CLASSES, Image)
    hear(POINTS, PointCloud2)
    # on a timer: frames come whatever else is done here
    node.create_timer(PERIOD, _images_with_depth(node))
    try:
        return [_node(node, heard) for _ in range(NODE_REPEATS + 1)][1:]
    finally:
        node.destroy_node()
        rclpy.shutdown()


def _images_with_depth(node: Any) -> Callable[[], None]:
    """What sends a grey image of level ground with all that belongs to it, stamped now."""
    from sensor_msgs.msg import CameraInfo, Image

    from ai4mars_nav.geometry.pinhole import Pinhole
    from ai4mars_nav.ros import qos
    from ai4mars_nav.ros.convert import camera, image

    pinhole = Pinhole(SIZE, SIZE, float(SIZE), float(SIZE), SIZE / 2.0, SIZE / 2.0)
    rows = np.arange(SIZE, dtype=np.float32)[:, None] + 1.0
    pictures = {
        "depth/image_rect": np.broadcast_to(2000.0 / rows, (SIZE, SIZE)).astype(np.float32),
        "left/image_rect": np.full((SIZE, SIZE), 100, np.uint8),
    }
    told = node.create_publisher(CameraInfo, "left/camera_info", qos.IMAGES)
    shown = {topic: node.create_publisher(Image, topic, qos.IMAGES) for topic in pictures}

    def send() -> None:
        stamp = time.time_ns()
        told.publish(camera.from_pinhole(pinhole, stamp, "navcam"))
        for topic, picture in pictures.items():
            shown[topic].publish(image.from_array(picture, stamp, "navcam"))

    return send


def _node(node: Any, heard: dict[str, int]) -> dict[str, tuple[float, float]]:
    """Start the node where frames are offered already, until it has said all; then end it."""
    import rclpy

    from ai4mars_nav.ros import graph
    from ai4mars_nav.ros.runner import Runner

    commands = {"terrain": graph.command(graph.TERRAIN, graph.Arguments())}
    begun, stamp = time.monotonic(), time.time_ns()
    taken: dict[str, tuple[float, float]] = {}
    with Runner(commands, dict(os.environ), lambda *_: None) as running:
        while len(taken) < 2:
            running.check()
            if time.monotonic() - begun > PATIENCE:
                raise RuntimeError(f"no answer within {PATIENCE:.0f} s")
            rclpy.spin_once(node, timeout_sec=0.005)
            # the node before may have answered late
            for topic in [each for each in heard if heard[each] >= stamp and each not in taken]:
                used = _processor_seconds(running.processes[0].pid)
                taken[topic] = time.monotonic() - begun, used
    return taken


def _processor_seconds(pid: int) -> float:
    """What a process has used so far, in all its threads."""
    told = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    first_class_map(sys.argv[1], sys.argv[2])
    print(time.monotonic() - float(sys.argv[3]), time.process_time())
