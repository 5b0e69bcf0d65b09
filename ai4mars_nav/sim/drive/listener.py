"""Hears, beside the bag, what the referee and the terminal have to know."""

from __future__ import annotations

from diagnostic_msgs.msg import DiagnosticArray
from rclpy.serialization import deserialize_message
from std_msgs.msg import String
from visualization_msgs.msg import Marker, MarkerArray

from ai4mars_nav.bags.recorder import Recorder
from ai4mars_nav.ros.graph import DRIVER
from ai4mars_nav.sim.drive.outlets import TRUTH_STATE
from ai4mars_nav.sim.drive.referee import Referee
from ai4mars_nav.sim.drive.truth_state import from_json


class Listener:
    """Big rocks of the newest frame, and the driver's own words."""

    def __init__(self, recorder: Recorder, referee: Referee) -> None:
        self.rocks = 0
        self.says = ""
        self._referee = referee
        recorder.tell(TRUTH_STATE, self._take_truth)
        recorder.tell("terrain/big_rocks", self._take_rocks)
        recorder.tell("/diagnostics", self._take_diagnostics)

    def _take_truth(self, raw: bytes) -> None:
        self._referee.hear(from_json(deserialize_message(raw, String).data))

    def _take_rocks(self, raw: bytes) -> None:
        markers = deserialize_message(raw, MarkerArray).markers
        self.rocks = sum(marker.action == Marker.ADD for marker in markers)

    def _take_diagnostics(self, raw: bytes) -> None:
        for status in deserialize_message(raw, DiagnosticArray).status:
            if status.name.strip("/") == DRIVER.name:
                told = {value.key: value.value for value in status.values}
                self.says = told.get("command", "")
