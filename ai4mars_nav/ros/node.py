"""What all four nodes share: parameters, life cycle and diagnostics.

A node is a subclass with `build()`, `drop()` and the settings it takes. It is never killed by its
configuration or its input: a refusal is logged, stands in /diagnostics, and services go on.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from diagnostic_msgs.msg import DiagnosticArray
from rclpy.clock import Clock, ClockType
from rclpy.guard_condition import GuardCondition
from rclpy.lifecycle import LifecyclePublisher, LifecycleState, TransitionCallbackReturn
from rclpy.qos import QoSProfile
from rclpy.subscription import Subscription

from ai4mars_nav.ros import diagnostics, tf
from ai4mars_nav.ros.acquaintance import known
from ai4mars_nav.ros.answering_node import AnsweringNode
from ai4mars_nav.ros.diagnostics import Health
from ai4mars_nav.ros.params import Parameters
from ai4mars_nav.ros.transforms import TransformSettings
from ai4mars_nav.rover import Rover, load_rover
from ai4mars_nav.settings import setting
from ai4mars_nav.share import rover_file

DIAGNOSTICS_PERIOD = 1.0


@dataclass(frozen=True)
class NodeSettings:
    """What every node is told."""

    rover: str = setting("curiosity", "name of a rover in config/, or path of its YAML file")
    autostart: bool = setting(True, "configure and activate without being asked")
    odom_frame: str = setting("odom", "frame of odometry and map")
    base_frame: str = setting("base_link", "frame of the rover")
    silence: float = setting(
        2.0, "a needed topic silent for this long is told", unit="s", lo=0.1, hi=1000.0
    )
    lockstep: bool = setting(
        False, "who feeds the node awaits its answers: each is told of, no wall clock acts"
    )


SHARED: Mapping[str, type] = {"": NodeSettings, "transforms": TransformSettings}
"""The settings that every node takes, by their prefix."""


class GraphNode(AnsweringNode):
    """A lifecycle node of the graph; `sections` are its settings besides the shared ones."""

    sections: ClassVar[Mapping[str, type]] = {}

    def __init__(self, name: str, **kwargs: Any) -> None:
        super().__init__(name, automatically_declare_parameters_from_overrides=True, **kwargs)
        self.parameters = Parameters(self, {**SHARED, **self.sections})
        self.parameters.frozen_while(lambda: self._configured or self.preparation is not None)
        self.health = Health(silence=NodeSettings().silence, news=self._tell_news)
        self.active = False
        self.lockstep = False
        self._configured = False
        self._entities: list[Any] = []
        self._diagnostics = self.create_publisher(DiagnosticArray, "/diagnostics", 10)
        # on the steady clock: a simulated one that stands still must not silence the node
        self._steady = Clock(clock_type=ClockType.STEADY_TIME)
        self.create_timer(DIAGNOSTICS_PERIOD, self.tell, clock=self._steady)
        # from whatever thread there is news: it is told after what was published before it
        self._news = self.create_guard_condition(self.tell)
        if self.get_parameter("autostart").value:
            self.start_up()

    def check(self) -> None:
        """Refuse parameters that nothing can be made of."""
        self.parameters.check()

    def build(self) -> None:
        """Make core, publishers and subscriptions; raise a ValueError that says what is wrong."""
        raise NotImplementedError

    def drop(self) -> None:
        """Let go of what `build` made, also when it came only half way."""
        raise NotImplementedError

    def report(self) -> dict[str, str]:
        """What else to say in the diagnostics."""
        return {}

    def hear(self, kind: type, topic: str, take: Callable[[Any], None], qos: QoSProfile) -> None:
        """Subscribe while configured; a message that `take` refuses is counted and named.

        Of what waits, topics are taken in the order in which they were subscribed to: those that
        say what a message means, or belong to it, before it.
        """

        def on_message(message: Any) -> None:
            if not self.active:
                return
            self.health.heard(topic)
            try:
                take(message)
            except ValueError as error:
                self.bad(topic, error)
            except Exception as error:
                self.broken(error)

        self._entities.append(self.create_subscription(kind, topic, on_message, qos))

    def say(self, kind: type, topic: str, qos: QoSProfile) -> Any:
        """A publisher while configured; it is silent unless the node is active."""
        publisher = self.create_lifecycle_publisher(kind, topic, qos)
        self._entities.append(publisher)
        return publisher

    def every(self, period: float, act: Callable[[], None]) -> None:
        """Call `act` each `period` seconds of the steady clock while active."""
        timer = self.create_timer(period, self._guarded(act), clock=self._steady)
        self._entities.append(timer)

    def after_all(self, act: Callable[[], None]) -> Callable[[], None]:
        """A trigger, good while configured: `act` comes after one more message of each topic."""
        made = self.create_guard_condition(self._guarded(act))
        self._entities.append(made)
        return lambda: made.trigger()

    def _guarded(self, act: Callable[[], None]) -> Callable[[], None]:
        def guarded() -> None:
            if not self.active:
                return
            try:
                act()
            except Exception as error:
                self.broken(error)

        return guarded

    def follow_poses(self) -> tf.Poses:
        """Poses from odometry and TF while configured."""
        shared = self.parameters.read("", NodeSettings)
        settings = self.parameters.read("transforms", TransformSettings)
        poses = tf.Poses(settings, self.rover(), shared.odom_frame, shared.base_frame)
        self._entities += tf.listen(self, poses, self.bad)
        return poses

    def rover(self) -> Rover:
        """The rover of the parameter `rover`."""
        return load_rover(rover_file(self.parameters.read("", NodeSettings).rover))

    def now(self) -> int:
        """Nanoseconds on the clock that stamps are compared with: simulated if so configured."""
        return int(self.get_clock().now().nanoseconds)

    def bad(self, topic: str, error: Exception) -> None:
        """A message was refused: count, log and name it, and go on."""
        self.health.refused(str(error))
        self._tell_refusal(topic, error)

    def _tell_refusal(self, what: str, error: Exception) -> None:
        self.health.count(f"{what} refused")
        self._tell_news()
        self.get_logger().warning(str(error), throttle_duration_sec=2.0)

    def broken(self, error: Exception) -> None:
        """Work failed: refused input is told as such, anything else with where it happened."""
        if isinstance(error, ValueError):
            self.health.withheld(str(error))
            self._tell_refusal("frame", error)
            return
        self.health.count("internal errors")
        self.health.withheld(f"internal error: {type(error).__name__}: {error}")
        self.get_logger().error("".join(traceback.format_exception(error)))

    def tell(self) -> None:
        """Publish the diagnostics once."""
        verdict = self.health.verdict()
        inactive = "nothing is published: the node is not active"
        if self.preparation is not None:
            verdict = diagnostics.WARN, f"{inactive}, {self.preparation.told()}"
        elif not self.active and verdict[0] != diagnostics.ERROR:
            verdict = diagnostics.WARN, inactive
        values = {**self.health.values(), **known(self._entities)}
        values |= self.report() if self._configured else {}
        self._diagnostics.publish(
            diagnostics.to_message(self.get_fully_qualified_name(), verdict, values, self.now())
        )

    def _tell_news(self) -> None:
        if self.lockstep:
            self._news.trigger()

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Build the core; what is wrong keeps the node unconfigured and stands in diagnostics."""
        self.health.fault("")
        try:
            self.check()
            shared = self.parameters.read("", NodeSettings)
            self.health.silence = shared.silence
            self.lockstep = shared.lockstep
            self.build()
        except ValueError as error:
            self._refuse(f"not configured: {error}")
            return TransitionCallbackReturn.FAILURE
        except Exception as error:
            # rclpy would turn this into an error transition without a word
            self._refuse(f"not configured: {type(error).__name__}: {error}")
            self.get_logger().error(traceback.format_exc())
            return TransitionCallbackReturn.ERROR
        self._configured = True
        return super().on_configure(state)

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Begin to hear and publish."""
        self.active = True
        return super().on_activate(state)

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Stop hearing and publishing, keep what was built."""
        self.active = False
        return super().on_deactivate(state)

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Let go of everything, so that it may be configured anew."""
        self._unbuild()
        return super().on_cleanup(state)

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Let go of everything for good."""
        self._unbuild()
        return super().on_shutdown(state)

    def end(self) -> None:
        """Before the process ends."""
        self.call_off()
        self._unbuild()

    def _refuse(self, reason: str) -> None:
        self.get_logger().error(reason)
        self._unbuild()
        self.health.fault(reason)

    def _unbuild(self) -> None:
        self.active = self.lockstep = False
        self._configured = False
        self.drop()
        for entity in self._entities:
            self._destroy(entity)
        self._entities.clear()

    def _destroy(self, entity: Any) -> None:
        if isinstance(entity, LifecyclePublisher):
            self.destroy_lifecycle_publisher(entity)
        elif isinstance(entity, Subscription):
            self.destroy_subscription(entity)
        elif isinstance(entity, GuardCondition):
            self.destroy_guard_condition(entity)
        else:
            self.destroy_timer(entity)
