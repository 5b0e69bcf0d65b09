"""A lifecycle node that answers, and can be told to shut down, while what takes long is prepared.

rclpy goes through a transition in one call, in which the node is deaf and dumb. So what takes long
is done before the transition to configured and in another thread, as a coroutine of the executor.
"""

from __future__ import annotations

from typing import Any

from lifecycle_msgs.msg import State, Transition
from rclpy._rclpy_pybind11 import RCLError
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.clock import Clock, ClockType
from rclpy.lifecycle import LifecycleNodeMixin, TransitionCallbackReturn
from rclpy.node import Node
from rclpy.task import Future

from ai4mars_nav.ros.long_work import LongWork, Say

_CONFIGURE = ("configure", Transition.TRANSITION_CONFIGURE)
_SHUTDOWN = (
    "shutdown",
    Transition.TRANSITION_UNCONFIGURED_SHUTDOWN,
    Transition.TRANSITION_INACTIVE_SHUTDOWN,
    Transition.TRANSITION_ACTIVE_SHUTDOWN,
)
"""Names and numbers by which a transition may be asked for."""


class AnsweringNode(LifecycleNodeMixin, Node):
    """Its transitions to configured begin with `prepare`, whether a service or we ask for them."""

    def __init__(self, name: str, **kwargs: Any) -> None:
        Node.__init__(self, name, **kwargs)
        # while one transition is prepared, another may be asked for
        self._transitions = ReentrantCallbackGroup()
        LifecycleNodeMixin.__init__(self, callback_group=self._transitions)
        self.preparation: LongWork[Any] | None = None

    def check(self) -> None:
        """Raise what speaks against beginning at all."""

    def prepare(self, say: Say) -> Any:
        """What takes long and needs parameters alone, in a thread; `say` hears how it goes."""

    def discard(self, prepared: Any) -> None:
        """Let go of what `prepare` gave when nobody wanted it any more."""

    def prepared(self) -> Any:
        """What `prepare` gave, or what it raised; for `on_configure`."""
        if self.preparation is None:
            return self._prepare(self.get_logger().info)
        return self.preparation.result()

    def start_up(self) -> None:
        """Configure and activate as soon as somebody spins the node."""

        async def begin() -> None:
            self.destroy_timer(timer)
            if not await self._is_prepared():
                return
            configured = self.trigger_configure()
            self.preparation = None
            if configured == TransitionCallbackReturn.SUCCESS:
                self.trigger_activate()

        steady = Clock(clock_type=ClockType.STEADY_TIME)
        timer = self.create_timer(0.0, begin, self._transitions, clock=steady)

    def call_off(self) -> None:
        """Wait for no preparation any more."""
        if self.preparation is not None:
            self.preparation.stop()

    async def _LifecycleNodeMixin__on_change_state(self, request: Any, response: Any) -> Any:
        """rclpy ends the process over a transition that the state does not have: refuse it."""
        transition, state = request.transition, self._state_machine.current_state
        wanted = transition.label or transition.id
        response.success = False
        configures = wanted in _CONFIGURE and state[0] == State.PRIMARY_STATE_UNCONFIGURED
        if configures and self.preparation is not None:
            self.get_logger().warning(f"transition {wanted} refused: it is in preparation already")
            return response
        if wanted in _SHUTDOWN:
            self.call_off()
        if configures and not await self._is_prepared():
            return response
        try:
            return super()._LifecycleNodeMixin__on_change_state(request, response)
        except RCLError as error:
            self.get_logger().warning(f"transition {wanted} refused in state {state[1]!r}: {error}")
            return response
        finally:
            if configures:
                self.preparation = None

    async def _is_prepared(self) -> bool:
        """Wait for what takes long, done or failed; False where it was called off."""
        ready = Future()

        def over() -> None:
            ready.set_result(None)
            if self.executor is not None:
                self.executor.wake()

        preparation = LongWork(self._prepare, self.get_logger().info, over, self.discard)
        self.preparation = preparation
        await ready
        if preparation.stopped:
            self.preparation = None
        return not preparation.stopped

    def _prepare(self, say: Say) -> Any:
        self.check()
        return self.prepare(say)
