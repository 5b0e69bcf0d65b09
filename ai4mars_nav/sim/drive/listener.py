"""Hears, beside the bag, what the referee, the terminal and whoever begins have to know."""

from __future__ import annotations

from rclpy.serialization import deserialize_message
from std_msgs.msg import String
from visualization_msgs.msg import Marker, MarkerArray

from ai4mars_nav.bags.recorder import Recorder
from ai4mars_nav.ros.convert.raw import stamp_of
from ai4mars_nav.ros.graph import DRIVER
from ai4mars_nav.ros.told import DIAGNOSTICS, Tellers, Told
from ai4mars_nav.sim.drive.outlets import TRUTH_STATE
from ai4mars_nav.sim.drive.referee import Referee
from ai4mars_nav.sim.drive.truth_state import from_json


class Listener:
    """Big rocks of the newest frame, the driver's own words, and which frames became maps."""

    def __init__(self, recorder: Recorder, referee: Referee) -> None:
        self.rocks = 0
        self.mapped: set[int] = set()
        """Stamps of the maps."""
        self._referee = referee
        self._tellers = Tellers()
        recorder.tell(TRUTH_STATE, self._take_truth)
        recorder.tell("terrain/big_rocks", self._take_rocks)
        recorder.tell("terrain/cost", self._take_map)
        recorder.tell(DIAGNOSTICS, self._tellers.take)

    @property
    def nodes(self) -> dict[str, Told]:
        """What each node said of itself last."""
        return self._tellers.nodes

    @property
    def says(self) -> str:
        """What the driver is about."""
        return self.nodes[DRIVER.name].values.get("command", "")

    def _take_truth(self, raw: bytes) -> None:
        self._referee.hear(from_json(deserialize_message(raw, String).data))

    def _take_map(self, raw: bytes) -> None:
        self.mapped.add(stamp_of(raw))

    def _take_rocks(self, raw: bytes) -> None:
        markers = deserialize_message(raw, MarkerArray).markers
        self.rocks = sum(marker.action == Marker.ADD for marker in markers)
