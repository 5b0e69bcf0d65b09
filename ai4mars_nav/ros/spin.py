"""The process of one node, from its first spin to its last word."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable

import rclpy
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.signals import SignalHandlerOptions

from ai4mars_nav.ros import ending
from ai4mars_nav.ros.node import GraphNode


def run(make: Callable[[], GraphNode], args: list[str] | None) -> None:
    """Spin one node until it is told to end, then let it say its last words."""
    told_to_end = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: told_to_end.set())
    # rclpy's own handlers would close the context before the driver could stop the rover
    rclpy.init(args=args, signal_handler_options=SignalHandlerOptions.NO)
    node = make()
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    try:
        while not told_to_end.is_set():
            executor.spin_once(timeout_sec=0.1)
    except ExternalShutdownException:
        node.get_logger().info("ROS was shut down from outside")
    finally:
        if rclpy.ok():
            node.end()
        executor.shutdown()
        node.destroy_node()
        rclpy.try_shutdown()
        ending.be_deaf()
    ending.at_once()
