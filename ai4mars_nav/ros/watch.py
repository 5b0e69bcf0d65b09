"""Hears from outside how the nodes of a graph fare: their life cycle and their diagnostics."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import rclpy
from diagnostic_msgs.msg import DiagnosticArray
from lifecycle_msgs.msg import State
from lifecycle_msgs.srv import GetState
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.signals import SignalHandlerOptions

ANSWER_PATIENCE = 1.0
"""Seconds that a node is given to tell its state."""
LISTEN = 0.01
"""Seconds between two looks at whether it is time to stop listening."""


class Watch:
    """A node of its own context, from `with` to its end; `nodes` are names with their namespace."""

    def __init__(self, nodes: Sequence[str], domain: int | None = None) -> None:
        self.told: dict[str, str] = {}
        self._nodes = nodes
        self._domain = domain
        self._context = Context()

    def __enter__(self) -> Watch:
        rclpy.init(
            context=self._context,
            domain_id=self._domain,
            # Ctrl-C has to reach whoever runs us
            signal_handler_options=SignalHandlerOptions.NO,
        )
        self.node = rclpy.create_node("ai4mars_watch", context=self._context)
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self.node)
        self.node.create_subscription(DiagnosticArray, "/diagnostics", self._take, 10)
        self._clients: dict[str, Any] = {
            name: self.node.create_client(GetState, f"{name}/get_state") for name in self._nodes
        }
        return self

    def __exit__(self, *_failure: object) -> None:
        self._executor.shutdown()
        self.node.destroy_node()
        self._context.try_shutdown()

    def hear(self, seconds: float) -> None:
        """Listen for so long; what each node says of itself is in `told`."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            # always the same: an executor that is given another timeout begins anew with its first
            # topics, and where more comes than is taken, the last ones are never heard
            self._executor.spin_once(timeout_sec=LISTEN)

    def inactive(self) -> list[str]:
        """The nodes that are not active, or do not answer."""
        asked = {
            name: client.call_async(GetState.Request())
            for name, client in self._clients.items()
            if client.service_is_ready()
        }
        until = time.monotonic() + ANSWER_PATIENCE
        while time.monotonic() < until and not all(future.done() for future in asked.values()):
            self._executor.spin_once(timeout_sec=LISTEN)
        active = {
            name
            for name, future in asked.items()
            if future.done() and future.result().current_state.id == State.PRIMARY_STATE_ACTIVE
        }
        return [name for name in self._nodes if name not in active]

    def _take(self, message: DiagnosticArray) -> None:
        for status in message.status:
            if status.name in self._nodes:
                self.told[status.name] = status.message
